//! The public API: what `window.pugmark` and the npm package call. `pkg/pugmark.d.ts` describes it to TypeScript.
//!
//! Arguments are `JsValue` because a page may pass anything; what is not understood is named on the console and nothing
//! is thrown. The loader (`pkg/loader/`) puts these functions on the page and replays what was called before.

use js_sys::{Function, Promise};
use pugmark_engine::{Call, Input};
use wasm_bindgen::prelude::*;

use crate::{boot, intake, listeners, page, runtime, status};

/// Starts the tracker. `options` are named as on the tag; `home` is where the script came from, or empty; `visitor` is
/// whom a link from another domain hands over.
#[wasm_bindgen]
pub fn start(options: &JsValue, home: &str, visitor: Option<String>) {
    boot::start(options, home, visitor);
}

/// Says that the calls from before the start have been replayed: the page's own view comes after them.
#[wasm_bindgen]
pub fn ready() {
    runtime::feed(Input::Settled { title: page::title() });
}

/// Gives the time at which the next calls were really made, in milliseconds since 1970; zero for now.
#[wasm_bindgen(js_name = calledAt)]
pub fn called_at(millis: f64) {
    runtime::set_call_time(millis);
}

/// Records a completion: `(name, properties?)` or `({ name, properties })`.
#[wasm_bindgen(js_name = trackCustomEvent)]
pub fn track_custom_event(event: &JsValue, properties: &JsValue) {
    match intake::completion(event, properties) {
        Some((name, given)) => runtime::call(Call::TrackCustomEvent { name, given, element: None }),
        None => listeners::warn(
            "trackCustomEvent needs a name: trackCustomEvent(\"signed_up\", { plan: \"pro\" })",
        ),
    }
}

/// HubSpot's legacy call: `({ id, value, … })`.
#[wasm_bindgen(js_name = trackEvent)]
pub fn track_event(event: &JsValue) {
    match intake::legacy_completion(event) {
        Some((name, given)) => runtime::call(Call::TrackCustomEvent { name, given, element: None }),
        None => listeners::warn("trackEvent needs an id: trackEvent({ id: \"signed_up\" })"),
    }
}

/// Records a page view.
#[wasm_bindgen(js_name = trackPageView)]
pub fn track_page_view() {
    runtime::call(Call::TrackPageView { title: page::title() });
}

/// Says what the path of what follows is. Sends nothing.
#[wasm_bindgen(js_name = setPath)]
pub fn set_path(path: &JsValue) {
    match path.as_string() {
        Some(path) => runtime::call(Call::SetPath(path)),
        None => listeners::warn("setPath needs a path: setPath(\"/pricing\")"),
    }
}

/// Says who the visitor is: `{ email, id, … }`.
#[wasm_bindgen]
pub fn identify(who: &JsValue) {
    let given = intake::given(who);
    if given.properties.is_empty() {
        return listeners::warn(
            "identify needs at least an email or an id: identify({ email: \"ada@example.com\" })",
        );
    }
    runtime::call(Call::Identify(given));
}

/// Gives or refuses consent: `{ analytics: true }`.
#[wasm_bindgen(js_name = setConsent)]
pub fn set_consent(consent: &JsValue) {
    match intake::member(consent, "analytics").as_bool() {
        Some(given) => runtime::call(Call::SetConsent(given)),
        None => listeners::warn("setConsent needs { analytics: true } or { analytics: false }"),
    }
}

/// Refuses consent that was given; what is stored is erased. A refusal that is not `remembered` is this page's only, as
/// HubSpot's form of it wants.
#[wasm_bindgen(js_name = revokeConsent)]
pub fn revoke_consent(remembered: bool) {
    runtime::call(Call::RevokeConsent { remembered });
}

/// Stops everything, or with `{ track: true }` takes that back.
#[wasm_bindgen(js_name = doNotTrack)]
pub fn do_not_track(how: &JsValue) {
    let track = intake::member(how, "track").is_truthy();
    runtime::call(Call::DoNotTrack(!track));
}

/// Forgets the visitor, as at sign-out.
#[wasm_bindgen]
pub fn reset() {
    runtime::call(Call::Reset);
}

/// Listens: `on("delivered", listener)`. Returns the function that undoes it.
#[wasm_bindgen]
pub fn on(kind: &JsValue, listener: &JsValue) -> Function {
    listeners::on(kind, listener)
}

/// Sends what waits. The promise gives `{ sent, pending, lost }` and is never rejected.
#[wasm_bindgen]
pub fn flush() -> Promise {
    let report = listeners::flush();
    runtime::call(Call::Flush);
    report
}

/// Tells what the tracker is doing.
#[wasm_bindgen]
pub fn status() -> JsValue {
    runtime::with(|app| status::report(app)).unwrap_or(JsValue::UNDEFINED)
}

/// Explains on the console what is done, or stops explaining with `false`.
#[wasm_bindgen]
pub fn debug(on: &JsValue) {
    listeners::explain(!on.is_falsy() || on.is_undefined());
}
