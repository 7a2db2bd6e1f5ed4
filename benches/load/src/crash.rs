//! Kills the collector under load, again and again, and looks what became of what it acknowledged.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;

use crate::client::Client;
use crate::drive::{Keep, Load, Outcome, drive};
use crate::program::Program;
use crate::proof::{self, Faults, Said};
use crate::traffic::{Message, Traffic, mixed};

/// How long a round lasts, in milliseconds: at least, and at most so much longer.
const ROUND_MS: (u64, u64) = (300, 1_200);

/// How many connections send.
const CONNECTIONS: u64 = 16;

/// How long it may take to end when asked to.
const ENDS: Duration = Duration::from_secs(10);

/// The ways to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// SIGKILL, at a random moment.
    Killed,
    /// SIGTERM, at a random moment.
    Asked,
}

/// What so many rounds came to.
#[derive(Default)]
pub(crate) struct Tally {
    /// Rounds.
    pub(crate) rounds: u64,
    /// Batches that had a receipt before the end came.
    pub(crate) acknowledged: u64,
    /// Batches that had none, and were sent again after the restart.
    pub(crate) sent_again: u64,
    /// What was wrong.
    pub(crate) faults: Faults,
}

/// So many rounds on one store.
///
/// In each: start, compare, send what had no receipt in the round before, send for a while, end. A batch without a
/// receipt may be stored or not, but whole; sent again, every second one twice, it must be stored once.
///
/// # Errors
///
/// When the collector does not start, or does not end as it should.
pub(crate) async fn rounds(binary: &Path, data: &Path, rounds: u64, end: End) -> anyhow::Result<Tally> {
    let traffic = Arc::new(Traffic::default());
    let mut tally = Tally { rounds, ..Tally::default() };
    let mut acknowledged = Vec::new();
    let mut unsettled = Vec::new();
    let mut chance = rounds;
    for _ in 0..rounds {
        let program = Program::collector(binary, data).await?;
        // Before anything is sent again: what is torn must not be mended first.
        tally.faults.add(proof::compare(data, Said { acknowledged: &acknowledged, refused: &[] })?);
        settle(program.address, &mut unsettled, &mut acknowledged).await?;
        let lasts = Duration::from_millis(ROUND_MS.0 + mixed(&mut chance) % ROUND_MS.1);
        let outcome = until_it_ends(program, &traffic, lasts, end).await?;
        tally.acknowledged += outcome.acknowledged.len() as u64;
        tally.sent_again += outcome.unsettled.len() as u64;
        acknowledged.extend(outcome.acknowledged);
        unsettled = outcome.unsettled;
    }
    let program = Program::collector(binary, data).await?;
    tally.faults.add(proof::compare(data, Said { acknowledged: &acknowledged, refused: &[] })?);
    settle(program.address, &mut unsettled, &mut acknowledged).await?;
    program.end(ENDS).await?;
    if acknowledged.len() as u64 != traffic.made() {
        bail!("{} batches were made and {} acknowledged", traffic.made(), acknowledged.len());
    }
    let said = Said { acknowledged: &acknowledged, refused: &[] };
    tally.faults.add(proof::compare(data, said)?);
    Ok(tally)
}

async fn until_it_ends(
    program: Program,
    traffic: &Arc<Traffic>,
    lasts: Duration,
    end: End,
) -> anyhow::Result<Outcome> {
    let load = Load { connections: CONNECTIONS, rate: None, lasts: lasts + ENDS, keep: Keep::Whole };
    let server = program.address;
    let traffic = Arc::clone(traffic);
    let driving = tokio::spawn(async move { drive(server, &traffic, load).await });
    tokio::time::sleep(lasts).await;
    match end {
        End::Killed => program.kill().await?,
        End::Asked => program.end(ENDS).await?,
    }
    Ok(driving.await?)
}

/// Sends every unsettled batch until it has a receipt, every second one twice.
async fn settle(
    server: SocketAddr,
    unsettled: &mut Vec<Message>,
    acknowledged: &mut Vec<u64>,
) -> anyhow::Result<()> {
    let mut client = Client::new(server);
    for message in unsettled.drain(..) {
        let times = 1 + message.number % 2;
        for _ in 0..times {
            let status = client.send(&message.request).await?;
            if status != 200 {
                bail!("a batch that is sent again is answered {status}");
            }
        }
        acknowledged.push(message.number);
    }
    Ok(())
}
