//! `./build.sh load`: how much the collector takes, how it refuses the rest, and that nothing it acknowledged is lost
//! or counted twice, however it ends.
//!
//! Prints one Markdown table. Ends with a failure when an acknowledged event is missing or stored twice; goals for
//! speed are printed as met or not, for they depend on the machine.

mod client;
mod crash;
mod drive;
mod limits;
mod program;
mod proof;
mod report;
mod traffic;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tempfile::TempDir;

use crash::{End, Tally};
use drive::{Keep, Load, Outcome, drive, percentile_ms};
use program::Program;
use proof::{Faults, Said};
use report::{Report, Run};
use traffic::{EVENTS, Traffic};

/// Connections of the closed loop and at half load.
const CONNECTIONS: u64 = 64;

/// Connections under overload: as many as wait for the store, and some that are being refused.
const OVERLOAD_CONNECTIONS: u64 = 2_000;

/// How many times the most it takes.
const OVERLOAD: f64 = 3.0;

/// How long the collector may take to end when asked to.
const ENDS: Duration = Duration::from_secs(10);

#[derive(Parser)]
#[command(name = "pugmark-load", about = "Drives a collector to its limits and proves that it loses nothing")]
struct Options {
    /// The collector's binary [default: beside this one]
    #[arg(long)]
    collector: Option<PathBuf>,
    /// Where stores are made: on the disk that is to be measured [default: the system's folder]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// How often everything is measured; the table has the medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How long each load lasts, in seconds
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// How often the collector is killed under load
    #[arg(long, default_value_t = 100)]
    rounds: u64,
    /// How often it is asked to end under load
    #[arg(long, default_value_t = 10)]
    ends: u64,
    /// One short run, for tests
    #[arg(long)]
    quick: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Answers every body with itself, until it is killed
    #[command(hide = true)]
    Echo,
    /// Only the store's own insert: to profile it, or to compare two ways of writing
    Insert,
    /// Only the overload, on a fresh store: to profile it, or to compare two ways of refusing
    Flood {
        /// Events offered a second
        rate: f64,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut options = Options::parse();
    if options.quick {
        options = Options { runs: 1, seconds: 0.5, rounds: 5, ends: 1, ..options };
    }
    let done = match options.command {
        Some(Command::Echo) => limits::echo().await.map(|()| true),
        Some(Command::Insert) => insert(&options).await.map(|()| true),
        Some(Command::Flood { rate }) => flood(&options, rate).await.map(|()| true),
        None => measure(&options).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("pugmark-load: events were lost or stored twice");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("pugmark-load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures everything, prints the table, and says whether nothing was lost or doubled.
async fn measure(options: &Options) -> anyhow::Result<bool> {
    let collector = collector(options)?;
    let lasts = Duration::from_secs_f64(options.seconds);
    let mut report = Report::default();
    for n in 0..options.runs {
        eprintln!("run {} of {}", n + 1, options.runs);
        report.runs.push(run(options, &collector, lasts).await?);
    }
    eprintln!("{} rounds of kill -9", options.rounds);
    report.killed = rounds(options, &collector, options.rounds, End::Killed).await?;
    eprintln!("{} rounds of SIGTERM", options.ends);
    report.asked = rounds(options, &collector, options.ends, End::Asked).await?;
    print!("{report}");
    Ok(report.faults() == Faults::default())
}

async fn insert(options: &Options) -> anyhow::Result<()> {
    let store = folder(options)?;
    let lasts = Duration::from_secs_f64(options.seconds);
    let rate = limits::insert(store.path(), CONNECTIONS as usize, lasts).await?;
    println!("{rate:.0} events/s");
    Ok(())
}

async fn flood(options: &Options, rate: f64) -> anyhow::Result<()> {
    let data = folder(options)?;
    let lasts = Duration::from_secs_f64(options.seconds);
    let traffic = Arc::new(Traffic::default());
    let program = Program::collector(&collector(options)?, data.path()).await?;
    let warming =
        Load { connections: CONNECTIONS, rate: None, lasts: lasts.div_f64(5.0), keep: Keep::Numbers };
    drive(program.address, &traffic, warming).await;
    let flood =
        Load { connections: OVERLOAD_CONNECTIONS, rate: Some(rate / EVENTS as f64), lasts, ..warming };
    let before = cpus(&program)?;
    let over = drive(program.address, &traffic, flood).await;
    let (collector, generator) = cpus_since(&program, before, over.took)?;
    println!(
        "stored {:.0} events/s, {:.1} / {:.1} ms; refused {:.0} batches/s, {:.1} / {:.1} ms; late {:.1} / {:.1} ms; \
         processors {collector:.2} and {generator:.2}; {} MiB",
        events(over.receipts_per_second()),
        percentile_ms(&over.receipt_us, 0.5),
        percentile_ms(&over.receipt_us, 0.99),
        over.refused.len() as f64 / over.took.as_secs_f64(),
        percentile_ms(&over.refusal_us, 0.5),
        percentile_ms(&over.refusal_us, 0.99),
        percentile_ms(&over.late_us, 0.5),
        percentile_ms(&over.late_us, 0.99),
        program.peak_rss_mib()?,
    );
    program.end(ENDS).await
}

async fn rounds(options: &Options, collector: &Path, rounds: u64, end: End) -> anyhow::Result<Tally> {
    let folder = folder(options)?;
    crash::rounds(collector, folder.path(), rounds, end).await
}

/// Every load once, on a fresh store.
async fn run(options: &Options, collector: &Path, lasts: Duration) -> anyhow::Result<Run> {
    let traffic = Arc::new(Traffic::default());
    let closed = Load { connections: CONNECTIONS, rate: None, lasts, keep: Keep::Numbers };
    let warming = Load { lasts: lasts.div_f64(5.0), ..closed };

    let echo = Program::echo().await?;
    drive(echo.address, &traffic, warming).await;
    let echoed = drive(echo.address, &traffic, closed).await;
    echo.kill().await?;

    let store = folder(options)?;
    let inserted = limits::insert(store.path(), CONNECTIONS as usize, lasts).await?;
    drop(store);

    let data = folder(options)?;
    let traffic = Arc::new(Traffic::default());
    let program = Program::collector(collector, data.path()).await?;
    let server = program.address;
    let warmed = drive(server, &traffic, warming).await;
    let before = cpus(&program)?;
    let most = drive(server, &traffic, closed).await;
    let most_cpus = cpus_since(&program, before, most.took)?;
    let rate = most.receipts_per_second();
    let half = drive(server, &traffic, Load { rate: Some(rate / 2.0), ..closed }).await;
    let rss_mib = program.peak_rss_mib()?;
    let flood =
        Load { connections: OVERLOAD_CONNECTIONS, rate: Some(rate * OVERLOAD), lasts, keep: Keep::Numbers };
    let before = cpus(&program)?;
    let over = drive(server, &traffic, flood).await;
    let over_cpus = cpus_since(&program, before, over.took)?;
    let rss_overload_mib = program.peak_rss_mib()?;
    program.end(ENDS).await?;

    let outcomes = [&warmed, &most, &half, &over];
    let all = |numbers: fn(&Outcome) -> &Vec<u64>| outcomes.iter().flat_map(|o| numbers(o).clone()).collect();
    let (acknowledged, refused): (Vec<u64>, Vec<u64>) = (all(|o| &o.acknowledged), all(|o| &o.refused));
    let said = Said { acknowledged: &acknowledged, refused: &refused };
    Ok(Run {
        echo: events(echoed.receipts_per_second()),
        insert: inserted,
        most: events(rate),
        most_p50_ms: percentile_ms(&most.receipt_us, 0.5),
        most_p99_ms: percentile_ms(&most.receipt_us, 0.99),
        half: events(half.receipts_per_second()),
        half_p50_ms: percentile_ms(&half.receipt_us, 0.5),
        half_p99_ms: percentile_ms(&half.receipt_us, 0.99),
        rss_mib: rss_mib as f64,
        over: events(over.receipts_per_second()),
        over_share: over.receipts_per_second() / rate,
        over_p50_ms: percentile_ms(&over.receipt_us, 0.5),
        over_p99_ms: percentile_ms(&over.receipt_us, 0.99),
        refused: over.refused.len() as f64 / over.took.as_secs_f64(),
        refused_p50_ms: percentile_ms(&over.refusal_us, 0.5),
        refused_p99_ms: percentile_ms(&over.refusal_us, 0.99),
        most_cpus,
        over_cpus,
        unanswered: over.unknown.len() as f64,
        late_p99_ms: percentile_ms(&over.late_us, 0.99),
        rss_overload_mib: rss_overload_mib as f64,
        faults: proof::compare(data.path(), said)?,
    })
}

/// Processor time of the collector and of ourselves so far, in seconds.
fn cpus(program: &Program) -> anyhow::Result<(f64, f64)> {
    Ok((program.cpu_seconds()?, program::cpu_seconds("self")?))
}

/// The same since then, as processors in use.
fn cpus_since(program: &Program, before: (f64, f64), took: Duration) -> anyhow::Result<(f64, f64)> {
    let (collector, generator) = cpus(program)?;
    Ok(((collector - before.0) / took.as_secs_f64(), (generator - before.1) / took.as_secs_f64()))
}

fn events(batches: f64) -> f64 {
    batches * EVENTS as f64
}

fn collector(options: &Options) -> anyhow::Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("pugmark-collector");
    let path = options.collector.clone().unwrap_or(beside);
    let named = format!("no collector at {}: build it, or name it with --collector", path.display());
    path.exists().then_some(path).context(named)
}

fn folder(options: &Options) -> anyhow::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("pugmark-load-");
    let made = match &options.folder {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    };
    made.context("no room for a store")
}
