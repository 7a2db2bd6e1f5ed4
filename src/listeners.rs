//! Those who listen with `on`, wait for `flush`, or read the console. They are kept in `listeners.js`.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/listeners.js")]
extern "C" {
    /// Listens; returns the function that undoes it.
    pub(crate) fn on(kind: &JsValue, listener: &JsValue) -> Function;

    /// Tells those who listen to this kind of notice; `json` is what they are given.
    pub(crate) fn tell(kind: &str, json: &str);

    /// Explains on the console what is done, or no longer does.
    pub(crate) fn explain(yes: bool);

    /// The promise of a report, which comes with [`flushed`].
    pub(crate) fn flush() -> Promise;

    /// Answers every `flush()` that waits; `json` is the report.
    pub(crate) fn flushed(json: &str);

    /// Warns a developer.
    pub(crate) fn warn(text: &str);
}
