//! One voice on the console.

use wasm_bindgen::JsValue;

/// Warns a developer. Says who speaks, so that nobody has to search.
pub(crate) fn warn(text: &str) {
    web_sys::console::warn_1(&JsValue::from_str(&["pugmark: ", text].concat()));
}
