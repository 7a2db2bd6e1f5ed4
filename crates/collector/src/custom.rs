//! A site's custom script: JavaScript that an admin keeps here and the tracker runs on the site's pages after it has loaded.
//!
//! It is off until somebody switches it on. Why it is a file of its own and how its mistakes come back:
//! `docs/decisions/0014-developer-side.md`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use pugmark_protocol::limits::KIB;
use pugmark_protocol::text;
use pugmark_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::auth::{hash, hex};
use crate::metrics;
use crate::store::{Store, StoreError};

/// Longest script, in bytes: every visitor loads it. Judgement (November 2026).
pub const MAX_BYTES: usize = 64 * KIB;

/// Longest word of a failure that is kept, in UTF-16 code units.
const MAX_FAILURE: usize = 500;

/// How many digits of the script's hash are its version.
const DIGITS: usize = 12;

/// What a site runs beside its own code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomScript {
    /// The code, as it was written.
    pub code: String,
    /// Whether pages run it.
    pub is_on: bool,
}

impl CustomScript {
    /// The script of a site; an empty one if there is none.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn load(store: &dyn Store, site: &str) -> Result<Self, StoreError> {
        let Some(text) = store.setting(&key(site)).await? else { return Ok(Self::default()) };
        serde_json::from_str(&text).map_err(|error| StoreError::Failed(error.to_string()))
    }

    /// Keeps the script of a site.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn save(&self, store: &dyn Store, site: &str) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).map_err(|error| StoreError::Failed(error.to_string()))?;
        store.put_setting(&key(site), text).await
    }

    /// The script with a piece of code at its end.
    pub fn with(mut self, piece: &str) -> Self {
        let before = self.code.trim_end();
        self.code = [before, if before.is_empty() { "" } else { "\n\n" }, piece.trim(), "\n"].concat();
        self
    }

    /// What pages are told: another version is another file. `None` where there is nothing to run.
    pub fn version(&self) -> Option<String> {
        let is_run = self.is_on && !self.code.trim().is_empty();
        is_run.then(|| hex(&hash(&self.code))[..DIGITS].to_owned())
    }
}

/// The setting under which a script is kept.
fn key(site: &str) -> String {
    format!("custom_script:{site}")
}

/// The latest failure of each site's script since the collector was started.
#[derive(Default)]
pub struct Failures(Mutex<HashMap<String, Failure>>);

/// How a custom script failed on some visitor's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the browser said. Comes from outside.
    pub text: String,
    /// When it was last said.
    pub at: UnixMillis,
    /// How often a failure was reported.
    pub count: u64,
}

impl Failures {
    /// Notes what a page reports. Only what is new is logged.
    pub fn note(&self, site: &str, text: &str, at: UnixMillis) {
        metrics::CUSTOM_FAILURES.count();
        let text = text::cut(text.trim(), MAX_FAILURE);
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = failures.get(site);
        if before.is_none_or(|before| before.text != text) {
            tracing::warn!(site, text, "the custom script failed on a page");
        }
        let count = before.map_or(0, |before| before.count) + 1;
        failures.insert(site.to_owned(), Failure { text: text.to_owned(), at, count });
    }

    /// The latest failure of a site's script.
    pub fn latest(&self, site: &str) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(site).cloned()
    }

    /// Forgets what was reported: the script is another one now.
    pub fn forget(&self, site: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(site);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(code: &str, is_on: bool) -> CustomScript {
        CustomScript { code: code.to_owned(), is_on }
    }

    #[test]
    fn only_a_script_that_is_on_and_says_something_has_a_version() {
        let version = script("go()", true).version().expect("it is run");

        assert_eq!(version.len(), DIGITS);
        assert_ne!(script("go(1)", true).version(), Some(version));
        assert_eq!(script("go()", false).version(), None);
        assert_eq!(script(" \n", true).version(), None);
    }

    #[test]
    fn pieces_are_added_at_the_end() {
        let script = script("", true).with("first();\n").with("\nsecond();");

        assert_eq!(script.code, "first();\n\nsecond();\n");
    }

    #[test]
    fn the_latest_failure_is_kept_and_cut() {
        let failures = Failures::default();
        failures.note("demo", "ReferenceError: go", UnixMillis(1));
        failures.note("demo", &"x".repeat(MAX_FAILURE + 1), UnixMillis(2));

        let latest = failures.latest("demo").expect("there were two");
        assert_eq!((latest.text.len(), latest.at, latest.count), (MAX_FAILURE, UnixMillis(2), 2));
        assert_eq!(failures.latest("other"), None);
        failures.forget("demo");
        assert_eq!(failures.latest("demo"), None);
    }
}
