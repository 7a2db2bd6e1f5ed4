//! The trackers under test.

use std::fs;
use std::path::PathBuf;

use pugmark_e2e::places;
use serde::Deserialize;

use crate::sink;

/// A tracker under test.
#[derive(Clone)]
pub struct Subject {
    /// Its name in the table.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What makes it one of ours or one of theirs.
    pub kind: Kind,
}

/// Whose tracker it is.
#[derive(Clone)]
pub enum Kind {
    /// Ours, with the real collector.
    Pugmark,
    /// Another one, with a sink.
    Peer(Peer),
}

/// Another tracker, built by `benches/peers`.
#[derive(Clone)]
pub struct Peer {
    /// Its script, in [`dist`].
    script: String,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    script: String,
}

/// The folder that the peers are built into.
pub fn dist() -> PathBuf {
    places::root().join("benches/peers/dist")
}

impl Subject {
    /// Pugmark, as it was built.
    pub fn pugmark() -> Self {
        Self {
            name: "Pugmark".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            kind: Kind::Pugmark,
        }
    }

    /// The peers that `benches/peers` has built.
    ///
    /// # Errors
    ///
    /// What is wrong with their manifest, or that it is not there.
    pub fn peers() -> Result<Vec<Self>, String> {
        let path = dist().join("manifest.json");
        let text = fs::read_to_string(&path).map_err(|error| {
            format!(
                "{}: {error}; `npm ci && npm run build` in benches/peers builds the other trackers",
                path.display()
            )
        })?;
        let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(entries.into_iter().map(Entry::subject).collect())
    }

    /// Whether it is ours.
    pub fn is_pugmark(&self) -> bool {
        matches!(self.kind, Kind::Pugmark)
    }

    /// The HTML that loads it; it reports to `endpoint`. Pugmark's library comes from the collector itself: the proxy
    /// stands in front of what takes events only.
    pub fn html(&self, collector: &str, endpoint: &str) -> String {
        match &self.kind {
            Kind::Pugmark => format!(
                r#"<script async src="{collector}/pugmark.js" data-site="{{{{site}}}}" data-endpoint="{endpoint}" data-pageviews="manual"></script>
<script>
{}</script>"#,
                include_str!("../pages/pugmark.js")
            ),
            Kind::Peer(peer) => format!(
                r#"<script>window.SUBJECT_ENDPOINT = "{endpoint}"; window.SUBJECT_SITE = "{{{{site}}}}";</script>
<script src="/subject/{}"></script>"#,
                peer.script
            ),
        }
    }

    /// Whether a request brings events.
    pub fn brings_events(&self, path: &str, body: &[u8]) -> bool {
        match &self.kind {
            Kind::Pugmark => path.starts_with("/v1/batch"),
            Kind::Peer(_) => !sink::markers(path.as_bytes()).is_empty() || !sink::markers(body).is_empty(),
        }
    }
}

impl Entry {
    fn subject(self) -> Subject {
        let script = self.script.trim_start_matches("dist/").to_owned();
        Subject { name: self.name, version: self.version, kind: Kind::Peer(Peer { script }) }
    }
}
