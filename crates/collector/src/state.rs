//! What every handler is handed.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pugmark_protocol::time::UnixMillis;
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use crate::auth::Auth;
use crate::choices::Known;
use crate::custom::Failures;
use crate::http::config::Configs;
use crate::http::rate::RateLimits;
use crate::ingest::budget::Budget;
use crate::ingest::turns::Turns;
use crate::live::Live;
use crate::passes::Passes;
use crate::settings::Settings;
use crate::store::Store;

/// What every handler is handed; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    parts: Parts,
    closing: AtomicBool,
    /// When the store was last asked whether it can be written, and whether it could.
    probed: Mutex<Option<(Instant, bool)>>,
}

/// How long the verdict of a probe stands: whoever asks more often makes the disk write no more often.
const PROBE_STANDS: Duration = Duration::from_secs(1);

/// The parts of the collector that handlers use.
pub struct Parts {
    /// What was set on the command line, in the environment and in the file.
    pub settings: Settings,
    /// Where browsers reach the collector, without a slash at the end: `http://127.0.0.1:8787`.
    pub address: String,
    /// The event log, the queries on it, sites and definitions.
    pub store: Arc<dyn Store>,
    /// What is defined, for judging what pages send.
    pub known: Known,
    /// What trackers are told of each site.
    pub configs: Configs,
    /// Events as they are stored.
    pub live: Live,
    /// Who may use the studio and the JSON API.
    pub auth: Auth,
    /// What went wrong with the sites' custom scripts.
    pub custom_failures: Failures,
    /// How much one sender may send.
    pub rate: RateLimits,
    /// How much memory all that is sent may take.
    pub budget: Budget,
    /// How many batches may be on their way.
    pub turns: Turns,
    /// Held from reading a definition to writing it changed, so that of two changes at once none is lost.
    pub editing: Mutex<()>,
    /// Who may edit on a site's own pages.
    pub passes: Passes,
    /// Told when there are events of a deleted definition to remove.
    pub purging: Arc<Notify>,
}

impl AppState {
    /// Shares `parts`.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared { parts, closing: AtomicBool::new(false), probed: Mutex::default() }))
    }

    /// Whether the collector is about to end.
    pub fn is_closing(&self) -> bool {
        self.0.closing.load(Ordering::Relaxed)
    }

    /// Says that the collector is about to end, so that nobody sends anything new here.
    pub fn begin_closing(&self) {
        self.0.closing.store(true, Ordering::Relaxed);
    }

    /// Whether this is the admin token. Wrong ones are counted by sender, and past some no more are looked at.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn try_token(&self, token: &str, from: IpAddr) -> Result<bool, u32> {
        self.rate.may_try_token(from, self.now())?;
        let is_right = self.auth.check_token(token);
        if !is_right {
            self.rate.wrong_token(from, self.now());
        }
        Ok(is_right)
    }

    /// Whether a batch sent now would be stored: proved by writing, at most once in [`PROBE_STANDS`].
    pub async fn is_ready(&self) -> bool {
        if self.is_closing() {
            return false;
        }
        // Held while the store answers, so that those who ask meanwhile share the answer.
        let mut probed = self.0.probed.lock().await;
        if let Some((at, verdict)) = *probed
            && at.elapsed() < PROBE_STANDS
        {
            return verdict;
        }
        let verdict = match self.store.probe().await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "not ready");
                false
            }
        };
        *probed = Some((Instant::now(), verdict));
        verdict
    }

    /// The time.
    pub fn now(&self) -> UnixMillis {
        now()
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

/// The time by this machine's clock; zero if that stands before 1970.
pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
