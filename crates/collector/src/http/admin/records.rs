//! Contacts, companies, deals and tickets.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};

use super::query;
use crate::auth::Session;
use crate::http::error::HttpError;
use crate::state::AppState;
use crate::store::RecordFilter;

pub(super) async fn list(
    _: Session,
    State(state): State<AppState>,
    Path(site): Path<String>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let site = super::site(&state, &site)?;
    let filter: RecordFilter = query(&uri)?;
    Ok(Json(state.store.records(&site.key, filter).await?).into_response())
}
