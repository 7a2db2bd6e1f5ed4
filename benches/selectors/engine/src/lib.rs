//! The fingerprint engine as the bench runs it in a page: pages and fingerprints come and go as text.

use pugmark_fingerprint::{Finding, Page};
use wasm_bindgen::prelude::wasm_bindgen;

/// The fingerprint of an element, as JSON; none if the page has no such element.
#[wasm_bindgen]
pub fn make(page: &str, element: usize) -> Option<String> {
    let fingerprint = pugmark_fingerprint::make(&Page::read(page), element)?;
    serde_json::to_string(&fingerprint).ok()
}

/// The elements that reach the threshold of a fingerprint, best first.
#[wasm_bindgen]
pub fn find(page: &str, fingerprint: &str) -> Vec<usize> {
    let Ok(fingerprint) = serde_json::from_str(fingerprint) else { return Vec::new() };
    match pugmark_fingerprint::find(&Page::read(page), &fingerprint) {
        Finding::Found(found) => vec![found.element],
        Finding::Ambiguous(several) => several.into_iter().map(|candidate| candidate.element).collect(),
        Finding::Weak(_) | Finding::None => Vec::new(),
    }
}
