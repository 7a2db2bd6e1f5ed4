//! The public API: what `window.pugmark` and the npm package call. `pkg/pugmark.d.ts` describes it to TypeScript.
//!
//! Arguments are `JsValue` because a page may pass anything; what is not understood is named on the console and nothing
//! is thrown. The loader (`pkg/loader/`) puts these functions on the page and replays what was called before.

use js_sys::{Array, Function, Promise};
use pugmark_engine::{Call, Input};
use wasm_bindgen::prelude::*;

use crate::{boot, console, hubspot, intake, listeners, page, runtime, status};

/// Starts the tracker. `options` are named as on the tag, with or without hyphens; `home` is where the script came
/// from, or empty.
#[wasm_bindgen]
pub fn start(options: &JsValue, home: &str) {
    boot::start(options, home);
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
    let (name, properties) = match event_name(&intake::member(event, "name")) {
        Some(name) => (Some(name), intake::member(event, "properties")),
        None => (event_name(event), properties.clone()),
    };
    let Some(name) = name else {
        return console::warn(
            "trackCustomEvent needs a name: trackCustomEvent(\"signed_up\", { plan: \"pro\" })",
        );
    };
    runtime::call(Call::TrackCustomEvent { name, given: intake::given(&properties), element: None });
}

/// An event's name; a numeric id, as HubSpot gives to events, `123`, is recorded as the event `event_123`.
fn event_name(value: &JsValue) -> Option<String> {
    let name = if value.is_object() { None } else { intake::text(value) }?;
    let is_id = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    Some(if is_id { ["event_", &name].concat() } else { name })
}

/// The older name of [`track_custom_event`] in HubSpot's API.
#[wasm_bindgen(js_name = trackCustomBehavioralEvent)]
pub fn track_custom_behavioral_event(event: &JsValue, properties: &JsValue) {
    track_custom_event(event, properties);
}

/// HubSpot's legacy call: `({ id, value, … })`.
#[wasm_bindgen(js_name = trackEvent)]
pub fn track_event(event: &JsValue) {
    let Some(name) = event_name(&intake::member(event, "id")) else {
        return console::warn("trackEvent needs an id: trackEvent({ id: \"signed_up\" })");
    };
    let mut given = intake::given(event);
    given.properties.retain(|(property, _)| property != "id");
    runtime::call(Call::TrackCustomEvent { name, given, element: None });
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
        None => console::warn("setPath needs a path: setPath(\"/pricing\")"),
    }
}

/// Says who the visitor is: `{ email, id, … }`.
#[wasm_bindgen]
pub fn identify(who: &JsValue) {
    let given = intake::given(who);
    if given.properties.is_empty() {
        return console::warn(
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
        None => console::warn("setConsent needs { analytics: true } or { analytics: false }"),
    }
}

/// Refuses consent that was given; what is stored is erased.
#[wasm_bindgen(js_name = revokeConsent)]
pub fn revoke_consent() {
    runtime::call(Call::RevokeConsent { remembered: true });
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
pub fn on(kind: &JsValue, listener: &JsValue) -> JsValue {
    match (kind.as_string(), listener.dyn_ref::<Function>()) {
        (Some(kind), Some(listener)) if listeners::KINDS.contains(&kind.as_str()) => {
            runtime::with(|app| app.listeners.add(kind, listener.clone()))
                .map_or(JsValue::UNDEFINED, listeners::undo)
        }
        _ => {
            let kinds = listeners::KINDS.join(", ");
            console::warn(&["on needs one of ", &kinds, " and a function"].concat());
            listeners::undo_nothing()
        }
    }
}

/// Sends what waits. The promise gives `{ sent, pending, lost }` and is never rejected.
#[wasm_bindgen]
pub fn flush() -> Promise {
    Promise::new(&mut |resolve, _| {
        let waits = runtime::with(|app| app.flushes.push(resolve.clone()));
        if waits.is_none() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
        runtime::call(Call::Flush);
    })
}

/// Tells what the tracker is doing.
#[wasm_bindgen]
pub fn status() -> JsValue {
    runtime::with(|app| status::report(app)).unwrap_or(JsValue::UNDEFINED)
}

/// Explains on the console what is done, or stops explaining with `false`.
#[wasm_bindgen]
pub fn debug(on: &JsValue) {
    runtime::with(|app| app.debug = on.as_bool().unwrap_or(true));
}

/// Carries out one of HubSpot's commands, as pushed on `_hsq` or `_hsp`: an array of a name and arguments.
#[wasm_bindgen]
pub fn hubspot(command: &Array) {
    hubspot::command(command);
}
