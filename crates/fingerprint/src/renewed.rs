//! What a fingerprint would be of an element that it nearly knows.

use pugmark_protocol::fingerprint::{Fingerprint, MAX_SIGNALS, Signal};

use crate::observation::Observation;
use crate::trust;

/// The fingerprint of an element that is what another was before the page changed: what is still so keeps its weight, and
/// what has changed gives its weight to what is so instead. What has nothing in its stead is worth nothing any more, so that
/// no other element comes nearer; the threshold is lowered only as far as the element could not reach it.
///
/// Of a line that is no observation, the fingerprint itself.
pub fn renewed(fingerprint: &Fingerprint, observation: &str) -> Fingerprint {
    let Some(observation) = Observation::read(observation) else { return fingerprint.clone() };
    let known = |kind, value: &str| {
        let mut signals = fingerprint.signals.iter();
        signals.find(|signal| signal.kind == kind && signal.value == value)
    };
    let mut signals: Vec<Signal> = Vec::new();
    for token in observation.tokens.iter().take(MAX_SIGNALS) {
        let weight = known(token.kind, token.value).map_or_else(
            || {
                let of_kind =
                    || observation.of(token.kind).filter(|value| known(token.kind, value).is_none());
                let lost = fingerprint.signals.iter().filter(|signal| {
                    signal.kind == token.kind
                        && !observation.of(token.kind).any(|value| value == signal.value)
                });
                let lost: u64 = lost.map(|signal| u64::from(signal.weight)).sum();
                let all: u64 = of_kind().map(|value| u64::from(trust::of(token.kind, value))).sum();
                // Shared as far as each is trusted, rounded down, so that the sum does not grow.
                (lost * u64::from(trust::of(token.kind, token.value)) / all.max(1)) as u32
            },
            |signal| signal.weight,
        );
        if weight > 0 {
            signals.push(Signal { kind: token.kind, value: token.value.to_owned(), weight });
        }
    }
    let whole = signals.iter().fold(0_u32, |whole, signal| whole.saturating_add(signal.weight));
    Fingerprint {
        family: observation.family.to_owned(),
        threshold: fingerprint.threshold.min(whole),
        alike: fingerprint.alike,
        signals,
    }
}
