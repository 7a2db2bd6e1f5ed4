//! Sends batches, from many connections at once, and notes what was answered and when.
//!
//! Closed loop: each connection sends when it has its answer, which finds the most a server can do. Open loop: batches
//! are due by the clock, whatever was answered, and the time of each is counted from when it was due; a server that
//! stalls cannot hide it by being sent less.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::client::Client;
use crate::traffic::{Message, Traffic};

/// How to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Connections at once.
    pub(crate) connections: u64,
    /// Batches a second for an open loop; a closed one without.
    pub(crate) rate: Option<f64>,
    /// How long.
    pub(crate) lasts: Duration,
    /// What to do about batches that had no receipt.
    pub(crate) keep: Keep,
}

/// What to do about batches that had no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Forget all but their numbers.
    Numbers,
    /// Keep them whole, to be sent again; and stop at the first request without an answer: the server has gone.
    Whole,
}

/// What was answered.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Numbers of the batches that had a receipt.
    pub(crate) acknowledged: Vec<u64>,
    /// Numbers of the batches that were turned away with 429 or 503.
    pub(crate) refused: Vec<u64>,
    /// Numbers of the batches that had no answer, or another one.
    pub(crate) unknown: Vec<u64>,
    /// Batches without a receipt, if they were to be kept whole.
    pub(crate) unsettled: Vec<Message>,
    /// Times until a receipt, in microseconds, ascending.
    pub(crate) receipt_us: Vec<u64>,
    /// Times until a refusal, in microseconds, ascending.
    pub(crate) refusal_us: Vec<u64>,
    /// How late batches went out after they were due, in microseconds, ascending; empty in a closed loop.
    pub(crate) late_us: Vec<u64>,
    /// From the first batch to the last answer.
    pub(crate) took: Duration,
}

impl Outcome {
    fn merge(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        self.unknown.extend(other.unknown);
        self.unsettled.extend(other.unsettled);
        self.receipt_us.extend(other.receipt_us);
        self.refusal_us.extend(other.refusal_us);
        self.late_us.extend(other.late_us);
    }

    fn sort(&mut self) {
        self.receipt_us.sort_unstable();
        self.refusal_us.sort_unstable();
        self.late_us.sort_unstable();
    }

    /// Batches that had a receipt, a second.
    pub(crate) fn receipts_per_second(&self) -> f64 {
        self.acknowledged.len() as f64 / self.took.as_secs_f64()
    }
}

/// The value below which `share` of these lie, which ascend; in milliseconds.
pub(crate) fn percentile_ms(ascending_us: &[u64], share: f64) -> f64 {
    let place = (ascending_us.len() as f64 * share) as usize;
    ascending_us.get(place.min(ascending_us.len().saturating_sub(1))).map_or(0.0, |us| *us as f64 / 1_000.0)
}

/// When batches are due in an open loop: evenly, each taken by whichever connection is free.
struct Timetable {
    starts: Instant,
    per_second: f64,
    next: AtomicU64,
}

impl Timetable {
    fn next(&self) -> Instant {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        self.starts + Duration::from_secs_f64(n as f64 / self.per_second)
    }
}

/// Sends batches as `load` says, once all its connections are open.
pub(crate) async fn drive(server: SocketAddr, traffic: &Arc<Traffic>, load: Load) -> Outcome {
    let mut clients = Vec::new();
    for _ in 0..load.connections {
        let mut client = Client::new(server);
        // One that cannot be opened now is opened when it is needed, and what comes of that is told then.
        let _ = client.open().await;
        clients.push(client);
    }
    let starts = Instant::now();
    let ends = starts + load.lasts;
    let timetable =
        load.rate.map(|per_second| Arc::new(Timetable { starts, per_second, next: AtomicU64::new(0) }));
    let mut senders = JoinSet::new();
    for client in clients {
        let sender = Sender {
            client,
            traffic: Arc::clone(traffic),
            timetable: timetable.clone(),
            ends,
            keep: load.keep,
            outcome: Outcome::default(),
        };
        senders.spawn(sender.run());
    }
    let mut outcome = Outcome::default();
    while let Some(sender) = senders.join_next().await {
        // A sender that panicked would take with it what it knows to be acknowledged.
        outcome.merge(sender.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
    }
    outcome.took = starts.elapsed();
    outcome.sort();
    outcome
}

struct Sender {
    client: Client,
    traffic: Arc<Traffic>,
    timetable: Option<Arc<Timetable>>,
    ends: Instant,
    keep: Keep,
    outcome: Outcome,
}

impl Sender {
    async fn run(mut self) -> Outcome {
        loop {
            let due = match &self.timetable {
                None => Instant::now(),
                Some(timetable) => timetable.next(),
            };
            if due >= self.ends {
                return self.outcome;
            }
            sleep_until(due).await;
            let message = self.traffic.message();
            if self.timetable.is_some() {
                self.outcome.late_us.push(microseconds(due.elapsed()));
            }
            let answer = self.client.send(&message.request).await;
            let has_gone = answer.is_err();
            self.note(message, answer.ok(), due);
            if has_gone && self.keep == Keep::Whole {
                return self.outcome;
            }
        }
    }

    fn note(&mut self, message: Message, status: Option<u16>, due: Instant) {
        let outcome = &mut self.outcome;
        let took = microseconds(due.elapsed());
        match status {
            Some(200) => {
                outcome.acknowledged.push(message.number);
                outcome.receipt_us.push(took);
                return;
            }
            Some(429 | 503) => {
                outcome.refused.push(message.number);
                outcome.refusal_us.push(took);
            }
            _ => outcome.unknown.push(message.number),
        }
        if self.keep == Keep::Whole {
            outcome.unsettled.push(message);
        }
    }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let measured: Vec<u64> = (1..=100).map(|n| n * 1_000).collect();

        assert_eq!(percentile_ms(&measured, 0.5), 51.0);
        assert_eq!(percentile_ms(&measured, 0.99), 100.0);
        assert_eq!(percentile_ms(&[7_000], 0.99), 7.0);
        assert_eq!(percentile_ms(&[], 0.99), 0.0);
    }
}
