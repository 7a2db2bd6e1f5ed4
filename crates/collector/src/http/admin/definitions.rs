//! Definitions: list, create, show, change, delete, restore.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::UnixMillis;
use serde_json::json;

use super::{fields, merged, object, typed};
use crate::auth::Session;
use crate::http::error::HttpError;
use crate::state::AppState;

const NO_DEFINITION: HttpError = HttpError::NotFound("definition");

pub(super) async fn list(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let definitions = state.store.definitions(&site.key).await?;
    Ok(Json(json!({ "definitions": definitions })).into_response())
}

pub(super) async fn create(
    session: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
    body: Body,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let definition: Definition = typed(object(&state, body).await?)?;
    definition.name.check_new(&site.key).map_err(HttpError::invalid)?;
    check(&definition)?;
    state.store.create_definition(&site.key, definition.clone(), session.author()).await?;
    Ok((StatusCode::CREATED, Json(definition)).into_response())
}

pub(super) async fn show(
    _: Session,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let entry = state.store.entry(&site.key, &name).await?.ok_or(NO_DEFINITION)?;
    Ok(Json(entry.definition).into_response())
}

pub(super) async fn change(
    session: Session,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
    body: Body,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let changes = object(&state, body).await?;
    let _editing = state.editing.lock().await;
    let before = state.store.entry(&site.key, &name).await?.ok_or(NO_DEFINITION)?.definition;
    let definition: Definition = typed(merged(fields(&before), changes))?;
    if let Some(breach) = before.cannot_become(&definition) {
        return Err(HttpError::invalid(breach));
    }
    check(&definition)?;
    if !state.store.change_definition(&site.key, definition.clone(), session.author()).await? {
        return Err(NO_DEFINITION);
    }
    Ok(Json(definition).into_response())
}

pub(super) async fn delete(
    session: Session,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    if !state.store.delete_definition(&site.key, &name, session.author()).await? {
        return Err(NO_DEFINITION);
    }
    state.purging.notify_one();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Brings back a definition that was deleted, with its events, within the days that the settings give.
pub(super) async fn restore(
    session: Session,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let Some(days) = state.settings.restorable else {
        return Err(HttpError::invalid(
            "deleted definitions are gone for good here; start the collector with PUGMARK_RESTORE_DAYS to keep them \
             for a while",
        ));
    };
    let since = UnixMillis(state.now().0.saturating_sub(days.0));
    if !state.store.restore_definition(&site.key, &name, since, session.author()).await? {
        return Err(NO_DEFINITION);
    }
    state.purging.notify_one();
    let entry = state.store.entry(&site.key, &name).await?.ok_or(NO_DEFINITION)?;
    Ok(Json(entry.definition).into_response())
}

fn check(definition: &Definition) -> Result<(), HttpError> {
    let breaches = definition.breaches();
    if breaches.is_empty() { Ok(()) } else { Err(HttpError::Invalid(breaches)) }
}
