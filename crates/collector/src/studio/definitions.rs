//! Which events are defined, when each fires, and how those are doing that need no code.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::UnixMillis;
use serde::Deserialize;

use crate::state::AppState;
use crate::store::Entry;

use super::codeless::{self, Doing};
use super::events::last_seen;
use super::page::{Frame, PageError, Place, SignedIn, badge};
use super::{drafts, words};

/// What the address asks for.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    /// What was just done.
    done: Option<String>,
}

/// Lists a site's definitions.
pub(super) async fn list(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    page(&state, &frame, query.done.as_deref(), &[]).await
}

/// The page, with what was just done or could not be.
pub(super) async fn page(
    state: &AppState,
    frame: &Frame,
    done: Option<&str>,
    breaches: &[String],
) -> Result<Markup, PageError> {
    let site = &frame.site.key;
    let entries = state.store.entries(site).await?;
    let waiting = state.store.drafts(site).await?;
    let counts = state.store.counts(site, 0).await?;
    let seen: HashMap<_, _> =
        counts.iter().map(|counts| (counts.name.as_str(), counts.last_received_at)).collect();
    let (codeless, sent): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.definition.trigger.is_some());
    let doing = codeless::doing(state, site, &codeless).await?;
    let definitions: Vec<&Definition> = entries.iter().map(|entry| &entry.definition).collect();

    let content = html! {
        div.page-head {
            h1 { "Definitions" }
            @if !entries.is_empty() { p { (words::count(entries.len() as u64, "event defined", "events defined")) } }
            a.button.primary href=(frame.path("create")) { "Create an event" }
        }
        (codeless::said(done))
        @if !breaches.is_empty() {
            div.error role="alert" tabindex="-1" autofocus {
                p { "This was not published:" }
                ul { @for breach in breaches { li { (breach) } } }
            }
        }
        (drafts::waiting(frame, &waiting, &definitions))
        @if entries.is_empty() && waiting.is_empty() {
            p.empty { "Nothing is defined yet. Events that your code sends are kept all the same." }
        }
        @if !codeless.is_empty() {
            section aria-labelledby="codeless-title" {
                h2 id="codeless-title" { "Recorded without code" }
                (codeless_table(frame, &codeless, &doing))
            }
        }
        @if !sent.is_empty() {
            section aria-labelledby="sent-title" {
                h2 id="sent-title" { "Sent by your code" }
                (sent_table(frame, &sent, &seen))
            }
        }
    };
    Ok(frame.page(Place::Definitions, "Definitions", &["times.js"], &content))
}

fn codeless_table(frame: &Frame, entries: &[&Entry], doing: &HashMap<String, Doing>) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="How events without code are doing" {
            table.list {
                thead { tr {
                    th scope="col" { "Event" }
                    th scope="col" { "Recorded when" }
                    th scope="col" { "How it is doing" }
                    th.number scope="col" { "A day" span.optional { " last 7 days" } }
                    th scope="col" { "Last fired" }
                } }
                tbody {
                    @for entry in entries {
                        @let doing = doing.get(entry.definition.name.as_str());
                        tr {
                            (name_cell(frame, &entry.definition))
                            td.sentence { (words::trigger(&entry.definition)) }
                            td { (state_of(entry, doing)) }
                            td.number { @if let Some(doing) = doing { (codeless::a_day(&doing.health)) } }
                            td { (last_seen(doing.and_then(|doing| doing.health.last))) }
                        }
                    }
                }
            }
        }
    }
}

/// What is wrong with an event, or else its status.
fn state_of(entry: &Entry, doing: Option<&Doing>) -> Markup {
    let (status, style) = words::status(entry.definition.status);
    html! {
        @match doing.and_then(|doing| doing.health.trouble.as_ref()) {
            Some(trouble) => {
                (codeless::trouble_badge(trouble))
                p.why { (trouble.reason) }
                p.why { (trouble.action) }
            }
            None => (badge(style, status)),
        }
    }
}

fn sent_table(frame: &Frame, entries: &[&Entry], seen: &HashMap<&str, UnixMillis>) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Events of your code" {
            table.list {
                thead { tr {
                    th scope="col" { "Event" }
                    th scope="col" { "Belongs to" }
                    th scope="col" { "Properties" }
                    th scope="col" { "Status" }
                    th scope="col" { "Last seen" }
                } }
                tbody {
                    @for Entry { definition, .. } in entries {
                        @let (status, style) = words::status(definition.status);
                        tr {
                            (name_cell(frame, definition))
                            td { (words::object(definition.object)) }
                            td { (definition.properties.len()) }
                            td { (badge(style, status)) }
                            td { (last_seen(seen.get(definition.name.as_str()).copied())) }
                        }
                    }
                }
            }
        }
    }
}

fn name_cell(frame: &Frame, definition: &Definition) -> Markup {
    let name = definition.name.as_str();
    html! {
        th scope="row" {
            a href=(frame.path(&format!("events/{name}"))) {
                @if definition.label.is_empty() { (name) } @else { (definition.label) }
            }
            @if !definition.label.is_empty() { code { (name) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::support::Studio;

    #[tokio::test]
    async fn a_definition_is_listed_with_its_trigger_in_words() {
        let studio = Studio::new().await;
        studio
            .define(json!({
                "name": "viewed_cart", "label": "<b>Cart</b>", "status": "paused",
                "trigger": { "type": "VISITED_URL", "pages": [{ "match": "exact", "value": "/demo/cart.html" }] }
            }))
            .await;

        let page = studio.get("/studio/sites/demo/definitions").await.body;

        assert!(page.contains("somebody views the page /demo/cart.html"), "{page}");
        assert!(page.contains("Paused") && page.contains("Never"), "{page}");
        assert!(page.contains("&lt;b&gt;Cart") && !page.contains("<b>"), "{page}");
    }
}
