//! What was found, as one Markdown table.

use std::fmt::{Display, Formatter, Result};

use crate::crash::Tally;
use crate::proof::Faults;

/// What one run measured. Rates are in events a second, unless they say otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// A server that answers with what it is sent.
    pub(crate) echo: f64,
    /// The store alone.
    pub(crate) insert: f64,
    /// The most the collector takes, closed loop.
    pub(crate) most: f64,
    /// Receipts then, in milliseconds.
    pub most_p50_ms: f64,
    /// Receipts then, in milliseconds.
    pub most_p99_ms: f64,
    /// Half of it, open loop.
    pub(crate) half: f64,
    /// Receipts then, in milliseconds.
    pub half_p50_ms: f64,
    /// Receipts then, in milliseconds.
    pub half_p99_ms: f64,
    /// Most memory until then.
    pub(crate) rss_mib: f64,
    /// What is stored under overload.
    pub(crate) over: f64,
    /// The same as a share of the most.
    pub(crate) over_share: f64,
    /// Receipts then, in milliseconds.
    pub over_p50_ms: f64,
    /// Receipts then, in milliseconds.
    pub over_p99_ms: f64,
    /// Batches a second that are turned away.
    pub(crate) refused: f64,
    /// Refusals, in milliseconds.
    pub refused_p50_ms: f64,
    /// Refusals, in milliseconds.
    pub refused_p99_ms: f64,
    /// Processors in use at the most: by the collector, by the generator.
    pub(crate) most_cpus: (f64, f64),
    /// The same under overload.
    pub(crate) over_cpus: (f64, f64),
    /// Requests that had no answer, or another one than a receipt or a refusal.
    pub(crate) unanswered: f64,
    /// How late the generator itself was.
    pub late_p99_ms: f64,
    /// Most memory in the end.
    pub(crate) rss_overload_mib: f64,
    /// What was wrong with the store.
    pub(crate) faults: Faults,
}

/// What all runs and rounds found.
#[derive(Default)]
pub(crate) struct Report {
    /// The runs.
    pub(crate) runs: Vec<Run>,
    /// Rounds of SIGKILL.
    pub(crate) killed: Tally,
    /// Rounds of SIGTERM.
    pub(crate) asked: Tally,
}

impl Report {
    /// Everything that was wrong, anywhere.
    pub(crate) fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        for run in &self.runs {
            faults.add(run.faults);
        }
        faults.add(self.killed.faults);
        faults.add(self.asked.faults);
        faults
    }

    fn median(&self, of: impl Fn(&Run) -> f64) -> f64 {
        let mut values: Vec<f64> = self.runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let m = |of: fn(&Run) -> f64| self.median(of);
        let ms = |p50: fn(&Run) -> f64, p99: fn(&Run) -> f64| {
            format!("{:.1} / {:.1}", self.median(p50), self.median(p99))
        };
        writeln!(f, "{}, {}; median of {}\n", machine(), load_average(), self.runs.len())?;
        writeln!(f, "| batches of 20 | events/s | p50 / p99, ms | peak RSS, MiB | goal |")?;
        writeln!(f, "| --- | ---: | ---: | ---: | --- |")?;
        writeln!(f, "| limit: echo of the same bodies, 64 connections | {} | | | |", whole(m(|r| r.echo)))?;
        writeln!(f, "| limit: the store's own insert, 64 at once | {} | | | |", whole(m(|r| r.insert)))?;
        writeln!(
            f,
            "| most: closed loop, 64 connections | {} | {} | | ≥ 50,000 events/s: {} |",
            whole(m(|r| r.most)),
            ms(|r| r.most_p50_ms, |r| r.most_p99_ms),
            met(m(|r| r.most) >= 50_000.0)
        )?;
        writeln!(
            f,
            "| half of it, open loop | {} | {} | {} | p99 < 200 ms: {} |",
            whole(m(|r| r.half)),
            ms(|r| r.half_p50_ms, |r| r.half_p99_ms),
            whole(m(|r| r.rss_mib)),
            met(m(|r| r.half_p99_ms) < 200.0)
        )?;
        writeln!(
            f,
            "| three times of it, open loop: stored | {} ({:.0} %) | {} | {} | ≥ 90 %: {}; < 200 MB: {} |",
            whole(m(|r| r.over)),
            m(|r| r.over_share) * 100.0,
            ms(|r| r.over_p50_ms, |r| r.over_p99_ms),
            whole(m(|r| r.rss_overload_mib)),
            met(m(|r| r.over_share) >= 0.9),
            met(m(|r| r.rss_overload_mib) < 190.0)
        )?;
        writeln!(
            f,
            "| the rest: refused with 429 or 503, batches/s | {} | {} | | p99 < 50 ms: {} |",
            whole(m(|r| r.refused)),
            ms(|r| r.refused_p50_ms, |r| r.refused_p99_ms),
            met(m(|r| r.refused_p99_ms) < 50.0)
        )?;
        writeln!(
            f,
            "\nProcessors in use by the collector and by the generator: {:.2} and {:.2} at the most, {:.2} and {:.2} under \
             overload.",
            m(|r| r.most_cpus.0),
            m(|r| r.most_cpus.1),
            m(|r| r.over_cpus.0),
            m(|r| r.over_cpus.1)
        )?;
        writeln!(
            f,
            "Under overload {} requests had no such answer; the generator itself was late by {:.1} ms (p99).\n",
            whole(m(|r| r.unanswered)),
            m(|r| r.late_p99_ms)
        )?;
        let loads = self.runs.iter().fold(Faults::default(), |mut sum, run| {
            sum.add(run.faults);
            sum
        });
        writeln!(
            f,
            "| rounds | acknowledged batches | sent again | missing | twice | torn | refused but stored |"
        )?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
        line(f, "the loads above", "", "", loads)?;
        tally(f, "kill -9 under load", &self.killed)?;
        tally(f, "SIGTERM under load", &self.asked)
    }
}

fn tally(f: &mut Formatter<'_>, name: &str, tally: &Tally) -> Result {
    let name = format!("{} of {name}", tally.rounds);
    line(f, &name, &whole(tally.acknowledged as f64), &whole(tally.sent_again as f64), tally.faults)
}

fn line(f: &mut Formatter<'_>, name: &str, acknowledged: &str, again: &str, faults: Faults) -> Result {
    let Faults { missing, twice, torn, refused_but_stored } = faults;
    writeln!(f, "| {name} | {acknowledged} | {again} | {missing} | {twice} | {torn} | {refused_but_stored} |")
}

fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "not met" }
}

/// A number as people write it: `12,345`.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} cores ({})", model.map_or("unknown", |(_, name)| name))
}

fn load_average() -> String {
    let loads = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load average {}", loads.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups() {
        assert_eq!(whole(999.6), "1,000");
        assert_eq!(whole(12.0), "12");
        assert_eq!(whole(1_234_567.0), "1,234,567");
    }
}
