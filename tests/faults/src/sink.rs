//! What stands in for the peers' servers: it answers everything with success and counts the markers in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use percent_encoding::percent_decode;
use regex::bytes;
use tokio::net::TcpListener;

use crate::proxy;

/// A running sink.
pub struct Sink {
    address: String,
    taken: Taken,
}

/// How often each marker has come.
type Taken = Arc<Mutex<BTreeMap<String, usize>>>;

impl Sink {
    /// Starts a sink.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let taken = Taken::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&taken));
        tokio::task::spawn_local(async move { axum::serve(listener, router).await });
        Self { address, taken }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How often each marker has come.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        self.taken.lock().expect("nobody panics with the lock").clone()
    }
}

async fn take(
    State(taken): State<Taken>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if method != Method::OPTIONS {
        let mut taken = taken.lock().expect("nobody panics with the lock");
        for marker in markers(path.as_bytes()).into_iter().chain(markers(&body)) {
            *taken.entry(marker).or_default() += 1;
        }
    }
    // What one or another of them looks for.
    let mut answer = Response::new(Body::from(r#"{"status":1,"success":true,"code":200}"#));
    let out = answer.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    proxy::open(&headers, out);
    if method == Method::OPTIONS {
        let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or(HeaderValue::from_static("*")));
        let methods = HeaderValue::from_static("GET, POST, PUT, OPTIONS");
        out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        *answer.status_mut() = StatusCode::NO_CONTENT;
    }
    answer
}

/// The markers in a body or an address, in whatever it is wrapped: percent signs, base64, gzip or deflate, one in the
/// other. A marker counts once in a request, however often its event repeats it.
pub(crate) fn markers(body: &[u8]) -> BTreeSet<String> {
    /// Deeper than any tracker wraps.
    const LAYERS: usize = 4;
    let mut layer = vec![body.to_vec()];
    for _ in 0..LAYERS {
        let found: BTreeSet<String> = layer.iter().flat_map(|text| plain(text)).collect();
        if !found.is_empty() {
            return found;
        }
        layer = layer.iter().flat_map(|text| unwrapped(text)).collect();
    }
    BTreeSet::new()
}

fn plain(text: &[u8]) -> Vec<String> {
    static MARKER: LazyLock<bytes::Regex> =
        LazyLock::new(|| bytes::Regex::new(r"fault-[a-z]+-[a-z]+-\d+-\d+").expect("it is one"));
    let found = MARKER.find_iter(text).map(|marker| String::from_utf8_lossy(marker.as_bytes()).into_owned());
    found.collect()
}

/// Everything the bytes could be a wrapping of.
fn unwrapped(text: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut unpacked = Vec::new();
    if MultiGzDecoder::new(text).read_to_end(&mut unpacked).is_ok() {
        found.push(std::mem::take(&mut unpacked));
    }
    unpacked.clear();
    if ZlibDecoder::new(text).read_to_end(&mut unpacked).is_ok() {
        found.push(unpacked);
    }
    if text.contains(&b'%') {
        found.push(percent_decode(text).collect());
    }
    found.extend(base64_parts(text));
    found
}

/// Every long run of base64's letters, decoded.
fn base64_parts(text: &[u8]) -> Vec<Vec<u8>> {
    static RUN: LazyLock<bytes::Regex> =
        LazyLock::new(|| bytes::Regex::new(r"[A-Za-z0-9+/_-]{24,}").expect("it is one"));
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let config = config.with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let standard = |run: &[u8]| -> Vec<u8> {
        run.iter()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect()
    };
    RUN.find_iter(text).filter_map(|run| engine.decode(standard(run.as_bytes())).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use base64::engine::general_purpose::STANDARD;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn markers_are_found_in_every_wrapping() {
        let plain = br#"[{"marker":"fault-x-demo-1-2"},{"marker":"fault-x-demo-1-3"}]"#;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(plain).expect("memory takes it");
        let gzip = gzip.finish().expect("memory takes it");
        let base64 = format!("data={}", STANDARD.encode(plain));
        let percent = br"/i?e=%7B%22marker%22%3A%22fault-x-demo-1-2%22%7D&f=fault-x-demo-1-3";

        for body in [&plain[..], &gzip, base64.as_bytes(), base64.replace('=', "%3D").as_bytes(), percent] {
            assert!(markers(body).iter().eq(["fault-x-demo-1-2", "fault-x-demo-1-3"]));
        }
        assert!(markers(b"nothing of ours").is_empty());
    }
}
