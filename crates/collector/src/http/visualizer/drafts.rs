//! What is defined without code, and the drafts of it.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pugmark_protocol::definition::{Definition, Status};
use serde_json::json;

use super::Editor;
use crate::codeless;
use crate::http::admin::{self, MAX_BODY_BYTES};
use crate::http::error::HttpError;
use crate::state::AppState;

/// `GET /v1/visualizer/definitions`: the codeless events that are not archived, the drafts, and every name that cannot be
/// given to a new event.
pub(super) async fn list(editor: Editor, State(state): State<AppState>) -> Result<Response, HttpError> {
    let site = &editor.site.key;
    let mut definitions = state.store.definitions(site).await?;
    definitions.retain(|definition| definition.trigger.is_some() && definition.status != Status::Archived);
    let drafts = state.store.drafts(site).await?;
    let mut names: BTreeSet<String> = state.store.taken_names(site).await?.into_iter().collect();
    names.extend(Definition::RESERVED.map(str::to_owned));
    Ok(Json(json!({ "definitions": definitions, "drafts": drafts, "names": names })).into_response())
}

/// `PUT /v1/visualizer/drafts/{name}`: keeps a draft, of a new event or of a change of one.
pub(super) async fn keep(
    editor: Editor,
    State(state): State<AppState>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Response, HttpError> {
    let site = &editor.site.key;
    let definition: Definition = admin::typed(admin::object_within(&state, body, MAX_BODY_BYTES).await?)?;
    if definition.name.as_str() != name {
        return Err(HttpError::invalid("the name in the address and the one in the body differ"));
    }
    let current = state.store.entry(site, &name).await?.map(|entry| entry.definition);
    let breaches = codeless::draft_breaches(site, current.as_ref(), &definition);
    if !breaches.is_empty() {
        return Err(HttpError::Invalid(breaches));
    }
    let draft = state.store.put_draft(site, definition).await?;
    Ok(Json(draft).into_response())
}

/// `DELETE /v1/visualizer/drafts/{name}`: discards a draft; one that is gone already is gone.
pub(super) async fn discard(
    editor: Editor,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<StatusCode, HttpError> {
    state.store.discard_draft(&editor.site.key, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
