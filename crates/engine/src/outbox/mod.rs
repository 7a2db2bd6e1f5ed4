//! The outbox: what waits, what is under way, and when to try again. Nothing leaves it but by a receipt, a refusal or a
//! loss that is stated.

mod flight;
mod losses;
mod pace;

use pugmark_protocol::id::TabId;
use pugmark_protocol::limits::KIB;
use pugmark_protocol::reason::Loss;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::chance::Chance;
use crate::effect::{Effect, Notice, push_count};
use crate::input::Answer;
use crate::journal::{Content, Context, JournalKey, Record};
pub use flight::{Departure, ENVELOPE_BYTES, FLIGHT_LIMIT, FlightNumber, KEEPALIVE_BYTES, LATER_BYTES, Way};
use flight::{Flight, batch_bytes, room};
use losses::{Contact, written};
pub use losses::{MAX_AGE, MAX_STATEMENT_AGE, OUTBOX_BYTES, SILENT_BYTES};
use pace::Pace;
pub use pace::{BATCH_WAIT, RETRY_AFTER_LAST, RETRY_FIRST, RETRY_LAST};

/// So many events make a batch at once. Judgement (November 2026): at ordinary sizes about a third of what may be under
/// way when the page closes.
pub const BATCH_EVENTS: usize = 50;

/// Largest batch of several events, in bytes. Two of them fit into what may be under way when the page closes.
pub const BATCH_BYTES: usize = 28 * KIB;

/// Nobody sleeps longer than this: timers of browsers overflow after 24 days, and clocks are set.
const LONGEST_SLEEP: Millis = Millis::hours(1);

/// What became of everything so far, for `flush()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Report {
    /// Events the collector has.
    pub sent: u64,
    /// Events that wait or are under way.
    pub pending: u64,
    /// Events let go or refused.
    pub lost: u64,
}

impl Report {
    /// The report as JSON.
    pub fn to_json(self) -> String {
        let mut out = "{".to_owned();
        push_count(&mut out, "sent", self.sent);
        push_count(&mut out, "pending", self.pending);
        push_count(&mut out, "lost", self.lost);
        out.push('}');
        out
    }
}

/// Waiting and flying records. What is to be done about them gathers until [`Outbox::effects`] is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outbox {
    /// The last key given to a record of this tab.
    key: JournalKey,
    waiting: Vec<Record>,
    flights: Vec<Flight>,
    next_flight: u32,
    pace: Pace,
    contact: Contact,
    /// Halved when the collector finds a batch too large, doubled at each receipt.
    batch_events: usize,
    sent: u64,
    lost: Vec<(Loss, u64)>,
    effects: Vec<Effect>,
}

