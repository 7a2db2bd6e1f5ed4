//! Reads bodies, but no more than allowed and not for ever.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use pugmark_protocol::limits::KIB;
use tokio::time::{Instant, timeout_at};

use super::error::HttpError;
use crate::ingest::Unreadable;
use crate::ingest::budget::Share;

/// Longest pause between two parts of a body. Judgement (November 2026): a phone that changes cells needs seconds.
const PAUSE: Duration = Duration::from_secs(15);

/// Longest time for a whole body: the largest batch at 17 KB/s, slower than any phone on an edge network.
const WHOLE: Duration = Duration::from_secs(60);

/// Largest rest of a refused body that is read, in bytes: what a page sends at once is smaller.
const DISCARDED: usize = 64 * KIB;

/// Longest time for it.
const DISCARDING: Duration = Duration::from_secs(1);

/// Reads a refused body and drops it, if it is small and under way: a connection that is closed with something unread
/// is reset, and the sender may never see the answer.
pub(super) async fn discard(mut body: Body) {
    if body.size_hint().lower() > DISCARDED as u64 {
        return;
    }
    let end = Instant::now() + DISCARDING;
    let mut left = DISCARDED;
    while let Ok(Some(Ok(frame))) = timeout_at(end, body.frame()).await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// Reads a body of at most `limit` bytes, which takes its room from `share`; `None` where it is larger, as soon as
/// that is known.
///
/// # Errors
///
/// [`HttpError::Slow`], [`HttpError::Incomplete`] and [`Unreadable::NoRoom`]: in all cases nothing is kept.
pub(super) async fn read(
    mut body: Body,
    limit: usize,
    share: &mut Share,
) -> Result<Option<Vec<u8>>, HttpError> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    let end = Instant::now() + WHOLE;
    loop {
        let pause = Instant::now() + PAUSE;
        let frame = timeout_at(pause.min(end), body.frame()).await.map_err(|_| HttpError::Slow)?;
        let Some(frame) = frame else { return Ok(Some(bytes)) };
        let frame = frame.map_err(|_| HttpError::Incomplete)?;
        if let Some(data) = frame.data_ref() {
            if bytes.len() + data.len() > limit {
                return Ok(None);
            }
            if !share.grow(data.len()) {
                return Err(Unreadable::NoRoom.into());
            }
            bytes.extend_from_slice(data);
        }
    }
}
