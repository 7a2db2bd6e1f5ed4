//! What the event visualizer decides, for its overlay to call: how an element is known again, what may be saved, what a page
//! pattern means. The same code decides in the collector and in the tracker.
//!
//! Elements come as the observations that `src/signals.js` makes; fingerprints, signals, patterns and definitions are objects
//! of the form that definitions have as JSON. What is decided is in [`pugmark_fingerprint`], [`pugmark_protocol`],
//! [`saving`] and [`naming`]; here is only the door.

mod constants;
mod naming;
mod saving;

use pugmark_protocol::definition::TextRule;
use pugmark_protocol::fingerprint::{Fingerprint, Kind};
use pugmark_protocol::pattern::{PagePattern, is_meant};
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// The numbers and names of fingerprints, and limits: `{ whole, near, least, limits, kinds }`, the last a map from letters to
/// names.
///
/// # Errors
///
/// None.
#[wasm_bindgen]
pub fn constants() -> Result<JsValue, JsValue> {
    told(&constants::Constants::ours())
}

/// The fingerprint of an element; `undefined` if nothing is said of the element itself.
///
/// `others` has an observation of each other element of the page a line, `beside` for each what would stand beside it if
/// the element were missing, or an empty line. `without` has kinds of signals that are switched off.
///
/// # Errors
///
/// None that depend on what is handed over.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over vectors")]
pub fn make(own: &str, others: &str, beside: &str, without: Vec<String>) -> Result<JsValue, JsValue> {
    let without: Vec<Kind> = without.iter().filter_map(|name| kind(name)).collect();
    told(&pugmark_fingerprint::make(own, others, beside, &without))
}

/// What an element has in common with a fingerprint: `{ score, threshold, matching, missing }`.
///
/// # Errors
///
/// Throws a sentence where `fingerprint` is none.
#[wasm_bindgen]
pub fn compare(fingerprint: JsValue, observation: &str) -> Result<JsValue, JsValue> {
    told(&pugmark_fingerprint::compare(&fingerprint_of(fingerprint)?, observation))
}

/// The scores of many elements, one observation a line: 0 for those of another family, or of which nothing is so itself.
///
/// # Errors
///
/// Throws a sentence where `fingerprint` is none.
#[wasm_bindgen]
pub fn scores(fingerprint: JsValue, observations: &str) -> Result<Vec<u32>, JsValue> {
    Ok(pugmark_fingerprint::scores(&fingerprint_of(fingerprint)?, observations))
}

/// The fingerprint of an element that is what another was before the page changed.
///
/// # Errors
///
/// Throws a sentence where `fingerprint` is none.
#[wasm_bindgen]
pub fn renewed(fingerprint: JsValue, observation: &str) -> Result<JsValue, JsValue> {
    told(&pugmark_fingerprint::renewed(&fingerprint_of(fingerprint)?, observation))
}

/// Selectors for people, the most lasting first. The first that selects the element and no other is the one to show.
#[wasm_bindgen]
pub fn selectors(own: &str) -> Vec<String> {
    pugmark_fingerprint::selectors(own)
}

/// How a fingerprint would stand a change of the page: `{ strength, reason, parts }`.
///
/// # Errors
///
/// Throws a sentence where `fingerprint` is none.
#[wasm_bindgen]
pub fn strength(fingerprint: JsValue) -> Result<JsValue, JsValue> {
    told(&pugmark_fingerprint::strength(&fingerprint_of(fingerprint)?))
}

/// How a selector would, where there is no fingerprint.
///
/// # Errors
///
/// None.
#[wasm_bindgen]
pub fn strength_of_selector(selector: &str) -> Result<JsValue, JsValue> {
    told(&pugmark_fingerprint::strength_of_selector(selector))
}

/// What must be changed before a definition may be saved, a sentence each.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over values")]
pub fn breaches(definition: JsValue) -> Vec<String> {
    let json = js_sys::JSON::stringify(&definition).ok().and_then(|json| json.as_string());
    saving::breaches(&json.unwrap_or_default())
}

/// Whether the page at `url`, absolute, is one that a page pattern speaks of; not if it is no pattern.
#[wasm_bindgen]
pub fn page_matches(pattern: JsValue, url: &str) -> bool {
    read(pattern).is_ok_and(|PagePattern { kind, value }| is_meant(kind.sign(), &value, url))
}

/// Whether an element's text is as a text rule says; not if it is none.
#[wasm_bindgen]
pub fn text_fits(rule: JsValue, text: &str) -> bool {
    read::<TextRule>(rule).is_ok_and(|rule| rule.fits(text))
}

/// A well-formed name for an event of a site from what people call the event; empty where none of its letters may stand in one.
#[wasm_bindgen]
pub fn name_of(label: &str, site: &str) -> String {
    naming::name_of(label, site)
}

fn kind(name: &str) -> Option<Kind> {
    let name: StrDeserializer<'_, Error> = name.into_deserializer();
    Kind::deserialize(name).ok()
}

fn fingerprint_of(value: JsValue) -> Result<Fingerprint, JsValue> {
    read(value).map_err(|error| ["this is no fingerprint: ", &error.to_string()].concat().into())
}

fn read<T: DeserializeOwned>(value: JsValue) -> Result<T, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(value)
}

fn told(value: &impl Serialize) -> Result<JsValue, JsValue> {
    serde_wasm_bindgen::to_value(value).map_err(JsValue::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_named_as_in_definitions() {
        assert_eq!(kind("text"), Some(Kind::Text));
        assert_eq!(kind("surrounding"), Some(Kind::Surrounding));
        assert_eq!(kind("Text"), None);
    }
}
