//! One browser and its collector: pages that live and die, a storage and a network that fail in every way we know.

use std::collections::{BTreeMap, BTreeSet};

use pugmark_engine::adoption::{self, Found, Life};
use pugmark_engine::batch::Envelope;
use pugmark_engine::completion::Given;
use pugmark_engine::consent::Consent;
use pugmark_engine::effect::Memory;
use pugmark_engine::input::Answer;
use pugmark_engine::journal::{Content, JournalKey, Record};
use pugmark_engine::outbox::{
    FLIGHT_LIMIT, FlightNumber, KEEPALIVE_BYTES, LATER_BYTES, OUTBOX_BYTES, RETRY_AFTER_LAST, Way,
};
use pugmark_engine::page_view::Page as View;
use pugmark_engine::{Call, Effect, Input, Memories, Moment, Options, Tracker};
use pugmark_protocol::property::Value;
use pugmark_protocol::time::{Millis, UnixMillis};
use pugmark_protocol::wire;

use crate::collector::{Collector, Number, events, stated};

const START: u64 = 1_795_430_400_000;

/// The edge gives a request up after this long.
const TIMEOUT: u64 = 30_000;

/// How a request ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// It arrives, and so does the receipt; one event may be refused in it.
    Receipt { refuse: Option<usize> },
    /// It arrives, the receipt does not.
    ReceiptLost,
    /// It does not arrive.
    Lost,
    /// Something answers with a status, and with `Retry-After`, in seconds.
    Status { status: u16, retry_after: Option<u64> },
}

/// What storage does with a write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Storage {
    Open,
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Shown,
    Hidden,
    /// In the back/forward cache.
    Frozen,
    Dead,
}

struct Page {
    tracker: Tracker,
    state: State,
    was_frozen: bool,
    wake: Option<u64>,
    /// Until when, in real time, the collector has asked for a pause.
    pause: u64,
    /// What was handed to the browser for later and it may still have: since when, in real time, and how many bytes.
    later: Vec<(u64, usize)>,
    /// Events of which it has had a record.
    knows: BTreeSet<Number>,
    /// Whether consent was taken back there, and has not been given since.
    has_revoked: bool,
}

struct Request {
    page: usize,
    flight: FlightNumber,
    batch: wire::Batch,
    bytes: usize,
    way: Way,
    since: u64,
    /// Whether the page still waits for its answer.
    awaited: bool,
}

pub(crate) struct World {
    pages: Vec<Page>,
    requests: Vec<Request>,
    pub(crate) collector: Collector,
    storage: BTreeMap<String, String>,
    mode: Storage,
    storage_failed: bool,
    has_locks: bool,
    requires_consent: bool,
    locks: BTreeMap<String, usize>,
    answer: Option<Consent>,
    visitor: Option<String>,
    /// The clock of the browser, and time as it is.
    now: u64,
    real: u64,
    /// How many events each tab has made.
    made: BTreeMap<String, u64>,
    /// Events of which storage has nothing, because it refused them or lost them.
    in_memory: BTreeSet<Number>,
    /// What may be missing in the end, and why.
    pub(crate) excused: BTreeMap<Number, &'static str>,
    sender: BTreeMap<String, usize>,
}

impl World {
    pub(crate) fn new(has_locks: bool, requires_consent: bool) -> Self {
        Self {
            pages: Vec::new(),
            requests: Vec::new(),
            collector: Collector::default(),
            storage: BTreeMap::new(),
            mode: Storage::Open,
            storage_failed: false,
            has_locks,
            requires_consent,
            locks: BTreeMap::new(),
            answer: None,
            visitor: None,
            now: START,
            real: 0,
            made: BTreeMap::new(),
            in_memory: BTreeSet::new(),
            excused: BTreeMap::new(),
            sender: BTreeMap::new(),
        }
    }

    fn memories(&self) -> Memories {
        Memories {
            visitor: self.visitor.clone(),
            answer: self.answer.map(|answer| answer.code().to_owned()),
            answered: self.storage.get("answered").cloned(),
            ..Memories::default()
        }
    }

    // What happens.

