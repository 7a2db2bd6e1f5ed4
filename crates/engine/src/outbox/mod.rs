//! The outbox: what waits, what is under way, and when to try again. Nothing leaves it but by a receipt, a refusal or a
//! counted loss.

use pugmark_protocol::limits::KIB;
use pugmark_protocol::reason::Loss;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::chance::Chance;
use crate::input::Answer;
use crate::journal::{JournalKey, Record};

/// How long an event may wait for company. Judgement (November 2026): under a second, so that a live view feels live,
/// and long enough that a burst is one request.
pub const BATCH_WAIT: Millis = Millis(800);

/// So many events make a batch at once. Judgement (November 2026): at ordinary sizes about a third of what may be under
/// way when the page closes.
pub const BATCH_EVENTS: usize = 50;

/// Largest batch while the page is open, in bytes. Two of them fit into what may be under way when it closes.
pub const BATCH_BYTES: usize = 28 * KIB;

/// Most bytes under way in requests that outlive the page.
///
/// Browsers refuse keepalive requests once 64 KiB are in flight, shared with every other script on the page; we leave
/// them 4 KiB. Source: Fetch standard, "HTTP-network-or-cache fetch".
pub const KEEPALIVE_BYTES: usize = 60 * KIB;

/// Most bytes kept, waiting and under way: the journal shares the origin's storage with the site. Judgement (November
/// 2026): some thousand events, a tenth of what browsers give an origin.
pub const OUTBOX_BYTES: usize = 512 * KIB;

/// An event older than this is let go: reports of that week have been read. Judgement (November 2026).
pub const MAX_AGE: Millis = Millis::days(7);

/// First delay of a retry; each further one doubles, up to [`RETRY_LAST`]. The delay is drawn from zero to that ("full
/// jitter"), so that browsers do not come back all at once.
pub const RETRY_FIRST: Millis = Millis::seconds(1);

/// Longest delay of a retry.
pub const RETRY_LAST: Millis = Millis::minutes(5);

/// Nobody sleeps longer than this: timers of browsers overflow after 24 days, and clocks are set.
const LONGEST_SLEEP: Millis = Millis::hours(1);

/// Tells flights apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlightNumber(pub u32);

/// What became of everything so far, for `flush()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Events the collector has.
    pub sent: u64,
    /// Events that wait or are under way.
    pub pending: u64,
    /// Events let go or refused.
    pub lost: u64,
}

/// What is sent now, and how.
#[derive(Debug, PartialEq, Eq)]
pub struct Departure {
    /// The flight.
    pub number: FlightNumber,
    /// Whether it must outlive the page.
    pub keepalive: bool,
}

/// What an answer settles.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Records the journal may forget.
    pub forget: Vec<JournalKey>,
    /// How many events the collector has now.
    pub delivered: u64,
    /// How many events were let go, and why.
    pub lost: Vec<(Loss, u64)>,
}

/// Waiting and flying records.
#[derive(Debug)]
pub struct Outbox {
    waiting: Vec<Record>,
    flights: Vec<Flight>,
    next_flight: u32,
    failures: u32,
    /// From when until when nothing is tried, because the last try failed.
    pause: Option<(UnixMillis, UnixMillis)>,
    /// Since when the oldest waits for company; none when there is nothing to wait for.
    since: Option<UnixMillis>,
    /// Halved when the collector finds a batch too large.
    batch_events: usize,
    sent: u64,
    lost: Vec<(Loss, u64)>,
}

#[derive(Debug)]
struct Flight {
    number: FlightNumber,
    records: Vec<Record>,
    bytes: usize,
    keepalive: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            flights: Vec::new(),
            next_flight: 0,
            failures: 0,
            pause: None,
            since: None,
            batch_events: BATCH_EVENTS,
            sent: 0,
            lost: Vec::new(),
        }
    }
}

impl Outbox {
    /// Takes a new record; what had to make room for it is let go.
    pub fn push(&mut self, record: Record, now: UnixMillis) -> Settled {
        self.waiting.push(record);
        self.since.get_or_insert(now);
        self.make_room()
    }

