//! What was made in the visualizer and waits to be published.

use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pugmark_protocol::definition::Definition;

use crate::codeless::draft_breaches;
use crate::state::AppState;
use crate::store::{Author, Draft, StoreError};

use super::codeless::made_public;
use super::history::what_changed;
use super::page::{Frame, PageError, SignedIn, badge};
use super::{comparison, definitions, words};

/// The list of drafts, each with what it would change; nothing where there are none.
pub(super) fn waiting(frame: &Frame, drafts: &[Draft], definitions: &[&Definition]) -> Markup {
    html! {
        @if !drafts.is_empty() {
            section aria-labelledby="drafts-title" {
                h2 id="drafts-title" { "Waiting to be published" }
                p.muted { "Made in the visualizer. Visitors’ pages know nothing of it until you publish it." }
                ul.drafts {
                    @for draft in drafts {
                        @let name = draft.definition.name.as_str();
                        @let current = definitions.iter().find(|one| one.name == draft.definition.name);
                        (card(frame, draft, name, current.copied()))
                    }
                }
            }
        }
    }
}

fn card(frame: &Frame, draft: &Draft, name: &str, current: Option<&Definition>) -> Markup {
    let definition = &draft.definition;
    let label = if definition.label.is_empty() { name } else { &definition.label };
    let to = |what: &str| frame.path(&format!("drafts/{name}/{what}"));
    html! {
        li.draft {
            div.draft-head {
                h3 { (label) }
                @if current.is_some() { (badge("info", "Change")) } @else { (badge("good", "New")) }
                @if label != name { code { (name) } }
                time.muted datetime=(words::iso(draft.at)) data-relative="" { (words::plain_time(draft.at)) }
            }
            @match current {
                Some(current) if current == definition => p { "It says what is published already." },
                Some(current) => ul { @for what in what_changed(Some(current), Some(definition)) { li { (what) } } },
                None => p { "Recorded when " (words::trigger(definition)) "." },
            }
            (comparison::fold(label, current, definition))
            (made_public(definition, current))
            div.actions {
                form method="post" action=(to("publish")) {
                    // So that what is published is what was read here.
                    input type="hidden" name="at" value=(draft.at.0);
                    button.primary type="submit" { "Publish" span.visually-hidden { " " (label) } }
                }
                form method="post" action=(to("discard")) {
                    button type="submit" { "Discard" span.visually-hidden { " the draft of " (label) } }
                }
                a.button href=(frame.path(&format!("create/visualizer?event={name}"))) {
                    "Go on with it" span.visually-hidden { ": " (label) }
                }
                @if current.is_some() { a.button.quiet href=(frame.path(&format!("events/{name}"))) { "Show the event" } }
            }
        }
    }
}

/// Publishes a draft as it was shown.
pub(super) async fn publish(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
    RawForm(sent): RawForm,
) -> Result<Response, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let _editing = state.editing.lock().await;
    let drafts = state.store.drafts(&site).await?;
    let Some(draft) = drafts.into_iter().find(|draft| draft.definition.name.as_str() == name) else {
        return refuse(
            &state,
            &frame,
            &["This draft is gone: it was published or discarded meanwhile.".to_owned()],
        )
        .await;
    };
    let shown = form_urlencoded::parse(&sent).find(|(field, _)| field == "at").map(|(_, at)| at.into_owned());
    if shown != Some(draft.at.0.to_string()) {
        let sentence = "This draft changed after the page was shown. Read it again, then publish it.";
        return refuse(&state, &frame, &[sentence.to_owned()]).await;
    }
    let current = state.store.entry(&site, &name).await?.map(|entry| entry.definition);
    let breaches = draft_breaches(&site, current.as_ref(), &draft.definition);
    if !breaches.is_empty() {
        return refuse(&state, &frame, &breaches).await;
    }
    match state.store.publish_draft(&site, draft.definition, Author::Visualizer).await {
        Ok(_) => Ok(Redirect::to(&frame.path(&format!("events/{name}?done=published"))).into_response()),
        Err(error @ (StoreError::NameUsedUp | StoreError::Full | StoreError::Exists(_))) => {
            refuse(&state, &frame, &[error.to_string()]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Discards a draft.
pub(super) async fn discard(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let frame = Frame::load(&state, &site).await?;
    state.store.discard_draft(&site, &name).await?;
    Ok(Redirect::to(&frame.path("definitions?done=discarded")))
}

async fn refuse(state: &AppState, frame: &Frame, breaches: &[String]) -> Result<Response, PageError> {
    let page = definitions::page(state, frame, None, breaches).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