impl Outbox {
    /// An empty outbox of a tab; `answered` says when a collector has answered this browser, if it has within [`MAX_AGE`].
    pub fn new(tab: TabId, answered: Option<UnixMillis>) -> Self {
        Self {
            key: JournalKey { tab, seq: 0 },
            waiting: Vec::new(),
            flights: Vec::new(),
            next_flight: 0,
            pace: Pace::default(),
            contact: answered.map_or(Contact::Unknown, Contact::Answered),
            batch_events: BATCH_EVENTS,
            sent: 0,
            lost: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The tab under whose name records are kept.
    pub fn tab(&self) -> TabId {
        self.key.tab
    }

    /// What is to be done since this was last asked, in order.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Takes something new into the journal first, then among what waits; what had to make room for it is let go.
    pub fn push(&mut self, context: Context, at: UnixMillis, content: Content, now: UnixMillis) {
        let record = Record { key: self.next_key(), context, at, content };
        self.write(&record);
        // Each statement of identity says all that is known.
        if let Content::Identity(_) = record.content {
            let is_outdone =
                |old: &Record| old.context == record.context && matches!(old.content, Content::Identity(_));
            if let Some(place) = self.waiting.iter().position(is_outdone) {
                let old = self.waiting.remove(place);
                self.forget(&old);
            }
        }
        self.waiting.push(record);
        self.pace.wait(now);
        self.make_room(now);
    }

    /// Takes records of tabs that are gone, oldest first; what is too old is let go, and what finds no room is left in
    /// the journal for a later page.
    pub fn adopt(&mut self, records: Vec<Record>, now: UnixMillis) {
        let mut adopted: Vec<Record> = Vec::new();
        for record in records {
            let mut is_known = false;
            self.each_record(&mut |mine| is_known |= mine.key == record.key);
            if !is_known {
                let place = adopted.binary_search_by_key(&record.key, |other| other.key);
                adopted.insert(place.unwrap_or_else(|place| place), record);
            }
        }
        let mut bytes = self.bytes();
        adopted.retain(|record| {
            bytes += record.size();
            bytes <= self.budget()
        });
        self.put_back(adopted, now);
        self.drop_old(now);
    }

    /// Begins the next flight, if one is due now; `leaving` sends whatever still fits beside what is under way.
    ///
    /// While a pause runs that the collector asked for, one flight departs at leaving, so that a page left for good has
    /// tried. It is one for the whole pause: many a page is left and shown again in that time.
    pub fn depart(&mut self, now: UnixMillis, leaving: bool) -> Option<Departure> {
        if leaving {
            if self.waiting.is_empty() || !self.pace.may_leave(now) {
                return None;
            }
            self.depart_with(Way::Keepalive, now).or_else(|| self.depart_with(Way::Later, now))
        } else if self.is_ready(now) {
            self.depart_with(Way::Keepalive, now).or_else(|| self.depart_with(Way::Page, now))
        } else {
            None
        }
    }

    /// The records of a flight.
    pub fn cargo(&self, number: FlightNumber) -> &[Record] {
        self.flights.iter().find(|flight| flight.number == number).map_or(&[], |flight| &flight.records)
    }

    /// Takes an answer.
    pub fn answered(&mut self, number: FlightNumber, answer: &Answer, now: UnixMillis, chance: &mut Chance) {
        if let Some(place) = self.flights.iter().position(|flight| flight.number == number) {
            if self.flights[place].way == Way::Later {
                // Nobody will ever say what became of it: the journal has it until the page is shown, or the next
                // visit.
                return;
            }
            let records = self.flights.remove(place).records;
            self.settle(records, answer, now, chance);
        }
        // Heeded also when the flight was given up before.
        if let Answer::Status { status: 408 | 425 | 429 | 500..=599, retry_after: Some(pause), .. } = *answer
        {
            self.pace.asked(now, pause);
        }
    }

    fn settle(&mut self, records: Vec<Record>, answer: &Answer, now: UnixMillis, chance: &mut Chance) {
        match *answer {
            Answer::Status { status: 200..=299, refused, .. } => {
                self.heard(now);
                self.received(&records, refused);
            }
            Answer::Status { status: 413, .. } => self.too_large(records, now),
            Answer::None | Answer::Status { status: 408 | 425 | 429 | 500..=599, .. } => {
                self.heard_nothing();
                self.again(records, now, chance);
            }
            Answer::Status { .. } => {
                self.heard(now);
                self.refused(records, now);
            }
        }
    }

    /// Tries at once, whatever the last try came to: the network is back, or the page asks. A collector that asked for
    /// a pause gets it.
    pub fn hurry(&mut self) {
        self.pace.hurry();
    }

    /// Writes what waits and what is under way into the journal again, which may have lost it or had no room: a site
    /// clears its storage when its user leaves. The edge passes over what is there. What was adopted stays as it is: its
    /// tab may live after all, and have gone on writing under its keys.
    pub fn write_again(&mut self) {
        let mut effects = std::mem::take(&mut self.effects);
        self.each_record(&mut |record| {
            if record.key.tab == self.key.tab {
                effects.push(written(record));
            }
        });
        self.effects = effects;
    }

    /// Takes back what was handed to the browser for later: the page goes on.
    pub fn take_back(&mut self, now: UnixMillis) {
        while let Some(place) = self.flights.iter().rposition(|flight| flight.way == Way::Later) {
            let records = self.flights.remove(place).records;
            self.put_back(records, now);
        }
    }

    /// Follows a clock that was set back. Before anything else: a pause begun in what is the future now has no end.
    pub fn follow_clock(&mut self, now: UnixMillis) {
        self.pace.follow_clock(now);
        for flight in &mut self.flights {
            flight.departed = flight.departed.min(now);
        }
    }

    /// Gives up flights that nobody will answer any more. What was handed to the browser for later is taken back: the page
    /// has lived on, hidden.
    pub fn give_up(&mut self, now: UnixMillis, chance: &mut Chance) {
        while let Some(flight) = self.flights.iter().find(|flight| flight.limit() <= now) {
            match flight.way {
                Way::Page | Way::Keepalive => self.answered(flight.number, &Answer::None, now, chance),
                Way::Later => self.take_back(now),
            }
        }
    }

    /// Forgets everything, without counting it, and goes on under another tab's name: consent was taken back.
    pub fn restart(&mut self, tab: TabId) {
        self.key = JournalKey { tab, seq: 0 };
        self.waiting.clear();
        self.flights.clear();
        self.pace.rest();
        self.contact = Contact::Unknown;
    }

    /// How long until the next flight may depart, or one under way is given up; none while there is nothing to do.
    pub fn delay(&self, now: UnixMillis) -> Option<Millis> {
        let next = if self.is_awaiting() { None } else { self.pace.next() };
        let at = self.flights.iter().map(Flight::limit).chain(next).min()?;
        Some(at.since(now).min(LONGEST_SLEEP))
    }

    /// Whether the last try failed and nothing has been tried since.
    pub fn is_pausing(&self) -> bool {
        self.pace.has_failed() && !self.is_awaiting()
    }

    /// Whether nothing waits and nothing is under way, not even in the browser's own hands.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.flights.is_empty()
    }

    /// Whether nothing waits and no answer is awaited.
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty() && !self.is_awaiting()
    }

