//! What one story is told in.

use serde_json::Value;

use crate::site::Policy;
use crate::wait::until;
use crate::{Browser, Collector, Engine, Site, Stored, Witness};

/// A collector on an empty store, a site and a browser with an empty profile; nothing is shared between stories.
pub struct World {
    /// The collector.
    pub collector: Collector,
    /// The witness in front of the collector, for pages that load the tracker through it.
    pub witness: Witness,
    /// The site under test.
    pub site: Site,
    /// The browser.
    pub browser: Browser,
    /// The policy of the site's pages.
    pub policy: Policy,
}

impl World {
    /// Starts all of it.
    pub async fn start(engine: Engine, policy: Policy) -> Self {
        let collector = Collector::start().await;
        let witness = Witness::start(collector.address()).await;
        let site = Site::start(collector.address(), witness.address(), policy).await;
        Self { browser: Browser::start(engine).await, site, witness, collector, policy }
    }

    /// Opens a page of the site.
    pub async fn open(&self, path: &str) {
        self.browser.open(&self.site.url(path)).await;
    }

    /// Opens a page of the site and waits until the tracker runs on it.
    pub async fn visit(&self, path: &str) {
        self.open(path).await;
        self.browser.comes_true(READY).await;
    }

    /// Runs code as a script of the page; see [`Browser::run`].
    pub async fn run(&self, code: &str) -> Value {
        self.browser.run(code).await
    }

    /// Sends what the page still holds, and gives everything the collector then has, oldest first.
    pub async fn everything(&self) -> Vec<Stored> {
        until("an empty outbox", async || {
            let flushed = self.run("return window.pugmark.flush()").await;
            match flushed.get("pending").and_then(Value::as_u64) {
                Some(0) => Ok(()),
                _ => Err(format!("flush() says {flushed}")),
            }
        })
        .await;
        self.collector.events().await
    }

    /// [`World::everything`], names only.
    pub async fn names(&self) -> Vec<String> {
        self.everything().await.into_iter().map(|event| event.name).collect()
    }

    /// The lines the page has written on its console: `warn: …`.
    pub async fn console(&self) -> Vec<String> {
        texts(&self.run("return window.pageLog.console").await)
    }

    /// What the page's policy has refused, beside the pages' empty icon: `script-src wasm-eval`.
    pub async fn refused(&self) -> Vec<String> {
        texts(&self.run(r#"return pageLog.refused.filter((what) => what !== "img-src data")"#).await)
    }

    /// What the page would have seen as uncaught errors; `None` where no page of ours is shown.
    pub(crate) async fn errors(&self) -> Option<Vec<String>> {
        self.browser.try_run("return window.pageLog.errors").await.ok().map(|errors| texts(&errors))
    }

    /// Everything that helps to understand a failure.
    pub(crate) async fn report(&self) -> String {
        let page = self.browser.try_run("return { url: location.href, log: window.pageLog }").await;
        let status = self.browser.try_run("return window.pugmark.status()").await;
        format!(
            "page: {}\nstatus(): {}\nasked of the witness: {:?}\ncollector:\n{}",
            page.map_or_else(|error| error, |page| page.to_string()),
            status.map_or_else(|error| error, |status| status.to_string()),
            self.witness.asked(),
            self.collector.log(),
        )
    }
}

/// The library is there and runs: neither the array nor the stub that stood in for it can tell its state.
const READY: &str = "window.pugmark && window.pugmark.status && window.pugmark.status()";

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}
