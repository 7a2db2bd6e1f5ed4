//! What the overlay must know of fingerprints and limits so that it says of them what the tracker and the collector say.

use std::collections::BTreeMap;

use pugmark_fingerprint::LEAST;
use pugmark_protocol::definition::Definition;
use pugmark_protocol::fingerprint::{Kind, NEAR, WHOLE};
use pugmark_protocol::limits::{MAX_EVENT_NAME, MAX_LINK_VALUE, MAX_VALUE};
use serde::Serialize;

/// The numbers and names of fingerprints, and how much a definition and an event may hold.
#[derive(Debug, Serialize)]
pub(crate) struct Constants {
    /// The score of an element of which all signals are so.
    whole: u32,
    /// From which share of its threshold on an element comes near, in hundredths.
    near: u32,
    /// No threshold is lower.
    least: u32,
    /// How much there may be.
    limits: Limits,
    /// The kinds of signals by the letters that observations have for them.
    kinds: BTreeMap<char, Kind>,
}

/// Limits of which people are told, or by which fields are cut; texts in UTF-16 code units.
#[derive(Debug, Serialize)]
struct Limits {
    /// Most elements that may be meant instead of the first.
    alternatives: usize,
    /// Longest name of an event.
    name: usize,
    /// Longest label of a definition.
    label: usize,
    /// Longest description of a definition.
    description: usize,
    /// Longest text that is recorded.
    value: usize,
    /// Longest address that is recorded.
    link: usize,
}

impl Constants {
    /// Those of this version.
    pub(crate) fn ours() -> Self {
        let kinds = Kind::ALL.iter().map(|kind| (kind.sign(), *kind)).collect();
        let limits = Limits {
            alternatives: Definition::MAX_ALTERNATIVES,
            name: MAX_EVENT_NAME,
            label: Definition::MAX_LABEL,
            description: Definition::MAX_DESCRIPTION,
            value: MAX_VALUE,
            link: MAX_LINK_VALUE,
        };
        Self { whole: WHOLE, near: NEAR, least: LEAST, limits, kinds }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_overlay_is_told_the_limits_that_the_collector_keeps() {
        let told = serde_json::to_value(Constants::ours()).expect("they are numbers and words");

        assert_eq!(
            told["limits"],
            json!({
                "alternatives": Definition::MAX_ALTERNATIVES,
                "name": MAX_EVENT_NAME,
                "label": Definition::MAX_LABEL,
                "description": Definition::MAX_DESCRIPTION,
                "value": MAX_VALUE,
                "link": MAX_LINK_VALUE,
            })
        );
    }

    #[test]
    fn every_letter_of_an_observation_has_the_name_of_its_kind() {
        let told = serde_json::to_value(Constants::ours()).expect("they are numbers and words");

        assert_eq!(told["kinds"].as_object().map(serde_json::Map::len), Some(22));
        assert_eq!((&told["kinds"]["T"], &told["kinds"]["s"]), (&"text".into(), &"surrounding".into()));
        assert_eq!(
            (&told["whole"], &told["near"], &told["least"]),
            (&WHOLE.into(), &NEAR.into(), &LEAST.into())
        );
    }
}
