//! Wires the collector: settings in, a running server out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::UnixMillis;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use crate::auth::{self, Auth};
use crate::choices::Known;
use crate::custom::Failures;
use crate::http;
use crate::http::config::Configs;
use crate::http::rate::RateLimits;
use crate::ingest::budget::Budget;
use crate::ingest::turns::Turns;
use crate::live::Live;
use crate::passes::Passes;
use crate::server;
use crate::settings::Settings;
use crate::state::{AppState, Parts, now};
use crate::store::{Author, Catalog, OpenError, Site, SqliteStore, StoreError};

/// Why the collector cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Occurs when the store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Occurs when the store cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Occurs when the address is taken or not ours.
    #[error("cannot listen on {0}: {1}; choose another address with PUGMARK_LISTEN")]
    Listen(SocketAddr, std::io::Error),
    /// Occurs when the system gives no random numbers.
    #[error("the system gives no random numbers, so no admin token can be made: {0}")]
    Chance(getrandom::Error),
}

/// A running collector.
pub struct Collector {
    state: AppState,
    /// Where it listens.
    listening_on: String,
    /// The admin token, if it was made now: to be shown once.
    new_token: Option<String>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

/// An address to type for one that is listened on: `0.0.0.0` is none.
fn reachable(bound: SocketAddr) -> String {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, bound.port()))
}

/// The setting that holds the SHA-256 of the admin token.
const TOKEN_HASH: &str = "admin_token_sha256";

/// The setting that says that the demo site was made once; who deletes it does not get it back.
const DEMO_MADE: &str = "demo_made";

impl Collector {
    /// Opens the store, prepares it if this is the first start, and begins to listen.
    ///
    /// # Errors
    ///
    /// Each says what to change.
    pub async fn start(mut settings: Settings) -> Result<Self, StartError> {
        let store = SqliteStore::open(&settings.data)?;
        // Before anything is made: a token made now must be shown now.
        let failed = |error| StartError::Listen(settings.listen, error);
        let listener = server::listen(settings.listen).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let listening_on = format!("http://{bound}");
        let address = settings.public_url.clone().unwrap_or_else(|| reachable(bound));
        make_demo(&store).await?;
        let (auth, new_token) = admin(&store, settings.admin_token.take().as_deref()).await?;
        let rate =
            RateLimits::new(settings.rate_per_address, settings.rate_per_site, settings.rate_per_token);
        let live = Live::default();
        let (store, budget, turns) = (Arc::new(store), Budget::default(), Turns::default());
        let (editing, purging) = (Mutex::default(), Arc::default());
        let (custom_failures, passes) = (Failures::default(), Passes::default());
        let state = AppState::new(Parts {
            settings,
            address,
            store,
            known: Known::default(),
            configs: Configs::default(),
            live,
            auth,
            custom_failures,
            rate,
            budget,
            turns,
            editing,
            passes,
            purging,
        });
        tokio::spawn(purge(state.clone()));
        tokio::spawn(forget(state.clone()));

        let (stop, stopped) = oneshot::channel();
        let (router, serving) = (http::router(state.clone()), state.clone());
        let server =
            tokio::spawn(async move { server::serve(listener, router, &serving.settings, stopped).await });
        tracing::info!(address = %listening_on, data = %state.settings.data.display(), "listening");
        Ok(Self { state, listening_on, new_token, stop, server })
    }

    /// Where it listens: `http://127.0.0.1:8787`.
    pub fn address(&self) -> &str {
        &self.listening_on
    }

    /// The admin token, if it was made at this start.
    pub fn new_token(&self) -> Option<&str> {
        self.new_token.as_deref()
    }

    /// Whether anybody watches this site's events arrive.
    pub fn is_watched(&self, site: &str) -> bool {
        self.state.live.is_watched(site)
    }

    /// What a person wants to know once it runs.
    pub fn greeting(&self) -> String {
        let address = &self.state.address;
        let listening_on = &self.listening_on;
        let library = &self.state.settings.library_name;
        let studio = match &self.new_token {
            Some(token) => format!(
                "studio      {address}/studio/sign-in#{token}\n            \
                 This link signs you in and is shown only now; the token in it is the admin token."
            ),
            None => format!("studio      {address}/studio/"),
        };
        format!(
            "listening on {listening_on}\n\n\
             demo shop   {address}/demo/\n\
             {studio}\n\
             script tag  <script async src=\"{address}/{library}\" data-site=\"demo\"></script>\n"
        )
    }

    /// Says that it is about to end, and goes on for as long as the settings say, so that whoever asks whether it is
    /// ready sends nothing new here before it stops listening.
    pub async fn give_notice(&self) {
        self.state.begin_closing();
        tracing::info!(notice = ?self.state.settings.closing, "ending");
        tokio::time::sleep(self.state.settings.closing).await;
    }