    pub(crate) fn open(&mut self) {
        let consent = if self.requires_consent { "required" } else { "granted" };
        let given = [("site", "demo"), ("pageviews", "manual"), ("consent", consent)];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (options, _) = Options::read(&given, "https://events.example");
        let view = View { url: "https://shop.example/".to_owned(), ..View::default() };
        let envelope = Envelope { site: "demo".to_owned(), ..Envelope::default() };
        let seed = [self.pages.len() as u64 + 1, 7];
        let memories = self.memories();
        let mut tracker = Tracker::new(options, envelope, &memories, view, true, seed, UnixMillis(self.now));
        let first = tracker.start();
        self.pages.push(Page {
            tracker,
            state: State::Shown,
            was_frozen: false,
            wake: None,
            pause: 0,
            later: Vec::new(),
            knows: BTreeSet::new(),
            has_revoked: false,
        });
        self.perform(self.pages.len() - 1, first, false);
    }

    /// Calls `trackCustomEvent` with a value of so many bytes.
    pub(crate) fn track(&mut self, page: usize, bytes: usize, has_name: bool) {
        let Some(page) = self.running(page) else { return };
        if !self.pages[page].tracker.status().consent.is_refused() {
            let tab = self.pages[page].tracker.tab().to_text();
            let made = self.made.entry(tab.clone()).or_default();
            *made += 1;
            let number = (tab, *made);
            if self.pages[page].tracker.status().consent == Consent::Awaited {
                self.in_memory.insert(number.clone());
            }
            self.pages[page].knows.insert(number);
        }
        let properties = vec![("filling".to_owned(), Value::Text("x".repeat(bytes)))];
        let name = if has_name { "event" } else { "1" }.to_owned();
        let given = Given { properties, adjusted: Vec::new() };
        self.call(page, Call::TrackCustomEvent { name, given, element: None });
    }

    pub(crate) fn identify(&mut self, page: usize) {
        let Some(page) = self.running(page) else { return };
        let properties = vec![("email".to_owned(), Value::Text("ada@example.com".to_owned()))];
        self.call(page, Call::Identify(Given { properties, adjusted: Vec::new() }));
    }

    pub(crate) fn flush(&mut self, page: usize) {
        if let Some(page) = self.running(page) {
            self.call(page, Call::Flush);
        }
    }

    pub(crate) fn online(&mut self, page: usize) {
        if let Some(page) = self.running(page) {
            self.feed(page, Input::Online);
        }
    }

    pub(crate) fn consent(&mut self, page: usize, given: bool) {
        let Some(page) = self.running(page) else { return };
        if !given {
            for (tab, made) in &self.made {
                for n in 1..=*made {
                    self.excused.entry((tab.clone(), n)).or_insert("withdrawn");
                }
            }
        }
        self.call(page, Call::SetConsent(given));
        self.pages[page].has_revoked = !given;
        self.tell_others(page);
    }

    /// Takes consent back in HubSpot's way, which is not remembered: other pages go on.
    pub(crate) fn revoke(&mut self, page: usize) {
        let Some(page) = self.running(page) else { return };
        for number in self.pages[page].knows.clone() {
            self.excused.entry(number).or_insert("withdrawn");
        }
        self.call(page, Call::RevokeConsent { remembered: false });
        self.pages[page].has_revoked = true;
        self.tell_others(page);
    }

    fn tell_others(&mut self, page: usize) {
        for other in 0..self.pages.len() {
            if other != page && matches!(self.pages[other].state, State::Shown | State::Hidden) {
                let memories = self.memories();
                self.feed(other, Input::MemoriesChanged(memories));
            }
        }
    }

    pub(crate) fn hide(&mut self, page: usize) {
        if let Some(page) = self.running(page) {
            self.pages[page].state = State::Hidden;
            self.feed(page, Input::Hidden { title: String::new() });
        }
    }

    pub(crate) fn show(&mut self, page: usize) {
        if let Some(page) = self.running(page) {
            self.pages[page].state = State::Shown;
            self.pages[page].later.clear();
            let memories = self.memories();
            self.feed(page, Input::MemoriesChanged(memories));
            self.feed(page, Input::Shown);
        }
    }

    pub(crate) fn freeze(&mut self, page: usize) {
        self.hide(page);
        if let Some(page) = self.running(page) {
            self.pages[page].state = State::Frozen;
            self.pages[page].was_frozen = true;
            self.locks.retain(|_, holder| *holder != page);
        }
    }

