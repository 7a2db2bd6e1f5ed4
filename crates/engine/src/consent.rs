//! Consent: whether anything may be stored or sent.

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Everything.
    Granted,
    /// Nothing yet: what happens waits in memory.
    Awaited,
    /// Nothing, and what was stored is erased.
    Refused,
    /// As [`Self::Refused`], by the page's own word `doNotTrack`, until it takes that back.
    DoNotTrack,
}

impl Consent {
    /// What applies when the tracker starts: the browser's signal first, then what was said before, then the option.
    pub fn at_start(required: bool, signalled_refusal: bool, remembered: Option<Self>) -> Self {
        match remembered {
            Some(Self::DoNotTrack) => Self::DoNotTrack,
            _ if signalled_refusal => Self::Refused,
            Some(said @ (Self::Granted | Self::Refused)) => said,
            Some(Self::Awaited) | None if required => Self::Awaited,
            Some(Self::Awaited) | None => Self::Granted,
        }
    }

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

    /// Reads a remembered name.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Granted, Self::Awaited, Self::Refused, Self::DoNotTrack].into_iter().find(|c| c.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_word_applies_at_the_start() {
        use Consent::{Awaited, DoNotTrack, Granted, Refused};
        for (required, signal, remembered, expected) in [
            (false, false, None, Granted),
            (true, false, None, Awaited),
            (true, false, Some(Granted), Granted),
            (false, false, Some(Refused), Refused),
            (false, true, None, Refused),
            (true, true, Some(Granted), Refused),
            (false, false, Some(DoNotTrack), DoNotTrack),
            (false, true, Some(DoNotTrack), DoNotTrack),
        ] {
            assert_eq!(Consent::at_start(required, signal, remembered), expected);
        }
    }

    #[test]
    fn a_remembered_word_reads_back() {
        assert_eq!(Consent::parse(Consent::DoNotTrack.code()), Some(Consent::DoNotTrack));
        assert_eq!(Consent::parse("yes"), None);
    }
}
