//! What one scenario is played in: a browser, a tracker's pages, the proxy, and the collector or sink behind it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pugmark_e2e::browser::Extras;
use pugmark_e2e::{Browser, Collector, Engine};
use tokio::time::sleep;

use crate::account::{self, Account};
use crate::pages::{Common, Pages};
use crate::plan::Plan;
use crate::proxy::Proxy;
use crate::sink::Sink;
use crate::subject::{Kind, Subject, dist};

/// How often what is stored is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// How long nothing new may arrive before a last visit is over. Peers batch for up to five seconds, and one of them
/// takes over what a closed page left behind after ten.
const QUIET_PUGMARK: Duration = Duration::from_secs(4);
const QUIET_PEER: Duration = Duration::from_secs(20);

/// How long a peer is waited for in the middle of a scenario: longer than it batches.
const PATIENCE_PEER: Duration = Duration::from_secs(6);

/// So many last visits at least to a peer that has not everything yet, and at most to anybody: a tab that was closed a moment ago may hold its lock through the first one.
const LAST_VISITS: RangeInclusive<usize> = 2..=3;

/// How long after the first calls on a page their records are on disk, so that kill -9 of the browser leaves them.
///
/// Measured (November 2026, `--disk`): Firefox 153 writes within 5 s of a change. Chromium 156 writes what changed in
/// the first 5 s then, and later changes at most once a minute.
pub const TO_DISK: Duration = Duration::from_secs(10);

/// How much faster than real time a page with `?clock` lives.
pub const CLOCK_SPEED: u32 = 60;

/// How many events a scenario makes in full, at least.
const FULL_EVENTS: usize = 1_000;

/// How many rounds a scenario has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// At least a thousand events.
    Full,
    /// A few rounds, as a test.
    Short,
}

/// Everything one scenario needs; nothing is shared between scenarios.
pub struct Lab {
    /// The browser.
    pub browser: Browser,
    /// The proxy.
    pub proxy: Proxy,
    /// The site.
    pub pages: Pages,
    /// The tracker under test.
    pub subject: Subject,
    backend: Backend,
    size: Size,
    tag: &'static str,
    round: Cell<usize>,
    /// How many events the page was told to make.
    asked: Cell<usize>,
    lives_fast: Cell<bool>,
    sites: Cell<&'static [&'static str]>,
    remarks: RefCell<Vec<String>>,
}

enum Backend {
    Collector(Box<Collector>),
    Sink(Sink),
}

/// How many events were made, and how many of them are stored or lost with a reason.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Progress {
    made: u64,
    ended: u64,
}

impl Progress {
    fn is_complete(self) -> bool {
        self.ended >= self.made
    }
}

impl Backend {
    async fn start(subject: &Subject) -> Self {
        match &subject.kind {
            // One visitor makes more batches here than an office does elsewhere.
            Kind::Pugmark => {
                let unlimited = [("PUGMARK_RATE_PER_ADDRESS", "0")];
                Self::Collector(Box::new(Collector::start_with(&unlimited).await))
            }
            Kind::Peer(_) => Self::Sink(Sink::start().await),
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::Collector(collector) => collector.address(),
            Self::Sink(sink) => sink.address(),
        }
    }
}

impl Lab {
    /// Starts everything. `tag` is what the scenario's markers are told apart by: small letters.
    pub async fn start(
        subject: Subject,
        engine: Engine,
        size: Size,
        tag: &'static str,
        extras: Extras,
    ) -> Self {
        let backend = Backend::start(&subject).await;
        let brings_events = {
            let subject = subject.clone();
            Rc::new(move |path: &str, body: &[u8]| subject.brings_events(path, body))
        };
        let proxy = Proxy::start(backend.address(), brings_events).await;
        let pages = Pages::start(Common {
            subject: subject.html(backend.address(), &proxy.address()),
            files: (!subject.is_pugmark()).then(dist),
            clock_speed: CLOCK_SPEED,
        })
        .await;
        let browser = Browser::start_with(engine, extras).await;
        Self {
            browser,
            proxy,
            pages,
            subject,
            backend,
            size,
            tag,
            round: Cell::new(0),
            asked: Cell::new(0),
            lives_fast: Cell::new(false),
            sites: Cell::new(&["demo"]),
            remarks: RefCell::default(),
        }
    }

    /// How many rounds to play: `full` of them, or in the short form a tenth.
    pub fn rounds(&self, full: usize) -> usize {
        match self.size {
            Size::Full => full,
            Size::Short => full.div_ceil(10),
        }
    }

