//! `GET /v1/sites/{site}/events.d.ts`: the site's events for TypeScript.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::auth::Session;
use crate::http::error::HttpError;
use crate::state::AppState;
use crate::typescript;

/// What a browser saves it as.
const DISPOSITION: HeaderValue = HeaderValue::from_static("attachment; filename=\"pugmark-events.d.ts\"");

pub(super) async fn show(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let definitions = state.store.definitions(&site.key).await?;
    let headers = [(header::CONTENT_DISPOSITION, DISPOSITION)];
    Ok((headers, typescript::declare(&site.key, &definitions)).into_response())
}
