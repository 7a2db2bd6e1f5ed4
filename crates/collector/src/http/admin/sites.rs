//! Sites: list, create, show, change.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use pugmark_protocol::text;
use serde_json::json;

use super::{fields, merged, object, typed};
use crate::auth::Session;
use crate::http::error::HttpError;
use crate::state::AppState;
use crate::store::{Site, StoreError};

/// Longest key, in characters: it stands in every batch and in the long form of event names.
const MAX_KEY: usize = 50;

/// Longest label, in UTF-16 code units.
const MAX_LABEL: usize = 100;

/// Most origins of one site. Judgement (November 2026).
const MAX_ORIGINS: usize = 100;

pub(super) async fn list(_: Session, State(state): State<AppState>) -> Result<Response, HttpError> {
    let sites = state.store.sites().await?;
    Ok(Json(json!({ "sites": sites })).into_response())
}

pub(super) async fn create(
    _: Session,
    State(state): State<AppState>,
    body: Body,
) -> Result<Response, HttpError> {
    let mut site: Site = typed(object(&state, body).await?)?;
    site.created_at = state.now();
    check(&site)?;
    let row = site.clone();
    in_full(async move { state.store.create_site(row).await }).await?;
    Ok((StatusCode::CREATED, Json(site)).into_response())
}

pub(super) async fn show(
    _: Session,
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Response, HttpError> {
    Ok(Json(&*super::site(&state, &key)?).into_response())
}

pub(super) async fn change(
    _: Session,
    State(state): State<AppState>,
    Path(key): Path<String>,
    body: Body,
) -> Result<Response, HttpError> {
    let before = super::site(&state, &key)?;
    let site: Site = typed(merged(fields(&*before), object(&state, body).await?))?;
    if site.key != before.key || site.created_at != before.created_at {
        return Err(HttpError::invalid("key and created_at never change"));
    }
    check(&site)?;
    let row = site.clone();
    if !in_full(async move { state.store.change_site(row).await }).await? {
        return Err(HttpError::NotFound("site"));
    }
    Ok(Json(site).into_response())
}

/// Carries out an edit to its end, also if the one who asked hangs up: what is written must be known to ingest.
async fn in_full<T: Send + 'static>(
    edit: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(edit).await.map_err(|error| StoreError::Failed(error.to_string()))?
}

fn check(site: &Site) -> Result<(), HttpError> {
    let mut breaches = Vec::new();
    let is_key = site.key.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && site.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if !is_key || site.key.len() > MAX_KEY {
        breaches.push(format!(
            "the key must be of lower-case letters, digits, - and _, start with a letter or digit, and have at most \
             {MAX_KEY} characters"
        ));
    }
    if text::length(&site.label) > MAX_LABEL {
        breaches.push(format!("the label is longer than {MAX_LABEL} characters"));
    }
    if site.origins.len() > MAX_ORIGINS {
        breaches.push(format!("there are more than {MAX_ORIGINS} origins"));
    }
    for origin in site.origins.iter().filter(|origin| !is_origin(origin)) {
        breaches.push(format!(
            "\"{}\" is no origin: write scheme and host, and the port if it is unusual, like https://www.example.com",
            text::cut(origin, MAX_LABEL)
        ));
    }
    if breaches.is_empty() { Ok(()) } else { Err(HttpError::Invalid(breaches)) }
}

/// Whether this is an origin as browsers write it.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    text == format!("{scheme}://{authority}").to_ascii_lowercase() && matches!(scheme, "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for (origin, expected) in [
            ("https://www.example.com", true),
            ("http://localhost:8080", true),
            ("https://www.example.com/", false),
            ("https://WWW.example.com", false),
            ("www.example.com", false),
            ("ftp://example.com", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(is_origin(origin), expected, "{origin}");
        }
    }
}
