//! The JSON API: sites, definitions, events. For the studio, for tests, for scripts; every request needs the admin
//! token or the studio's cookie. Bodies are JSON objects; a `PATCH` names the fields that change, and `null` gives a
//! field its default. [`super::error`] has the form and the meaning of every refusal.

mod definitions;
mod events;
mod live;
mod records;
mod sites;
mod tokens;
mod types;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Query;
use axum::http::Uri;
use axum::routing::{delete, get, post};
use pugmark_protocol::limits::MAX_DEFINITION_BYTES;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::HttpError;
use crate::ingest::{Unreadable, scan};
use crate::state::AppState;
use crate::store::Site;

/// Largest body, in bytes.
pub(super) const MAX_BODY_BYTES: usize = MAX_DEFINITION_BYTES;

/// The API's doors.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/v1/sites", get(sites::list).post(sites::create))
        .route("/v1/sites/{site}", get(sites::show).patch(sites::change))
        .route("/v1/sites/{site}/definitions", get(definitions::list).post(definitions::create))
        .route(
            "/v1/sites/{site}/definitions/{name}",
            get(definitions::show).patch(definitions::change).delete(definitions::delete),
        )
        .route("/v1/sites/{site}/events.d.ts", get(types::show))
        .route("/v1/sites/{site}/definitions/{name}/restore", post(definitions::restore))
        .route("/v1/sites/{site}/tokens", get(tokens::list).post(tokens::create))
        .route("/v1/sites/{site}/tokens/{id}", delete(tokens::revoke))
        .route("/v1/sites/{site}/records", get(records::list))
        .route("/v1/sites/{site}/events", get(events::list))
        .route("/v1/sites/{site}/events/counts", get(events::counts))
        .route("/v1/sites/{site}/lost", get(events::lost))
        .route("/v1/sites/{site}/live", get(live::watch))
}

fn site(state: &AppState, key: &str) -> Result<Arc<Site>, HttpError> {
    state.store.site(key).ok_or(HttpError::NotFound("site"))
}

/// Reads a JSON object, as bounded as a batch is.
async fn object(state: &AppState, body: Body) -> Result<Map<String, Value>, HttpError> {
    object_within(state, body, MAX_BODY_BYTES).await
}

/// Reads a JSON object of at most `limit` bytes.
pub(super) async fn object_within(
    state: &AppState,
    body: Body,
    limit: usize,
) -> Result<Map<String, Value>, HttpError> {
    let mut share = state.budget.share();
    let body = super::body::read(body, limit, &mut share).await?;
    let mut json = body.ok_or(HttpError::TooLarge(limit))?;
    if let Err(error) = std::str::from_utf8(&json) {
        return Err(Unreadable::NotUtf8(error.valid_up_to()).into());
    }
    scan::scan(&mut json)?;
    serde_json::from_slice(&json)
        .map_err(|error| HttpError::invalid(format!("the body is not a JSON object: {error}")))
}

/// Reads what an object means.
pub(super) fn typed<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, HttpError> {
    serde_json::from_value(Value::Object(object)).map_err(|error| HttpError::invalid(error.to_string()))
}

/// Puts the changes over what there is, field by field; `null` takes a field away.
fn merged(mut base: Map<String, Value>, changes: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in changes {
        if value.is_null() {
            base.remove(&name);
        } else {
            base.insert(name, value);
        }
    }
    base
}

/// The fields of something we wrote ourselves.
fn fields<T: serde::Serialize>(thing: &T) -> Map<String, Value> {
    match serde_json::to_value(thing) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Reads the address's query.
fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, HttpError> {
    let query = Query::try_from_uri(uri).map_err(|error| HttpError::invalid(error.body_text()))?;
    Ok(query.0)
}
