//! `GET /v1/sites/{site}/config.json`: what the tracker has to know of a site, and nothing else. With `?schema`, what
//! debug mode compares completions with as well.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use pugmark_protocol::compiled::compile;
use pugmark_protocol::definition::{Definition, PropertyDefinition, PropertyType, Status};
use serde::Serialize;

use super::error::HttpError;
use super::files;
use crate::custom::CustomScript;
use crate::state::AppState;
use crate::store::StoreError;

/// Trackers keep it and ask again in the background, so a change is on the site within seconds.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=10");

#[derive(Serialize)]
struct Config<'a> {
    site: &'a str,
    /// One a line: see [`pugmark_protocol::compiled`].
    rules: String,
    /// The version of the custom script, where there is one to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Schema<'a>>,
}

/// The defined events by name, each with its properties. No labels, no descriptions: every visitor can read it.
type Schema<'a> = BTreeMap<&'a str, BTreeMap<&'a str, PropertySchema<'a>>>;

#[derive(Serialize)]
struct PropertySchema<'a> {
    #[serde(rename = "type")]
    kind: PropertyType,
    /// What an enumeration knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<&'a str>,
}

/// The configurations as they were last written: pages ask far more often than anybody edits.
#[derive(Default)]
pub struct Configs(Mutex<HashMap<(String, bool), Arc<Written>>>);

/// A configuration, and the edition of the catalog that it was written from.
struct Written {
    edition: u64,
    tag: HeaderValue,
    body: Bytes,
}

impl Configs {
    /// What was last written, if nothing was edited since.
    fn known(&self, key: &(String, bool), edition: u64) -> Option<Arc<Written>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|written| written.edition == edition).cloned()
    }

    fn keep(&self, key: (String, bool), written: &Arc<Written>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(written));
    }
}

/// Shows a site's configuration: the definitions that fire by themselves and are in use.
pub(super) async fn show(
    State(state): State<AppState>,
    Path(site): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let site = state.store.site(&site).ok_or(HttpError::NotFound("site"))?;
    let Written { tag, body, .. } = &*current(&state, &site.key, uri.query() == Some("schema")).await?;
    let mut response = if files::is_known(&headers, tag) {
        files::not_modified()
    } else {
        let mut response = Response::new(Body::from(body.clone()));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        response
    };
    response.headers_mut().insert(header::ETAG, tag.clone());
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
    Ok(response)
}

/// A site's configuration, with what debug mode needs or without.
async fn current(state: &AppState, site: &str, with_schema: bool) -> Result<Arc<Written>, StoreError> {
    // Before it is read: what changes meanwhile makes it out of date.
    let edition = state.store.edition();
    let key = (site.to_owned(), with_schema);
    if let Some(known) = state.configs.known(&key, edition) {
        return Ok(known);
    }
    let definitions = state.store.definitions(site).await?;
    let active = definitions.iter().filter(|definition| definition.status == Status::Active);
    let rules: Vec<String> = active.filter_map(rule).collect();
    let config = Config {
        site,
        rules: rules.join("\n"),
        custom: CustomScript::load(&*state.store, site).await?.version(),
        schema: with_schema.then(|| schema(&definitions)),
    };
    let body = serde_json::to_vec(&config).map_err(|error| StoreError::Failed(error.to_string()))?;
    let written = Arc::new(Written { edition, tag: files::tag(&body), body: body.into() });
    state.configs.keep(key, &written);
    Ok(written)
}

/// The rule by which an event fires by itself. A selector that cannot be used was refused when it was saved.
fn rule(definition: &Definition) -> Option<String> {
    compile(&definition.name, definition.trigger.as_ref()?).ok()
}

/// What events may carry. One that is put away is not among them; one that is paused is sent all the same.
fn schema(definitions: &[Definition]) -> Schema<'_> {
    let known = definitions.iter().filter(|definition| definition.status != Status::Archived);
    known
        .map(|definition| (definition.name.as_str(), definition.properties.iter().map(property).collect()))
        .collect()
}

fn property(property: &PropertyDefinition) -> (&str, PropertySchema<'_>) {
    let values = property.options.iter().map(|option| option.value.as_str()).collect();
    (&property.name, PropertySchema { kind: property.kind, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_known_until_something_is_edited() {
        let configs = Configs::default();
        let key = ("demo".to_owned(), false);
        let written =
            Written { edition: 7, tag: HeaderValue::from_static("t"), body: Bytes::from_static(b"{}") };
        configs.keep(key.clone(), &Arc::new(written));

        assert!(configs.known(&key, 7).is_some());
        assert!(configs.known(&key, 8).is_none());
        assert!(configs.known(&("demo".to_owned(), true), 7).is_none());
        assert!(configs.known(&("shop".to_owned(), false), 7).is_none());
    }
}
