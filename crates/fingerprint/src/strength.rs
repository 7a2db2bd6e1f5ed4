//! How much of an element may change before an event about it goes silent, as the visualizer and the studio say it.

use pugmark_protocol::fingerprint::{Fingerprint, Kind, Signal, WHOLE};
use serde::Serialize;

/// How likely an element is known again after the next redesign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// No single change makes the event silent.
    Strong,
    /// One change does.
    Ok,
    /// Any of several does, or another element may be counted.
    Fragile,
}

/// How what knows an element would stand a change, and of what it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview<'a> {
    /// How well.
    pub strength: Strength,
    /// Why, as a sentence.
    pub reason: String,
    /// The parts of a fingerprint, the weightiest first.
    pub parts: Vec<Part<'a>>,
}

/// What changes as one thing: a new text is another text, other words and another wording at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part<'a> {
    /// What it is, to go on after "its".
    pub title: &'static str,
    /// What it adds to the score.
    pub weight: u32,
    /// What people are shown of it: the values of the first kind that has any, the whole text rather than its words.
    pub values: Vec<&'a str>,
}

/// What each part speaks of, and of which kinds of signals it is made.
const PARTS: [(&str, &[Kind]); 13] = [
    ("tracking attribute", &[Kind::Hook]),
    ("text", &[Kind::Text, Kind::Wording, Kind::Word]),
    ("label", &[Kind::Label]),
    ("link", &[Kind::Link, Kind::Target, Kind::Query]),
    ("field name", &[Kind::Name]),
    ("id", &[Kind::Id]),
    ("picture", &[Kind::Picture]),
    ("attributes", &[Kind::Attribute]),
    ("look", &[Kind::Class]),
    ("heading", &[Kind::Heading]),
    ("surroundings", &[Kind::Landmark, Kind::Anchor, Kind::Surrounding]),
    ("neighbours", &[Kind::Before, Kind::After, Kind::Place]),
    ("kind of element", &[Kind::Tag, Kind::Path]),
];

/// Judges a fingerprint.
pub fn strength(fingerprint: &Fingerprint) -> Preview<'_> {
    let mut parts: Vec<Part<'_>> =
        PARTS.iter().filter_map(|&(title, kinds)| part(title, kinds, &fingerprint.signals)).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.weight));
    let vital: Vec<&str> = parts
        .iter()
        .filter(|part| WHOLE.saturating_sub(part.weight) < fingerprint.threshold)
        .map(|part| part.title)
        .collect();
    let (strength, reason) = match vital[..] {
        [] => {
            (Strength::Strong, "It is known by several things; no single change makes it silent.".to_owned())
        }
        [one] => (Strength::Ok, format!("It goes silent when its {one} changes.")),
        [one, other, ..] => {
            (Strength::Fragile, format!("It goes silent when its {one} changes, or its {other}."))
        }
    };
    Preview { strength, reason, parts }
}

fn part<'a>(title: &'static str, kinds: &[Kind], signals: &'a [Signal]) -> Option<Part<'a>> {
    let of = |kind: Kind| signals.iter().filter(move |signal| signal.kind == kind);
    let weight: u32 = kinds.iter().flat_map(|&kind| of(kind)).map(|signal| signal.weight).sum();
    let shown = kinds.iter().find(|&&kind| of(kind).next().is_some())?;
    (weight > 0).then(|| Part { title, weight, values: of(*shown).map(|signal| &*signal.value).collect() })
}

/// Judges a selector, where there is no fingerprint.
pub fn strength_of_selector(selector: &str) -> Preview<'static> {
    let (strength, reason) =
        if [":nth-child", ":nth-of-type", ":first-"].iter().any(|place| selector.contains(place)) {
            let reason =
                "The selector counts places: when something is inserted before, another element is counted.";
            (Strength::Fragile, reason)
        } else if !selector.contains(['[', '#']) {
            (Strength::Fragile, "The selector names only tags and classes, which a redesign changes.")
        } else {
            (Strength::Ok, "A selector written by hand knows the element by that alone.")
        };
    Preview { strength, reason: reason.to_owned(), parts: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(threshold: u32, signals: &[(Kind, &str, u32)]) -> Fingerprint {
        let signal =
            |&(kind, value, weight): &(Kind, &str, u32)| Signal { kind, value: value.to_owned(), weight };
        Fingerprint {
            family: "control".to_owned(),
            threshold,
            alike: 1,
            signals: signals.iter().map(signal).collect(),
        }
    }

    #[test]
    fn what_must_not_change_is_named() {
        let signals = &[
            (Kind::Text, "Buy", 250),
            (Kind::Word, "buy", 150),
            (Kind::Id, "buy", 350),
            (Kind::Class, "b", 250),
        ];
        for (threshold, expected, words) in [
            (600, Strength::Strong, "no single change"),
            (601, Strength::Ok, "when its text changes."),
            (650, Strength::Ok, "when its text changes."),
            (651, Strength::Fragile, "when its text changes, or its id."),
            (999, Strength::Fragile, "when its text changes, or its id."),
        ] {
            let made = made(threshold, signals);
            let one = strength(&made);
            assert_eq!(one.strength, expected, "{threshold}");
            assert!(one.reason.ends_with(words) || one.reason.contains(words), "{threshold}: {}", one.reason);
        }
    }

    #[test]
    fn the_weightiest_part_comes_first_and_shows_what_people_read() {
        let made = made(500, &[(Kind::Class, "b", 300), (Kind::Word, "buy", 100), (Kind::Text, "Buy", 600)]);

        let parts = strength(&made).parts;

        let told: Vec<_> =
            parts.iter().map(|part| (part.title, part.weight, part.values.join(" "))).collect();
        assert_eq!(told, [("text", 700, "Buy".to_owned()), ("look", 300, "b".to_owned())]);
    }

    #[test]
    fn every_kind_of_signal_belongs_to_one_part() {
        for kind in ('A'..='z').filter_map(Kind::of_sign) {
            let parts = PARTS.iter().filter(|(_, kinds)| kinds.contains(&kind));
            assert_eq!(parts.count(), 1, "{kind:?}");
        }
    }

    #[test]
    fn a_selector_is_as_good_as_what_it_names() {
        for (selector, expected) in [
            ("ul > li:nth-child(3)", Strength::Fragile),
            ("#list li:first-of-type a", Strength::Fragile),
            ("footer .news", Strength::Fragile),
            ("button", Strength::Fragile),
            ("#buy", Strength::Ok),
            ("a[href=\"/cart\"]", Strength::Ok),
        ] {
            assert_eq!(strength_of_selector(selector).strength, expected, "{selector}");
        }
    }
}
