//! Sessions: when activity continues a visit and when it begins a new one.

use pugmark_protocol::id::SessionId;
use pugmark_protocol::text::push_decimal;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::chance::Chance;

/// So long without activity, and the visit is over.
///
/// Source: the usual rule of the field, HubSpot's included.
pub const SESSION_IDLE: Millis = Millis::minutes(30);

/// No visit lasts longer than this.
pub const SESSION_MAX: Millis = Millis::hours(24);

/// How stale the remembered time of activity may be. Judgement (November 2026): one write to storage in ten seconds is
/// nothing, and ten seconds are nothing to [`SESSION_IDLE`].
const ACTIVITY_GRAIN: Millis = Millis::seconds(10);

/// One visit, shared by all tabs of a browser through storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// When it started.
    pub started: UnixMillis,
    /// When something last happened in it.
    pub active: UnixMillis,
}

/// Whether the visit went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// The same visit, and what is remembered of it is recent enough.
    Same,
    /// The same visit, but its time of activity should be written down again.
    Aged,
    /// A new visit began.
    New,
}

impl Session {
    /// Starts a session.
    pub fn start(now: UnixMillis, chance: &mut Chance) -> Self {
        Self { id: SessionId::new(chance.bits()), started: now, active: now }
    }

    /// Records activity at `now` and says whether the session goes on.
    ///
    /// [`SESSION_IDLE`] without activity ends it; exactly that long already does. A clock set back by less does not; by
    /// more, the session belongs to a time that was wrong.
    pub fn touch(&mut self, now: UnixMillis, chance: &mut Chance) -> Continuity {
        let idle = now.since(self.active);
        let is_from_the_future = self.active.since(now) >= SESSION_IDLE;
        if idle >= SESSION_IDLE || is_from_the_future || now.since(self.started) >= SESSION_MAX {
            *self = Self::start(now, chance);
            Continuity::New
        } else if idle >= ACTIVITY_GRAIN {
            self.active = now;
            Continuity::Aged
        } else {
            Continuity::Same
        }
    }

    /// The form in which it is remembered: `id.started.active`.
    pub fn to_text(&self) -> String {
        let mut text = self.id.to_text();
        for time in [self.started, self.active] {
            text.push('.');
            push_decimal(&mut text, time.0);
        }
        text
    }

    /// Reads what [`Self::to_text`] wrote; anything else is no session.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let id = SessionId::parse(parts.next()?)?;
        let started = UnixMillis(parts.next()?.parse().ok()?);
        let active = UnixMillis(parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { id, started, active })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minutes(n: u64) -> UnixMillis {
        UnixMillis(1_795_430_400_000) + Millis::minutes(n)
    }

    fn chance() -> Chance {
        Chance::seeded([1, 2])
    }

    #[test]
    fn thirty_idle_minutes_start_a_new_session() {
        let mut session = Session::start(minutes(0), &mut chance());

        assert_eq!(session.touch(minutes(29), &mut chance()), Continuity::Aged);
        assert_eq!(session.touch(minutes(59), &mut chance()), Continuity::New);
        assert_eq!(session.started, minutes(59));
    }

    #[test]
    fn activity_every_few_minutes_still_ends_after_a_day() {
        let mut chance = Chance::seeded([1, 2]);
        let mut session = Session::start(minutes(0), &mut chance);
        let first = session.id;

        for n in (20..24 * 60).step_by(20) {
            session.touch(minutes(n), &mut chance);
            assert_eq!(session.id, first);
        }
        assert_eq!(session.touch(minutes(24 * 60), &mut chance), Continuity::New);
    }

    #[test]
    fn a_clock_set_back_a_little_goes_on() {
        let mut session = Session::start(minutes(100), &mut chance());
        assert_eq!(session.touch(minutes(71), &mut chance()), Continuity::Same);
        assert_eq!(session.active, minutes(100));
    }

    #[test]
    fn a_session_of_a_time_that_was_wrong_is_over() {
        let mut session = Session::start(minutes(100), &mut chance());
        assert_eq!(session.touch(minutes(70), &mut chance()), Continuity::New);
        assert_eq!(session.started, minutes(70));
    }

    #[test]
    fn ten_seconds_are_not_worth_writing_down() {
        let mut session = Session::start(minutes(0), &mut chance());
        let soon = minutes(0) + Millis(9_999);
        assert_eq!(session.touch(soon, &mut chance()), Continuity::Same);
        assert_eq!(session.touch(soon + Millis(1), &mut chance()), Continuity::Aged);
    }

    #[test]
    fn what_is_no_session_is_not_read_as_one() {
        for text in [
            "",
            "x",
            "0123456789abcdef",
            "0123456789abcdef.1",
            "0123456789abcdef.1.2.3",
            "0123456789abcdef.1.x",
        ] {
            assert_eq!(Session::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_session_comes_back_from_its_text(started in any::<u64>(), active in any::<u64>(), id in any::<u64>()) {
            let session = Session { id: SessionId::new(id), started: UnixMillis(started), active: UnixMillis(active) };
            prop_assert_eq!(Session::parse(&session.to_text()), Some(session));
        }

        #[test]
        fn no_sequence_of_clock_readings_lengthens_a_session_past_its_limits(
            steps in prop::collection::vec(0u64..3 * 60 * 60 * 1000, 1..50)
        ) {
            let mut chance = chance();
            let mut now = minutes(0);
            let mut session = Session::start(now, &mut chance);
            for step in steps {
                let before = session;
                now = now + Millis(step);
                match session.touch(now, &mut chance) {
                    Continuity::New => prop_assert_ne!(session.id, before.id),
                    Continuity::Same | Continuity::Aged => {
                        prop_assert!(Millis(step) < SESSION_IDLE);
                        prop_assert!(now.since(session.started) < SESSION_MAX);
                    }
                }
            }
        }
    }
}
