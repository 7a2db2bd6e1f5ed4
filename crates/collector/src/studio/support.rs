//! A studio for tests: the real routes over a store in memory, and a browser's part of the conversation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, StatusCode, header};
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use pugmark_protocol::definition::{Definition, Object};
use pugmark_protocol::time::UnixMillis;
use serde_json::{Map, Value};
use tower_service::Service as _;

use crate::auth::{Auth, COOKIE, hash};
use crate::live::Live;
use crate::settings::{Given, Settings};
use crate::state::{AppState, Parts};
use crate::store::{
    Activity, Answer, Appended, Author, Catalog, Change, Codeless, Counts, Delivery, Draft, Entry,
    EventFilter, EventLog, EventPage, EventStore, Finding, NearMiss, NewBatch, OccurrenceFilter,
    OccurrencePage, RecordFilter, RecordPage, Site, Store, StoreError, StoredEvent, Token, ViewedPage,
};

/// The admin token of every test.
pub(super) const TOKEN: &str = "a-token-for-tests";

/// The studio's routes with one site, `demo`.
pub(super) struct Studio {
    state: AppState,
    memory: Arc<Memory>,
    routes: Router,
    origin: Option<&'static str>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: String,
}

/// An open stream of server-sent events.
pub(super) struct Messages(BodyDataStream);

impl Studio {
    pub(super) async fn new() -> Self {
        let memory = Arc::new(Memory::default());
        let site = Site {
            key: "demo".to_owned(),
            label: String::new(),
            origins: Vec::new(),
            created_at: UnixMillis(0),
        };
        memory.sites.lock().expect("no test panics here").push(site);
        let state = AppState::new(Parts {
            settings: Settings::from_given(Given::default()).expect("the defaults are good"),
            address: "http://127.0.0.1:8787".to_owned(),
            store: memory.clone(),
            known: crate::choices::Known::default(),
            configs: crate::http::config::Configs::default(),
            live: Live::default(),
            auth: Auth::new(hash(TOKEN)),
            custom_failures: crate::custom::Failures::default(),
            rate: crate::http::rate::RateLimits::new(0, 0, 0),
            budget: crate::ingest::budget::Budget::default(),
            turns: crate::ingest::turns::Turns::default(),
            editing: tokio::sync::Mutex::default(),
            passes: crate::passes::Passes::default(),
            purging: Arc::default(),
        });
        let routes = super::router(&state).with_state(state.clone());
        Self { state, memory, routes, origin: None }
    }

    /// Makes requests as a page of this origin would.
    pub(super) fn on_origin(mut self, origin: &'static str) -> Self {
        self.origin = Some(origin);
        self
    }

    pub(super) async fn append(&self, name: &str, properties: Value) {
        self.memory.events.lock().expect("no test panics here").push(stored(name, properties));
    }

    pub(super) fn deliver(&self, delivery: Delivery) {
        *self.memory.delivery.lock().expect("no test panics here") = delivery;
    }

    pub(super) async fn define(&self, definition: Value) {
        let definition = serde_json::from_value(definition).expect("is well-formed");
        self.memory.definitions.lock().expect("no test panics here").push(definition);
    }

