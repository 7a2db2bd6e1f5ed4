//! Reads bodies, but no more than allowed and not for ever.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame};
use pugmark_protocol::limits::KIB;
use tokio::time::{Instant, timeout_at};

use super::error::HttpError;
use crate::ingest::Unreadable;
use crate::ingest::budget::Share;

/// Longest pause between two parts of a body. Judgement (November 2026): a phone that changes cells needs seconds.
const PAUSE: Duration = Duration::from_secs(15);

/// Longest time for a whole body: the largest batch at 17 KB/s, slower than any phone on an edge network.
const WHOLE: Duration = Duration::from_secs(60);

/// The same pause while most of the room for bodies is taken. Judgement (November 2026): who is cut off sends it again.
const PAUSE_IN_A_CROWD: Duration = Duration::from_secs(2);

/// The same time for a whole body: the largest batch at 100 KB/s.
const WHOLE_IN_A_CROWD: Duration = Duration::from_secs(10);

/// How often somebody who waits for a part looks whether it has become a crowd.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// Most memory made ready for what a body's length announces, in bytes: more only as it comes, for to announce costs
/// nothing.
const READY: usize = 64 * KIB;

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
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default().min(READY));
    let begun = Instant::now();
    while let Some(frame) = part(&mut body, begun, share).await? {
        if let Some(data) = frame.data_ref() {
            if bytes.len() + data.len() > limit {
                return Ok(None);
            }
            if !share.receive(data.len()) {
                return Err(Unreadable::NoRoom.into());
            }
            bytes.extend_from_slice(data);
        }
    }
    share.received();
    Ok(Some(bytes))
}

/// The next part of a body, `None` after the last. In a crowd it is waited for less long, also if that begins meanwhile:
/// otherwise a few who send next to nothing would keep the room from all.
async fn part(body: &mut Body, begun: Instant, share: &Share) -> Result<Option<Frame<Bytes>>, HttpError> {
    let asked = Instant::now();
    loop {
        let (pause, whole) =
            if share.is_in_a_crowd() { (PAUSE_IN_A_CROWD, WHOLE_IN_A_CROWD) } else { (PAUSE, WHOLE) };
        let end = (asked + pause).min(begun + whole);
        match timeout_at(end.min(Instant::now() + LOOK_AROUND), body.frame()).await {
            Ok(frame) => return frame.transpose().map_err(|_| HttpError::Incomplete),
            Err(_) if Instant::now() >= end => return Err(HttpError::Slow),
            Err(_) => {}
        }
    }
}
