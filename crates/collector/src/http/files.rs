//! Serves files: packed once, known by an ETag, typed by their names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Most files kept packed: more than there are, unless somebody edits them while we run.
const PACKED: usize = 256;

/// How hard brotli tries. Best for what is packed once and sent for years; quick where everything is slow.
const BROTLI: i32 = if cfg!(debug_assertions) { 5 } else { 11 };

/// A file and its packed forms, where those are smaller.
struct Packed {
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Packed>>>> = LazyLock::new(Mutex::default);

/// Answers with a file called `name`.
pub(super) async fn serve(
    name: &str,
    content: Cow<'static, [u8]>,
    headers: &HeaderMap,
    cache: HeaderValue,
) -> Response {
    let tag = tag(&content);
    let mut response =
        if is_known(headers, &tag) { not_modified() } else { whole(name, content, headers, &tag).await };
    let answered = response.headers_mut();
    answered.insert(header::ETAG, tag);
    answered.insert(header::CACHE_CONTROL, cache);
    answered.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// The ETag of this content. Weak, because packed and unpacked forms share it.
pub(super) fn tag(content: &[u8]) -> HeaderValue {
    HeaderValue::from_str(&format!("W/\"{}\"", &hash(content)[..20])).expect("hexadecimal digits are legal")
}

/// The SHA-256 of this content as text.
pub(super) fn hash(content: &[u8]) -> String {
    crate::auth::hex(&Sha256::digest(content))
}

/// Whether the sender has what this tag names.
pub(super) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = strong(tag.to_str().unwrap_or_default());
    let lines = headers.get_all(header::IF_NONE_MATCH);
    lines
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|one| one.trim() == "*" || strong(one) == wanted)
}

/// An answer without a body: nothing has changed.
pub(super) fn not_modified() -> Response {
    StatusCode::NOT_MODIFIED.into_response()
}

async fn whole(name: &str, content: Cow<'static, [u8]>, headers: &HeaderMap, tag: &HeaderValue) -> Response {
    let packed = packed(name, content, tag).await;
    let (body, encoding) = match (&packed.brotli, &packed.gzip) {
        (Some(brotli), _) if accepts(headers, "br") => (brotli, Some("br")),
        (_, Some(gzip)) if accepts(headers, "gzip") => (gzip, Some("gzip")),
        _ => (&packed.plain, None),
    };
    let mut response = Response::new(Body::from(body.clone()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

async fn packed(name: &str, content: Cow<'static, [u8]>, tag: &HeaderValue) -> Arc<Packed> {
    let key = tag.to_str().unwrap_or_default().to_owned();
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(packed) = known().get(&key) {
        return Arc::clone(packed);
    }
    let plain = match content {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let for_packing = plain.clone();
    let is_text = !content_type(name).starts_with("image/") || name.ends_with(".svg");
    let task = tokio::task::spawn_blocking(move || match is_text {
        true => (smaller(gzip(&for_packing), &for_packing), smaller(brotli(&for_packing), &for_packing)),
        false => (None, None),
    });
    // Packing that failed leaves the plain form, which serves as well.
    let (gzip, brotli) = task.await.unwrap_or_default();
    let packed = Arc::new(Packed { plain, gzip, brotli });
    let mut known = known();
    if known.len() >= PACKED {
        known.clear();
    }
    known.insert(key, Arc::clone(&packed));
    packed
}

fn smaller(packed: Option<Vec<u8>>, plain: &[u8]) -> Option<Bytes> {
    packed.filter(|packed| packed.len() < plain.len()).map(Bytes::from)
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

fn brotli(mut plain: &[u8]) -> Option<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: BROTLI, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut plain, &mut packed, &params).ok()?;
    Some(packed)
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING);
    lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let refused = matches!(weight.trim().trim_start_matches("q="), "0" | "0.0" | "0.00" | "0.000");
        name.trim() == encoding && !refused
    })
}

/// Every text is UTF-8 and says so: the library carries its wasm as text and must not be misread.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn encodings_are_negotiated() {
        for (line, brotli) in
            [("gzip, br", true), ("br;q=0, gzip", false), ("gzip", false), ("br;q=0.1", true)]
        {
            assert_eq!(accepts(&with(header::ACCEPT_ENCODING, line), "br"), brotli, "{line}");
        }
    }

    #[test]
    fn a_known_tag_is_recognised_among_others() {
        let tag = HeaderValue::from_static("W/\"abc\"");
        for (line, known) in [("W/\"abc\"", true), ("\"x\", \"abc\"", true), ("*", true), ("\"ab\"", false)] {
            assert_eq!(is_known(&with(header::IF_NONE_MATCH, line), &tag), known, "{line}");
        }
    }

    #[test]
    fn what_is_packed_comes_back_whole() {
        let plain = "pugmark ".repeat(500).into_bytes();
        let mut unpacked = Vec::new();

        brotli::BrotliDecompress(&mut brotli(&plain).expect("packs").as_slice(), &mut unpacked)
            .expect("unpacks");

        assert_eq!(unpacked, plain);
    }
}