    pub(super) fn publish(&self, event: StoredEvent) {
        self.state.live.publish("demo", event);
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path, true).body(Body::empty())).await
    }

    pub(super) async fn get_signed_out(&self, path: &str) -> Reply {
        self.send(self.request("GET", path, false).body(Body::empty())).await
    }

    pub(super) async fn post_form(&self, path: &str, form: &str) -> Reply {
        let request = self.request("POST", path, false);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned()))).await
    }

    /// As [`Studio::post_form`], signed in.
    pub(super) async fn post_signed_in(&self, path: &str, form: &str) -> Reply {
        let request = self.request("POST", path, true);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned()))).await
    }

    /// Reports a failure of the custom script, as a page does.
    pub(super) fn fail_custom_script(&self, text: &str, at: UnixMillis) {
        self.state.custom_failures.note("demo", text, at);
    }

    pub(super) async fn open_stream(&self, path: &str) -> Messages {
        let request = self.request("GET", path, true).body(Body::empty()).expect("is a request");
        let response = self.routes.clone().call(request).await.expect("routes cannot fail");
        assert_eq!(response.status(), StatusCode::OK);
        Messages(response.into_body().into_data_stream())
    }

    fn request(&self, method: &str, path: &str, signed_in: bool) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8787");
        if let Some(origin) = self.origin {
            request = request.header(header::ORIGIN, origin);
        }
        if signed_in {
            let session = self.state.auth.start_session(self.state.now());
            request = request.header(header::COOKIE, format!("{COOKIE}={session}"));
        }
        request
    }

    async fn send(&self, request: axum::http::Result<Request<Body>>) -> Reply {
        let request = request.expect("is a request");
        let response = self.routes.clone().call(request).await.expect("routes cannot fail");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("the body is in memory").to_bytes();
        Reply {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}

impl Reply {
    /// A header's value; empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Messages {
    pub(super) async fn next(&mut self) -> String {
        let chunk = self.0.next().await.expect("the stream goes on").expect("the stream is whole");
        String::from_utf8_lossy(&chunk).into_owned()
    }
}

/// A stored event.
pub(super) fn stored(name: &str, properties: Value) -> StoredEvent {
    let Value::Object(properties) = properties else { panic!("properties are an object") };
    StoredEvent {
        id: "019aaf3c-7e00-7000-8000-000000000001".to_owned(),
        name: name.to_owned(),
        at: UnixMillis(1_795_430_400_000),
        received_at: UnixMillis(1_795_430_400_500),
        visitor: Some("0123456789abcdef0123456789abcdef".to_owned()),
        session: Some("0123456789abcdef".to_owned()),
        tab: "0123456789ab".to_owned(),
        seq: 1,
        url: "http://127.0.0.1:8787/demo/".to_owned(),
        properties,
        adjusted: Vec::new(),
        identity: Some(Map::new()),
    }
}

/// Keeps just enough for pages to read.
#[derive(Default)]
struct Memory {
    sites: Mutex<Vec<Site>>,
    definitions: Mutex<Vec<Definition>>,
    tokens: Mutex<Vec<Token>>,
    events: Mutex<Vec<StoredEvent>>,
    delivery: Mutex<Delivery>,
    settings: Mutex<HashMap<String, String>>,
}

fn entry((place, definition): (usize, Definition)) -> Entry {
    Entry {
        id: place as i64 + 1,
        definition,
        created: (UnixMillis(0), None),
        updated: (UnixMillis(0), None),
        properties: Default::default(),
        armed_at: UnixMillis(0),
    }
}

/// An answer that is there already.
fn answer<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl EventLog for Memory {
    fn append(&self, _: Arc<NewBatch>) -> Answer<'_, Appended> {
        answer(Appended::default())
    }
}

impl EventStore for Memory {
    fn has_record<'a>(&'a self, _: &'a str, _: Object, _: &'a str) -> Answer<'a, bool> {
        answer(false)
    }

    fn occurrences<'a>(&'a self, _: &'a str, _: OccurrenceFilter) -> Answer<'a, OccurrencePage> {
        answer(OccurrencePage::default())
    }

    fn event_names<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<String>> {
        answer(Vec::new())
    }

    fn records<'a>(&'a self, _: &'a str, _: RecordFilter) -> Answer<'a, RecordPage> {
        answer(RecordPage::default())
    }

    fn events<'a>(&'a self, _: &'a str, filter: EventFilter) -> Answer<'a, EventPage> {
        let events = self.events.lock().expect("no test panics here");
        let wanted =
            events.iter().filter(|event| filter.name.as_ref().is_none_or(|name| *name == event.name));
        answer(EventPage { events: wanted.rev().cloned().collect(), next: None })
    }

    fn counts<'a>(&'a self, _: &'a str, _: u32) -> Answer<'a, Vec<Counts>> {
        let mut totals: HashMap<String, u64> = HashMap::new();
        for event in self.events.lock().expect("no test panics here").iter() {
            *totals.entry(event.name.clone()).or_default() += 1;
        }
        let last_received_at = UnixMillis(1_795_430_400_500);
        let counts = totals.into_iter().map(|(name, total)| Counts {
            name,
            total,
            last_received_at,
            days: Vec::new(),
        });
        answer(counts.collect())
    }

    fn delivery<'a>(&'a self, _: &'a str, _: Option<&'a str>) -> Answer<'a, Delivery> {
        answer(self.delivery.lock().expect("no test panics here").clone())
    }
}

impl Catalog for Memory {
    fn edition(&self) -> u64 {
        unreachable!("the studio's tests ask for no configuration")
    }

