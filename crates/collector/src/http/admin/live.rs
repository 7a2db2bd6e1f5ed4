//! Events as they are stored, as server-sent events: `event` with the event, `missed` with a number when the reader
//! is too slow.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::auth::Session;
use crate::http::error::HttpError;
use crate::live::Sighting;
use crate::state::AppState;

/// How often an idle stream says that it is alive: proxies close what is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn watch(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let watcher = state.live.watch(&site.key);
    let events = stream::unfold(watcher, async |mut watcher| {
        let event = match watcher.next().await? {
            Sighting::Event(event) => {
                Event::default().event("event").json_data(&*event).unwrap_or_else(|_| Event::default())
            }
            Sighting::Missed(n) => Event::default().event("missed").data(n.to_string()),
        };
        Some((Ok::<_, Infallible>(event), watcher))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Some proxies collect an answer before they pass it on unless told not to.
    response
        .headers_mut()
        .insert(header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}
