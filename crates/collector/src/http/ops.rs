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

/// Ready: a batch sent now would be stored. Proved by writing.
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    if state.is_closing() {
        return (StatusCode::SERVICE_UNAVAILABLE, "closing\n").into_response();
    }
    match state.store.probe().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be written\n").into_response()
        }
    }
}

/// Counters in Prometheus' text form.
pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    let mut response = metrics::render(state.store.waiting()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    response
}
