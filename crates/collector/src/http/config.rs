//! `GET /v1/sites/{site}/config.json`: what the tracker has to know of a site, and nothing else.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use pugmark_protocol::compiled::compile;
use pugmark_protocol::definition::{Definition, Status};
use serde::Serialize;

use super::error::HttpError;
use super::files;
use crate::state::AppState;
use crate::store::StoreError;

/// Trackers keep it and ask again in the background, so a change is on the site within seconds.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=10");

#[derive(Serialize)]
struct Config<'a> {
    site: &'a str,
    /// One a line: see [`pugmark_protocol::compiled`].
    rules: String,
}

/// Shows a site's configuration: the definitions that fire by themselves and are in use.
pub(super) async fn show(
    State(state): State<AppState>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let site = state.store.site(&site).ok_or(HttpError::NotFound("site"))?;
    let definitions = state.store.definitions(&site.key).await?;
    let active = definitions.iter().filter(|definition| definition.status == Status::Active);
    let rules: Vec<String> = active.filter_map(rule).collect();
    let body = serde_json::to_vec(&Config { site: &site.key, rules: rules.join("\n") })
        .map_err(|error| StoreError::Failed(error.to_string()))?;

    let tag = files::tag(&body);
    let mut response = if files::is_known(&headers, &tag) {
        files::not_modified()
    } else {
        let mut response = Response::new(Body::from(body));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        response
    };
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
    Ok(response)
}

/// The rule by which an event fires by itself. A selector that cannot be used was refused when it was saved.
fn rule(definition: &Definition) -> Option<String> {
    compile(&definition.name, definition.trigger.as_ref()?).ok()
}
