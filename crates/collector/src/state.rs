//! What every handler is handed.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use pugmark_protocol::time::UnixMillis;

use crate::auth::Auth;
use crate::http::rate::RateLimits;
use crate::live::Live;
use crate::settings::Settings;
use crate::store::Store;

/// What every handler is handed; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    parts: Parts,
    closing: AtomicBool,
}

/// The parts of the collector that handlers use.
pub struct Parts {
    /// What was set on the command line, in the environment and in the file.
    pub settings: Settings,
    /// Where browsers reach the collector, without a slash at the end: `http://127.0.0.1:8787`.
    pub address: String,
    /// The event log, the queries on it, sites and definitions.
    pub store: Arc<dyn Store>,
    /// Events as they are stored.
    pub live: Live,
    /// Who may use the studio and the JSON API.
    pub auth: Auth,
    /// How much one sender may send.
    pub rate: RateLimits,
}

impl AppState {
    /// Shares `parts`.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared { parts, closing: AtomicBool::new(false) }))
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
