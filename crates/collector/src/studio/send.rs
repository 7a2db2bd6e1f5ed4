//! How an event that is defined is sent: the names and a request for a server, or the lines of code for a page.

use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use pugmark_protocol::definition::Definition;
use serde::Deserialize;

use crate::custom::CustomScript;
use crate::state::AppState;
use crate::store::Entry;

use super::create::Way;
use super::page::{Frame, PageError, Place, SignedIn};
use super::{samples, words};

/// What the address asks for.
#[derive(Deserialize)]
pub(super) struct SendQuery {
    /// Whether the event has just been created.
    created: Option<String>,
}

/// Shows one way of sending an event.
pub(super) async fn show(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, name, way)): Path<(String, String, String)>,
    Query(query): Query<SendQuery>,
) -> Result<Markup, PageError> {
    let way = Way::parse(&way).ok_or(PageError::NoSuchPage)?;
    let frame = Frame::load(&state, &site).await?;
    let entry = state.store.entry(&site, &name).await?.ok_or(PageError::NoSuchEvent)?;
    let definition = &entry.definition;
    let label = if definition.label.is_empty() { &name } else { &definition.label };

    let content = html! {
        nav.crumbs aria-label="You are here" {
            a href=(frame.path("events")) { "Events" } " / "
            a href=(frame.path(&format!("events/{name}"))) { (label) }
        }
        @if query.created.is_some() {
            p.done role="status" { "“" (label) "” is created. It shows here as soon as it is sent." }
        }
        div.page-head { h1 { "Send “" (label) "”" } }
        (tabs(&frame, &name, way))
        @match way {
            Way::Api => (api(&state.address, &frame, &entry)),
            Way::Snippet => (snippet(&frame, definition, &CustomScript::load(&*state.store, &site).await?)),
        }
    };
    Ok(frame.page(Place::Events, &format!("Send {label}"), &["copy.js"], &content))
}

/// The ways an event can be sent, as links.
pub(super) fn tabs(frame: &Frame, name: &str, shown: Way) -> Markup {
    html! {
        nav.tabs aria-label="Ways to send it" {
            @for way in Way::ALL {
                a href=(frame.path(&format!("events/{name}/{}", way.key())))
                    aria-current=[(way == shown).then_some("page")] { (way.label()) }
            }
        }
    }
}

fn api(address: &str, frame: &Frame, entry: &Entry) -> Markup {
    let definition = &entry.definition;
    let name = definition.name.as_str();
    html! {
        h2 { "Its names" }
        p.caption { "Name, in code of yours" }
        (copied("name", "name", name))
        p.caption { "Full name, in HubSpot’s clients and connectors; both mean this event" }
        (copied("full-name", "full name", &samples::full_name(&frame.site.key, name)))
        p.caption { "Id, as the events API gives it in " code { "objectTypeId" } }
        (copied("id", "id", &format!("6-{}", entry.id)))
        h2 { "A request" }
        p.measure {
            "Put a " a href=(frame.path("tokens")) { "token" } " in " code { "PUGMARK_TOKEN" } ", and in place of Ada whoever it was: an " code { "email" }
            ", a record’s " code { "objectId" } " or a visitor’s " code { "utk" } "."
        }
        (copied("request", "request", &samples::curl(address, &frame.site.key, definition)))
        (properties(definition))
    }
}

fn snippet(frame: &Frame, definition: &Definition, script: &CustomScript) -> Markup {
    let code = samples::snippet(definition);
    html! {
        p {
            "As it stands the code sends the event at a click. Put in which element is meant, or call it where your own code "
            "knows that it happened."
        }
        form.fields.wide method="post" action=(frame.path("settings/custom-script/add")) {
            div.field {
                label for="piece" { "Code" }
                // The parser drops the first line break.
                textarea.code id="piece" name="piece" rows=(code.lines().count() + 2) spellcheck="false"
                    autocapitalize="off" { "\n" (code) }
            }
            div.actions {
                button.primary type="submit" { "Add to the tracking code" }
                button type="button" data-copy="piece" { "Copy the code" }
            }
            p.help {
                "Added, it becomes part of the site’s "
                a href=(frame.path("settings#custom-script")) { "custom script" }
                ", which runs on every page that has the tracker. "
                @if script.is_on { "It is switched on." } @else { "It is switched off: nothing runs before you switch it on." }
            }
        }
        (properties(definition))
    }
}

/// A text with a button that copies it.
pub(super) fn copied(id: &str, what: &str, text: &str) -> Markup {
    html! {
        div.snippet.left {
            pre tabindex="0" role="region" aria-label=(what) { code id=(id) { (text.trim_end()) } }
            button type="button" data-copy=(id) { "Copy" span.visually-hidden { " the " (what) } }
        }
    }
}

fn properties(definition: &Definition) -> Markup {
    html! {
        @if !definition.properties.is_empty() {
            h2 { "Its properties" }
            div.scroll tabindex="0" role="region" aria-label="Properties" {
                table.list {
                    thead { tr { th scope="col" { "Property" } th scope="col" { "Type" } th scope="col" { "Values" } } }
                    tbody {
                        @for property in &definition.properties {
                            tr {
                                th scope="row" {
                                    @if property.label.is_empty() { (property.name) } @else { (property.label) }
                                    code { (property.name) }
                                }
                                td { (words::property_type(property.kind)) }
                                td {
                                    @for (i, option) in property.options.iter().enumerate() {
                                        @if i > 0 { ", " } code { (option.value) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use super::super::support::Studio;

    async fn with_event() -> Studio {
        let studio = Studio::new().await;
        studio
            .define(json!({
                "name": "signed_up", "label": "Signed <up>",
                "properties": [{ "name": "plan", "type": "enumeration", "options": [{ "value": "</textarea>" }] }],
            }))
            .await;
        studio
    }

    #[tokio::test]
    async fn the_names_and_a_request_can_be_copied() {
        let page = with_event().await.get("/studio/sites/demo/events/signed_up/api").await.body;

        assert!(page.contains("<code id=\"full-name\">pedemo_signed_up</code>"), "{page}");
        assert!(page.contains("curl http://127.0.0.1:8787/events/v3/send"), "{page}");
        assert_eq!(page.matches("data-copy=").count(), 4);
        assert!(page.contains("Signed &lt;up&gt;") && !page.contains("<up>"), "{page}");
    }

    #[tokio::test]
    async fn the_snippet_is_filled_with_the_events_properties() {
        let page = with_event().await.get("/studio/sites/demo/events/signed_up/snippet").await.body;

        assert!(page.contains("plan: &quot;&lt;/textarea&gt;&quot;"), "{page}");
        assert!(page.contains("It is switched off"), "{page}");
    }

    #[tokio::test]
    async fn what_is_not_defined_has_no_such_page() {
        let studio = with_event().await;

        for path in ["/studio/sites/demo/events/never/api", "/studio/sites/demo/events/signed_up/other"] {
            assert_eq!(studio.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
