//! Counters for operators, in Prometheus' text form.
//!
//! They belong to the process, not to one collector in it. No label comes from outside: whoever sends batches must
//! not be able to make this page grow.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pugmark_protocol::reason::Loss;

/// A count that only grows.
pub struct Counter(AtomicU64);

/// Counts that only grow, one for each of a few known labels.
pub struct Labelled(Mutex<BTreeMap<&'static str, u64>>);

/// How long something took.
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS_MS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

/// Upper bounds in milliseconds: from a fast disk to one in trouble.
const BOUNDS_MS: [u64; 9] = [1, 2, 5, 10, 25, 50, 100, 500, 2_500];

/// Batches that were answered with a receipt.
pub static BATCHES: Counter = Counter::new();
/// Events by what became of them: `accepted`, `duplicate`, `conflict`, or the reason of refusal.
pub static EVENTS: Labelled = Labelled::new();
/// Events that are known to be lost, by reason.
pub static LOST: Labelled = Labelled::new();
/// Failures of custom scripts that pages reported.
pub static CUSTOM_FAILURES: Counter = Counter::new();
/// Answers by status.
pub static ANSWERS: Labelled = Labelled::new();
/// How long a group of batches took to become durable.
pub static COMMITS: Histogram = Histogram::new();

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts one.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Labelled {
    const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Counts `n` under a label.
    pub fn count(&self, label: &'static str, n: u64) {
        if n > 0 {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(label).or_default() += n;
        }
    }
}

impl Histogram {
    const fn new() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; BOUNDS_MS.len()],
            count: AtomicU64::new(0),
            sum_us: AtomicU64::new(0),
        }
    }

    /// Notes one duration.
    pub fn observe(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS_MS) {
            if us <= bound * 1_000 {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }
}

/// Every reason of loss that may become a label: the tracker's, ours, and one for what we do not know.
const REASONS: [&str; 4] = ["bad_id", "bad_event", "conflict", "other"];

/// The label for a reason of loss.
pub fn loss_label(reason: &str) -> &'static str {
    Loss::ALL.into_iter().map(Loss::code).chain(REASONS).find(|code| *code == reason).unwrap_or("other")
}

/// Everything, in Prometheus' text form.
pub fn render(waiting: usize, used_bytes: usize) -> String {
    let mut text = String::new();
    head(&mut text, "pugmark_batches_total", "counter", "Batches answered with a receipt");
    sample(&mut text, "pugmark_batches_total", BATCHES.0.load(Ordering::Relaxed));
    labelled(&mut text, "pugmark_events_total", "outcome", "Events by what became of them", &EVENTS);
    labelled(&mut text, "pugmark_events_lost_total", "reason", "Events known to be lost, by reason", &LOST);
    head(
        &mut text,
        "pugmark_custom_script_failures_total",
        "counter",
        "Failures of custom scripts that pages reported",
    );
    sample(&mut text, "pugmark_custom_script_failures_total", CUSTOM_FAILURES.0.load(Ordering::Relaxed));
    labelled(&mut text, "pugmark_http_answers_total", "status", "Answers by status", &ANSWERS);
    head(&mut text, "pugmark_queue_depth", "gauge", "Batches and edits that wait to be written");
    sample(&mut text, "pugmark_queue_depth", waiting as u64);
    head(&mut text, "pugmark_intake_bytes", "gauge", "Memory set aside for batches on their way to the disk");
    sample(&mut text, "pugmark_intake_bytes", used_bytes as u64);
    histogram(
        &mut text,
        "pugmark_commit_seconds",
        "How long a group of batches took to become durable",
        &COMMITS,
    );
    text
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(text: &mut String, name: &str, value: u64) {
    let _ = writeln!(text, "{name} {value}");
}

fn labelled(text: &mut String, name: &str, label: &str, help: &str, counts: &Labelled) {
    head(text, name, "counter", help);
    for (value, n) in counts.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {n}");
    }
}

fn histogram(text: &mut String, name: &str, help: &str, histogram: &Histogram) {
    head(text, name, "histogram", help);
    for (bucket, bound) in histogram.buckets.iter().zip(BOUNDS_MS) {
        let seconds = Duration::from_millis(bound).as_secs_f64();
        let _ = writeln!(text, "{name}_bucket{{le=\"{seconds}\"}} {}", bucket.load(Ordering::Relaxed));
    }
    let count = histogram.count.load(Ordering::Relaxed);
    let sum = Duration::from_micros(histogram.sum_us.load(Ordering::Relaxed)).as_secs_f64();
    let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_from_outside_make_no_labels() {
        assert_eq!(loss_label("outbox_full"), "outbox_full");
        assert_eq!(loss_label("\"} evil{x=\""), "other");
    }

    #[test]
    fn the_page_has_the_form_prometheus_reads() {
        COMMITS.observe(Duration::from_millis(3));
        EVENTS.count("accepted", 2);

        let page = render(7, 0);

        assert!(page.contains("pugmark_queue_depth 7\n"));
        assert!(page.contains("pugmark_commit_seconds_bucket{le=\"0.005\"}"));
        assert!(page.contains("pugmark_events_total{outcome=\"accepted\"}"));
    }
}
