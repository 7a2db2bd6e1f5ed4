//! Events as they are stored, for those who watch. Bounded: who reads too slowly misses some and is told how many;
//! taking events in never waits for a watcher.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::store::StoredEvent;

/// How many events wait for one watcher before the oldest are dropped: a full batch fits twice.
const RING: usize = 1024;

/// The watchers of every site.
#[derive(Default)]
pub struct Live {
    sites: Mutex<HashMap<String, broadcast::Sender<Arc<StoredEvent>>>>,
}

/// What a watcher gets.
#[derive(Clone, Debug)]
pub enum Sighting {
    /// An event was stored.
    Event(Arc<StoredEvent>),
    /// So many were dropped because the watcher read too slowly.
    Missed(u64),
}

/// One watcher of one site.
pub struct Watcher(broadcast::Receiver<Arc<StoredEvent>>);

impl Live {
    /// Starts watching a site.
    pub fn watch(&self, site: &str) -> Watcher {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = sites.entry(site.to_owned()).or_insert_with(|| broadcast::channel(RING).0);
        Watcher(sender.subscribe())
    }

    /// Whether anybody watches this site, so that nobody builds what nobody sees.
    pub fn is_watched(&self, site: &str) -> bool {
        let sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        sites.get(site).is_some_and(|sender| sender.receiver_count() > 0)
    }

    /// Shows a stored event to a site's watchers; never waits.
    pub fn publish(&self, site: &str, event: StoredEvent) {
        let sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sites.get(site) {
            // Fails when the last watcher has just gone.
            let _ = sender.send(Arc::new(event));
        }
    }

    /// Ends every watcher's stream; the collector is shutting down.
    pub fn close(&self) {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Watcher {
    /// The next sighting; `None` when the collector shuts down.
    pub async fn next(&mut self) -> Option<Sighting> {
        match self.0.recv().await {
            Ok(event) => Some(Sighting::Event(event)),
            Err(RecvError::Lagged(n)) => Some(Sighting::Missed(n)),
            Err(RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::time::UnixMillis;
    use serde_json::Map;

    use super::*;

    fn event(seq: u64) -> StoredEvent {
        StoredEvent {
            id: String::new(),
            name: "seen".to_owned(),
            at: UnixMillis(0),
            received_at: UnixMillis(0),
            visitor: None,
            session: None,
            tab: String::new(),
            seq,
            url: String::new(),
            properties: Map::new(),
            adjusted: Vec::new(),
            identity: None,
        }
    }

    #[tokio::test]
    async fn who_reads_too_slowly_is_told_how_many_were_missed_and_gets_the_newest() {
        let live = Live::default();
        let mut watcher = live.watch("demo");

        for seq in 0..RING as u64 + 10 {
            live.publish("demo", event(seq));
        }

        assert!(matches!(watcher.next().await, Some(Sighting::Missed(10))));
        assert!(matches!(watcher.next().await, Some(Sighting::Event(event)) if event.seq == 10));
    }

    #[tokio::test]
    async fn watchers_see_their_own_site_and_end_with_the_collector() {
        let live = Live::default();
        let mut watcher = live.watch("demo");

        live.publish("other", event(1));
        live.publish("demo", event(2));
        live.close();

        assert!(matches!(watcher.next().await, Some(Sighting::Event(event)) if event.seq == 2));
        assert!(watcher.next().await.is_none());
    }

    #[test]
    fn a_site_is_watched_as_long_as_somebody_watches() {
        let live = Live::default();
        let watcher = live.watch("demo");

        assert!(live.is_watched("demo") && !live.is_watched("other"));
        drop(watcher);
        assert!(!live.is_watched("demo"));
    }
}
