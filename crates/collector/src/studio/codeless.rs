//! A codeless event in the studio: how it is doing, what it matches and by what, and what can be done with it.

use std::collections::HashMap;

use axum::extract::{Path, RawForm, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pugmark_fingerprint::{Strength, strength, strength_of_selector};
use pugmark_protocol::definition::{Definition, Status, Target, Trigger};

use crate::codeless::health::{Health, Known, Trouble, TroubleKind, health};
use crate::codeless::proposal::{Difference, Proposal, proposal};
use crate::codeless::{public_words, targets};
use crate::opened;
use crate::state::AppState;
use crate::store::{Activity, Author, Entry, Finding, Site, StoreError};

use super::page::{Frame, PageError, SignedIn, badge};
use super::visualizer::{Opener, Said, opener, page_about};
use super::words;

/// How many values of a part are shown.
const VALUES: usize = 6;

/// What is known of a codeless event, put together.
pub(super) struct Doing {
    pub(super) health: Health,
    pub(super) proposal: Option<Proposal>,
    /// The last hits.
    activity: Activity,
}

/// How the codeless ones among these events are doing, by name.
pub(super) async fn doing(
    state: &AppState,
    site: &str,
    entries: &[&Entry],
) -> Result<HashMap<String, Doing>, StoreError> {
    let codeless: Vec<&&Entry> = entries.iter().filter(|entry| entry.definition.trigger.is_some()).collect();
    let names = codeless.iter().map(|entry| entry.definition.name.as_str().to_owned()).collect();
    let activities = state.store.activity(site, names).await?;
    let findings = state.store.findings(site).await?;
    let mut all = HashMap::new();
    for (entry, activity) in codeless.into_iter().zip(activities) {
        let name = entry.definition.name.as_str();
        let of_it: Vec<Finding> = findings.iter().filter(|finding| finding.name == name).cloned().collect();
        let judged = |has_proposal| {
            health(Known {
                definition: &entry.definition,
                armed_at: entry.armed_at,
                activity: &activity,
                findings: &of_it,
                has_proposal,
                now: state.now(),
            })
        };
        let mut health = judged(false);
        let mut proposed = None;
        let is_silent = health.trouble.as_ref().is_some_and(|trouble| trouble.kind == TroubleKind::Silent);
        if let Some(last) = health.last.filter(|_| is_silent) {
            proposed = proposal(&entry.definition, last, &state.store.near_misses(site, name).await?);
            health = judged(proposed.is_some());
        }
        all.insert(name.to_owned(), Doing { health, proposal: proposed, activity });
    }
    Ok(all)
}

/// A badge for what is wrong.
pub(super) fn trouble_badge(trouble: &Trouble) -> Markup {
    let style = match trouble.kind {
        TroubleKind::NeverFired => "plain",
        TroubleKind::Silent => "bad",
        TroubleKind::Jumped | TroubleKind::Ambiguous | TroubleKind::Weak => "attention",
    };
    badge(style, trouble.kind.label())
}

/// How often an event happened a day, over the last seven: `3`, `0.6`.
pub(super) fn a_day(health: &Health) -> String {
    let tenths = (health.week * 10 + 3) / 7;
    match (tenths / 10, tenths % 10) {
        (whole, tenth) if whole < 10 && tenth > 0 => format!("{whole}.{tenth}"),
        (whole, _) => words::number(whole),
    }
}

/// What an event's page says of a codeless one: the trouble, what it matches, and what can be done.
pub(super) async fn sections(state: &AppState, frame: &Frame, entry: &Entry) -> Result<Markup, PageError> {
    let site = &frame.site.key;
    let name = entry.definition.name.as_str();
    let Some(doing) = doing(state, site, &[entry]).await?.remove(name) else { return Ok(html! {}) };
    let drafts = state.store.drafts(site).await?;
    let has_draft = drafts.iter().any(|draft| draft.definition.name.as_str() == name);
    let own = opened::origins(state, &frame.site).await?;
    let url = page_to_open(state, &frame.site, &entry.definition, &doing.activity, &own).await?;
    Ok(html! {
        @if has_draft {
            p.note { "A change of this event waits to be published: " a href=(frame.path("definitions")) { "look at it" } "." }
        }
        @if let Some(trouble) = &doing.health.trouble { (draw_trouble(trouble)) }
        @if let Some(proposal) = &doing.proposal { (draw_proposal(frame, &entry.definition, proposal)) }
        (matches(&entry.definition))
        (actions(frame, &entry.definition, &own, &url))
    })
}

fn draw_trouble(trouble: &Trouble) -> Markup {
    html! {
        div.trouble {
            p { (trouble_badge(trouble)) " " (trouble.reason) }
            p { (trouble.action) }
        }
    }
}

fn draw_proposal(frame: &Frame, definition: &Definition, proposal: &Proposal) -> Markup {
    let (name, miss) = (definition.name.as_str(), &proposal.miss);
    html! {
        section.proposal aria-labelledby="proposal-title" {
            h2 id="proposal-title" { "Is it this element now?" }
            p {
                "Since the event went silent, visitors have clicked " strong { (words::observed_element(&miss.observation)) }
                " on " (miss.url) ", which is much like the one that was meant. It was noticed "
                (words::count(miss.n, "time", "times")) "."
            }
            (differences(&proposal.differences))
            (made_public(&proposal.definition, Some(definition)))
            div.actions {
                form method="post" action=(frame.path(&format!("definitions/{name}/proposal"))) {
                    input type="hidden" name="key" value=(proposal.key);
                    button.primary type="submit" { "Yes, count it as well" }
                }
            }
            p.help {
                "It is added to the event, and the old element stays: both count. What happened in the meantime does not come \
                 back. If it is another element, leave this and choose the right one in the visualizer."
            }
        }
    }
}

/// Which words publishing makes public; nothing where none are new.
pub(super) fn made_public(definition: &Definition, published: Option<&Definition>) -> Markup {
    let words: Vec<String> =
        public_words(definition, published).iter().map(|word| format!("“{word}”")).collect();
    html! {
        @if !words.is_empty() {
            p {
                "These words become part of your site’s public configuration: " (words.join(", "))
                ". Look that no visitor’s name or other secret is among them."
            }
        }
    }
}

fn differences(differences: &[Difference]) -> Markup {
    let values = |values: &[String]| if values.is_empty() { "nothing".to_owned() } else { listed(values) };
    html! {
        div.scroll tabindex="0" role="region" aria-label="What changed" {
            table.list {
                thead { tr { th scope="col" { "What" } th scope="col" { "Was" } th scope="col" { "Is now" } } }
                tbody {
                    @for one in differences {
                        tr {
                            th scope="row" { (words::signal_kind(one.kind)) }
                            td { (values(&one.was)) }
                            td { (values(&one.now)) }
                        }
                    }
                }
            }
        }
    }
}

/// What the event matches: a sentence for each element, and how well each is known.
fn matches(definition: &Definition) -> Markup {
    let all: Vec<&Target> = targets(definition).collect();
    let Some(Trigger::ClickedElement { pages, .. }) = &definition.trigger else { return html! {} };
    html! {
        section aria-labelledby="matches-title" {
            h2 id="matches-title" { "What it matches" }
            p {
                @if all.len() > 1 { "A click on any of these, on " } @else { "A click on this, on " }
                (words::pages_words(pages)) ":"
            }
            ol.targets { @for target in all { (draw_target(target)) } }
        }
    }
}

fn draw_target(target: &Target) -> Markup {
    let words = words::target_words(target);
    html! {
        li {
            @match &target.fingerprint {
                Some(fingerprint) => {
                    p.sentence { (words) }
                    @let preview = strength(fingerprint);
                    p { (strength_badge(preview.strength)) " " (preview.reason) }
                    details {
                        summary { "How it is known" span.visually-hidden { ": " (words) } }
                        p.help {
                            "Each of these was so of the element. What is still so of a clicked one is added up; from "
                            (percent(fingerprint.threshold)) " on it counts."
                        }
                        div.scroll tabindex="0" role="region" aria-label={ "How it is known: " (words) } {
                            table.list {
                                thead { tr {
                                    th scope="col" { "What" } th scope="col" { "As it was" } th.number scope="col" { "Weight" }
                                } }
                                tbody {
                                    @for part in &preview.parts {
                                        tr {
                                            th scope="row" { "Its " (part.title) }
                                            td { (listed(&part.values)) }
                                            td.number { (percent(part.weight)) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                None => {
                    // A selector does not begin with a capital.
                    p { code { (words) } }
                    @let preview = strength_of_selector(&target.selector);
                    p {
                        (strength_badge(preview.strength)) " " (preview.reason)
                        @if preview.strength == Strength::Fragile { " Choose the element in the visualizer." }
                    }
                }
            }
        }
    }
}

fn strength_badge(strength: Strength) -> Markup {
    match strength {
        Strength::Strong => badge("good", "Strong"),
        Strength::Ok => badge("info", "OK"),
        Strength::Fragile => badge("attention", "Fragile"),
    }
}

/// A share of the whole, which is 1,000.
fn percent(weight: u32) -> String {
    format!("{}%", (weight + 5) / 10)
}

/// Some values, the first of them.
fn listed<T: AsRef<str>>(values: &[T]) -> String {
    let shown: Vec<&str> = values.iter().take(VALUES).map(AsRef::as_ref).collect();
    let more = if values.len() > VALUES { " and more" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn actions(frame: &Frame, definition: &Definition, own: &[String], url: &str) -> Markup {
    let name = definition.name.as_str();
    let shown = Opener { own, url, event: Some(name), said: Said::Nothing };
    let others: &[(&str, &str)] = match definition.status {
        Status::Active => &[("paused", "Pause"), ("archived", "Archive")],
        Status::Paused => &[("active", "Resume"), ("archived", "Archive")],
        Status::Archived => &[("active", "Use again")],
    };
    html! {
        section aria-labelledby="actions-title" {
            h2 id="actions-title" { "Change it" }
            @if definition.status != Status::Archived { (opener(frame, &shown)) }
            div.actions.apart {
                @for (status, label) in others {
                    form method="post" action=(frame.path(&format!("definitions/{name}/status"))) {
                        input type="hidden" name="status" value=(status);
                        button type="submit" { (label) }
                    }
                }
            }
            p.help {
                @match definition.status {
                    Status::Active => "While it is paused or archived it is not recorded, and what is recorded stays.",
                    Status::Paused => "It is paused: nothing is recorded until it is resumed.",
                    Status::Archived => "It is archived: nothing is recorded, and what was recorded stays.",
                }
            }
        }
    }
}

/// The page of these origins on which to look at an event: where it last happened, else one that it is about, else the one
/// viewed most.
async fn page_to_open(
    state: &AppState,
    site: &Site,
    definition: &Definition,
    activity: &Activity,
    own: &[String],
) -> Result<String, StoreError> {
    match activity.hits.iter().find(|hit| opened::is_own(own, &hit.url)) {
        Some(hit) => Ok(hit.url.clone()),
        None => page_about(state, site, definition, own).await,
    }
}

/// What a form says under a name.
fn field(sent: &[u8], wanted: &str) -> String {
    let found = form_urlencoded::parse(sent).find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Pauses, resumes or archives a codeless event.
pub(super) async fn set_status(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
    RawForm(sent): RawForm,
) -> Result<Redirect, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let status = match &*field(&sent, "status") {
        "active" => Status::Active,
        "paused" => Status::Paused,
        "archived" => Status::Archived,
        _ => return Err(PageError::NoSuchPage),
    };
    let _editing = state.editing.lock().await;
    let entry = state.store.entry(&site, &name).await?.ok_or(PageError::NoSuchEvent)?;
    let definition = Definition { status, ..entry.definition };
    state.store.change_definition(&site, definition, Author::SignedIn).await?;
    let done = match status {
        Status::Active => "resumed",
        Status::Paused => "paused",
        Status::Archived => "archived",
    };
    Ok(Redirect::to(&frame.path(&format!("events/{name}?done={done}"))))
}

/// Takes what is proposed for a silent event, if it still is what was shown.
pub(super) async fn take_proposal(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
    RawForm(sent): RawForm,
) -> Result<Redirect, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let _editing = state.editing.lock().await;
    let entry = state.store.entry(&site, &name).await?.ok_or(PageError::NoSuchEvent)?;
    let proposed = doing(&state, &site, &[&entry]).await?.remove(&name).and_then(|doing| doing.proposal);
    let Some(proposal) = proposed.filter(|proposal| proposal.key == field(&sent, "key")) else {
        return Ok(Redirect::to(&frame.path(&format!("events/{name}?done=outdated"))));
    };
    state.store.change_definition(&site, proposal.definition, Author::Proposal).await?;
    Ok(Redirect::to(&frame.path(&format!("events/{name}?done=taken"))))
}

/// What was just done, for the page that comes after it.
pub(super) fn said(done: Option<&str>) -> Markup {
    let published =
        format!("Published. Pages that visitors open have it within {}.", words::CONFIGURED_AFTER);
    let sentence = match done {
        Some("published") => &published,
        Some("discarded") => "The draft is discarded.",
        Some("resumed") => "It is recorded again.",
        Some("paused") => "Paused. Nothing is recorded until you resume it.",
        Some("archived") => "Archived. What was recorded stays.",
        Some("taken") => "Taken. The element counts from now on, and the old one as well.",
        Some("outdated") => "Nothing was changed: something else is known by now. Look again.",
        _ => return html! {},
    };
    html! { p.done role="status" { (sentence) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_a_day_are_told_to_a_tenth_where_that_says_something() {
        let told = |week| a_day(&Health { last: None, week, trouble: None });

        assert_eq!(
            [0, 1, 4, 7, 24, 69, 70, 700_000].map(told),
            ["0", "0.1", "0.6", "1", "3.4", "9.9", "10", "100,000"]
        );
    }

    #[test]
    fn of_many_values_the_first_are_listed() {
        let values: Vec<String> = (1..=7).map(|n| n.to_string()).collect();

        assert_eq!(listed(&values[..6]), "1, 2, 3, 4, 5, 6");
        assert_eq!(listed(&values), "1, 2, 3, 4, 5, 6 and more");
        assert_eq!([4, 5, 995, 1_000].map(percent), ["0%", "1%", "100%", "100%"]);
    }
}
