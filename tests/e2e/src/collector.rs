//! A real collector on an empty store, and what it has stored.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::rc::Rc;

use axum::http::{Method, Request, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::http::Client;
use crate::places;
use crate::wait::until;

/// The admin token of every collector here.
pub const TOKEN: &str = "the-token-of-the-end-to-end-stories";

/// The site that a first start creates.
pub const SITE: &str = "demo";

/// A running collector, or one that a story has killed for the moment.
pub struct Collector {
    address: String,
    data: TempDir,
    client: Client,
    child: RefCell<Option<Child>>,
    settings: Vec<(&'static str, &'static str)>,
    log: Log,
}

/// One event, as the events API shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct Stored {
    /// The id made at the call.
    pub id: String,
    /// The event's name.
    pub name: String,
    /// When it happened, in milliseconds since 1970 by the collector's clock.
    pub at: i64,
    /// The visitor, where the site may know one.
    pub visitor: Option<String>,
    /// The session, where the site may know one.
    pub session: Option<String>,
    /// The tab it was made in.
    pub tab: String,
    /// Its number in the tab.
    pub seq: u64,
    /// The page's address.
    pub url: Option<String>,
    /// What the page gave, and the `hs_` properties.
    pub properties: Map<String, Value>,
    /// What the property rules changed.
    pub adjusted: Vec<String>,
    /// Who the visitor is, as far as is known now.
    #[serde(default)]
    pub identity: Option<Map<String, Value>>,
}

impl Stored {
    /// A property as text; panics where there is none.
    pub fn text(&self, name: &str) -> &str {
        let value = self.properties.get(name);
        value.and_then(Value::as_str).unwrap_or_else(|| panic!("no text {name} in {:?}", self.properties))
    }

    /// A property as a whole number; panics where there is none.
    pub fn number(&self, name: &str) -> i64 {
        let value = self.properties.get(name);
        value.and_then(Value::as_i64).unwrap_or_else(|| panic!("no number {name} in {:?}", self.properties))
    }

    /// The page's path, with query and fragment.
    pub fn path(&self) -> &str {
        let url = self.url.as_deref().unwrap_or_default();
        let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        after_scheme.find('/').map_or("", |slash| &after_scheme[slash..])
    }

