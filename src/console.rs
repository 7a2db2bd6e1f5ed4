//! One voice on the console.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    // A page may have put its own functions here, and they may throw.
    #[wasm_bindgen(catch, js_namespace = console, js_name = warn)]
    fn console_warn(text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_namespace = console, js_name = info)]
    fn console_info(text: &str) -> Result<(), JsValue>;
}

/// Warns a developer. Says who speaks, so that nobody has to search.
pub(crate) fn warn(text: &str) {
    let _ = console_warn(&spoken(text));
}

/// Explains what is done, in debug mode.
pub(crate) fn explain(text: &str) {
    let _ = console_info(&spoken(text));
}

fn spoken(text: &str) -> String {
    ["pugmark: ", text].concat()
}
