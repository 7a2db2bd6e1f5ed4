//! The site under test: fixture pages on an origin of their own, as a real site's pages are.
//!
//! A page or a script of it may say `{{collector}}` and `{{witness}}`: the address of the collector, and of the witness in
//! front of it. Response headers stand in the page itself, in comments at its top:
//! `<!-- header Content-Security-Policy: script-src 'self' {{collector}} -->`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;

use crate::http::{Client, status};
use crate::places;

/// The policy that the site's pages are served with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// None, unless a page has its own. The collector is another origin.
    Open,
    /// One that forbids WebAssembly, so that the fallback does the work. The collector is another origin.
    WithoutWasm,
    /// `default-src 'self'`: everything is of the site's own origin, which passes on what is the collector's. WebAssembly
    /// is forbidden by it, too.
    OwnOrigin,
}

/// A running site.
pub struct Site {
    address: String,
    asked: Asked,
    mounts: Arc<Mutex<Vec<(String, PathBuf)>>>,
}

type Asked = Arc<Mutex<Vec<String>>>;

#[derive(Clone)]
struct Shelf {
    mounts: Arc<Mutex<Vec<(String, PathBuf)>>>,
    fills: [(&'static str, String); 2],
    policy: Option<HeaderValue>,
    /// Who is asked for what the site does not have.
    behind: String,
    client: Client,
    asked: Asked,
}

impl Site {
    /// Starts a site whose pages know these two addresses.
    pub async fn start(collector: &str, witness: &str, policy: Policy) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        // Not 127.0.0.1: a site with a name, and another host than the collector's.
        let address = format!("http://localhost:{}", listener.local_addr().expect("it is bound").port());
        let (collector_for_pages, witness_for_pages) = match policy {
            Policy::Open | Policy::WithoutWasm => (collector, witness),
            Policy::OwnOrigin => (&*address, &*address),
        };
        let policy = match policy {
            Policy::Open => None,
            Policy::WithoutWasm => Some(format!("script-src 'self' {collector} {witness}")),
            Policy::OwnOrigin => Some("default-src 'self'".to_owned()),
        };
        let shelf = Shelf {
            mounts: Arc::new(Mutex::new(vec![
                ("/embed/".to_owned(), places::root().join("www/embed")),
                ("/".to_owned(), places::fixtures()),
            ])),
            fills: [
                ("{{collector}}", collector_for_pages.to_owned()),
                ("{{witness}}", witness_for_pages.to_owned()),
            ],
            policy: policy.map(|policy| policy.try_into().expect("addresses are legal in a header")),
            behind: witness.to_owned(),
            client: Client::new(),
            asked: Asked::default(),
        };
        let site = Self { address, asked: Arc::clone(&shelf.asked), mounts: Arc::clone(&shelf.mounts) };
        let router = Router::new().fallback(answer).with_state(shelf);
        tokio::task::spawn_local(async move { axum::serve(listener, router).await });
        site
    }

    /// Serves a folder below `prefix`, which ends with a slash.
    pub fn mount(&self, prefix: &str, folder: &Path) {
        let mut mounts = self.mounts.lock().expect("nobody panics with the lock");
        mounts.insert(0, (prefix.to_owned(), folder.to_owned()));
    }

    /// The address of one of its pages.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// What was asked so far of what is its own, as paths.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics with the lock").clone()
    }
}

async fn answer(State(shelf): State<Shelf>, request: Request) -> Response<Body> {
    if let Some(code) = code(&request) {
        return code;
    }
    let path = request.uri().path().to_owned();
    let mut answer = match shelf.file(&path) {
        Some(file) => {
            shelf.asked.lock().expect("nobody panics with the lock").push(path);
            shelf.serve(&file).unwrap_or_else(|_| status(StatusCode::NOT_FOUND))
        }
        None => shelf.client.pass_on(&shelf.behind, request).await,
    };
    if is_page(&answer)
        && let Some(policy) = &shelf.policy
    {
        // Beside the page's own: a browser enforces each.
        answer.headers_mut().append(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    answer
}

/// The code of a story as a module of the site, which `page-log.js` asks for as `/run.js?…`.
pub fn code(request: &Request) -> Option<Response<Body>> {
    let query = request.uri().query().filter(|_| request.uri().path() == "/run.js")?;
    let code = percent_decode_str(query).decode_utf8_lossy();
    let mut answer = Response::new(Body::from(format!("export default async () => {{\n{code}\n}};")));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(SCRIPT));
    Some(answer)
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

fn is_page(answer: &Response<Body>) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

impl Shelf {
    fn serve(&self, file: &Path) -> io::Result<Response<Body>> {
        let text = |file| fs::read_to_string(file).map(|text| self.filled(&text));
        let mut answer = Response::builder();
        let (kind, body) = match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => {
                let page = text(file)?;
                for (name, value) in headers(&page) {
                    answer = answer.header(name, value);
                }
                ("text/html; charset=utf-8", page.into())
            }
            Some("js") => (SCRIPT, text(file)?.into()),
            _ => ("application/octet-stream", fs::read(file)?.into()),
        };
        answer.header(header::CONTENT_TYPE, kind).body(body).map_err(io::Error::other)
    }

    fn file(&self, path: &str) -> Option<PathBuf> {
        let mounts = self.mounts.lock().expect("nobody panics with the lock");
        // What the last folder does not have, one that was mounted before it may.
        mounts.iter().find_map(|(prefix, folder)| {
            let below = path.strip_prefix(prefix.as_str())?;
            let climbs = below.split('/').any(|part| part == "..");
            let file = folder.join(if below.is_empty() { "index.html" } else { below });
            (!climbs && file.is_file()).then_some(file)
        })
    }

    fn filled(&self, text: &str) -> String {
        self.fills.iter().fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value))
    }
}

/// The headers that a page asks for in comments at its top.
fn headers(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.lines().map_while(|line| {
        let comment = line.trim().strip_prefix("<!-- header ")?.strip_suffix("-->")?;
        comment.split_once(':').map(|(name, value)| (name.trim(), value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_headers_in_comments_at_its_top() {
        let page = "<!-- header X-A: b: c -->\n<!doctype html>\n<!-- header X-Late: no -->";

        assert_eq!(headers(page).collect::<Vec<_>>(), [("X-A", "b: c")]);
    }
}
