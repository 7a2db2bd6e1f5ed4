//! Consent: whether anything may be stored or sent.

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consent {
    /// Everything.
    Granted,
    /// Nothing yet: what happens waits in memory.
    Awaited,
    /// Nothing, and what was stored is erased.
    Refused,
    /// As [`Self::Refused`], by the page's own word `doNotTrack`, whatever else is said, until it takes that back.
    DoNotTrack,
}

/// What has been said: an answer, and apart from it `doNotTrack`, under which the answer waits unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// The answer; [`Consent::Awaited`] while there is none and one is needed.
    pub answer: Consent,
    /// Whether the page has said `doNotTrack`.
    pub do_not_track: bool,
}

impl Wishes {
    /// What applies when the tracker starts: what was said before, then the browser's signal, then the option.
    ///
    /// An answer outranks the signal because it is about this site, and the signal is about all of them.
    pub fn at_start(
        required: bool,
        signalled_refusal: bool,
        remembered: Option<Consent>,
        do_not_track: bool,
    ) -> Self {
        let answer = match remembered {
            Some(said @ (Consent::Granted | Consent::Refused)) => said,
            Some(Consent::Awaited | Consent::DoNotTrack) | None if signalled_refusal => Consent::Refused,
            Some(Consent::Awaited | Consent::DoNotTrack) | None if required => Consent::Awaited,
            Some(Consent::Awaited | Consent::DoNotTrack) | None => Consent::Granted,
        };
        Self { answer, do_not_track }
    }

    /// What applies when memory holds `now` and was last seen to hold `before`; `at_start` is what a page would start
    /// with.
    ///
    /// What is absent takes back only what was there: what this page has said stands also where the browser keeps
    /// nothing, or where it was not to be remembered. A refusal that is gone is no grant.
    #[must_use]
    pub fn follow(self, before: Remembered, now: Remembered, at_start: Self) -> Self {
        let is_told = now.answer.is_some() || before.answer == Some(Consent::Granted);
        let is_tracking_told = now.do_not_track || before.do_not_track;
        Self {
            answer: if is_told { at_start.answer } else { self.answer },
            do_not_track: if is_tracking_told { now.do_not_track } else { self.do_not_track },
        }
    }

    /// What may be done.
    pub fn consent(self) -> Consent {
        if self.do_not_track { Consent::DoNotTrack } else { self.answer }
    }
}

/// What memory holds of this. A browser may keep nothing: then nothing of what was said is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The answer.
    pub answer: Option<Consent>,
    /// Whether the page has said `doNotTrack`.
    pub do_not_track: bool,
}

impl Consent {
    /// Whether nothing may be kept.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Refused | Self::DoNotTrack)
    }

    /// The name under which it is remembered and reported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Awaited => "awaited",
            Self::Refused => "refused",
            Self::DoNotTrack => "do_not_track",
        }
    }

    /// Reads a remembered answer.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Granted, Self::Refused].into_iter().find(|answer| answer.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_applies_at_the_start() {
        use Consent::{Awaited, DoNotTrack, Granted, Refused};
        for (required, signal, remembered, do_not_track, expected) in [
            (false, false, None, false, Granted),
            (true, false, None, false, Awaited),
            (true, false, Some(Granted), false, Granted),
            (false, false, Some(Refused), false, Refused),
            (false, true, None, false, Refused),
            (true, true, None, false, Refused),
            (true, true, Some(Granted), false, Granted),
            (false, false, Some(Granted), true, DoNotTrack),
            (true, true, None, true, DoNotTrack),
        ] {
            let wishes = Wishes::at_start(required, signal, remembered, do_not_track);
            assert_eq!(wishes.consent(), expected);
        }
    }

    #[test]
    fn what_memory_does_not_hold_takes_back_only_a_grant_that_it_held() {
        use Consent::{Awaited, Granted, Refused};
        for (said, before, now, expected) in [
            (Refused, None, None, Refused),
            (Granted, None, None, Granted),
            (Granted, Some(Granted), None, Awaited),
            (Refused, Some(Refused), None, Refused),
            (Refused, None, Some(Granted), Granted),
            (Granted, Some(Granted), Some(Refused), Refused),
        ] {
            let remembered = |answer| Remembered { answer, do_not_track: false };
            let said = Wishes { answer: said, do_not_track: false };
            let at_start = Wishes::at_start(true, false, now, false);
            assert_eq!(said.follow(remembered(before), remembered(now), at_start).answer, expected);
        }
    }

    #[test]
    fn do_not_track_is_taken_back_where_it_was_remembered() {
        for (said, before, now, expected) in [
            (true, false, false, true),
            (true, true, false, false),
            (false, false, true, true),
            (false, false, false, false),
        ] {
            let remembered = |do_not_track| Remembered { answer: None, do_not_track };
            let said = Wishes { answer: Consent::Granted, do_not_track: said };
            let at_start = Wishes::at_start(false, false, None, now);
            let after = said.follow(remembered(before), remembered(now), at_start);
            assert_eq!((after.do_not_track, after.answer), (expected, Consent::Granted));
        }
    }

    #[test]
    fn only_answers_are_remembered() {
        assert_eq!(Consent::parse("granted"), Some(Consent::Granted));
        assert_eq!(Consent::parse("awaited"), None);
        assert_eq!(Consent::parse("yes"), None);
    }
}