    /// What became of everything so far.
    pub fn report(&self) -> Report {
        Report {
            sent: self.sent,
            pending: self.pending(),
            lost: self.lost.iter().map(|(_, count)| count).sum(),
        }
    }

    /// Totals of what was let go, by reason.
    pub fn lost(&self) -> &[(Loss, u64)] {
        &self.lost
    }

    /// Looks at every record, those under way first.
    fn each_record(&self, look: &mut dyn FnMut(&Record)) {
        for flight in &self.flights {
            flight.records.iter().for_each(&mut *look);
        }
        self.waiting.iter().for_each(look);
    }

    fn pending(&self) -> u64 {
        let mut events = 0;
        self.each_record(&mut |record| events += u64::from(record.is_event()));
        events
    }

    fn bytes(&self) -> usize {
        let mut bytes = 0;
        self.each_record(&mut |record| bytes += record.size());
        bytes
    }

    fn waiting_bytes(&self) -> usize {
        self.waiting.iter().map(Record::size).sum()
    }

    /// Whether an answer is awaited.
    fn is_awaiting(&self) -> bool {
        self.flights.iter().any(|flight| flight.way != Way::Later)
    }

    fn is_ready(&self, now: UnixMillis) -> bool {
        let is_full = self.waiting.len() >= self.batch_events || self.waiting_bytes() >= BATCH_BYTES;
        !self.is_awaiting() && !self.pace.is_pausing(now) && (self.pace.is_due(now) || is_full)
    }

    fn depart_with(&mut self, way: Way, now: UnixMillis) -> Option<Departure> {
        let room = room(&self.flights, way);
        let fits = |records: &[Record]| batch_bytes(records) <= room;
        // What does not fit alone holds up nothing behind it.
        let first = self.waiting.iter().position(|record| fits(std::slice::from_ref(record)))?;
        let mut end = first + 1;
        while let Some(next) = self.waiting.get(end)
            && next.context == self.waiting[first].context
            && end - first < self.batch_events
            && batch_bytes(&self.waiting[first..=end]) <= room.min(BATCH_BYTES)
        {
            end += 1;
        }
        let number = FlightNumber(self.next_flight);
        self.next_flight = self.next_flight.wrapping_add(1);
        let records = self.waiting.drain(first..end).collect();
        self.rest_if_empty();
        self.flights.push(Flight { number, records, way, departed: now });
        Some(Departure { number, way })
    }

    fn received(&mut self, records: &[Record], refused: u64) {
        self.pace.succeeded();
        self.batch_events = (2 * self.batch_events).min(BATCH_EVENTS);
        let events = records.iter().filter(|record| record.is_event()).count() as u64;
        let refused = refused.min(events);
        self.sent += events - refused;
        for record in records {
            self.forget(record);
        }
        if events > refused {
            self.effects.push(Effect::Tell(Notice::Delivered { events: events - refused }));
        }
        // The collector knows what it has refused, and enters it itself.
        self.count_lost(Loss::Refused, refused);
    }

    fn too_large(&mut self, records: Vec<Record>, now: UnixMillis) {
        let count = records.len();
        self.put_back(records, now);
        if count <= 1 {
            self.let_go(count, Loss::TooLarge, now);
        } else {
            self.batch_events = count / 2;
            self.hurry();
        }
    }

    fn refused(&mut self, records: Vec<Record>, now: UnixMillis) {
        let count = records.len();
        self.put_back(records, now);
        self.let_go(count, Loss::Refused, now);
    }

    fn again(&mut self, records: Vec<Record>, now: UnixMillis, chance: &mut Chance) {
        self.pace.failed(now, chance);
        self.put_back(records, now);
        self.drop_old(now);
        self.make_room(now);
        self.write_again();
    }

    fn put_back(&mut self, mut records: Vec<Record>, now: UnixMillis) {
        if records.is_empty() {
            return;
        }
        records.append(&mut self.waiting);
        self.waiting = records;
        self.pace.wait(now);
    }

    fn rest_if_empty(&mut self) {
        if self.waiting.is_empty() {
            self.pace.rest();
        }
    }
}

#[cfg(test)]
mod tests;