    /// Takes records of tabs that are gone, oldest first; what is too old is let go, and what finds no room is left in
    /// the journal for a later page.
    pub fn adopt(&mut self, records: Vec<Record>, now: UnixMillis) -> Settled {
        let known = |record: &Record| self.records().any(|mine| mine.key() == record.key());
        let mut adopted: Vec<Record> = records.into_iter().filter(|record| !known(record)).collect();
        adopted.sort_by_key(Record::key);
        let mut bytes = self.bytes();
        adopted.retain(|record| {
            bytes += record.size();
            bytes <= OUTBOX_BYTES
        });
        self.put_back(adopted, now);
        self.drop_old(now)
    }

    /// Begins the next flight, if one is due now; `leaving` sends whatever still fits beside what is under way.
    pub fn depart(&mut self, now: UnixMillis, leaving: bool) -> Option<Departure> {
        // A clock set back must not hold anything up.
        let pausing = self.pause.is_some_and(|(from, until)| from <= now && now < until);
        let due = self.since.is_some_and(|since| now < since || now.since(since) >= BATCH_WAIT);
        let full = self.waiting.len() >= self.batch_events || self.waiting_bytes() >= BATCH_BYTES;
        let ready = leaving || (self.flights.is_empty() && !pausing && (due || full));
        if !ready || self.waiting.is_empty() {
            return None;
        }
        let (count, bytes) = self.next_batch();
        let keepalive = self.keepalive_bytes() + bytes <= KEEPALIVE_BYTES;
        if leaving && !keepalive {
            // It would die with the page; the journal has it for the next visit.
            return None;
        }
        let number = FlightNumber(self.next_flight);
        self.next_flight = self.next_flight.wrapping_add(1);
        let records = self.waiting.drain(..count).collect();
        self.rest_if_empty();
        self.flights.push(Flight { number, records, bytes, keepalive });
        Some(Departure { number, keepalive })
    }

    /// The records of a flight.
    pub fn cargo(&self, number: FlightNumber) -> &[Record] {
        self.flights.iter().find(|flight| flight.number == number).map_or(&[], |flight| &flight.records)
    }

    /// Takes an answer.
    pub fn answered(
        &mut self,
        number: FlightNumber,
        answer: &Answer,
        now: UnixMillis,
        chance: &mut Chance,
    ) -> Settled {
        let Some(place) = self.flights.iter().position(|flight| flight.number == number) else {
            return Settled::default();
        };
        let flight = self.flights.remove(place);
        match *answer {
            Answer::Status { status: 200..=299, refused, .. } => self.received(&flight.records, refused),
            Answer::Status { status: 413, .. } => self.too_large(flight.records, now),
            Answer::Status { status: 408 | 425 | 429 | 500..=599, retry_after, .. } => {
                self.again(flight.records, now, chance, retry_after)
            }
            Answer::Status { .. } => self.let_go(&flight.records, Loss::Refused),
            Answer::None => self.again(flight.records, now, chance, None),
        }
    }

    /// Tries at once, whatever the last try came to: the network is back, or the page asks.
    pub fn hurry(&mut self) {
        self.pause = None;
        self.since = self.since.map(|_| UnixMillis(0));
    }

