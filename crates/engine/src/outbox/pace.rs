//! The pace: how long events wait for company, and how long a failure holds everything up.
//!
//! Times are the browser's, which people set. A clock set back starts a wait anew; one set forward ends it early.

use pugmark_protocol::time::{Millis, UnixMillis};

use crate::chance::Chance;

/// How long an event may wait for company. Judgement (November 2026): about a second, so that a live view feels live, and a
/// hundred events in five seconds are five requests at the most.
pub const BATCH_WAIT: Millis = Millis(1_250);

/// First delay of a retry; each further one doubles, up to [`RETRY_LAST`]. The delay is drawn from zero to that ("full
/// jitter"), so that browsers do not come back all at once.
pub const RETRY_FIRST: Millis = Millis::seconds(1);

/// Longest delay of a retry that is ours to choose.
pub const RETRY_LAST: Millis = Millis::minutes(5);

/// Longest delay that `Retry-After` may ask for. Judgement (November 2026): a typing error in a proxy's configuration
/// must not silence the page for a year.
pub const RETRY_AFTER_LAST: Millis = Millis::hours(1);

/// When the next batch may depart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Pace {
    /// Since when the oldest waits for company; none when there is nothing to wait for.
    since: Option<UnixMillis>,
    pause: Option<Pause>,
    failures: u32,
}

/// Nothing is tried, because the last try failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Pause {
    from: UnixMillis,
    until: UnixMillis,
    /// Whether the collector asked for it. Then nobody on the page shortens it.
    is_asked: bool,
    /// Whether a page that is left has tried all the same.
    is_spent: bool,
}

impl Pace {
    /// Something waits.
    pub(super) fn wait(&mut self, now: UnixMillis) {
        self.since.get_or_insert(now);
    }

    /// Nothing waits.
    pub(super) fn rest(&mut self) {
        self.since = None;
    }

    /// Forgets a pause that nobody asked for, and waits for no company.
    pub(super) fn hurry(&mut self) {
        self.pause = self.pause.take().filter(|pause| pause.is_asked);
        self.since = self.since.map(|_| UnixMillis(0));
    }

    /// A try came to nothing. Requests that fail together, as all of a page that was left do, are one failure.
    pub(super) fn failed(&mut self, now: UnixMillis, chance: &mut Chance) {
        if !self.is_pausing(now) {
            let doubled = RETRY_FIRST.0.saturating_mul(1 << self.failures.min(20));
            let until = now + Millis(chance.below(doubled.min(RETRY_LAST.0)));
            self.failures = self.failures.saturating_add(1);
            self.pause = Some(Pause { from: now, until, is_asked: false, is_spent: false });
        }
    }

    /// The collector asks for a pause.
    pub(super) fn asked(&mut self, now: UnixMillis, pause: Millis) {
        let until = now + pause.min(RETRY_AFTER_LAST);
        let until = self.pause.as_ref().map_or(until, |pause| pause.until.max(until));
        let is_spent = self.pause.as_ref().is_some_and(|pause| pause.is_spent);
        self.pause = Some(Pause { from: now, until, is_asked: true, is_spent });
    }

    /// A try was answered with a receipt.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.pause = self.pause.take().filter(|pause| pause.is_asked);
    }

    /// Forgets a pause that has run out, or the clock could bring it back; starts the waits anew that began after `now`:
    /// the clock was set back.
    pub(super) fn follow_clock(&mut self, now: UnixMillis) {
        self.pause = self.pause.take().filter(|pause| now < pause.until);
        self.since = self.since.map(|since| since.min(now));
        if let Some(pause) = &mut self.pause {
            let length = pause.until.since(pause.from);
            pause.from = pause.from.min(now);
            pause.until = pause.from + length;
        }
    }

    /// Whether what waits has waited long enough for company.
    pub(super) fn is_due(&self, now: UnixMillis) -> bool {
        self.since.is_some_and(|since| now.since(since) >= BATCH_WAIT)
    }

    /// Whether nothing may be tried.
    pub(super) fn is_pausing(&self, now: UnixMillis) -> bool {
        self.pause.as_ref().is_some_and(|pause| now < pause.until)
    }

    /// Whether a page that is left may send; in a pause that was asked for this is said once.
    pub(super) fn may_leave(&mut self, now: UnixMillis) -> bool {
        match &mut self.pause {
            Some(pause) if pause.is_asked && now < pause.until => {
                !std::mem::replace(&mut pause.is_spent, true)
            }
            Some(_) | None => true,
        }
    }

    /// Whether the last try failed and nothing has been tried since.
    pub(super) fn has_failed(&self) -> bool {
        self.pause.is_some()
    }

    /// When what waits may depart; none when nothing waits.
    pub(super) fn next(&self) -> Option<UnixMillis> {
        let due = self.since? + BATCH_WAIT;
        Some(self.pause.as_ref().map_or(due, |pause| pause.until.max(due)))
    }
}
