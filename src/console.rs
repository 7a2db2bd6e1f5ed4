//! One voice on the console.

use wasm_bindgen::JsValue;
use web_sys::console;

/// Warns a developer. Says who speaks, so that nobody has to search.
pub(crate) fn warn(text: &str) {
    console::warn_1(&spoken(text));
}

/// Explains what is done, in debug mode.
pub(crate) fn explain(text: &str) {
    console::info_1(&spoken(text));
}

fn spoken(text: &str) -> JsValue {
    JsValue::from_str(&["pugmark: ", text].concat())
}