    /// Forgets everything, without counting it: consent was taken back.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.flights.clear();
        self.since = None;
        self.pause = None;
    }

    /// Counts events let go before they came here.
    pub fn count_lost(&mut self, reason: Loss, events: u64) {
        if events == 0 {
            return;
        }
        match self.lost.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += events,
            None => self.lost.push((reason, events)),
        }
    }

    /// How long until the next flight may depart; none while there is nothing to send or one is under way.
    pub fn delay(&self, now: UnixMillis) -> Option<Millis> {
        let since = self.since?;
        if !self.flights.is_empty() {
            return None;
        }
        let due = since + BATCH_WAIT;
        let at = self.pause.map_or(due, |(_, until)| until.max(due));
        Some(at.since(now).min(LONGEST_SLEEP))
    }

    /// Whether the last try failed and nothing has been tried since.
    pub fn is_pausing(&self) -> bool {
        self.pause.is_some() && self.flights.is_empty()
    }

    /// Whether nothing waits and nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.flights.is_empty()
    }

    /// What became of everything so far.
    pub fn report(&self) -> Report {
        Report {
            sent: self.sent,
            pending: self.records().filter(|record| record.is_event()).count() as u64,
            lost: self.lost.iter().map(|(_, count)| count).sum(),
        }
    }

    /// Totals of what was let go, by reason.
    pub fn lost(&self) -> &[(Loss, u64)] {
        &self.lost
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        self.flights.iter().flat_map(|flight| &flight.records).chain(&self.waiting)
    }

    fn bytes(&self) -> usize {
        self.records().map(Record::size).sum()
    }

    fn waiting_bytes(&self) -> usize {
        self.waiting.iter().map(Record::size).sum()
    }

    fn keepalive_bytes(&self) -> usize {
        self.flights.iter().filter(|flight| flight.keepalive).map(|flight| flight.bytes).sum()
    }

    /// How many records from the front make the next batch, and their bytes: of one context, within the limits, and
    /// never none.
    fn next_batch(&self) -> (usize, usize) {
        let mut count = 0;
        let mut bytes = 0;
        for record in self.waiting.iter().take(self.batch_events) {
            let fits = bytes + record.size() <= BATCH_BYTES;
            let alike = self.waiting.first().is_some_and(|first| first.context == record.context);
            if count > 0 && !(fits && alike) {
                break;
            }
            count += 1;
            bytes += record.size();
        }
        (count, bytes)
    }

    fn received(&mut self, records: &[Record], refused: u64) -> Settled {
        self.failures = 0;
        self.pause = None;
        self.batch_events = BATCH_EVENTS;
        let events = events(records);
        let refused = refused.min(events);
        self.sent += events - refused;
        self.count_lost(Loss::Refused, refused);
        Settled {
            forget: keys(records),
            delivered: events - refused,
            lost: Some((Loss::Refused, refused)).filter(|(_, refused)| *refused > 0).into_iter().collect(),
        }
    }

    fn too_large(&mut self, records: Vec<Record>, now: UnixMillis) -> Settled {
        if records.len() <= 1 {
            return self.let_go(&records, Loss::TooLarge);
        }
        self.batch_events = records.len() / 2;
        self.put_back(records, now);
        self.hurry();
        Settled::default()
    }

    fn again(
        &mut self,
        records: Vec<Record>,
        now: UnixMillis,
        chance: &mut Chance,
        retry_after: Option<Millis>,
    ) -> Settled {
        let doubled = RETRY_FIRST.0.saturating_mul(1 << self.failures.min(20));
        let jitter = Millis(chance.below(doubled.min(RETRY_LAST.0)));
        self.failures = self.failures.saturating_add(1);
        self.pause = Some((now, now + retry_after.unwrap_or_default().max(jitter)));
        self.put_back(records, now);
        self.drop_old(now)
    }

    fn let_go(&mut self, records: &[Record], reason: Loss) -> Settled {
        let events = events(records);
        self.count_lost(reason, events);
        let lost = Some((reason, events)).filter(|(_, events)| *events > 0).into_iter().collect();
        Settled { forget: keys(records), delivered: 0, lost }
    }

    fn put_back(&mut self, mut records: Vec<Record>, now: UnixMillis) {
        if records.is_empty() {
            return;
        }
        records.append(&mut self.waiting);
        self.waiting = records;
        self.since.get_or_insert(now);
    }

    fn drop_old(&mut self, now: UnixMillis) -> Settled {
        let (old, young) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition::<Vec<_>, _>(|record| now.since(record.at) > MAX_AGE);
        self.waiting = young;
        self.rest_if_empty();
        self.let_go(&old, Loss::TooOld)
    }

    fn make_room(&mut self) -> Settled {
        let mut bytes = self.bytes();
        let mut count = 0;
        for record in &self.waiting {
            if bytes <= OUTBOX_BYTES {
                break;
            }
            bytes -= record.size();
            count += 1;
        }
        let gone: Vec<Record> = self.waiting.drain(..count).collect();
        self.rest_if_empty();
        self.let_go(&gone, Loss::OutboxFull)
    }

    fn rest_if_empty(&mut self) {
        if self.waiting.is_empty() {
            self.since = None;
        }
    }
}

fn events(records: &[Record]) -> u64 {
    records.iter().filter(|record| record.is_event()).count() as u64
}

fn keys(records: &[Record]) -> Vec<JournalKey> {
    records.iter().map(Record::key).collect()
}

#[cfg(test)]
mod tests;