    pub(crate) fn restore(&mut self, page: usize) {
        let frozen: Vec<usize> =
            (0..self.pages.len()).filter(|p| self.pages[*p].state == State::Frozen).collect();
        if frozen.is_empty() {
            return;
        }
        let page = frozen[page % frozen.len()];
        self.pages[page].state = State::Shown;
        self.pages[page].later.clear();
        self.locks.insert(self.pages[page].tracker.tab().to_text(), page);
        let memories = self.memories();
        self.feed(page, Input::MemoriesChanged(memories));
        self.feed(page, Input::Restored);
    }

    /// The page is gone without a word.
    pub(crate) fn kill(&mut self, page: usize) {
        if self.pages.is_empty() {
            return;
        }
        let page = page % self.pages.len();
        self.pages[page].state = State::Dead;
        self.locks.retain(|_, holder| *holder != page);
        for request in self.requests.iter_mut().filter(|request| request.page == page) {
            request.awaited = false;
        }
        let others = |number: &Number| {
            self.pages.iter().any(|page| page.state != State::Dead && page.knows.contains(number))
        };
        for number in &self.in_memory {
            if self.pages[page].knows.contains(number) && !others(number) {
                self.excused.entry(number.clone()).or_insert("was in memory only");
            }
        }
    }

    /// The page is left and closed.
    pub(crate) fn close(&mut self, page: usize) {
        if let Some(page) = self.running(page) {
            self.pages[page].state = State::Hidden;
            self.feed(page, Input::Hidden { title: String::new() });
            self.kill(page);
        }
    }

    /// Looks for journals of tabs that are gone.
    pub(crate) fn look(&mut self, page: usize) {
        if let Some(page) = self.running(page)
            && self.pages[page].tracker.status().consent == Consent::Granted
        {
            self.adopt(page);
        }
    }

    pub(crate) fn end(&mut self, request: usize, end: End) {
        if self.requests.is_empty() {
            return;
        }
        let request = self.requests.swap_remove(request % self.requests.len());
        let status = |status, retry_after: Option<u64>, refused| Answer::Status {
            status,
            retry_after: retry_after.map(Millis::seconds),
            refused,
        };
        let answer = match end {
            End::Receipt { refuse } => status(200, None, self.collector.take(&request.batch, refuse)),
            End::ReceiptLost => {
                self.collector.take(&request.batch, None);
                Answer::None
            }
            End::Lost => Answer::None,
            End::Status { status: code, retry_after } => status(code, retry_after, 0),
        };
        // Of a page in the back/forward cache the answer never comes.
        if !request.awaited || !matches!(self.pages[request.page].state, State::Shown | State::Hidden) {
            return;
        }
        let page = request.page;
        if let Answer::Status { status, .. } = answer
            && request.batch.events.is_empty()
            && !matches!(status, 200..=299 | 408 | 425 | 429 | 500..=599)
        {
            for number in stated(&request.batch) {
                self.excused.entry(number).or_insert("its statement was refused");
            }
        }
        if let Answer::Status { status: 408 | 425 | 429 | 500..=599, retry_after: Some(asked), .. } = answer {
            let until = self.real + asked.min(RETRY_AFTER_LAST).0;
            self.pages[page].pause = self.pages[page].pause.max(until);
        }
        self.feed(page, Input::Answered { flight: request.flight, answer });
    }

    pub(crate) fn pass(&mut self, millis: u64) {
        self.now += millis;
        self.real += millis;
        for page in 0..self.pages.len() {
            self.pages[page].later.retain(|(since, _)| self.real < since + FLIGHT_LIMIT.0);
            let is_up = self.pages[page].wake.is_some_and(|wake| wake <= self.real);
            if is_up && matches!(self.pages[page].state, State::Shown | State::Hidden) {
                self.pages[page].wake = None;
                self.feed(page, Input::TimeUp);
            }
        }
        let late = |request: &Request, real| request.awaited && request.since + TIMEOUT <= real;
        while let Some(place) = self.requests.iter().position(|request| late(request, self.real)) {
            self.end(place, End::Lost);
        }
    }