    /// Finishes what was accepted: no new connections, then no waiting requests, then no waiting writes.
    ///
    /// # Errors
    ///
    /// When the store cannot be closed properly; what had a receipt is safe all the same.
    pub async fn stop(self) -> Result<(), StoreError> {
        self.state.begin_closing();
        self.state.live.close();
        // Fails when the server has ended by itself.
        let _ = self.stop.send(());
        let _ = self.server.await;
        self.state.store.close().await?;
        tracing::info!("ended");
        Ok(())
    }
}

/// How often it is looked for events that are past restoring.
const PURGE_EVERY: Duration = Duration::from_secs(3_600);

/// How long to wait after the first failure to remove some; each further one doubles it, up to [`PURGE_EVERY`]. A busy
/// store has room again in less; a full disk takes a person to mend. Judgement (November 2026).
const PURGE_AGAIN: Duration = Duration::from_secs(2);

/// How long to wait after so many failures in a row.
fn pause_after(failures: u32) -> Duration {
    match failures.checked_sub(1) {
        None => PURGE_EVERY,
        Some(earlier) => PURGE_AGAIN.saturating_mul(2_u32.saturating_pow(earlier)).min(PURGE_EVERY),
    }
}

/// Removes the events of deleted definitions once they are past restoring, a few at a time so that batches hardly wait.
async fn purge(state: AppState) {
    let mut failures = 0;
    while !state.is_closing() {
        let kept = state.settings.restorable.unwrap_or_default();
        // Just deleted counts as deleted.
        let before = UnixMillis((state.now().0 + 1).saturating_sub(kept.0));
        match state.store.purge(before).await {
            Ok(true) => {
                failures = 0;
                continue;
            }
            Ok(false) => failures = 0,
            Err(StoreError::Closed) => return,
            Err(error) => {
                failures += 1;
                tracing::warn!(%error, failures, "events of deleted definitions are not removed for now");
            }
        }
        // An error means that the time is up, which is as good a reason.
        let _ = tokio::time::timeout(pause_after(failures), state.purging.notified()).await;
    }
}

/// Removes near misses and findings once they are past their time. What is not removed now is in an hour.
async fn forget(state: AppState) {
    while !state.is_closing() {
        match state.store.forget_old(state.now()).await {
            Ok(()) => {}
            Err(StoreError::Closed) => return,
            Err(error) => tracing::warn!(%error, "what was seen of events long ago is not removed for now"),
        }
        tokio::time::sleep(PURGE_EVERY).await;
    }
}

/// The admin token's hash: of the token that is set, else of the one made at the first start.
async fn admin(store: &SqliteStore, given: Option<&str>) -> Result<(Auth, Option<String>), StartError> {
    if let Some(token) = given {
        return Ok((Auth::new(auth::hash(token)), None));
    }
    if let Some(hash) = store.setting(TOKEN_HASH).await?.as_deref().and_then(parse_hash) {
        return Ok((Auth::new(hash), None));
    }
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(StartError::Chance)?;
    let token = auth::hex(&random);
    let hash = auth::hash(&token);
    store.put_setting(TOKEN_HASH, auth::hex(&hash)).await?;
    Ok((Auth::new(hash), Some(token)))
}

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.chars().filter_map(|c| Some(c.to_digit(16)? as u8)).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    bytes.try_into().ok()
}

/// Makes the site `demo` with three definitions, once. Interrupted, it goes on at the next start.
async fn make_demo(store: &SqliteStore) -> Result<(), StoreError> {
    if store.setting(DEMO_MADE).await?.is_some() {
        return Ok(());
    }
    let unless_there = |done| match done {
        Err(StoreError::Exists(_)) => Ok(()),
        other => other,
    };
    let demo = Site {
        key: "demo".to_owned(),
        label: "Demo shop".to_owned(),
        origins: Vec::new(),
        created_at: now(),
    };
    unless_there(store.create_site(demo).await)?;
    let definitions: Vec<Definition> = serde_json::from_str(include_str!("demo.json"))
        .map_err(|error| StoreError::Failed(format!("the demo's definitions: {error}")))?;
    for definition in definitions {
        unless_there(store.create_definition("demo", definition, Author::Collector).await)?;
    }
    store.put_setting(DEMO_MADE, "yes".to_owned()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_definitions_break_no_rule() {
        let definitions: Vec<Definition> = serde_json::from_str(include_str!("demo.json")).expect("reads");

        assert_eq!(definitions.len(), 3);
        assert!(definitions.iter().all(|definition| definition.breaches().is_empty()));
    }

    #[test]
    fn after_a_failure_it_is_tried_again_soon_and_then_ever_more_seldom() {
        let pauses = [0, 1, 2, 3, 12, u32::MAX].map(|failures| pause_after(failures).as_secs());

        assert_eq!(pauses, [3_600, 2, 4, 8, 3_600, 3_600]);
    }

    #[test]
    fn a_hash_comes_back_from_its_text() {
        let hash = auth::hash("token");

        assert_eq!(parse_hash(&auth::hex(&hash)), Some(hash));
        assert_eq!(parse_hash("abc"), None);
    }
}
