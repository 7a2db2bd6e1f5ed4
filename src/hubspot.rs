//! HubSpot's own command queues, `_hsq` and `_hsp`: every documented command, so that a page written for HubSpot runs
//! unchanged. Commands seen in the wild but documented nowhere are accepted and do nothing.

use js_sys::{Array, Function, Object, Reflect};
use pugmark_engine::consent::Consent;
use pugmark_engine::{Call, Options};
use wasm_bindgen::prelude::*;

use crate::intake::member;
use crate::runtime::{call, with};
use crate::{api, page};

/// The query parameter by which another domain of the same site hands over its visitor.
const VISITOR_PARAMETER: &str = "__hstc";

/// What HubSpot's commands need remembered.
#[derive(Default)]
pub(crate) struct State {
    consent_listeners: Vec<Function>,
    identity_listeners: Vec<Function>,
    advertisement: Option<bool>,
    functionality: Option<bool>,
}

/// The visitor that a link from another domain hands over, on pages that answer HubSpot's queue.
pub(crate) fn handed_over(options: &Options) -> Option<String> {
    options.queue.as_ref().and_then(|_| page::query_parameter(VISITOR_PARAMETER))
}

/// Carries out one command: an array of its name and arguments.
pub(crate) fn command(command: &Array) {
    let (argument, second) = (command.get(1), command.get(2));
    match command.get(0).as_string().unwrap_or_default().as_str() {
        "setPath" => api::set_path(&argument),
        "trackPageView" => api::track_page_view(),
        "identify" => api::identify(&argument),
        "trackCustomBehavioralEvent" | "trackCustomEvent" => api::track_custom_event(&argument, &second),
        "trackEvent" => api::track_event(&argument),
        "addIdentityListener" => add_identity_listener(&argument),
        "addPrivacyConsentListener" => add_consent_listener(&argument),
        "setHubSpotConsent" => set_consent(&argument),
        "revokeCookieConsent" => call(Call::RevokeConsent { remembered: false }),
        "doNotTrack" => api::do_not_track(&argument),
        // Clicks are seen wherever they happen, so there is nothing to refresh; there is no banner to show; and the
        // rest is HubSpot's own business.
        _ => {}
    }
}

/// The visitor's id is known, or has changed.
pub(crate) fn identity_known() {
    let listeners = with(|app| app.hubspot.identity_listeners.clone()).unwrap_or_default();
    listeners.iter().for_each(tell_identity);
}

/// Consent was given or refused.
pub(crate) fn consent_changed(consent: Consent) {
    let listeners = with(|app| app.hubspot.consent_listeners.clone()).unwrap_or_default();
    listeners.iter().for_each(|listener| tell_consent(listener, consent));
}

fn add_identity_listener(listener: &JsValue) {
    let Some(listener) = listener.dyn_ref::<Function>() else { return };
    let known = with(|app| {
        app.hubspot.identity_listeners.push(listener.clone());
        app.tracker.status().visitor.is_some()
    });
    if known == Some(true) {
        tell_identity(listener);
    }
}

/// Gives what to append to links to other domains, as `__hstc`, `__hssc` and `__hsfp`.
fn tell_identity(listener: &Function) {
    let Some(status) = with(|app| app.tracker.status()) else { return };
    let text = |id: Option<String>| JsValue::from_str(&id.unwrap_or_default());
    let _ = listener.call3(&JsValue::UNDEFINED, &text(status.visitor), &text(status.session), &"".into());
}

fn add_consent_listener(listener: &JsValue) {
    let Some(listener) = listener.dyn_ref::<Function>() else { return };
    let consent = with(|app| {
        app.hubspot.consent_listeners.push(listener.clone());
        app.tracker.status().consent
    });
    match consent {
        Some(Consent::Awaited) | None => {}
        Some(decided) => tell_consent(listener, decided),
    }
}

fn tell_consent(listener: &Function, consent: Consent) {
    let allowed = consent == Consent::Granted;
    let chosen = with(|app| (app.hubspot.advertisement, app.hubspot.functionality)).unwrap_or_default();
    let categories = object(&[
        ("necessary", true),
        ("analytics", allowed),
        ("advertisement", chosen.0.unwrap_or(allowed)),
        ("functionality", chosen.1.unwrap_or(allowed)),
    ]);
    let told = object(&[("allowed", allowed)]);
    let _ = Reflect::set(&told, &"categories".into(), &categories);
    let _ = listener.call1(&JsValue::UNDEFINED, &told);
}

fn set_consent(categories: &JsValue) {
    let chosen = |name: &str| member(categories, name).as_bool();
    with(|app| {
        app.hubspot.advertisement = chosen("advertisement");
        app.hubspot.functionality = chosen("functionality");
    });
    let before = with(|app| app.tracker.status().consent);
    if let Some(analytics) = chosen("analytics") {
        call(Call::SetConsent(analytics));
    }
    // Where analytics has not changed the engine has nothing to tell, but something was said.
    match with(|app| app.tracker.status().consent) {
        Some(consent) if before == Some(consent) => consent_changed(consent),
        _ => {}
    }
}

fn object(members: &[(&str, bool)]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        let _ = Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_bool(*value));
    }
    object
}
