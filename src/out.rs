//! Structures on their way out to the page.

use serde::Serialize;
use wasm_bindgen::JsValue;

/// What the page is given.
pub(crate) fn out<T: Serialize>(value: &T) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::NULL)
}
