//! The live view: completions as they arrive.

use std::collections::VecDeque;
use std::convert::Infallible;

use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use maud::{Markup, html};
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::live::{Sighting, Watcher};
use crate::state::AppState;
use crate::store::{EventFilter, StoredEvent};

use super::completion::{Completion, Definitions};
use super::page::{Frame, PageError, Place, SignedIn};

/// How many completions a new watcher is shown at once. Judgement (November 2026): two screens full.
const RECENT: u32 = 25;

/// How old definitions may be while watching. Judgement (November 2026): soon enough for who has just saved one.
const DEFINITIONS_KEEP: Millis = Millis::seconds(5);

/// Shows the page; what it shows comes by [`stream`].
pub(super) async fn show(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let content = html! {
        div.page-head {
            h1 { "Live" }
            p.connection id="connection" role="status" { "Connecting" }
        }
        div.live-bar {
            label for="filter" { "Only events named" }
            input id="filter" type="search" list="names" placeholder="any" autocomplete="off" spellcheck="false";
            datalist id="names" {}
            button id="pause" type="button" aria-pressed="false" { "Pause" }
            button.quiet id="clear" type="button" { "Clear" }
        }
        p.visually-hidden id="news" role="status" {}
        p.note id="missed" hidden { }
        (waiting(&state, &frame))
        p.note id="none-match" hidden { "Nothing on this page has that name. New completions that do will appear here." }
        ol.completions id="completions" data-stream=(frame.path("live/stream")) {}
        noscript { p.note { "The live view needs JavaScript. The list of events works without it." } }
        (Completion::templates())
    };
    Ok(frame.page(Place::Live, "Live", &["live.js", "copy.js"], &content))
}

/// What to do while nothing has arrived.
fn waiting(state: &AppState, frame: &Frame) -> Markup {
    html! {
        section.waiting id="waiting" hidden {
            span.mark aria-hidden="true" {}
            h2 { "No tracks yet" }
            p { "Put this tag into the head of your pages. Then open one of them: its page view appears here at once." }
            div.snippet {
                pre { code id="tag" { (script_tag(state, frame)) } }
                button type="button" data-copy="tag" { "Copy" }
            }
            @if frame.site.key == "demo" {
                p { "Only looking around? " a href="/demo/" target="_blank" rel="noopener" { "Open the demo shop" } ", and watch." }
            }
        }
    }
}

fn script_tag(state: &AppState, frame: &Frame) -> String {
    format!(
        r#"<script async src="{}/{}" data-site="{}"></script>"#,
        state.address, state.settings.library_name, frame.site.key
    )
}

/// Streams completions as server-sent events: the most recent first in the order they happened, then `ready`, then
/// each as it is stored. The page knows by id what it has shown, so a connection may break and come again.
pub(super) async fn stream(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<impl IntoResponse, PageError> {
    if state.store.site(&site).is_none() {
        return Err(PageError::NoSuchSite(site));
    }
    // Watch first, read second: what is stored in between comes twice rather than never.
    let watcher = state.live.watch(&site);
    let recent = state.store.events(&site, EventFilter { limit: RECENT, ..EventFilter::default() }).await?;
    let definitions = Definitions::new(state.store.definitions(&site).await?);
    let follower = Follower {
        recent: recent.events.into_iter().rev().collect(),
        ready: false,
        read_at: state.now(),
        definitions,
        watcher,
        site,
        state,
    };
    let events = stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    // Proxies that buffer would hold the live view back.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, Sse::new(events).keep_alive(KeepAlive::default())))
}

struct Follower {
    state: AppState,
    site: String,
    watcher: Watcher,
    recent: VecDeque<StoredEvent>,
    ready: bool,
    definitions: Definitions,
    read_at: UnixMillis,
}

impl Follower {
    /// The next message; `None` when the collector shuts down.
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.recent.pop_front() {
            return Some(self.completion(&event));
        }
        if !self.ready {
            self.ready = true;
            return Some(Event::default().event("ready").data("1"));
        }
        match self.watcher.next().await? {
            Sighting::Event(event) => {
                self.refresh().await;
                Some(self.completion(&event))
            }
            Sighting::Missed(n) => Some(Event::default().event("missed").data(n.to_string())),
        }
    }

    fn completion(&self, event: &StoredEvent) -> Event {
        let shown = Completion::new(event, &self.definitions);
        Event::default()
            .event("completion")
            .json_data(shown)
            .expect("a completion is strings, numbers and lists")
    }

    /// Reads the definitions again when they are old. Where that fails, the old ones do.
    async fn refresh(&mut self) {
        let now = self.state.now();
        if now.since(self.read_at).0 < DEFINITIONS_KEEP.0 {
            return;
        }
        self.read_at = now;
        if let Ok(definitions) = self.state.store.definitions(&self.site).await {
            self.definitions = Definitions::new(definitions);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::support::{Studio, stored};

    #[tokio::test]
    async fn the_page_shows_the_tag_to_paste() {
        let page = Studio::new().await.get("/studio/sites/demo/live").await.body;

        assert!(page.contains("data-site=&quot;demo&quot;"), "{page}");
    }

    #[tokio::test]
    async fn the_stream_begins_with_what_is_there_and_goes_on_with_what_comes() {
        let studio = Studio::new().await;
        studio.append("earlier", json!({})).await;

        let mut stream = studio.open_stream("/studio/sites/demo/live/stream").await;
        assert!(stream.next().await.contains("\"name\":\"earlier\""));
        assert!(stream.next().await.contains("event: ready"));

        studio.publish(stored("later", json!({ "plan": "<img onerror=1>" })));
        let later = stream.next().await;
        assert!(later.contains("event: completion") && later.contains("\"name\":\"later\""), "{later}");
    }
}
