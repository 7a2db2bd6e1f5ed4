//! Stored events, their counts, and what was lost.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::query;
use crate::auth::Session;
use crate::http::error::HttpError;
use crate::state::AppState;
use crate::store::EventFilter;

/// How many days the counts show when nobody says.
const DAYS: u32 = 7;

/// Most days the counts show: a leap year.
const MAX_DAYS: u32 = 366;

#[derive(Deserialize)]
struct Days {
    days: Option<u32>,
}

pub(super) async fn list(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let filter: EventFilter = query(&uri)?;
    if filter.after.as_ref().is_some_and(|after| after.parse::<u64>().is_err()) {
        return Err(HttpError::invalid("`after` must be the `next` of an earlier answer"));
    }
    Ok(Json(state.store.events(&site.key, filter).await?).into_response())
}

pub(super) async fn counts(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let Days { days } = query(&uri)?;
    let counts = state.store.counts(&site.key, days.unwrap_or(DAYS).clamp(1, MAX_DAYS)).await?;
    Ok(Json(json!({ "counts": counts })).into_response())
}

/// Whose losses are asked for.
#[derive(Deserialize)]
struct Whose {
    visitor: Option<String>,
}

pub(super) async fn lost(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let Whose { visitor } = query(&uri)?;
    Ok(Json(state.store.delivery(&site.key, visitor.as_deref()).await?).into_response())
}
