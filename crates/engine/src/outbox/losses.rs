//! Losses: what the outbox lets go, and how it says so.
//!
//! The loss is itself a record, journalled and delivered like an event. An event of this tab is overwritten by its loss;
//! of another tab's event the loss is written under a key of this tab before the event is forgotten. Losses of neighbours
//! become one record.

use pugmark_protocol::limits::KIB;
use pugmark_protocol::reason::Loss;
use pugmark_protocol::time::{Millis, UnixMillis};

use super::Outbox;
use crate::effect::{Effect, Memory, Notice};
use crate::journal::{Content, Context, JournalKey, Record};

/// Most bytes kept, waiting and under way: the journal shares the origin's storage with the site. Judgement (November
/// 2026): some thousand events, a tenth of what browsers give an origin.
pub const OUTBOX_BYTES: usize = 512 * KIB;

/// The same once a request has come to nothing and no collector has answered this browser within [`MAX_AGE`]: something
/// blocks it, and what piles up for nobody must not take the site's storage. Judgement (November 2026): some hundred events.
pub const SILENT_BYTES: usize = 64 * KIB;

/// An event older than this is let go: reports of that week have been read. Judgement (November 2026).
pub const MAX_AGE: Millis = Millis::days(7);

/// The statement of a loss that found no collector for so long is forgotten. Judgement (November 2026).
pub const MAX_STATEMENT_AGE: Millis = Millis::days(30);

/// That a collector has answered is remembered anew after this long. Judgement (November 2026): seldom enough to cost
/// nothing, often enough for [`MAX_AGE`].
const REMEMBERED_ANEW: Millis = Millis::days(1);

/// Whether there is a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Contact {
    /// Nothing has been tried.
    Unknown,
    /// What was tried came to nothing.
    Silent,
    /// It has answered, and when that was last remembered.
    Answered(UnixMillis),
}

impl Outbox {
    /// The collector is there: it has given a receipt, or refused a batch for good.
    pub(super) fn heard(&mut self, now: UnixMillis) {
        if !matches!(self.contact, Contact::Answered(at) if now.since(at) < REMEMBERED_ANEW) {
            self.contact = Contact::Answered(now);
            self.effects.push(Effect::Remember(Memory::Answered(now)));
        }
    }

    /// A try came to nothing, or to what anybody may have said.
    pub(super) fn heard_nothing(&mut self) {
        if self.contact == Contact::Unknown {
            self.contact = Contact::Silent;
        }
    }

    /// Counts events let go, and tells.
    pub fn count_lost(&mut self, reason: Loss, events: u64) {
        if events == 0 {
            return;
        }
        match self.lost.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += events,
            None => self.lost.push((reason, events)),
        }
        self.effects.push(Effect::Tell(Notice::Lost { events, reason }));
    }

    /// States that an event was let go which never was a record, and counts it elsewhere.
    pub fn state_loss(&mut self, context: Context, reason: Loss, numbers: (u64, u64), now: UnixMillis) {
        let (first, last) = numbers;
        if !self.grow_loss(context, reason, numbers, now) {
            self.push(context, now, Content::Lost { reason, first, last }, now);
        }
    }

    /// Lets the first `count` waiting records go; statements of losses stay, unless there is nothing else.
    pub(super) fn let_go(&mut self, count: usize, reason: Loss, now: UnixMillis) {
        let only_statements = !self.waiting.iter().take(count).any(|record| !record.is_statement());
        let mut place = 0;
        let mut events = 0;
        for _ in 0..count {
            let Some(record) = self.waiting.get(place) else { break };
            if record.is_event() {
                events += 1;
                place += usize::from(self.lose(place, reason, now));
            } else if record.is_statement() && !only_statements {
                place += 1;
            } else {
                self.drop_waiting(place);
            }
        }
        self.count_lost(reason, events);
    }

    /// Lets go what is too old.
    pub(super) fn drop_old(&mut self, now: UnixMillis) {
        let mut place = 0;
        let mut events = 0;
        while let Some(record) = self.waiting.get(place) {
            let limit = if record.is_statement() { MAX_STATEMENT_AGE } else { MAX_AGE };
            if now.since(record.at) <= limit {
                place += 1;
            } else if record.is_event() {
                events += 1;
                // If the loss has a place of its own it is young, and passed next.
                self.lose(place, Loss::TooOld, now);
            } else {
                self.drop_waiting(place);
            }
        }
        self.count_lost(Loss::TooOld, events);
    }

    /// Lets the oldest go until the rest fits: events first. Statements of identity and of losses go when they alone
    /// are too much, and of these the losses last.
    pub(super) fn make_room(&mut self, now: UnixMillis) {
        let mut events = 0;
        while self.bytes() > self.budget()
            && let Some(place) = self.waiting.iter().position(Record::is_event)
        {
            events += 1;
            self.lose(place, Loss::OutboxFull, now);
        }
        while self.waiting_bytes() > self.budget() {
            let identity = self.waiting.iter().position(|record| !record.is_statement());
            self.drop_waiting(identity.unwrap_or(0));
        }
        self.count_lost(Loss::OutboxFull, events);
    }

    /// Most bytes kept.
    pub(super) fn budget(&self) -> usize {
        match self.contact {
            Contact::Unknown | Contact::Answered(_) => OUTBOX_BYTES,
            Contact::Silent => SILENT_BYTES,
        }
    }

    /// Turns a waiting event into its loss; whether it still has a place of its own.
    fn lose(&mut self, place: usize, reason: Loss, now: UnixMillis) -> bool {
        let Some(event) = self.waiting.get(place) else { return false };
        let Content::Event { number, .. } = event.content else { return false };
        let (key, context) = (event.key, event.context);
        if self.grow_loss(context, reason, (number, number), now) {
            self.drop_waiting(place);
            return false;
        }
        let is_own = key.tab == self.tab();
        let key = if is_own { key } else { self.next_key() };
        let content = Content::Lost { reason, first: number, last: number };
        let loss = Record { key, context, at: now, content };
        self.write(&loss);
        let event = std::mem::replace(&mut self.waiting[place], loss);
        if !is_own {
            self.forget(&event);
        }
        true
    }

    /// Adds numbers to a waiting loss of theirs that ends or begins beside them, if there is one.
    fn grow_loss(&mut self, context: Context, reason: Loss, (from, to): (u64, u64), now: UnixMillis) -> bool {
        let own = self.tab();
        for place in 0..self.waiting.len() {
            let record = &mut self.waiting[place];
            let Content::Lost { reason: why, first, last } = &mut record.content else { continue };
            if *why != reason || record.context != context || record.key.tab != own {
                continue;
            }
            if last.checked_add(1) == Some(from) {
                *last = to;
            } else if to.checked_add(1) == Some(*first) {
                *first = from;
            } else {
                continue;
            }
            record.at = now;
            let grown = written(record);
            self.effects.push(grown);
            return true;
        }
        false
    }

    /// Forgets the record that waits at a place.
    fn drop_waiting(&mut self, place: usize) {
        let record = self.waiting.remove(place);
        self.forget(&record);
        self.rest_if_empty();
    }

    pub(super) fn next_key(&mut self) -> JournalKey {
        self.key.seq = self.key.seq.saturating_add(1);
        self.key
    }

    pub(super) fn write(&mut self, record: &Record) {
        self.effects.push(written(record));
    }

    pub(super) fn forget(&mut self, record: &Record) {
        self.effects.push(Effect::Forget { key: record.key, record: record.to_text() });
    }
}

/// Writes a record into the journal.
pub(super) fn written(record: &Record) -> Effect {
    Effect::Write { key: record.key, record: record.to_text() }
}
