//! A page without a browser: feeds the tracker, keeps what it was told to keep, answers what it sends.

use std::collections::BTreeMap;

use pugmark_engine::batch::Envelope;
use pugmark_engine::completion::Given;
use pugmark_engine::effect::Memory;
use pugmark_engine::input::Answer;
use pugmark_engine::journal::{JournalKey, Record};
use pugmark_engine::outbox::{FlightNumber, Report, Way};
use pugmark_engine::page_view::Page;
use pugmark_engine::{Call, Effect, Input, Memories, Moment, Notice, Options, Tracker};
use pugmark_protocol::time::{Millis, UnixMillis};
use pugmark_protocol::wire;

pub(crate) const START: UnixMillis = UnixMillis(1_795_430_400_000);

/// What outlives a page: cookies and local storage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    pub(crate) visitor: Option<String>,
    pub(crate) consent: Option<String>,
    pub(crate) do_not_track: bool,
    pub(crate) session: Option<String>,
    pub(crate) journal: BTreeMap<String, String>,
    pub(crate) gpc: bool,
    pub(crate) answered: Option<String>,
    /// How many pages were opened; every page's chance is its own.
    pub(crate) pages: u64,
}

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) flight: FlightNumber,
    pub(crate) batch: wire::Batch,
    pub(crate) way: Way,
}

impl Browser {
    /// What the journal holds.
    pub(crate) fn records(&self) -> Vec<Record> {
        let parse = |(key, text): (&String, &String)| Record::parse(JournalKey::parse(key)?, text);
        self.journal.iter().filter_map(parse).collect()
    }

    pub(crate) fn memories(&self) -> Memories {
        Memories {
            visitor: self.visitor.clone(),
            answer: self.consent.clone(),
            do_not_track: self.do_not_track,
            gpc: self.gpc,
            answered: self.answered.clone(),
        }
    }
}

/// One page of one tab.
pub(crate) struct Tab {
    pub(crate) tracker: Tracker,
    pub(crate) now: UnixMillis,
    pub(crate) requests: Vec<Request>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) flushed: Vec<Report>,
    pub(crate) near_misses: Vec<serde_json::Value>,
    pub(crate) settles: bool,
    pub(crate) begun: usize,
    pub(crate) wake: Option<UnixMillis>,
}

impl Browser {
    /// Opens a page with these options besides the site.
    pub(crate) fn open(&mut self, url: &str, options: &[(&str, &str)], now: UnixMillis) -> Tab {
        let mut given = vec![("site".to_owned(), "demo".to_owned())];
        given.extend(options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (options, complaints) = Options::read(&given, "https://events.example");
        assert!(complaints.is_empty(), "{complaints:?}");
        let memories = self.memories();
        let page = Page { url: url.to_owned(), title: "Title".to_owned(), referrer: String::new() };
        let envelope = Envelope { site: "demo".to_owned(), ..Envelope::default() };
        self.pages += 1;
        let tracker = Tracker::new(options, envelope, &memories, page, true, [self.pages, 7], now);
        let mut tab = Tab {
            tracker,
            now,
            requests: Vec::new(),
            notices: Vec::new(),
            flushed: Vec::new(),
            near_misses: Vec::new(),
            settles: false,
            begun: 0,
            wake: None,
        };
        let first = tab.tracker.start();
        tab.perform(first, self);
        tab
    }
}

impl Tab {
    pub(crate) fn feed(&mut self, input: Input, browser: &mut Browser) {
        let moment = Moment { now: self.now, session: browser.session.clone() };
        let effects = self.tracker.handle(input, &moment);
        self.perform(effects, browser);
    }

    pub(crate) fn call(&mut self, call: Call, browser: &mut Browser) {
        let at = self.now;
        self.feed(Input::Call { call, at }, browser);
    }

    pub(crate) fn track(&mut self, name: &str, browser: &mut Browser) {
        let call = Call::TrackCustomEvent { name: name.to_owned(), given: Given::default(), element: None };
        self.call(call, browser);
    }

    /// Lets the page's view settle.
    pub(crate) fn settle(&mut self, browser: &mut Browser) {
        self.feed(Input::Settled { title: "Title".to_owned() }, browser);
    }

    /// Lets time pass, and wakes the tracker if it asked for that.
    pub(crate) fn wait(&mut self, time: Millis, browser: &mut Browser) {
        self.now = self.now + time;
        if self.wake.is_some_and(|at| at <= self.now) {
            self.wake = None;
            self.feed(Input::TimeUp, browser);
        }
    }

    pub(crate) fn leave(&mut self, browser: &mut Browser) {
        self.feed(Input::Hidden { title: "Title".to_owned() }, browser);
    }

    /// Answers the oldest request.
    pub(crate) fn answer(&mut self, status: u16, browser: &mut Browser) -> wire::Batch {
        let Request { flight, batch, .. } = self.requests.remove(0);
        let answer = Answer::Status { status, retry_after: None, refused: 0 };
        self.feed(Input::Answered { flight, answer }, browser);
        batch
    }

    /// The names of the events in the requests under way.
    pub(crate) fn names_under_way(&self) -> Vec<String> {
        self.requests.iter().flat_map(|request| names(&request.batch)).collect()
    }

    fn perform(&mut self, effects: Vec<Effect>, browser: &mut Browser) {
        for effect in effects {
            match effect {
                Effect::Write { key, record } => {
                    browser.journal.insert(key.to_text(), record);
                }
                Effect::Forget { key, record } => {
                    if browser.journal.get(&key.to_text()) == Some(&record) {
                        browser.journal.remove(&key.to_text());
                    }
                }
                Effect::Remember(Memory::Visitor(id)) => browser.visitor = Some(id.to_text()),
                Effect::Remember(Memory::Session(text)) => browser.session = Some(text),
                Effect::Remember(Memory::Answer(answer)) => browser.consent = Some(answer.code().to_owned()),
                Effect::Remember(Memory::DoNotTrack(said)) => browser.do_not_track = said,
                Effect::Remember(Memory::Answered(at)) => browser.answered = Some(at.0.to_string()),
                Effect::Erase => {
                    browser.visitor = None;
                    browser.session = None;
                    browser.journal.clear();
                }
                Effect::Begin => self.begun += 1,
                Effect::Send { flight, body, way } => {
                    let batch = serde_json::from_str(&body).expect("the collector reads every batch");
                    self.requests.push(Request { flight, batch, way });
                }
                Effect::ReportNearMiss(body) => {
                    self.near_misses.push(serde_json::from_str(&body).expect("is JSON"));
                }
                Effect::Wake(after) => self.wake = Some(self.now + after),
                Effect::Settle(_) => self.settles = true,
                Effect::Tell(notice) => self.notices.push(notice),
                Effect::Flushed(report) => self.flushed.push(report),
            }
        }
    }
}

pub(crate) fn events(batch: &wire::Batch) -> Vec<wire::Event> {
    batch.events.iter().map(|e| serde_json::from_value(e.clone()).expect("is an event")).collect()
}

pub(crate) fn names(batch: &wire::Batch) -> Vec<String> {
    events(batch).into_iter().map(|event| event.name).collect()
}
