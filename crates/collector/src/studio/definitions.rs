//! Which events are defined, and when each fires.

use std::collections::HashMap;

use axum::extract::{Path, State};
use maud::{Markup, html};

use crate::state::AppState;

use super::events::last_seen;
use super::page::{Frame, PageError, Place, SignedIn, badge};
use super::words;

/// Lists a site's definitions.
pub(super) async fn list(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let definitions = state.store.definitions(&site).await?;
    let counts = state.store.counts(&site, 0).await?;
    let seen: HashMap<_, _> =
        counts.iter().map(|counts| (counts.name.as_str(), counts.last_received_at)).collect();

    let content = html! {
        div.page-head {
            h1 { "Definitions" }
            @if !definitions.is_empty() { p { (words::count(definitions.len() as u64, "event defined", "events defined")) } }
            a.button.primary href=(frame.path("create")) { "Create an event" }
        }
        @if definitions.is_empty() {
            p.empty { "Nothing is defined yet. Events that your code sends are kept all the same." }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Definitions" {
                table.list {
                    thead { tr {
                        th scope="col" { "Event" }
                        th scope="col" { "Fires when" }
                        th scope="col" { "Belongs to" }
                        th scope="col" { "Properties" }
                        th scope="col" { "Status" }
                        th scope="col" { "Last seen" }
                    } }
                    tbody {
                        @for definition in &definitions {
                            @let name = definition.name.as_str();
                            @let (status, style) = words::status(definition.status);
                            tr {
                                th scope="row" {
                                    a href=(frame.path(&format!("events/{name}"))) {
                                        @if definition.label.is_empty() { (name) } @else { (definition.label) }
                                    }
                                    @if !definition.label.is_empty() { code { (name) } }
                                }
                                td.sentence { (words::trigger(definition)) }
                                td { (words::object(definition.object)) }
                                td { (definition.properties.len()) }
                                td { (badge(style, status)) }
                                td { (last_seen(seen.get(name).copied())) }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(frame.page(Place::Definitions, "Definitions", &["times.js"], &content))
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