    /// A time that may be shorter in the short form.
    pub fn time(&self, full: Duration, short: Duration) -> Duration {
        match self.size {
            Size::Full => full,
            Size::Short => short,
        }
    }

    /// Goes to a page of the site and waits until the tracker runs on it.
    pub async fn visit(&self, path: &str) {
        self.browser.open(&self.pages.url(path)).await;
        self.ready().await;
    }

    /// Waits until the tracker runs on the page that is shown.
    pub async fn ready(&self) {
        self.browser.comes_true("window.subject").await;
        let is_ready = match self.subject.is_pugmark() {
            true => "await subject.ready",
            // One of the peers waits for an answer that may not come while everything fails.
            false => "await Promise.race([subject.ready, fault.wait(3000)])",
        };
        self.browser.run(is_ready).await;
    }

    /// Has the page that is shown open a tab with the tracker, which is shown then: only a tab that a page has opened
    /// may close itself.
    pub async fn open_tab_that_may_close(&self) {
        self.browser.fire("window.open('/page')").await;
        self.browser.show_newest_tab().await;
        self.ready().await;
    }

    /// JavaScript that makes so many events, of a round of their own, and reports them.
    pub fn making(&self, count: usize) -> String {
        self.making_with(count, "() => ''")
    }

    /// As [`Lab::making`], each event with the padding that this JavaScript function gives.
    pub fn making_with(&self, count: usize, padding: &str) -> String {
        format!("fault.make('{}', {}, {count}, {padding});", self.tag, self.next_round(count))
    }

    /// JavaScript that makes so many events when the page is put away.
    pub fn making_at_pagehide(&self, count: usize, padding: &str) -> String {
        format!("fault.makeAtPagehide('{}', {}, {count}, {padding});", self.tag, self.next_round(count))
    }

    fn next_round(&self, count: usize) -> usize {
        self.asked.set(self.asked.get() + count);
        self.round.replace(self.round.get() + 1)
    }

    /// Makes so many events on the page that is shown.
    pub async fn make(&self, count: usize) {
        let code = self.making(count);
        self.browser.run(&code).await;
    }

    /// Leaves for a page without the tracker, in the same task in which `code` has run.
    pub async fn leave_after(&self, code: &str) {
        self.browser.fire(&format!("{code} location.href = '/gone';")).await;
        self.browser.arrives_at("/gone").await;
    }

    /// Says something that must be known to read the row.
    pub fn remark(&self, text: impl Into<String>) {
        self.remarks.borrow_mut().push(text.into());
    }

    /// A condition without which the row would say nothing: an error of Pugmark's, a remark on a peer, which may send
    /// too little for every fault.
    pub fn demand(&self, is_met: bool, otherwise: &str) {
        assert!(is_met || !self.subject.is_pugmark(), "{otherwise}");
        if !is_met {
            self.remark(otherwise);
        }
    }

    /// Demands that something has happened to a request.
    pub fn demand_faults(&self) {
        self.demand(self.proxy.counts().1 > 0, "no request failed");
    }

    /// Demands that everything was made that the scenario wanted, and enough of it.
    pub fn demand_events(&self) {
        let (made, asked) = (self.pages.made().len(), self.asked.get());
        let enough = if self.size == Size::Full { FULL_EVENTS } else { 1 };
        assert!(made > 0, "no event was made");
        self.demand(made == asked, &format!("{made} of {asked} events were made"));
        self.demand(asked >= enough, &format!("only {asked} events were wanted, not {enough}"));
    }

    /// From here on, the last visits' pages live faster too: their clocks must not fall behind what is stored.
    pub fn live_fast(&self) {
        self.lives_fast.set(true);
    }

    /// Adds a second site on the same origin, and gives the address of its page.
    pub async fn second_site(&self) -> String {
        if let Backend::Collector(collector) = &self.backend {
            collector.add_site("second").await;
        }
        self.sites.set(&["demo", "second"]);
        "/page?site=second".to_owned()
    }

    /// Waits until so much time has passed since `start` on a page that lives faster.
    pub async fn pass_until(&self, start: Instant, page_time: Duration) {
        sleep((page_time / CLOCK_SPEED).saturating_sub(start.elapsed())).await;
    }

    /// Waits until everything made is accounted for on the page that is shown, but not longer than this.
    pub async fn settles_within(&self, longest: Duration) -> bool {
        // What a peer has lost never comes.
        self.arrives_within(if self.subject.is_pugmark() { longest } else { longest.min(PATIENCE_PEER) })
            .await
    }