    /// Somebody sets the clock.
    pub(crate) fn set_clock(&mut self, by: i64) {
        self.now = self.now.saturating_add_signed(by);
        if by > 0 {
            // Waits end early then, and requests are given up that the browser still has.
            for page in &mut self.pages {
                page.pause = 0;
                page.later.clear();
            }
            for request in &mut self.requests {
                request.bytes = 0;
            }
        }
    }

    pub(crate) fn storage(&mut self, mode: Storage) {
        self.mode = mode;
        self.storage_failed |= mode != Storage::Open;
    }

    /// The site, or the person, clears storage.
    pub(crate) fn clear(&mut self) {
        for text in std::mem::take(&mut self.storage) {
            self.in_memory.extend(covered(&text.0, &text.1));
        }
    }

    pub(crate) fn corrupt(&mut self, place: usize) {
        let keys: Vec<String> = self.storage.keys().cloned().collect();
        if keys.is_empty() {
            return;
        }
        self.storage_failed = true;
        let key = &keys[place % keys.len()];
        if let Some(text) = self.storage.get_mut(key) {
            self.in_memory.extend(covered(key, text));
            text.truncate(text.len() / 2);
        }
    }

    // What the edge does.

    fn running(&self, page: usize) -> Option<usize> {
        let running = |p: &usize| matches!(self.pages[*p].state, State::Shown | State::Hidden);
        let pages: Vec<usize> = (0..self.pages.len()).filter(running).collect();
        pages.get(page % pages.len().max(1)).copied()
    }

    fn call(&mut self, page: usize, call: Call) {
        let at = UnixMillis(self.now);
        self.feed(page, Input::Call { call, at });
    }

    fn feed(&mut self, page: usize, input: Input) {
        let leaving = matches!(input, Input::Hidden { .. });
        if self.answer == Some(Consent::Granted) {
            self.pages[page].has_revoked = false;
        }
        let moment = Moment { now: UnixMillis(self.now), session: self.storage.get("session").cloned() };
        let effects = self.pages[page].tracker.handle(input, &moment);
        self.perform(page, effects, leaving);
        if leaving && self.mode == Storage::Open {
            self.check_written(page);
        }
    }

    /// A page that is left has in storage what it made, whatever became of storage before.
    fn check_written(&self, page: usize) {
        let tracker = &self.pages[page].tracker;
        if tracker.status().consent != Consent::Granted {
            return;
        }
        for number in self.in_memory.iter().filter(|number| number.0 == tracker.tab().to_text()) {
            let is_settled = self.collector.knows(number) || self.excused.contains_key(number);
            assert!(is_settled, "{number:?} is in memory only, and storage has room");
        }
    }

    fn perform(&mut self, page: usize, effects: Vec<Effect>, leaving: bool) {
        let mut sent = 0;
        let mut has_answered = false;
        for effect in effects {
            match effect {
                Effect::Write { key, record } => self.write(&key.to_text(), record),
                Effect::Forget { key, record } => {
                    let key = key.to_text();
                    if self.storage.get(&key) == Some(&record) {
                        self.storage.remove(&key);
                    }
                }
                Effect::Remember(Memory::Visitor(id)) => self.visitor = Some(id.to_text()),
                Effect::Remember(Memory::Session(text)) => self.write("session", text),
                Effect::Remember(Memory::Answer(answer)) => {
                    // Forgotten when it is awaited again.
                    self.answer = Some(answer).filter(|answer| *answer != Consent::Awaited);
                    has_answered = true;
                }
                Effect::Remember(Memory::Answered(at)) => self.write("answered", at.0.to_string()),
                Effect::Remember(Memory::DoNotTrack(_)) | Effect::Settle(_) | Effect::Flushed(_) => {}
                Effect::Tell(_) | Effect::ReportNearMiss(_) => {}
                Effect::Erase => {
                    self.visitor = None;
                    self.clear();
                }
                Effect::Begin => {
                    self.locks.insert(self.pages[page].tracker.tab().to_text(), page);
                    self.adopt(page);
                }
                Effect::Send { flight, body, way } => {
                    sent += 1;
                    assert!(leaving || sent == 1, "an open page sends one batch at a time");
                    self.send(page, flight, &body, way, leaving);
                }
                Effect::Wake(after) => self.pages[page].wake = Some(self.real + after.0),
            }
        }
        if has_answered {
            // As the edge does: whether it was remembered only reading it can tell.
            let memories = self.memories();
            self.feed(page, Input::MemoriesChanged(memories));
        }
    }

