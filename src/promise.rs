//! Waiting for promises without a runtime: two handlers, always both, so that no rejection is ever left unhandled.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use crate::intake::member;

/// `promise.then(resolved, rejected)`
pub(crate) fn then(
    promise: &Promise,
    resolved: impl FnOnce(JsValue) + 'static,
    rejected: impl FnOnce() + 'static,
) {
    let then: Function = member(promise, "then").unchecked_into();
    let resolved = Closure::once_into_js(resolved);
    let rejected = Closure::once_into_js(move |_: JsValue| rejected());
    let _ = then.call2(promise, &resolved, &rejected);
}