    /// The properties that the page gave, without the `hs_` ones.
    pub fn given(&self) -> Map<String, Value> {
        let own = self.properties.iter().filter(|(name, _)| !name.starts_with("hs_"));
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// What the collector prints, kept for the report of a failure.
type Log = Rc<RefCell<String>>;

impl Collector {
    /// Starts a collector on a free port, with an empty store.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// As [`Collector::start`], with further settings as environment variables.
    pub async fn start_with(settings: &[(&'static str, &'static str)]) -> Self {
        let data = TempDir::with_prefix("pugmark-e2e-data-").expect("there is room for a folder");
        let log = Log::default();
        let (child, address) = spawn("127.0.0.1:0", settings, &data, &log).await;
        let settings = settings.to_vec();
        Self { address, data, client: Client::new(), child: RefCell::new(Some(child)), settings, log }
    }

    /// Where it listens: `http://127.0.0.1:…`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// Ends it with SIGKILL: at once, with nothing said to it. What it had written is with the kernel, and stays.
    pub async fn kill(&self) {
        let child = self.child.borrow_mut().take();
        child.expect("it was running").kill().await.expect("it was ours to kill");
    }

    /// Starts it again, on the same address and store.
    pub async fn restart(&self) {
        let listen = self.address.trim_start_matches("http://");
        let (child, address) = spawn(listen, &self.settings, &self.data, &self.log).await;
        assert_eq!(address, self.address);
        *self.child.borrow_mut() = Some(child);
    }

    /// Makes a definition on the site.
    pub async fn define(&self, definition: &Value) {
        self.post(&format!("/v1/sites/{SITE}/definitions"), definition).await;
    }

    /// Makes another site.
    pub async fn add_site(&self, key: &str) {
        self.post("/v1/sites", &json!({ "key": key, "name": key })).await;
    }

    /// Keeps the site's custom script, as the studio's form does, and switches it on or off.
    pub async fn keep_custom_script(&self, code: &str, is_on: bool) {
        let code = utf8_percent_encode(code, NON_ALPHANUMERIC);
        let form = format!("code={code}{}", if is_on { "&is_on=yes" } else { "" });
        let request = Request::post(format!("{}/studio/sites/{SITE}/settings/custom-script", self.address))
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into())
            .expect("it is a request");
        let answer = self.client.send(request).await.expect("the collector answers");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }

    /// The address of a page of the studio.
    pub fn studio_url(&self, path: &str) -> String {
        format!("{}/studio{path}", self.address)
    }

    /// The link that signs a browser in to the studio.
    pub fn sign_in_link(&self) -> String {
        self.studio_url(&format!("/sign-in#{TOKEN}"))
    }

    /// A page of the studio, as its source.
    pub async fn studio(&self, path: &str) -> String {
        let (status, page) = self
            .client
            .call(Method::GET, &self.studio_url(path), TOKEN, None)
            .await
            .expect("the collector answers");
        assert_eq!(status, StatusCode::OK, "{page}");
        page
    }

    async fn post(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.address);
        let (status, answer) =
            self.client.call(Method::POST, &url, TOKEN, Some(body)).await.expect("the collector answers");
        assert!(status.is_success(), "{body} was refused with {status}: {answer}");
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let url = format!("{}{path}", self.address);
        let (status, body) =
            self.client.call(Method::GET, &url, TOKEN, None).await.expect("the collector answers");
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e} in {body}"))
    }

    /// How many events of a site were let go, as far as its trackers said so or the collector refused them itself, by
    /// reason.
    pub async fn lost(&self, site: &str) -> BTreeMap<String, u64> {
        self.get::<Losses>(&format!("/v1/sites/{site}/lost")).await.totals
    }

    /// How many events of a site are stored.
    pub async fn count(&self, site: &str) -> u64 {
        let counts: Counts = self.get(&format!("/v1/sites/{site}/events/counts")).await;
        counts.counts.iter().map(|count| count.total).sum()
    }

    /// The site's contacts, as the JSON API shows them.
    pub async fn contacts(&self) -> Vec<Value> {
        let Records { records } = self.get(&format!("/v1/sites/{SITE}/records?object=CONTACT")).await;
        records
    }

    /// Everything stored, oldest first.
    pub async fn events(&self) -> Vec<Stored> {
        self.events_of(SITE).await
    }

    /// Everything stored of a site, oldest first.
    pub async fn events_of(&self, site: &str) -> Vec<Stored> {
        let mut events = Vec::new();
        let mut after = String::new();
        loop {
            let page: Events = self.get(&format!("/v1/sites/{site}/events?limit=500{after}")).await;
            events.extend(page.events);
            match page.next {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        // Events of one millisecond are in no promised order; their tab has numbered them.
        events.sort_by_key(|event| (event.at, event.seq));
        events
    }

    /// The events of this name, oldest first.
    pub async fn named(&self, name: &str) -> Vec<Stored> {
        let mut events = self.events().await;
        events.retain(|event| event.name == name);
        events
    }

    /// Waits until what is stored satisfies `condition`, and gives it, oldest first.
    pub async fn become_true(&self, what: &str, condition: impl Fn(&[Stored]) -> bool) -> Vec<Stored> {
        until(what, async || {
            let events = self.events().await;
            if condition(&events) { Ok(events) } else { Err(format!("these are stored: {events:?}")) }
        })
        .await
    }

    /// Waits until `count` events of this name are stored, and gives them, oldest first; more is a failure.
    pub async fn arrived(&self, count: usize, name: &str) -> Vec<Stored> {
        until(&format!("{count} × {name}"), async || {
            let found = self.named(name).await;
            match found.len() {
                n if n == count => Ok(found),
                n if n > count => panic!("{n} × {name} arrived, not {count}"),
                n => Err(format!("{n} arrived")),
            }
        })
        .await
    }
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Stored>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Records {
    records: Vec<Value>,
}

#[derive(Deserialize)]
struct Counts {
    counts: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    total: u64,
}

#[derive(Deserialize)]
struct Losses {
    totals: BTreeMap<String, u64>,
}

/// Starts the program and waits for the line that says where it listens.
async fn spawn(
    listen: &str,
    settings: &[(&'static str, &'static str)],
    data: &TempDir,
    log: &Log,
) -> (Child, String) {
    let mut child = Command::new(places::collector())
        .env("PUGMARK_LISTEN", listen)
        .env("PUGMARK_DATA", data.path())
        .env("PUGMARK_ADMIN_TOKEN", TOKEN)
        .envs(settings.iter().copied())
        .current_dir(places::root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the collector starts");
    keep(child.stderr.take().expect("stderr is piped"), log);
    keep(child.stdout.take().expect("stdout is piped"), log);

    let already = log.borrow().len();
    let address = until("the collector's \"listening on\"", async || {
        let log = log.borrow();
        let said = log.get(already..).unwrap_or_default();
        let line = said.lines().find_map(|line| line.split_once("listening on ").map(|(_, rest)| rest));
        let address = line.and_then(|rest| rest.split_ascii_whitespace().next()).map(str::to_owned);
        address.ok_or_else(|| format!("it said {said:?}"))
    })
    .await;
    (child, address.trim_end_matches('/').to_owned())
}

/// Reads a stream to its end in the background, so that the collector never waits for a reader.
fn keep(stream: impl AsyncRead + Unpin + 'static, log: &Log) {
    let log = Rc::clone(log);
    tokio::task::spawn_local(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut log = log.borrow_mut();
            log.push_str(&line);
            log.push('\n');
        }
    });
}
