//! Reads bodies, but no more than allowed and not for ever.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::{Instant, timeout_at};

use super::error::HttpError;
use crate::ingest::Unreadable;
use crate::ingest::budget::Share;

/// Longest pause between two parts of a body. Judgement (November 2026): a phone that changes cells needs seconds.
const PAUSE: Duration = Duration::from_secs(15);

/// Longest time for a whole body: the largest batch at 17 KB/s, slower than any phone on an edge network.
const WHOLE: Duration = Duration::from_secs(60);

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