    fn write(&mut self, key: &str, text: String) {
        if self.mode == Storage::Open {
            for number in covered(key, &text) {
                self.in_memory.remove(&number);
            }
            self.storage.insert(key.to_owned(), text);
        } else {
            self.in_memory.extend(covered(key, &text));
        }
    }

    fn send(&mut self, page: usize, flight: FlightNumber, body: &str, way: Way, leaving: bool) {
        let batch: wire::Batch = serde_json::from_str(body).expect("the collector reads every batch");
        assert!(!batch.events.is_empty() || !batch.lost.is_empty() || batch.identity.is_some());
        assert_ne!(self.answer, Some(Consent::Refused), "sent after consent was taken back");
        assert!(!self.pages[page].has_revoked || self.answer == Some(Consent::Granted), "sent where it was");
        if !leaving {
            assert!(self.pages[page].pause <= self.real, "it was asked to wait");
            assert_ne!(way, Way::Later);
        }
        for event in events(&batch) {
            let last = self.sender.insert(event.id, page).unwrap_or(page);
            // A page that comes back shares its events with those that adopted them.
            let origin = self.pages.iter().find(|page| page.tracker.tab().to_text() == batch.tab);
            let was_away = origin.is_some_and(|page| page.was_frozen) || self.pages[last].was_frozen;
            let was_away = was_away || self.pages[page].was_frozen;
            let is_alone = last == page || self.pages[last].state == State::Dead || was_away;
            assert!(is_alone || !self.has_locks, "two living pages send the same event");
        }
        let request = Request {
            page,
            flight,
            batch,
            bytes: body.len(),
            way,
            since: self.real,
            awaited: way != Way::Later,
        };
        self.requests.push(request);
        if way == Way::Later {
            self.pages[page].later.push((self.real, body.len()));
            self.feed(page, Input::Answered { flight, answer: Answer::None });
        }
    }

    fn adopt(&mut self, page: usize) {
        let own = self.pages[page].tracker.tab();
        let keys: Vec<&str> = self.storage.keys().map(String::as_str).collect();
        let now = UnixMillis(self.now);
        for tab in adoption::other_tabs(&keys.join("\n"), own) {
            let found = self.read(|key| key.tab == tab);
            let life = if !self.has_locks {
                Life::silent_since_last(&found)
            } else if self.locks.contains_key(&tab.to_text()) {
                Life::Locked
            } else {
                Life::Unlocked
            };
            if life.is_over(now) {
                self.locks.insert(tab.to_text(), page);
                for record in &found {
                    self.pages[page].knows.extend(numbers(record));
                }
                self.feed(page, Input::Adopted(found));
            }
        }
    }

    /// Sound records under keys that are wanted; damaged ones are removed.
    fn read(&mut self, wanted: impl Fn(&JournalKey) -> bool) -> Vec<Record> {
        let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
        let mut records = Vec::new();
        self.storage.retain(|key, text| {
            if !JournalKey::parse(key).is_some_and(|key| wanted(&key)) {
                return true;
            }
            match adoption::read(key, text, is_json) {
                Found::Record(record) => records.push(record),
                Found::Damaged => return false,
                Found::Foreign => {}
            }
            true
        });
        records
    }

    // What must hold.

