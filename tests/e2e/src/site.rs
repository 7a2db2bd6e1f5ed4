//! The site under test: fixture pages on an origin of their own, as a real site's pages are.
//!
//! A page may say `{{collector}}`, `{{witness}}` and `{{stub}}`: the address of the collector, of the witness in front
//! of it, and the inline stub of the embed examples. Response headers stand in the page itself, in comments at its top:
//! `<!-- header Content-Security-Policy: script-src 'self' {{collector}} -->`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use tokio::net::TcpListener;

use crate::places;

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
    fills: Arc<[(&'static str, String)]>,
    asked: Asked,
}

impl Site {
    /// Starts a site whose pages know these two addresses.
    pub async fn start(collector: &str, witness: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        // Not 127.0.0.1: a site with a name, and another host than the collector's.
        let address = format!("http://localhost:{}", listener.local_addr().expect("it is bound").port());
        let fills = [
            ("{{collector}}", collector.to_owned()),
            ("{{witness}}", witness.to_owned()),
            ("{{stub}}", stub()),
        ];
        let shelf = Shelf {
            mounts: Arc::new(Mutex::new(vec![("/".to_owned(), places::fixtures())])),
            fills: Arc::new(fills),
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

    /// What was asked of it so far, as paths.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics with the lock").clone()
    }
}

/// The optional inline stub, as the embed examples show it.
fn stub() -> String {
    fs::read_to_string(places::root().join("www/embed/stub.js")).expect("the embed examples have the stub")
}

async fn answer(State(shelf): State<Shelf>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    shelf.asked.lock().expect("nobody panics with the lock").push(path.clone());
    shelf.page(&path).unwrap_or_else(|_| {
        let mut answer = Response::new(Body::from("no such page"));
        *answer.status_mut() = StatusCode::NOT_FOUND;
        answer
    })
}

impl Shelf {
    fn page(&self, path: &str) -> io::Result<Response<Body>> {
        let file = self.file(path).ok_or(io::ErrorKind::NotFound)?;
        let bytes = fs::read(&file)?;
        let kind = match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("wasm") => "application/wasm",
            _ => "application/octet-stream",
        };
        let mut answer = Response::builder().header(header::CONTENT_TYPE, kind);
        if !kind.starts_with("text/html") {
            return answer.body(Body::from(bytes)).map_err(io::Error::other);
        }
        let text = self.filled(&String::from_utf8_lossy(&bytes));
        for (name, value) in headers(&text) {
            answer = answer.header(name, value);
        }
        answer.body(Body::from(text)).map_err(io::Error::other)
    }

    fn file(&self, path: &str) -> Option<PathBuf> {
        let mounts = self.mounts.lock().expect("nobody panics with the lock");
        let (prefix, folder) = mounts.iter().find(|(prefix, _)| path.starts_with(prefix.as_str()))?;
        let below = path.strip_prefix(prefix.as_str())?;
        let climbs = below.split('/').any(|part| part == "..");
        let file = folder.join(if below.is_empty() { "index.html" } else { below });
        (!climbs).then_some(file)
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
