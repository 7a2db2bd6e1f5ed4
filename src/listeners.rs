//! Those who listen with `on`.

use js_sys::{Function, JSON};
use pugmark_engine::Notice;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::out::out;
use crate::runtime;

/// What can be listened to.
pub(crate) const KINDS: [&str; 6] = ["completion", "delivered", "lost", "adjusted", "consent", "identity"];

/// The page's listeners.
#[derive(Default)]
pub(crate) struct Listeners {
    next: u32,
    known: Vec<(u32, String, Function)>,
}

/// Which listener.
#[derive(Clone, Copy)]
pub(crate) struct ListenerNumber(u32);

impl Listeners {
    /// Adds one.
    pub(crate) fn add(&mut self, kind: String, listener: Function) -> ListenerNumber {
        self.next += 1;
        self.known.push((self.next, kind, listener));
        ListenerNumber(self.next)
    }

    /// Those who listen to a notice of this kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<Function> {
        self.known
            .iter()
            .filter(|(_, known, _)| known == kind)
            .map(|(_, _, listener)| listener.clone())
            .collect()
    }
}

/// The function that undoes `on`.
pub(crate) fn undo(number: ListenerNumber) -> JsValue {
    let ListenerNumber(number) = number;
    Closure::<dyn FnMut()>::new(move || {
        runtime::with(|app| app.listeners.known.retain(|(known, _, _)| *known != number));
    })
    .into_js_value()
}

/// A function that undoes nothing, for an `on` that was not understood.
pub(crate) fn undo_nothing() -> JsValue {
    Closure::<dyn FnMut()>::new(|| {}).into_js_value()
}

/// The kind of a notice.
pub(crate) fn kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::Completion { .. } => "completion",
        Notice::Adjusted { .. } => "adjusted",
        Notice::Delivered { .. } => "delivered",
        Notice::Lost { .. } => "lost",
        Notice::Consent(_) => "consent",
        Notice::Identity { .. } => "identity",
    }
}

/// What a listener is given.
pub(crate) fn payload(notice: &Notice) -> JsValue {
    let json = |text: &str| JSON::parse(text).unwrap_or(JsValue::NULL);
    match notice {
        Notice::Completion { id, name, properties } => {
            out(&Completion { id, name, properties: json(properties) })
        }
        Notice::Adjusted { name, changes } => out(&Adjusted { name, changes }),
        Notice::Delivered { events } => out(&Delivered { events: *events as f64 }),
        Notice::Lost { events, reason } => out(&Lost { events: *events as f64, reason: reason.code() }),
        Notice::Consent(consent) => out(&Consent { consent: consent.code() }),
        Notice::Identity { known } => json(known),
    }
}

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    properties: JsValue,
}

#[derive(Serialize)]
struct Adjusted<'a> {
    name: &'a str,
    changes: &'a [String],
}

#[derive(Serialize)]
struct Delivered {
    events: f64,
}

#[derive(Serialize)]
struct Lost {
    events: f64,
    reason: &'static str,
}

#[derive(Serialize)]
struct Consent {
    consent: &'static str,
}