    /// What holds at every moment.
    pub(crate) fn check(&self) {
        let mut kept = BTreeSet::new();
        let mut bytes: BTreeMap<&str, usize> = BTreeMap::new();
        for (key, text) in &self.storage {
            kept.extend(covered(key, text));
            *bytes.entry(key.split(':').next().unwrap_or_default()).or_default() += text.len();
        }
        // What was damaged, or could not be overwritten, lies there until the next visit.
        let fits = bytes.values().all(|bytes| *bytes <= OUTBOX_BYTES);
        assert!(fits || self.storage_failed, "a journal is too large: {bytes:?}");
        for (tab, made) in &self.made {
            for n in 1..=*made {
                let number = (tab.clone(), n);
                let is_safe = kept.contains(&number) || self.collector.knows(&number);
                let is_excused = self.in_memory.contains(&number) || self.excused.contains_key(&number);
                assert!(
                    is_safe || is_excused,
                    "{number:?} is neither in storage nor in the collector's books"
                );
            }
        }
        for (index, page) in self.pages.iter().enumerate() {
            let of_page = |request: &&Request| {
                request.page == index && request.awaited && request.way == Way::Keepalive
            };
            let under_way: usize = self.requests.iter().filter(of_page).map(|request| request.bytes).sum();
            assert!(under_way <= KEEPALIVE_BYTES, "{under_way} bytes under way");
            let handed_over: usize = page.later.iter().map(|(_, bytes)| bytes).sum();
            assert!(handed_over <= LATER_BYTES, "{handed_over} bytes handed over");
        }
        for number in self.collector.lost.iter().chain(self.collector.numbers.keys()) {
            assert!(
                self.made.get(&number.0).is_some_and(|made| number.1 <= *made),
                "{number:?} was never made"
            );
        }
    }

    /// Lets the world calm down: the network is back, everybody finishes, a last visit adopts what is left.
    pub(crate) fn calm(&mut self) {
        self.storage(Storage::Open);
        if self.answer != Some(Consent::Granted) && !self.pages.is_empty() {
            self.open();
            let last = self.pages.len() - 1;
            self.call(last, Call::SetConsent(true));
            let memories = self.memories();
            for page in 0..last {
                if matches!(self.pages[page].state, State::Shown | State::Hidden) {
                    self.feed(page, Input::MemoriesChanged(memories.clone()));
                }
            }
        }
        for _ in 0..self.pages.len() {
            self.restore(0);
        }
        for page in 0..self.pages.len() {
            if self.pages[page].state == State::Hidden {
                self.pages[page].state = State::Shown;
                self.pages[page].later.clear();
                self.feed(page, Input::Shown);
            }
        }
        self.finish();
        // What finds no room is left for a later page, and a tab that nobody can prove to be gone is taken for gone
        // after a while.
        for _ in 0..50 {
            for page in 0..self.pages.len() {
                self.kill(page);
            }
            self.pass(2 * adoption::SILENCE.0);
            if self.read(|_| true).is_empty() {
                return;
            }
            self.open();
            self.finish();
        }
    }

    fn finish(&mut self) {
        for _ in 0..400 {
            while !self.requests.is_empty() {
                self.end(0, End::Receipt { refuse: None });
            }
            self.pass(60_000);
            for page in 0..self.pages.len() {
                if self.pages[page].state == State::Shown {
                    self.adopt_if_allowed(page);
                }
            }
            self.check();
            if self.requests.is_empty() && self.pages.iter().all(Page::is_done) {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    fn adopt_if_allowed(&mut self, page: usize) {
        if self.pages[page].tracker.status().consent == Consent::Granted {
            self.adopt(page);
        }
    }

    /// The invariant: every event is stored once, or lost with a reason, or excused.
    pub(crate) fn check_the_end(&mut self) {
        let left = self.read(|_| true);
        let left: Vec<String> = left.iter().map(|record| record.key.to_text()).collect();
        assert!(left.is_empty(), "left in storage: {left:?}");
        for (tab, made) in &self.made {
            for n in 1..=*made {
                let number = (tab.clone(), n);
                let is_known = self.collector.knows(&number);
                assert!(is_known || self.excused.contains_key(&number), "{number:?} was lost in silence");
            }
        }
    }
}

impl Page {
    fn is_done(&self) -> bool {
        let status = self.tracker.status();
        self.state == State::Dead || status.consent != Consent::Granted || status.report.pending == 0
    }
}

/// The events that a text in storage accounts for.
fn covered(key: &str, text: &str) -> Vec<Number> {
    let record = JournalKey::parse(key).and_then(|key| Record::parse(key, text));
    record.as_ref().map(numbers).unwrap_or_default()
}

fn numbers(record: &Record) -> Vec<Number> {
    let tab = record.context.tab.to_text();
    let (first, last) = match record.content {
        Content::Event { number, .. } => (number, number),
        Content::Lost { first, last, .. } => (first, last),
        Content::Identity(_) => return Vec::new(),
    };
    (first..=last).map(|n| (tab.clone(), n)).collect()
}
