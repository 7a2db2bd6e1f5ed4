//! Waiting for a condition, the only clock of the stories.

use std::time::{Duration, Instant};

/// How long a condition may take to come true: generous, since two browsers share two cores with their build.
pub const DEADLINE: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(25);

/// Asks `attempt` until it answers, and gives the answer; panics with `what` was waited for when it is too late.
///
/// `attempt` explains in its error what it saw instead, so that a failure says more than "timed out".
pub async fn until<T>(what: &str, mut attempt: impl AsyncFnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(instead) if start.elapsed() > DEADLINE => panic!("waited for {what}, but {instead}"),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
