//! What `status()` tells.

use pugmark_engine::outbox::Report;
use pugmark_protocol::id::{SessionId, VisitorId};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::runtime::App;
use crate::storage;

/// The state of the tracker, as the page sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    site: String,
    endpoint: String,
    consent: &'static str,
    visitor: Option<String>,
    session: Option<String>,
    storage: bool,
    sent: f64,
    pending: f64,
    lost: f64,
    losses: Vec<Count>,
    retrying: bool,
    /// The HTTP status of the last answer; 0 when none came; null before the first request.
    last_answer: Option<u16>,
    rules: bool,
    fired: Vec<Fired>,
}

#[derive(Serialize)]
struct Count {
    reason: &'static str,
    events: f64,
}

#[derive(Serialize)]
struct Fired {
    name: String,
    at: f64,
}

/// The report for the page.
pub(crate) fn report(app: &App) -> JsValue {
    let status = app.tracker.status();
    let Report { sent, pending, lost } = status.report;
    let status = Status {
        site: app.site.clone(),
        endpoint: app.endpoint.clone(),
        consent: status.consent.code(),
        visitor: status.visitor.map(VisitorId::to_text),
        session: status.session.map(SessionId::to_text),
        storage: storage::is_open(),
        sent: sent as f64,
        pending: pending as f64,
        lost: lost as f64,
        losses: status
            .lost
            .iter()
            .map(|(reason, events)| Count { reason: reason.code(), events: *events as f64 })
            .collect(),
        retrying: status.pausing,
        last_answer: app.last_answer,
        rules: status.has_rules,
        fired: status
            .fired
            .iter()
            .map(|(name, at)| Fired { name: name.as_str().to_owned(), at: at.0 as f64 })
            .collect(),
    };
    serde_wasm_bindgen::to_value(&status).unwrap_or(JsValue::NULL)
}
