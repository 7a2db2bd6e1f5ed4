//! The site under test: its pages, and the channel over which they report what they have made.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::{fs, path::PathBuf};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use axum::routing::post;
use pugmark_e2e::places;
use pugmark_e2e::site::code;
use tokio::net::TcpListener;

/// A running site.
pub struct Pages {
    address: String,
    made: Made,
}

/// The markers of everything made.
type Made = Arc<Mutex<BTreeSet<String>>>;

/// What every page of the site has in common.
#[derive(Clone)]
pub struct Common {
    /// The tracker under test, as HTML.
    pub subject: String,
    /// Where the tracker's files are, served below `/subject/`.
    pub files: Option<PathBuf>,
    /// How much faster than real time a page with `?clock` lives.
    pub clock_speed: u32,
}

#[derive(Clone)]
struct Shelf {
    common: Common,
    /// The moment at which real and page time are the same, in milliseconds since 1970.
    start: u128,
    made: Made,
}

impl Pages {
    /// Starts the site.
    pub async fn start(common: Common) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        // Not 127.0.0.1: a site with a name, and another host than the collector's.
        let address = format!("http://localhost:{}", listener.local_addr().expect("it is bound").port());
        let made = Made::default();
        let start = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let start = start.map_or(0, |since| since.as_millis());
        let shelf = Shelf { common, start, made: Arc::clone(&made) };
        let router = Router::new().route("/made", post(report)).fallback(page).with_state(shelf);
        tokio::task::spawn_local(async move { axum::serve(listener, router).await });
        Self { address, made }
    }

    /// The address of a page: `/page` tracks, `/gone` does not. `?clock` lives faster, `?storage=refused` and
    /// `?storage=full` have no storage, `?site=…` is another site's page.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The markers of everything made so far.
    pub fn made(&self) -> BTreeSet<String> {
        self.made.lock().expect("nobody panics with the lock").clone()
    }
}

async fn report(State(shelf): State<Shelf>, markers: String) {
    let mut made = shelf.made.lock().expect("nobody panics with the lock");
    made.extend(markers.lines().map(str::to_owned));
}

async fn page(State(shelf): State<Shelf>, request: Request) -> Response<Body> {
    if let Some(code) = code(&request) {
        return code;
    }
    let path = request.uri().path();
    if let Some(name) = path.strip_prefix("/subject/") {
        return shelf.file(name);
    }
    let html = match path {
        "/page" => shelf.tracked(request.uri().query().unwrap_or_default()),
        "/gone" => document("Gone", ""),
        _ => return status(StatusCode::NOT_FOUND),
    };
    answer("text/html; charset=utf-8", html.into())
}

impl Shelf {
    fn tracked(&self, query: &str) -> String {
        let mut scripts = String::new();
        if query.contains("clock") {
            let clock = include_str!("../pages/clock.js");
            let clock = clock.replace("{{speed}}", &self.common.clock_speed.to_string());
            scripts += &script(&clock.replace("{{start}}", &self.start.to_string()));
        }
        if query.contains("storage=refused") {
            scripts += &script(include_str!("../pages/refused.js"));
        }
        if query.contains("storage=full") {
            scripts += &script(include_str!("../pages/full.js"));
        }
        let site = query.split('&').find_map(|part| part.strip_prefix("site=")).unwrap_or("demo");
        scripts += &script(&include_str!("../pages/fault.js").replace("{{site}}", site));
        scripts += &self.common.subject.replace("{{site}}", site);
        document("A page", &scripts)
    }

    fn file(&self, name: &str) -> Response<Body> {
        let Some(folder) = &self.common.files else { return status(StatusCode::NOT_FOUND) };
        match fs::read(folder.join(name)) {
            Ok(bytes) if !name.contains("..") => answer("text/javascript; charset=utf-8", bytes.into()),
            Ok(_) | Err(_) => status(StatusCode::NOT_FOUND),
        }
    }
}

fn document(title: &str, scripts: &str) -> String {
    let log = fs::read_to_string(places::fixtures().join("page-log.js")).expect("the stories have it");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n{}{scripts}\n<h1>{title}</h1>\n",
        script(&log)
    )
}

fn script(code: &str) -> String {
    format!("<script>\n{code}</script>\n")
}

fn answer(kind: &'static str, body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    answer
}

fn status(code: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = code;
    answer
}
