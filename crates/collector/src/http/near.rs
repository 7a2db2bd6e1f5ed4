//! `POST /v1/sites/{site}/near`: a tracker tells of an element that was clicked and almost was the one that an event is
//! about. No page waits for the answer, and nothing is believed: what is told is compared with the fingerprint again.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use pugmark_protocol::limits::{KIB, MAX_URL};
use pugmark_protocol::text::cut;
use serde::Deserialize;

use super::body;
use super::error::HttpError;
use super::peer::Sender;
use crate::codeless::near_miss_score;
use crate::state::AppState;
use crate::store::{NearMiss, page_of};

/// Largest body, in bytes: what a page that closes may send, and room for each event of a page.
const MAX_BYTES: usize = 64 * KIB;

/// Most near misses of one body that are looked at. Judgement (November 2026): one click is seldom near to more.
const MOST: usize = 20;

#[derive(Deserialize)]
struct Told {
    url: String,
    misses: Vec<Miss>,
}

/// The score that the tracker tells beside these is not read: it is told by the fingerprint.
#[derive(Deserialize)]
struct Miss {
    name: String,
    observation: String,
}

/// Takes note of near misses of published events. What says nothing, or nothing new, is passed over.
pub(super) async fn take(
    State(state): State<AppState>,
    Path(site): Path<String>,
    request: Request,
) -> Result<StatusCode, HttpError> {
    let (parts, content) = request.into_parts();
    let Sender(from) = Sender::of(&parts, &state);
    let now = state.now();
    let site = state.store.site(&site).ok_or(HttpError::NotFound("site"))?;
    state.rate.near(from, &site.key, now).map_err(HttpError::TooMany)?;
    if !super::batch::is_welcome(&site, &parts.headers) {
        return Err(HttpError::Foreign);
    }
    let mut share = state.budget.share_of(from);
    let json = body::read(content, MAX_BYTES, &mut share).await?.ok_or(HttpError::TooLarge(MAX_BYTES))?;
    let told: Told = serde_json::from_slice(&json)
        .map_err(|error| HttpError::invalid(format!("the body is not a near miss: {error}")))?;

    for miss in told.misses.into_iter().take(MOST) {
        if !state.rate.may_keep_near_miss(&site.key, &miss.name, now) {
            continue;
        }
        let Some(entry) = state.store.entry(&site.key, &miss.name).await? else { continue };
        let Some(score) = near_miss_score(&entry.definition, &told.url, &miss.observation) else { continue };
        if !state.rate.keeps_near_miss(&site.key, &miss.name, now) {
            continue;
        }
        let url = cut(page_of(&told.url), MAX_URL).to_owned();
        let kept = NearMiss { observation: miss.observation, url, score, n: 1, first_at: now, at: now };
        state.store.note_near_miss(&site.key, &miss.name, kept).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
