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
mod tests {
    use super::*;
    use crate::journal::Content;
    use crate::journal::tests::event;

    const START: UnixMillis = UnixMillis(10_000);

    fn chance() -> Chance {
        Chance::seeded([3, 4])
    }

    fn ok() -> Answer {
        status(200)
    }

    fn status(status: u16) -> Answer {
        Answer::Status { status, retry_after: None, refused: 0 }
    }

    fn outbox(events: u64) -> Outbox {
        let mut outbox = Outbox::default();
        for seq in 1..=events {
            outbox.push(event(seq, ""), START);
        }
        outbox
    }

    fn big(seq: u64, bytes: usize) -> Record {
        event(seq, &"x".repeat(bytes))
    }

    #[test]
    fn an_event_waits_for_company_but_not_long() {
        let mut outbox = outbox(1);

        assert_eq!(outbox.depart(START, false), None);
        assert_eq!(outbox.delay(START), Some(BATCH_WAIT));
        assert_eq!(outbox.depart(START + Millis(BATCH_WAIT.0 - 1), false), None);
        assert!(outbox.depart(START + BATCH_WAIT, false).is_some());
    }

    #[test]
    fn enough_events_do_not_wait() {
        assert!(outbox(BATCH_EVENTS as u64).depart(START, false).is_some());
        assert!(outbox(BATCH_EVENTS as u64 - 1).depart(START, false).is_none());
    }

    #[test]
    fn one_batch_is_under_way_at_a_time() {
        let mut outbox = outbox(2 * BATCH_EVENTS as u64);
        let first = outbox.depart(START, false).expect("is full");

        assert_eq!(outbox.depart(START, false), None);
        let settled = outbox.answered(first.number, &ok(), START, &mut chance());
        assert_eq!(settled.delivered, BATCH_EVENTS as u64);
        assert!(outbox.depart(START, false).is_some());
    }

