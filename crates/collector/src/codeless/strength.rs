//! How much of an element may change before an event about it stops firing.

use std::collections::BTreeMap;

use pugmark_protocol::fingerprint::{Fingerprint, Kind, Signal};

/// How much may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// Any two things at once.
    Strong,
    /// Any one thing.
    Ok,
    /// There is one thing that must not change.
    Fragile,
}

impl Strength {
    /// What people call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Strong => "Strong",
            Self::Ok => "OK",
            Self::Fragile => "Fragile",
        }
    }
}

/// Of what a fingerprint is made, and how it would stand a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Strong<'a> {
    pub(crate) strength: Strength,
    pub(crate) reason: String,
    /// Its parts, the weightiest first.
    pub(crate) parts: Vec<Part<'a>>,
}

/// What changes as one thing: a new text is another text, other words and another wording at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// What it is, to go on after "if".
    pub(crate) what: &'static str,
    pub(crate) weight: u32,
    pub(crate) signals: Vec<&'a Signal>,
}

/// What a kind of signals is a part of.
fn part_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Hook => "its test or tracking attribute",
        Kind::Id => "its id",
        Kind::Name => "its name",
        Kind::Label => "its label",
        Kind::Text | Kind::Wording | Kind::Word => "its text",
        Kind::Link | Kind::Target | Kind::Query => "where it leads",
        Kind::Picture => "its picture",
        Kind::Class => "its classes",
        Kind::Attribute => "its attributes",
        Kind::Tag => "its tag",
        Kind::Landmark | Kind::Anchor | Kind::Surrounding | Kind::Path => "what it stands in",
        Kind::Heading => "the heading above it",
        Kind::Before | Kind::After | Kind::Place => "its neighbours",
    }
}

/// Judges a fingerprint.
pub(crate) fn strength(fingerprint: &Fingerprint) -> Strong<'_> {
    let mut by_part: BTreeMap<&'static str, Vec<&Signal>> = BTreeMap::new();
    for signal in &fingerprint.signals {
        by_part.entry(part_of(signal.kind)).or_default().push(signal);
    }
    let weight = |signals: &[&Signal]| signals.iter().map(|signal| signal.weight).sum();
    let mut parts: Vec<Part<'_>> =
        by_part.into_iter().map(|(what, signals)| Part { what, weight: weight(&signals), signals }).collect();
    for part in &mut parts {
        part.signals.sort_by_key(|signal| std::cmp::Reverse(signal.weight));
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.weight));

    let whole: u32 = parts.iter().map(|part| part.weight).sum();
    let stands = |lost: u32| whole.saturating_sub(lost) >= fingerprint.threshold;
    let (strength, reason) = match &parts[..] {
        [first, ..] if !stands(first.weight) => {
            (Strength::Fragile, format!("It stops firing if {} changes.", first.what))
        }
        [first, second, ..] if !stands(first.weight + second.weight) => (
            Strength::Ok,
            format!("Any one thing may change, but not {} and {} at the same time.", first.what, second.what),
        ),
        _ => (Strength::Strong, "Any two things about it may change at the same time.".to_owned()),
    };
    Strong { strength, reason, parts }
}

/// Judges a selector, where there is no fingerprint.
pub(crate) fn strength_of_selector(selector: &str) -> (Strength, &'static str) {
    if selector.contains(":nth-") || selector.contains(":first-") {
        (
            Strength::Fragile,
            "It counts places: when something is added before the element, it counts clicks on another one. Choose the \
             element in the visualizer, which knows it by more.",
        )
    } else {
        (
            Strength::Ok,
            "It is known by its selector alone and stops firing when that selects nothing. Choose the element in the \
             visualizer, which knows it by more.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::{fingerprints, tests::event};
    use super::*;

    fn judged(threshold: u32, signals: &[(&str, &str, u32)]) -> (Strength, String) {
        let definition = event(threshold, 1, signals);
        let one = fingerprints(&definition).next().expect("has one");
        let strong = strength(one);
        (strong.strength, strong.reason)
    }

    #[test]
    fn what_must_not_change_is_named() {
        for (name, threshold, signals, expected, words) in [
            (
                "the text decides",
                520,
                &[("text", "Buy", 300), ("word", "buy", 200), ("class", "b", 300), ("id", "buy", 200)][..],
                Strength::Fragile,
                "if its text changes",
            ),
            (
                "any one",
                500,
                &[("text", "Buy", 300), ("word", "buy", 200), ("class", "b", 300), ("id", "buy", 200)],
                Strength::Ok,
                "its text and its classes",
            ),
            (
                "any two",
                500,
                &[("text", "Buy", 250), ("class", "b", 250), ("id", "buy", 250), ("hook", "data-x=y", 250)],
                Strength::Strong,
                "Any two",
            ),
            ("one thing alone", 1, &[("text", "Buy", 1_000)], Strength::Fragile, "its text"),
        ] {
            let (strength, reason) = judged(threshold, signals);
            assert_eq!(strength, expected, "{name}");
            assert!(reason.contains(words), "{name}: {reason}");
        }
    }

    #[test]
    fn the_weightiest_part_and_signal_come_first() {
        let definition = event(500, 1, &[("class", "b", 300), ("word", "buy", 100), ("text", "Buy", 600)]);
        let one = fingerprints(&definition).next().expect("has one");

        let parts = strength(one).parts;

        let told: Vec<_> =
            parts.iter().map(|part| (part.what, part.weight, part.signals[0].value.as_str())).collect();
        assert_eq!(told, [("its text", 700, "Buy"), ("its classes", 300, "b")]);
    }

    #[test]
    fn a_selector_that_counts_places_is_fragile() {
        assert_eq!(strength_of_selector("ul > li:nth-child(3)").0, Strength::Fragile);
        assert_eq!(strength_of_selector("li:first-of-type a").0, Strength::Fragile);
        assert_eq!(strength_of_selector("#buy").0, Strength::Ok);
    }
}
