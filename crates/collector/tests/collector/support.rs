//! A collector on an empty store, a client, and batches to send.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use pugmark_collector::app::Collector;
use pugmark_collector::settings::{Given, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "the-token-of-the-stories";

/// Sends requests to one address.
#[derive(Clone)]
pub(crate) struct Client {
    address: String,
    http: Hyper<HttpConnector, Body>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The category of an error of the events API, and that it is whole.
    pub(crate) fn category(&self) -> String {
        let error = self.json();
        assert_eq!(error["status"], "error", "{error}");
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
        assert_eq!(error["correlationId"].as_str().map(str::len), Some(36), "{error}");
        error["category"].as_str().unwrap().to_owned()
    }

    /// The code of an error, and that it has a sentence.
    pub(crate) fn error(&self) -> String {
        let error = &self.json()["error"];
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
        error["code"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), http: Hyper::builder(TokioExecutor::new()).build_http() }
    }

    /// Where it sends to: `http://127.0.0.1:8787`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends a request; an error means that no answer came.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.http.request(request.body(body.into())?).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.collect().await?.to_bytes() })
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.expect("the collector answers")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Sends a body as a page would: as text, with no header of its own.
    pub(crate) async fn post(&self, body: impl Into<Body>) -> Answer {
        self.send(Method::POST, "/v1/batch", &[("content-type", "text/plain;charset=UTF-8")], body).await
    }

    pub(crate) async fn batch(&self, batch: &Value) -> Answer {
        self.post(batch.to_string()).await
    }

    /// Calls the JSON API with the token.
    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let token = format!("Bearer {TOKEN}");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(method, path, &[("authorization", &token), ("content-type", "application/json")], body)
            .await
    }

    /// Makes a token of a site with these scopes.
    pub(crate) async fn token(&self, site: &str, scopes: &[&str]) -> String {
        let path = format!("/v1/sites/{site}/tokens");
        let answer =
            self.api(Method::POST, &path, Some(&json!({"label": "a story", "scopes": scopes}))).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Calls the events API with a token.
    pub(crate) async fn call(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let token = format!("Bearer {token}");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(method, path, &[("authorization", &token), ("content-type", "application/json")], body)
            .await
    }

    /// Every event of the site, newest first, page by page.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        let mut path = "/v1/sites/demo/events?limit=1000".to_owned();
        loop {
            let answer = self.api(Method::GET, &path, None).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            let page = answer.json();
            events.extend(page["events"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => path = format!("/v1/sites/demo/events?limit=1000&after={next}"),
                None => return events,
            }
        }
    }
}

/// A collector in this process.
pub(crate) struct Running {
    pub(crate) collector: Collector,
    pub(crate) client: Client,
    folder: TempDir,
}

impl Running {
    /// Makes every definition one that fires as it does for so many days.
    pub(crate) fn age_definitions(&self, days: i64) {
        self.age("UPDATE definition SET armed_at = armed_at - ?1 * 86400000", days);
    }

    /// Makes every near miss one that was told so many days earlier.
    pub(crate) fn age_near_misses(&self, days: i64) {
        self.age("UPDATE near_miss SET first_at = first_at - ?1 * 86400000, at = at - ?1 * 86400000", days);
    }

    fn age(&self, update: &str, days: i64) {
        assert!(self.database().execute(update, [days]).unwrap() > 0);
    }

    /// Waits until the database counts so many.
    pub(crate) async fn comes_to_count(&self, count: &str, wanted: i64) {
        for _ in 0..500 {
            if self.database().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap() == wanted {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{count} does not come to {wanted}");
    }

    /// The same collector, started again.
    pub(crate) async fn restarted(self) -> Self {
        self.collector.stop().await.unwrap();
        let given = Given { rate_per_address: Some(0), rate_per_site: Some(0), ..Given::default() };
        start_in(self.folder, given).await
    }

    /// The store's database, opened by somebody else.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        let database = rusqlite::Connection::open(self.folder.path().join("data/pugmark.db")).unwrap();
        database.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        database
    }
}

/// Starts a collector with these settings on a free port, with an empty store.
pub(crate) async fn start_with(given: Given) -> Running {
    start_in(TempDir::new().unwrap(), given).await
}

async fn start_in(folder: TempDir, mut given: Given) -> Running {
    given.listen = Some("127.0.0.1:0".parse().unwrap());
    given.data = Some(folder.path().join("data"));
    given.admin_token = Some(TOKEN.to_owned());
    let collector = Collector::start(Settings::from_given(given).unwrap()).await.unwrap();
    let client = Client::new(collector.address());
    Running { collector, client, folder }
}

/// Starts a collector without limits of rate.
pub(crate) async fn start() -> Running {
    start_with(Given { rate_per_address: Some(0), rate_per_site: Some(0), ..Given::default() }).await
}

/// An id that no other event has.
pub(crate) fn fresh_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("01900000-0000-7000-8000-{n:012x}")
}

/// An event with a fresh id.
pub(crate) fn event(name: &str) -> Value {
    json!({"id": fresh_id(), "seq": 1, "at": -10, "name": name, "page": 0, "properties": {"plan": "pro"}})
}

/// A batch of these events.
pub(crate) fn batch(events: &[Value]) -> Value {
    json!({
        "v": 1, "site": "demo", "sent": 1_795_430_400_000_u64, "tab": "0123456789ab",
        "visitor": "0123456789abcdef0123456789abcdef",
        "session": {"id": "0123456789abcdef", "started": 1_795_430_300_000_u64},
        "device": {"language": "nl", "screen": [1440, 900]},
        "pages": [{"url": "https://shop.example/?utm_source=mail", "title": "Shop", "referrer": ""}],
        "events": events,
    })
}

/// The receipt for so many stored and so many known events.
pub(crate) fn receipt(accepted: u64, duplicates: u64) -> Value {
    json!({"accepted": accepted, "duplicates": duplicates, "refused": []})
}
