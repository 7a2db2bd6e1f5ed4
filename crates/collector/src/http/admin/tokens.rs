//! Tokens of a site: list, create, revoke.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::{object, typed};
use crate::auth::{Session, new_token};
use crate::http::error::HttpError;
use crate::state::AppState;
use crate::store::Scope;

/// What a token is made from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    #[serde(default)]
    label: String,
    scopes: Vec<Scope>,
}

pub(super) async fn list(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let tokens = state.store.tokens(&site.key).await?;
    Ok(Json(json!({ "tokens": tokens })).into_response())
}

/// Makes a token; its secret is in this answer and nowhere else.
pub(super) async fn create(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
    body: Body,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let new: New = typed(object(&state, body).await?)?;
    let (token, secret) =
        new_token(&site.key, &new.label, new.scopes, state.now()).map_err(HttpError::invalid)?;
    let token = state.store.create_token(token).await?;
    let mut shown = super::fields(&token);
    shown.insert("token".to_owned(), secret.into());
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

pub(super) async fn revoke(
    _: Session,
    State(state): State<AppState>,
    Path((site, id)): Path<(String, i64)>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    if !state.store.revoke_token(&site.key, id).await? {
        return Err(HttpError::NotFound("token"));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
