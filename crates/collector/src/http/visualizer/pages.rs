//! The pages that visitors view, and what the overlay saw on one of them.

use std::collections::HashSet;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pugmark_protocol::fingerprint::WHOLE;
use pugmark_protocol::limits::{KIB, MAX_URL};
use pugmark_protocol::text::cut;
use serde::Deserialize;
use serde_json::json;

use super::Editor;
use crate::http::admin;
use crate::http::error::HttpError;
use crate::opened;
use crate::state::AppState;
use crate::store::{Finding, Found, page_of};

/// Largest body with findings, in bytes: one of each of the most events that a site may have.
const MAX_BYTES: usize = 128 * KIB;

#[derive(Deserialize)]
struct Seen {
    url: String,
    findings: Vec<OneSeen>,
}

#[derive(Deserialize)]
struct OneSeen {
    name: String,
    found: Found,
    #[serde(default)]
    score: u32,
}

/// `GET /v1/visualizer/pages`: the site's own pages that were viewed lately.
pub(super) async fn list(editor: Editor, State(state): State<AppState>) -> Result<Response, HttpError> {
    let own = opened::origins(&state, &editor.site).await?;
    let pages = opened::viewed_pages(&state, &editor.site, &own).await?;
    Ok(Json(json!({ "pages": pages })).into_response())
}

/// `POST /v1/visualizer/findings`: what the overlay saw of the published definitions.
pub(super) async fn found(
    editor: Editor,
    State(state): State<AppState>,
    body: Body,
) -> Result<StatusCode, HttpError> {
    let site = &editor.site.key;
    let Seen { url, findings } = admin::typed(admin::object_within(&state, body, MAX_BYTES).await?)?;
    let definitions = state.store.definitions(site).await?;
    let codeless = definitions.iter().filter(|definition| definition.trigger.is_some());
    let known: HashSet<&str> = codeless.map(|definition| definition.name.as_str()).collect();
    let url = cut(page_of(&url), MAX_URL);
    let findings = findings.into_iter().filter(|seen| known.contains(seen.name.as_str()));
    let findings = findings.map(|seen| Finding {
        name: seen.name,
        url: url.to_owned(),
        found: seen.found,
        score: seen.score.min(WHOLE),
        at: state.now(),
    });
    let findings: Vec<Finding> = findings.collect();
    if !findings.is_empty() {
        state.store.note_findings(site, findings).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
