//! What the overlay must know of fingerprints so that it says of them what the tracker and the collector say.

use std::collections::BTreeMap;

use pugmark_fingerprint::LEAST;
use pugmark_protocol::definition::Definition;
use pugmark_protocol::fingerprint::{Kind, NEAR, WHOLE};
use serde::Serialize;

/// The numbers and names of fingerprints.
#[derive(Debug, Serialize)]
pub(crate) struct Constants {
    /// The score of an element of which all signals are so.
    whole: u32,
    /// From which share of its threshold on an element comes near, in hundredths.
    near: u32,
    /// No threshold is lower.
    least: u32,
    /// Most elements that may be meant instead of the first.
    alternatives: usize,
    /// The kinds of signals by the letters that observations have for them.
    kinds: BTreeMap<char, Kind>,
}

impl Constants {
    /// Those of this version.
    pub(crate) fn ours() -> Self {
        let kinds = Kind::ALL.iter().map(|kind| (kind.sign(), *kind)).collect();
        Self { whole: WHOLE, near: NEAR, least: LEAST, alternatives: Definition::MAX_ALTERNATIVES, kinds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_an_observation_has_the_name_of_its_kind() {
        let told = serde_json::to_value(Constants::ours()).expect("they are numbers and words");

        assert_eq!(told["kinds"].as_object().map(serde_json::Map::len), Some(22));
        assert_eq!((&told["kinds"]["T"], &told["kinds"]["s"]), (&"text".into(), &"surrounding".into()));
        assert_eq!(
            (&told["whole"], &told["near"], &told["least"], &told["alternatives"]),
            (&WHOLE.into(), &NEAR.into(), &LEAST.into(), &Definition::MAX_ALTERNATIVES.into())
        );
    }
}
