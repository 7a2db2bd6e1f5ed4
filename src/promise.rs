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
    let resolved = Closure::once_into_js(resolved);
    let rejected = Closure::once_into_js(move |_: JsValue| rejected());
    let then = member(promise, "then");
    let waits =
        then.dyn_ref::<Function>().is_some_and(|then| then.call2(promise, &resolved, &rejected).is_ok());
    if !waits {
        // Whatever a page's own fetch gave back, it is no promise.
        let _ = rejected.unchecked_ref::<Function>().call0(&JsValue::UNDEFINED);
    }
}
