//! The site's custom script, for pages: what runs it, the script itself, and the door for what goes wrong with it.
//!
//! The configuration names a version where there is a script to run; a page without one asks nothing here.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use pugmark_protocol::limits::KIB;

use super::error::HttpError;
use super::peer::Sender;
use super::{body, files};
use crate::custom::CustomScript;
use crate::state::AppState;

/// Imports the script and reports what it throws.
const RUNNER: &[u8] = include_bytes!("custom.js");

/// Largest report read, in bytes; more than is kept of it.
const MAX_REPORT_BYTES: usize = 4 * KIB;

/// For an address with the version in it, which never means anything else.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// For any other: a page that has an older configuration gets what there is now.
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=10");

/// `GET …/custom.js`: what runs the script.
pub(super) async fn runner(
    State(state): State<AppState>,
    Path(site): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    current(&state, &site, &uri).await?;
    // The version is the script's: another release of the collector may run it otherwise.
    Ok(files::serve("custom.js", RUNNER.into(), &headers, SHORT).await)
}

/// `GET …/custom/script.js`: the script as it was written.
pub(super) async fn script(
    State(state): State<AppState>,
    Path(site): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let (script, cache) = current(&state, &site, &uri).await?;
    Ok(files::serve("script.js", script.code.into_bytes().into(), &headers, cache).await)
}

/// `POST …/custom/failed`: takes note of what a page says.
pub(super) async fn failed(
    State(state): State<AppState>,
    Path(site): Path<String>,
    request: Request,
) -> Result<StatusCode, HttpError> {
    let (parts, content) = request.into_parts();
    let Sender(from) = Sender::of(&parts, &state);
    state.rate.address(from, state.now()).map_err(HttpError::TooMany)?;
    let site = state.store.site(&site).ok_or(HttpError::NotFound("site"))?;
    state.rate.site(&site.key, state.now()).map_err(HttpError::TooMany)?;
    let mut share = state.budget.share_of(from);
    let text = body::read(content, MAX_REPORT_BYTES, &mut share).await?;
    let text = text.ok_or(HttpError::TooLarge(MAX_REPORT_BYTES))?;
    // A report from a page that still runs an older script, or from nobody's page, says nothing about a site without one.
    if CustomScript::load(&*state.store, &site.key).await?.version().is_some() {
        state.custom_failures.note(&site.key, &String::from_utf8_lossy(&text), state.now());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The script that is to be run, and for how long what was asked for may be kept.
async fn current(state: &AppState, site: &str, uri: &Uri) -> Result<(CustomScript, HeaderValue), HttpError> {
    let site = state.store.site(site).ok_or(HttpError::NotFound("site"))?;
    let script = CustomScript::load(&*state.store, &site.key).await?;
    let version = script.version().ok_or(HttpError::NotFound("custom script"))?;
    let cache = if uri.query() == Some(&version) { IMMUTABLE } else { SHORT };
    Ok((script, cache))
}
