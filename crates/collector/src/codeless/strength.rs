//! How much of an element may change before an event about it goes silent. The overlay says it in the same words, by the same
//! measure: `crates/visualizer/overlay/health.js` and `sentences.js`.

use pugmark_protocol::fingerprint::{Fingerprint, Kind, Signal, WHOLE};

/// How likely an element is known again after the next redesign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// No single change makes the event silent.
    Strong,
    /// One change does.
    Ok,
    /// Any of several does, or another element may be counted.
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
pub(crate) struct Preview<'a> {
    pub(crate) strength: Strength,
    pub(crate) reason: String,
    /// Its parts, the weightiest first.
    pub(crate) parts: Vec<Part<'a>>,
}

/// What changes as one thing: a new text is another text, other words and another wording at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// What it is, to go on after "its".
    pub(crate) title: &'static str,
    pub(crate) weight: u32,
    /// What people are shown of it: the values of the first kind that has any, the whole text rather than its words.
    pub(crate) values: Vec<&'a str>,
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
pub(crate) fn strength(fingerprint: &Fingerprint) -> Preview<'_> {
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
pub(crate) fn strength_of_selector(selector: &str) -> (Strength, &'static str) {
    if [":nth-child", ":nth-of-type", ":first-"].iter().any(|place| selector.contains(place)) {
        return (
            Strength::Fragile,
            "The selector counts places: when something is inserted before, another element is counted. Choose the element \
             in the visualizer.",
        );
    }
    if !selector.contains(['[', '#']) {
        return (
            Strength::Fragile,
            "The selector names only tags and classes, which a redesign changes. Choose the element in the visualizer.",
        );
    }
    (Strength::Ok, "A selector written by hand knows the element by that alone.")
}

#[cfg(test)]
mod tests {
    use super::super::{fingerprints, tests::event};
    use super::*;

    #[test]
    fn what_must_not_change_is_named() {
        let signals = &[("text", "Buy", 250), ("word", "buy", 150), ("id", "buy", 350), ("class", "b", 250)];
        for (threshold, expected, words) in [
            (600, Strength::Strong, "no single change"),
            (601, Strength::Ok, "when its text changes."),
            (650, Strength::Ok, "when its text changes."),
            (651, Strength::Fragile, "when its text changes, or its id."),
            (999, Strength::Fragile, "when its text changes, or its id."),
        ] {
            let definition = event(threshold, 1, signals);
            let one = strength(fingerprints(&definition).next().expect("has one"));
            assert_eq!(one.strength, expected, "{threshold}");
            assert!(one.reason.ends_with(words) || one.reason.contains(words), "{threshold}: {}", one.reason);
        }
    }

    #[test]
    fn the_weightiest_part_comes_first_and_shows_what_people_read() {
        let definition = event(500, 1, &[("class", "b", 300), ("word", "buy", 100), ("text", "Buy", 600)]);

        let parts = strength(fingerprints(&definition).next().expect("has one")).parts;

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
            assert_eq!(strength_of_selector(selector).0, expected, "{selector}");
        }
    }
}