    /// As [`Lab::settles_within`], for every tracker alike.
    pub async fn arrives_within(&self, longest: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < longest {
            if self.progress().await.is_complete() {
                return true;
            }
            sleep(LOOK).await;
        }
        false
    }

    /// Waits until more than `before` copies of events have passed the proxy, but not longer than this.
    pub async fn comes_again(&self, before: usize, longest: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < longest && self.proxy.copies() <= before {
            sleep(LOOK).await;
        }
        self.proxy.copies() > before
    }

    /// Makes last visits without any fault until everything is accounted for or nothing more comes, and gives what
    /// became of everything made.
    pub async fn settle(&self) -> Account {
        self.proxy.follow(Plan::calm());
        self.proxy.come_back().await;
        let clock = if self.lives_fast.get() { "&clock" } else { "" };
        for visit in 1..=*LAST_VISITS.end() {
            let before = self.progress().await;
            for site in self.sites.get() {
                self.visit(&format!("/page?site={site}{clock}")).await;
                self.wait_until_quiet().await;
            }
            let after = self.progress().await;
            let is_over = after == before && visit >= *LAST_VISITS.start() && !self.subject.is_pugmark();
            if after.is_complete() || is_over {
                break;
            }
        }
        // A duplicate would come after the first copy.
        sleep(LOOK * 2).await;
        self.account().await
    }

    async fn wait_until_quiet(&self) {
        let quiet = if self.subject.is_pugmark() { QUIET_PUGMARK } else { QUIET_PEER };
        let mut last = self.progress().await;
        let mut since = Instant::now();
        while since.elapsed() < quiet && !last.is_complete() {
            sleep(LOOK).await;
            let now = self.progress().await;
            if now != last {
                since = Instant::now();
            }
            last = now;
        }
    }

    /// How far it is, without reading every event.
    async fn progress(&self) -> Progress {
        let made = self.pages.made().len() as u64;
        let ended = match &self.backend {
            Backend::Sink(sink) => sink.taken().len() as u64,
            Backend::Collector(collector) => {
                let mut ended = 0;
                for site in self.sites.get() {
                    ended += collector.count(site).await;
                    ended += collector.lost(site).await.values().sum::<u64>();
                }
                ended
            }
        };
        Progress { made, ended }
    }

    /// What became of everything made so far.
    pub async fn account(&self) -> Account {
        let mut lost: BTreeMap<String, u64> = BTreeMap::new();
        if let Backend::Collector(collector) = &self.backend {
            for site in self.sites.get() {
                for (reason, n) in collector.lost(site).await {
                    *lost.entry(reason).or_default() += n;
                }
            }
        }
        Account::new(&self.pages.made(), &self.stored().await, lost)
    }

    /// How often each marker is stored, or has come to the sink.
    async fn stored(&self) -> BTreeMap<String, usize> {
        let collector = match &self.backend {
            Backend::Sink(sink) => return sink.taken(),
            Backend::Collector(collector) => collector,
        };
        let mut found = Vec::new();
        for &site in self.sites.get() {
            for event in collector.events_of(site).await {
                if let Some(marker) = event.properties.get("marker").and_then(|m| m.as_str()) {
                    found.push((site, marker.to_owned()));
                }
            }
        }
        account::copies(&found)
    }

    /// The remarks, and what the proxy has seen.
    pub fn remarks(&self) -> String {
        let (seen, failed) = self.proxy.counts();
        let copies = self.proxy.copies();
        let proxy =
            format!("the proxy saw {seen} requests, failed {failed}, passed on {copies} copies of events");
        let mut remarks = self.remarks.borrow().clone();
        remarks.push(proxy);
        remarks.join("; ")
    }

    /// What explains a row that is not clean: the first markers that are not stored, and the end of the collector's
    /// log.
    pub async fn explanation(&self) -> String {
        let missing: Vec<String> = self.missing().await.into_iter().take(10).collect();
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(20)..].join("\n");
        format!("not stored, the first ten: {}\nthe collector's log ends with:\n{end}", missing.join(", "))
    }

    async fn missing(&self) -> BTreeSet<String> {
        let stored = self.stored().await;
        self.pages.made().into_iter().filter(|marker| !stored.contains_key(marker)).collect()
    }

    fn log(&self) -> String {
        match &self.backend {
            Backend::Collector(collector) => collector.log(),
            Backend::Sink(_) => String::new(),
        }
    }
}