    fn sites(&self) -> Answer<'_, Vec<Site>> {
        answer(self.sites.lock().expect("no test panics here").clone())
    }

    fn site(&self, key: &str) -> Option<Arc<Site>> {
        let sites = self.sites.lock().expect("no test panics here");
        sites.iter().find(|site| site.key == key).cloned().map(Arc::new)
    }

    fn create_site(&self, _: Site) -> Answer<'_, ()> {
        answer(())
    }

    fn change_site(&self, _: Site) -> Answer<'_, bool> {
        answer(false)
    }

    fn definitions<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<Definition>> {
        answer(self.definitions.lock().expect("no test panics here").clone())
    }

    fn entries<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<Entry>> {
        let definitions = self.definitions.lock().expect("no test panics here");
        answer(definitions.iter().cloned().enumerate().map(entry).collect())
    }

    fn entry<'a>(&'a self, _: &'a str, name: &'a str) -> Answer<'a, Option<Entry>> {
        let definitions = self.definitions.lock().expect("no test panics here");
        let mut found = definitions.iter().cloned().enumerate();
        answer(found.find(|(_, definition)| definition.name.as_str() == name).map(entry))
    }

    fn create_definition<'a>(&'a self, _: &'a str, definition: Definition, _: Author) -> Answer<'a, ()> {
        let mut definitions = self.definitions.lock().expect("no test panics here");
        if definitions.iter().any(|other| other.name == definition.name) {
            return Box::pin(std::future::ready(Err(StoreError::Exists("definition"))));
        }
        definitions.push(definition);
        answer(())
    }

    fn change_definition<'a>(&'a self, _: &'a str, _: Definition, _: Author) -> Answer<'a, bool> {
        answer(false)
    }

    fn delete_definition<'a>(&'a self, _: &'a str, _: &'a str, _: Author) -> Answer<'a, bool> {
        answer(false)
    }

    fn restore_definition<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: UnixMillis,
        _: Author,
    ) -> Answer<'a, bool> {
        answer(false)
    }

    fn changes<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, Vec<Change>> {
        answer(Vec::new())
    }

    fn purge(&self, _: UnixMillis) -> Answer<'_, bool> {
        answer(false)
    }

    fn tokens<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<Token>> {
        answer(self.tokens.lock().expect("no test panics here").clone())
    }

    fn token(&self, _: &str) -> Option<Arc<Token>> {
        None
    }

    fn create_token(&self, token: Token) -> Answer<'_, Token> {
        let mut tokens = self.tokens.lock().expect("no test panics here");
        let token = Token { id: tokens.len() as i64 + 1, ..token };
        tokens.push(token.clone());
        answer(token)
    }

    fn revoke_token<'a>(&'a self, _: &'a str, id: i64) -> Answer<'a, bool> {
        let mut tokens = self.tokens.lock().expect("no test panics here");
        let token = tokens.iter_mut().find(|token| token.id == id);
        answer(token.map(|token| token.revoked_at = Some(UnixMillis(1))).is_some())
    }

    fn setting<'a>(&'a self, key: &'a str) -> Answer<'a, Option<String>> {
        answer(self.settings.lock().expect("no test panics here").get(key).cloned())
    }

    fn put_setting<'a>(&'a self, key: &'a str, value: String) -> Answer<'a, ()> {
        self.settings.lock().expect("no test panics here").insert(key.to_owned(), value);
        answer(())
    }
}

/// Nothing is known: what the pages say of codeless events is told in `tests/collector/visualizer.rs`.
impl Codeless for Memory {
    fn drafts<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<Draft>> {
        answer(Vec::new())
    }

    fn put_draft<'a>(&'a self, _: &'a str, definition: Definition) -> Answer<'a, Draft> {
        answer(Draft { definition, at: UnixMillis(0) })
    }

    fn discard_draft<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, bool> {
        answer(false)
    }

    fn publish_draft<'a>(&'a self, _: &'a str, _: Definition, _: Author) -> Answer<'a, bool> {
        answer(false)
    }

    fn taken_names<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<String>> {
        answer(Vec::new())
    }

    fn activity<'a>(&'a self, _: &'a str, names: Vec<String>) -> Answer<'a, Vec<Activity>> {
        answer(names.into_iter().map(|name| Activity { name, ..Activity::default() }).collect())
    }

    fn note_near_miss<'a>(&'a self, _: &'a str, _: &'a str, _: NearMiss) -> Answer<'a, ()> {
        answer(())
    }

    fn near_misses<'a>(&'a self, _: &'a str, _: &'a str) -> Answer<'a, Vec<NearMiss>> {
        answer(Vec::new())
    }

    fn note_findings<'a>(&'a self, _: &'a str, _: Vec<Finding>) -> Answer<'a, ()> {
        answer(())
    }

    fn findings<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<Finding>> {
        answer(Vec::new())
    }

    fn forget_old(&self, _: UnixMillis) -> Answer<'_, ()> {
        answer(())
    }

    fn viewed_pages<'a>(&'a self, _: &'a str, _: &'a [String]) -> Answer<'a, Vec<ViewedPage>> {
        answer(Vec::new())
    }
}

impl Store for Memory {
    fn probe(&self) -> Answer<'_, ()> {
        answer(())
    }

    fn waiting(&self) -> usize {
        0
    }

    fn close(&self) -> Answer<'_, ()> {
        answer(())
    }
}