    #[test]
    fn a_receipt_forgets_exactly_what_was_sent() {
        let mut outbox = outbox(2);
        let flight = outbox.depart(START, true).expect("leaving");
        outbox.push(event(3, ""), START);

        let settled = outbox.answered(flight.number, &ok(), START, &mut chance());

        assert_eq!(settled.forget.iter().map(|key| key.seq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(outbox.report(), Report { sent: 2, pending: 1, lost: 0 });
    }

    #[test]
    fn an_answer_that_comes_twice_settles_nothing_twice() {
        let mut outbox = outbox(1);
        let flight = outbox.depart(START, true).expect("leaving");
        outbox.answered(flight.number, &ok(), START, &mut chance());

        assert_eq!(outbox.answered(flight.number, &ok(), START, &mut chance()), Settled::default());
        assert_eq!(outbox.report().sent, 1);
    }

    #[test]
    fn what_may_pass_is_tried_again_in_the_same_order() {
        for answer in [Answer::None, status(408), status(425), status(429), status(500), status(503)] {
            let mut outbox = outbox(2);
            let flight = outbox.depart(START, true).expect("leaving");
            outbox.push(event(3, ""), START);

            assert_eq!(outbox.answered(flight.number, &answer, START, &mut chance()), Settled::default());
            assert!(outbox.is_pausing());
            let again = outbox.depart(START + RETRY_FIRST + BATCH_WAIT, false).expect("the pause is over");
            let order: Vec<u64> = outbox.cargo(again.number).iter().map(|record| record.seq).collect();
            assert_eq!(order, [1, 2, 3], "{answer:?}");
        }
    }

    #[test]
    fn the_collector_may_ask_for_a_longer_pause() {
        let mut outbox = outbox(1);
        let flight = outbox.depart(START, true).expect("leaving");
        let answer = Answer::Status { status: 503, retry_after: Some(Millis::minutes(10)), refused: 0 };
        outbox.answered(flight.number, &answer, START, &mut chance());

        assert_eq!(outbox.delay(START), Some(Millis::minutes(10)), "it asks for that");
        assert_eq!(outbox.depart(START + Millis(Millis::minutes(10).0 - 1), false), None);
        assert!(outbox.depart(START + Millis::minutes(10), false).is_some());
    }

    #[test]
    fn pauses_grow_to_their_limit_and_end_with_a_receipt() {
        let mut outbox = outbox(1);
        let mut chance = chance();
        let mut now = START;
        for _ in 0..40 {
            now = now + RETRY_LAST;
            let flight = outbox.depart(now, false).expect("the pause is never longer");
            outbox.answered(flight.number, &Answer::None, now, &mut chance);
        }
        let flight = outbox.depart(now + RETRY_LAST, false).expect("the pause is over");
        outbox.answered(flight.number, &ok(), now, &mut chance);

        assert!(!outbox.is_pausing());
        assert_eq!(outbox.failures, 0);
    }

    #[test]
    fn a_refused_batch_is_counted_and_forgotten() {
        let mut outbox = outbox(2);
        let flight = outbox.depart(START, true).expect("leaving");
        let settled = outbox.answered(flight.number, &status(404), START, &mut chance());

        assert_eq!(settled.lost, [(Loss::Refused, 2)]);
        assert_eq!(settled.forget.len(), 2);
        assert_eq!(outbox.report(), Report { sent: 0, pending: 0, lost: 2 });
    }

    #[test]
    fn events_refused_in_a_receipt_are_lost_and_the_others_delivered() {
        let mut outbox = outbox(3);
        let flight = outbox.depart(START, true).expect("leaving");
        let answer = Answer::Status { status: 200, retry_after: None, refused: 1 };

        assert_eq!(outbox.answered(flight.number, &answer, START, &mut chance()).delivered, 2);
        assert_eq!(outbox.report(), Report { sent: 2, pending: 0, lost: 1 });
    }

    #[test]
    fn a_batch_that_is_too_large_goes_in_halves_down_to_one() {
        let mut outbox = outbox(4);
        for expected in [4, 2, 1] {
            let flight = outbox.depart(START, true).expect("leaving");
            assert_eq!(outbox.cargo(flight.number).len(), expected);
            let settled = outbox.answered(flight.number, &status(413), START, &mut chance());
            assert_eq!(settled.lost.first(), (expected == 1).then_some(&(Loss::TooLarge, 1)));
        }
        assert_eq!(outbox.report(), Report { sent: 0, pending: 3, lost: 1 });
    }

    #[test]
    fn leaving_sends_only_what_the_browser_lets_outlive_the_page() {
        let mut outbox = Outbox::default();
        for seq in 1..=4 {
            outbox.push(big(seq, 20 * KIB), START);
        }
        let mut departed = 0;
        while let Some(departure) = outbox.depart(START, true) {
            assert!(departure.keepalive);
            departed += 1;
        }

        assert_eq!(departed, 2, "two of 20 KiB and their frames; a third would pass 60 KiB");
        assert_eq!(outbox.report().pending, 4);
    }

    #[test]
    fn an_event_too_large_to_outlive_the_page_goes_while_the_page_is_open() {
        let mut outbox = Outbox::default();
        outbox.push(big(1, 70 * KIB), START);

        assert_eq!(outbox.depart(START, true), None);
        assert_eq!(outbox.depart(START, false).map(|d| d.keepalive), Some(false));
    }

    #[test]
    fn records_of_another_context_go_in_a_batch_of_their_own() {
        let mut outbox = outbox(2);
        let mut stranger = event(3, "");
        stranger.context.visitor = None;
        outbox.push(stranger, START);

        let flight = outbox.depart(START, true).expect("leaving");
        assert_eq!(outbox.cargo(flight.number).len(), 2);
    }

    #[test]
    fn the_oldest_makes_room_and_is_counted() {
        let mut outbox = Outbox::default();
        let mut gone = Vec::new();
        for seq in 1..=55 {
            gone.extend(outbox.push(big(seq, 10 * KIB), START).forget);
        }

        assert_eq!(gone.iter().map(|key| key.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(outbox.lost(), [(Loss::OutboxFull, 5)]);
    }

    #[test]
    fn adopted_records_come_first_and_only_once() {
        let mut outbox = outbox(1);
        let mut orphan = event(9, "");
        orphan.context.tab = pugmark_protocol::id::TabId::new(1);
        outbox.adopt(vec![orphan.clone()], START);
        outbox.adopt(vec![orphan], START);

        assert_eq!(outbox.report().pending, 2);
        assert_eq!(outbox.waiting[0].seq, 9);
    }

    #[test]
    fn what_is_older_than_a_week_is_let_go() {
        let mut outbox = Outbox::default();
        let mut old = event(1, "");
        old.at = START;
        let mut young = event(2, "");
        young.at = START + Millis(1);
        let settled = outbox.adopt(vec![old, young], START + MAX_AGE + Millis(1));

        assert_eq!(settled.forget.len(), 1);
        assert_eq!(settled.lost, [(Loss::TooOld, 1)]);
        assert_eq!(outbox.lost(), [(Loss::TooOld, 1)]);
    }

    #[test]
    fn there_is_nothing_to_wake_for_when_all_that_was_found_is_too_old() {
        let mut outbox = Outbox::default();
        let mut old = event(1, "");
        old.at = START;
        outbox.adopt(vec![old], START + MAX_AGE + Millis(1));

        assert_eq!(outbox.delay(START + MAX_AGE + Millis(1)), None);
    }

    #[test]
    fn a_clock_set_back_holds_nothing_up() {
        let mut outbox = outbox(1);
        assert!(outbox.depart(UnixMillis(1), false).is_some());

        let mut outbox = self::outbox(1);
        let flight = outbox.depart(START, true).expect("leaving");
        outbox.answered(flight.number, &status(503), START, &mut chance());
        assert!(outbox.depart(UnixMillis(1), false).is_some());
    }

    #[test]
    fn what_is_under_way_takes_room_too() {
        let mut outbox = Outbox::default();
        for seq in 1..=51 {
            outbox.push(big(seq, 10 * KIB), START);
        }
        outbox.depart(START, false).expect("is full");
        let settled = outbox.push(big(52, 10 * KIB), START);

        assert_eq!(settled.lost, [(Loss::OutboxFull, 1)]);
        assert_eq!(settled.forget[0].seq, 4, "the first made room before; the next two are under way");
    }

    #[test]
    fn a_journal_that_finds_no_room_is_left_where_it_is() {
        let mut outbox = Outbox::default();
        for seq in 1..=30 {
            outbox.push(big(seq, 10 * KIB), START);
        }
        let mut orphans: Vec<Record> = (1..=50).map(|seq| big(seq, 10 * KIB)).collect();
        for orphan in &mut orphans {
            orphan.context.tab = pugmark_protocol::id::TabId::new(1);
        }

        assert_eq!(outbox.adopt(orphans, START), Settled::default());
        assert_eq!(outbox.report(), Report { sent: 0, pending: 50, lost: 0 });
    }

    #[test]
    fn an_identity_travels_like_an_event() {
        let mut outbox = Outbox::default();
        outbox.push(Record { content: Content::Identity("{}".to_owned()), ..event(1, "") }, START);
        let flight = outbox.depart(START + BATCH_WAIT, false).expect("is due");
        let settled = outbox.answered(flight.number, &ok(), START, &mut chance());

        assert_eq!((settled.delivered, settled.forget.len()), (0, 1), "but is none");
    }
}
