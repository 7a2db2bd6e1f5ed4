//! Operators' doors: is the process alive, can it take events, and what has it done.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::metrics;
use crate::state::AppState;

/// Alive: the process answers.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// Ready: a batch sent now would be stored.
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    if state.is_ready().await {
        return "ready\n".into_response();
    }
    let why = if state.is_closing() { "closing\n" } else { "the store cannot be written\n" };
    (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
}

/// Counters in Prometheus' text form.
pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    let mut response = metrics::render(state.store.waiting(), state.budget.used_bytes()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    response
}
