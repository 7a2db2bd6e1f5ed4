//! The collector as a process: started, watched, ended, killed.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A process that listens.
pub(crate) struct Program {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// How long a process may take to start, a large store to be recovered included.
const STARTS: Duration = Duration::from_secs(60);

impl Program {
    /// Starts the collector on this folder, without limits of rate.
    ///
    /// # Errors
    ///
    /// When it does not say in time where it listens.
    pub(crate) async fn collector(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command
            .env("PUGMARK_LISTEN", "127.0.0.1:0")
            .env("PUGMARK_DATA", data)
            .env("PUGMARK_ADMIN_TOKEN", "the-token-of-the-load")
            .env("PUGMARK_RATE_PER_ADDRESS", "0")
            .env("PUGMARK_RATE_PER_SITE", "0")
            .env("PUGMARK_CONNECTIONS_PER_ADDRESS", "0")
            .env("RUST_LOG", "error")
            .env_remove("PUGMARK_CONFIG");
        Self::start(command).await.with_context(|| format!("{} does not start", binary.display()))
    }

    /// Starts a server that answers with what it is sent.
    ///
    /// # Errors
    ///
    /// When it does not say in time where it listens.
    pub(crate) async fn echo() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("echo");
        Self::start(command).await
    }

    async fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().context("it has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let said = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening on http://") {
                    return Ok(address.parse()?);
                }
            }
            bail!("it ended without saying where it listens")
        };
        let address = tokio::time::timeout(STARTS, said).await.context("it says nothing")??;
        // Read on, or a full pipe holds it up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, address })
    }

    /// Most memory it has had resident so far, in MiB.
    ///
    /// # Errors
    ///
    /// On systems without `/proc`.
    pub(crate) fn peak_rss_mib(&self) -> anyhow::Result<u64> {
        let pid = self.child.id().context("it has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1_024)
    }

    /// Processor time it has taken so far, in seconds.
    ///
    /// # Errors
    ///
    /// On systems without `/proc`.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        cpu_seconds(&self.child.id().context("it has ended")?.to_string())
    }

    /// Ends it at once: SIGKILL. What the system has been given to write is written still, unlike at a power cut.
    ///
    /// # Errors
    ///
    /// When it cannot be killed.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end, with SIGTERM.
    ///
    /// # Errors
    ///
    /// When it does not end with code 0 within `limit`.
    pub(crate) async fn end(mut self, limit: Duration) -> anyhow::Result<()> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(pid.context("it has ended")?, Signal::TERM)?;
        let status = tokio::time::timeout(limit, self.child.wait()).await.context("it does not end")??;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    }
}

/// Processor time a process has taken so far, in seconds: a number, or `self`.
///
/// # Errors
///
/// On systems without `/proc`.
pub(crate) fn cpu_seconds(process: &str) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // After the name, which may hold anything, come the third field and those after it.
    let (_, fields) = stat.rsplit_once(") ").context("no name")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
