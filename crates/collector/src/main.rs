//! The collector's command: reads the settings, starts, and ends when end to.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use pugmark_collector::app::Collector;
use pugmark_collector::settings::{Given, LogFormat, Settings};
use tracing_subscriber::EnvFilter;

// What a batch becomes is made by one thread and freed by another, thousands of times a second, which glibc's allocator
// does at the price of a quarter of what is stored under overload (docs/decisions/0002-sqlite-store.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // For people: one sentence, whatever RUST_BACKTRACE says.
            eprintln!("pugmark-collector: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let settings = Settings::from_given(Given::parse())?;
    log_to_stderr(settings.log_format);

    // Before starting, so that a signal during the start is not missed.
    let mut end = Ends::listen().context("cannot listen for signals")?;
    let collector = Collector::start(settings).await?;
    let mut stdout = std::io::stdout();
    // A closed stdout is no reason to stop collecting.
    let _ = stdout.write_all(collector.greeting().as_bytes()).and_then(|()| stdout.flush());

    let way = end.requested().await;
    let ending = async move {
        if way == End::Terminate {
            collector.give_notice().await;
        }
        collector.stop().await
    };
    tokio::select! {
        ended = ending => ended?,
        _ = end.requested() => anyhow::bail!("ended at once, as asked twice; what had a receipt is safe"),
    }
    Ok(())
}

/// Logs go to stderr, so that stdout stays for people. `RUST_LOG` chooses how much.
fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// A person at the keyboard, who wants it to end now.
    Interrupt,
    /// A system that starts another one instead, and has to notice before it sends requests there.
    #[cfg_attr(not(unix), expect(dead_code, reason = "other systems have no such signal"))]
    Terminate,
}

/// The ways in which the system asks a process to end.
#[cfg(unix)]
struct Ends {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ends {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn requested(&mut self) -> End {
        tokio::select! {
            _ = self.interrupt.recv() => End::Interrupt,
            _ = self.terminate.recv() => End::Terminate,
        }
    }
}

/// The ways in which the system asks a process to end.
#[cfg(not(unix))]
struct Ends;

#[cfg(not(unix))]
impl Ends {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn requested(&mut self) -> End {
        // An error means that there is no console to press ctrl-c on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        End::Interrupt
    }
}
