//! How like an element is to what a fingerprint was made of, and in what.

use pugmark_protocol::fingerprint::{Fingerprint, MAX_SIGNALS, Signal};
use serde::Serialize;

use crate::observation::{Mask, Places, Token, family_of};

/// What an element has in common with a fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The weight of the signals that are so of it; zero if it is of another family, or if only what is around it fits.
    pub score: u32,
    /// The fingerprint's threshold: an element that reaches it is meant.
    pub threshold: u32,
    /// The signals that are so of it.
    pub matching: Vec<Signal>,
    /// The signals that are not.
    pub missing: Vec<Signal>,
}

/// Compares an observed element with a fingerprint.
pub fn compare(fingerprint: &Fingerprint, observation: &str) -> Comparison {
    let mask = Compared::of(fingerprint).mask(observation);
    let is_so = |place: &usize| mask & 1 << place != 0;
    let of = |are_so: bool| {
        let signals = fingerprint.signals.iter().take(MAX_SIGNALS).enumerate();
        signals.filter(|(place, _)| is_so(place) == are_so).map(|(_, signal)| signal.clone()).collect()
    };
    Comparison {
        score: score(fingerprint, mask),
        threshold: fingerprint.threshold,
        matching: of(true),
        missing: of(false),
    }
}

/// The scores of many elements, one observation a line.
pub fn scores(fingerprint: &Fingerprint, observations: &str) -> Vec<u32> {
    let compared = Compared::of(fingerprint);
    observations.lines().map(|line| score(fingerprint, compared.mask(line))).collect()
}

struct Compared<'a> {
    family: &'a str,
    places: Places<'a>,
}

impl<'a> Compared<'a> {
    fn of(fingerprint: &'a Fingerprint) -> Self {
        let token = |signal: &'a Signal| Token { kind: signal.kind, value: &signal.value };
        Self { family: &fingerprint.family, places: Places::of(fingerprint.signals.iter().map(token)) }
    }

    /// Which signals are so of an element; none if it is of another family.
    fn mask(&self, line: &str) -> Mask {
        match family_of(line) {
            Some((family, rest)) if family == self.family => self.places.mask(rest),
            _ => 0,
        }
    }
}

fn score(fingerprint: &Fingerprint, mask: Mask) -> u32 {
    let signals = fingerprint.signals.iter().take(MAX_SIGNALS).enumerate();
    let matching = signals.filter(|(place, _)| mask & 1 << place != 0).map(|(_, signal)| signal);
    if !matching.clone().any(|signal| signal.kind.is_own()) {
        return 0;
    }
    // Whoever wrote a fingerprint by hand may have written any weight.
    matching.fold(0, |score, signal| score.saturating_add(signal.weight))
}
