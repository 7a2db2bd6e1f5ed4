//! `POST /v1/batch`: takes in what a tracker sends and answers with a receipt, once everything is durable.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pugmark_protocol::limits::{KIB, MAX_WIRE_BYTES};
use pugmark_protocol::reason::Refusal;
use pugmark_protocol::wire::{Batch, Receipt, Refused};

use super::error::HttpError;
use super::peer::Sender;
use crate::ingest::budget::Share;
use crate::ingest::turns::Turn;
use crate::ingest::{self, Unreadable};
use crate::metrics;
use crate::state::AppState;
use crate::store::{Appended, CONFLICT, NewBatch, Site, StoreError, StoredEvent, Verdict};

/// Largest plain body read on the spot, in bytes: well under a millisecond's work.
const QUICK_BYTES: usize = 64 * KIB;

/// Takes a batch of any content type: `text/plain` is what spares browsers a preflight.
pub(super) async fn take(State(state): State<AppState>, request: Request) -> Result<Response, HttpError> {
    let (parts, body) = request.into_parts();
    let Sender(from) = Sender::of(&parts, &state);
    if let Err(error) = may_be_read(&state, from) {
        super::body::discard(body).await;
        return Err(error);
    }

    let too_large = Unreadable::TooLarge { limit: MAX_WIRE_BYTES, unpacked: false };
    let mut share = state.budget.share_of(from);
    let wire = super::body::read(body, MAX_WIRE_BYTES, &mut share).await?.ok_or(too_large)?;
    // Only now: who sends slowly keeps nobody from a turn.
    let turn = state.turns.take()?;
    // On a task of its own: a page that is closing takes its connection with it, and the events are stored, counted
    // and shown all the same.
    let task = tokio::spawn(take_in(state, parts.headers, wire, (turn, share)));
    task.await.map_err(|error| StoreError::Failed(error.to_string()))?
}

/// Reads and judges a batch, stores what is good of it, and answers.
async fn take_in(
    state: AppState,
    headers: HeaderMap,
    wire: Vec<u8>,
    (turn, share): (Turn, Share),
) -> Result<Response, HttpError> {
    let received_at = state.now();
    let reading = state.turns.reading().await?;
    let (batch, share) = parsed(wire, share).await?;

    // The 4xx answers below have the receipt's form: final for every event in the batch.
    let Some(site) = state.store.site(&batch.site) else {
        return Ok(refuse(StatusCode::NOT_FOUND, ingest::accept::refuse_all(&batch, Refusal::UnknownSite)));
    };
    state.rate.site(&site.key, received_at).map_err(HttpError::TooMany)?;
    if !is_welcome(&site, &headers) {
        return Ok(refuse(StatusCode::FORBIDDEN, ingest::accept::refuse_all(&batch, Refusal::Origin)));
    }

    let definitions = state.known.of(&*state.store, &site.key).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the definitions could not be read: values that they do not know are not marked");
        Arc::default()
    });
    let (batch, refused) = ingest::accept::accept(batch, &headers, &definitions, received_at)?;
    drop(reading);
    let (receipt, _) = append(&state, Arc::new(batch), refused).await?;
    // Held until it is durable.
    drop((turn, share));
    Ok(Json(receipt).into_response())
}

/// Whether there is room for one batch more, asked before it is read: to turn it away now costs a tenth of what reading
/// it would, and what is saved goes to those that are being stored.
fn may_be_read(state: &AppState, from: IpAddr) -> Result<(), HttpError> {
    state.rate.address(from, state.now()).map_err(HttpError::TooMany)?;
    if state.turns.are_taken() || state.budget.is_scarce() {
        return Err(StoreError::Busy.into());
    }
    Ok(())
}

/// Reads the batch, away from the threads that serve requests where that may take milliseconds.
async fn parsed(wire: Vec<u8>, mut share: Share) -> Result<(Batch, Share), HttpError> {
    let is_quick = wire.len() <= QUICK_BYTES && !ingest::body::is_packed(&wire);
    let read = move || {
        let batch = ingest::body::read_within(wire, &mut |bytes| share.grow(bytes))?;
        Ok::<_, HttpError>((batch, share))
    };
    if is_quick {
        return read();
    }
    let task = tokio::task::spawn_blocking(read);
    task.await.map_err(|error| StoreError::Failed(error.to_string()))?
}

/// Stores a batch, counts and shows its events: its receipt, and what became of each event.
pub(super) async fn append(
    state: &AppState,
    batch: Arc<NewBatch>,
    refused: Vec<Refused>,
) -> Result<(Receipt, Appended), StoreError> {
    let appended = state.store.append(Arc::clone(&batch)).await?;

    let is_watched = state.live.is_watched(&batch.site);
    let mut receipt = Receipt { refused, ..Receipt::default() };
    let mut conflicts = 0;
    for (place, (event, verdict)) in batch.events.iter().zip(&appended.verdicts).enumerate() {
        match verdict {
            Verdict::Stored => {
                receipt.accepted += 1;
                if is_watched {
                    let id = appended.id_of(place, event).to_text();
                    state.live.publish(&batch.site, StoredEvent { id, ..batch.shown(event) });
                }
            }
            Verdict::Duplicate => receipt.duplicates += 1,
            Verdict::Conflict => {
                receipt.duplicates += 1;
                conflicts += 1;
            }
        }
    }
    metrics::BATCHES.count();
    metrics::EVENTS.count("accepted", receipt.accepted);
    metrics::EVENTS.count("duplicate", receipt.duplicates - conflicts);
    metrics::EVENTS.count(CONFLICT, conflicts);
    count_refused(&receipt.refused);
    for (reason, n) in &appended.newly_lost {
        metrics::LOST.count(metrics::loss_label(reason), *n);
    }
    Ok((receipt, appended))
}

fn refuse(status: StatusCode, refused: Vec<Refused>) -> Response {
    count_refused(&refused);
    (status, Json(Receipt { refused, ..Receipt::default() })).into_response()
}

fn count_refused(refused: &[Refused]) {
    for one in refused {
        metrics::EVENTS.count(ingest::accept::code(one.reason), 1);
    }
}

/// Whether the site takes events from the page's origin. A request without one comes from no browser; an origin is
/// a courtesy of browsers and no secret, so nothing is lost by letting it pass where no list is kept.
pub(super) fn is_welcome(site: &Site, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    site.origins.is_empty() || origin.is_some_and(|origin| site.origins.iter().any(|one| one == origin))
}
