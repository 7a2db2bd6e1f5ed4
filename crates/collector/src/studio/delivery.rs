//! What became of the events that were made: how many are stored, which are lost and why, and which are missing.

use axum::extract::{Path, State};
use maud::{Markup, html};

use crate::state::AppState;
use crate::store::{Delivery, EventFilter, StoreError, TabDelivery};

use super::completion::{Completion, Definitions};
use super::events::last_seen;
use super::page::{Frame, PageError, Place, SignedIn};
use super::words;

/// Most tabs shown; the JSON API tells more.
const TABS: usize = 100;

/// How many of a visitor's latest completions are shown.
const COMPLETIONS: u32 = 25;

/// How much of a visitor's id is shown where it leads to the visitor.
const SHORT_ID: usize = 8;

/// Shows a whole site.
pub(super) async fn show(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let delivery = state.store.delivery(&site, None).await?;

    let content = html! {
        div.page-head { h1 { "Delivery" } @if delivery.made > 0 { p { (share(&delivery)) } } }
        p.lead { "Every event gets a number in the tab where it is made. So what does not arrive leaves a gap that can be seen." }
        @if delivery.made == 0 {
            div.empty {
                p { "Nothing has arrived yet. The live view has the tag to paste into your pages." }
                p { a.button href=(frame.path("live")) { "Go to the live view" } }
            }
        } @else {
            (sums(&delivery))
            (reasons(&delivery))
            (missing(&delivery))
            @if !delivery.tabs.is_empty() {
                h2 { "Where events are lost or missing" }
                (tabs(&frame, &delivery.tabs, true))
            }
        }
    };
    Ok(frame.page(Place::Delivery, "Delivery", &["times.js"], &content))
}

/// Shows one visitor: what became of what they did, and their latest completions.
pub(super) async fn visitor(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, visitor)): Path<(String, String)>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let delivery = state.store.delivery(&site, Some(&visitor)).await?;
    if delivery.tabs.is_empty() {
        return Err(PageError::NoSuchVisitor);
    }
    let definitions = Definitions::new(state.store.definitions(&site).await?);
    let filter = EventFilter { visitor: Some(visitor.clone()), limit: COMPLETIONS, ..EventFilter::default() };
    let events = match state.store.events(&site, filter).await {
        Err(StoreError::TooSlow) => None,
        other => Some(other?.events),
    };

    let content = html! {
        nav.crumbs aria-label="You are here" { a href=(frame.path("delivery")) { "Delivery" } }
        div.page-head { h1 { "Visitor" } code { (visitor) } p { (share(&delivery)) } }
        (sums(&delivery))
        (reasons(&delivery))
        h2 { "Tabs" }
        (tabs(&frame, &delivery.tabs, false))
        h2 { "Recent completions" }
        @match events {
            Some(events) if events.is_empty() => p.empty { "None." },
            Some(events) => ol.completions { @for event in &events { (Completion::new(event, &definitions).draw()) } },
            None => p.empty { "This visitor was here too long ago for their completions to be found in time." },
        }
    };
    Ok(frame.page(Place::Delivery, "Visitor", &["times.js"], &content))
}

/// How much of what was made is stored; never rounded up to everything.
fn share(delivery: &Delivery) -> String {
    if delivery.stored == delivery.made {
        return "Everything that was made is stored".to_owned();
    }
    let tenths = u128::from(delivery.stored) * 1_000 / u128::from(delivery.made.max(1));
    format!("{}.{} % of what was made is stored", tenths / 10, tenths % 10)
}

fn lost(delivery: &Delivery) -> u64 {
    delivery.totals.values().sum()
}

fn sums(delivery: &Delivery) -> Markup {
    html! {
        section.totals aria-label="In numbers" {
            div { strong { (words::number(delivery.made)) } span { "made" } }
            div { strong { (words::number(delivery.stored)) } span { "stored" } }
            div { strong { (words::number(lost(delivery))) } span { "known lost" } }
            div { strong { (words::number(delivery.missing)) } span { "missing" } }
        }
    }
}

fn reasons(delivery: &Delivery) -> Markup {
    let mut totals: Vec<_> = delivery.totals.iter().collect();
    totals.sort_by_key(|&(reason, &n)| (std::cmp::Reverse(n), reason));
    html! {
        @if !totals.is_empty() {
            h2 { "Known lost, by reason" }
            div.scroll tabindex="0" role="region" aria-label="Known lost, by reason" {
                table.list {
                    thead { tr {
                        th scope="col" { "Reason" }
                        th.number scope="col" { "Events" }
                        th scope="col" { "What to do" }
                    } }
                    tbody { @for (reason, n) in totals {
                        @let (label, advice) = words::loss(reason);
                        tr { th scope="row" { (label) } td.number { (words::number(*n)) } td { (advice) } }
                    } }
                }
            }
        }
    }
}

fn missing(delivery: &Delivery) -> Markup {
    html! {
        @if delivery.missing > 0 {
            h2 { "Missing" }
            p {
                (words::count(delivery.missing, "event was", "events were"))
                " made, since later ones of the same tab are known, but neither arrived nor were reported lost. They "
                "may be on their way still: what could not be sent waits in the browser until the visitor comes back. What "
                "stays missing was in a browser whose storage was cleared, or that keeps none."
            }
        }
    }
}

fn tabs(frame: &Frame, tabs: &[TabDelivery], with_visitor: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Tabs" {
            table.list {
                thead { tr {
                    th scope="col" { "Tab last heard from" }
                    @if with_visitor { th scope="col" { "Visitor" } }
                    th.number scope="col" { "Made" }
                    th.number scope="col" { "Stored" }
                    th.number scope="col" { "Known lost" }
                    th.number scope="col" { "Missing" }
                    th scope="col" { "Reasons" }
                } }
                tbody { @for tab in tabs.iter().take(TABS) { (row(frame, tab, with_visitor)) } }
            }
        }
        @if tabs.len() > TABS { p.muted { "The latest " (TABS) " tabs are shown." } }
    }
}

fn row(frame: &Frame, tab: &TabDelivery, with_visitor: bool) -> Markup {
    let reasons: Vec<_> = tab.lost.keys().map(|reason| words::loss(reason).0).collect();
    html! {
        tr {
            th scope="row" { (last_seen(Some(tab.last_received_at))) code { (tab.tab) } }
            @if with_visitor {
                td { @match &tab.visitor {
                    Some(visitor) => a href=(frame.path(&format!("visitors/{visitor}"))) {
                        code { (visitor.get(..SHORT_ID).unwrap_or(visitor)) "…" }
                    },
                    None => span.muted { "Anonymous" },
                } }
            }
            td.number { (words::number(tab.made)) }
            td.number { (words::number(tab.stored)) }
            td.number { (words::number(tab.lost.values().sum())) }
            td.number { (words::number(tab.missing)) }
            td { (reasons.join("; ")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use pugmark_protocol::time::UnixMillis;

    use super::super::support::Studio;
    use super::*;

    const VISITOR: &str = "0123456789abcdef0123456789abcdef";

    fn tab() -> TabDelivery {
        TabDelivery {
            tab: "0123456789ab".to_owned(),
            visitor: Some(VISITOR.to_owned()),
            last_received_at: UnixMillis(1_795_430_400_000),
            made: 3_000,
            stored: 2_990,
            lost: [("outbox_full".to_owned(), 7)].into(),
            missing: 3,
        }
    }

    fn delivery(tabs: usize) -> Delivery {
        let tab = tab();
        Delivery {
            totals: tab.lost.clone(),
            made: tab.made,
            stored: tab.stored,
            missing: tab.missing,
            tabs: vec![tab; tabs],
        }
    }

    #[tokio::test]
    async fn the_page_says_how_many_why_and_what_to_do() {
        let studio = Studio::new().await;
        studio.deliver(delivery(1));

        let page = studio.get("/studio/sites/demo/delivery").await.body;

        assert!(page.contains("99.6 % of what was made is stored"), "{page}");
        for number in ["3,000", "2,990", "<strong>7</strong>", "<strong>3</strong>"] {
            assert!(page.contains(number), "{number}: {page}");
        }
        assert!(page.contains(words::loss("outbox_full").0) && page.contains(words::loss("outbox_full").1));
        assert!(page.contains("3 events were made"), "{page}");
        assert!(page.contains(&format!("/studio/sites/demo/visitors/{VISITOR}")), "{page}");
    }

    #[tokio::test]
    async fn where_nothing_is_lost_there_is_nothing_to_read() {
        let studio = Studio::new().await;
        studio.deliver(Delivery { made: 5, stored: 5, ..Delivery::default() });

        let page = studio.get("/studio/sites/demo/delivery").await.body;

        assert!(page.contains("Everything that was made is stored"), "{page}");
        assert!(!page.contains("<table") && !page.contains("<h2>"), "{page}");
    }

    #[tokio::test]
    async fn the_list_of_tabs_ends() {
        let studio = Studio::new().await;
        studio.deliver(delivery(TABS + 1));

        let page = studio.get("/studio/sites/demo/delivery").await.body;

        assert_eq!(page.matches("<code>0123456789ab</code>").count(), TABS);
        assert!(page.contains("The latest 100 tabs are shown."), "{page}");
    }

    #[tokio::test]
    async fn a_visitor_has_a_page_and_one_nobody_knows_has_none() {
        let studio = Studio::new().await;
        let path = format!("/studio/sites/demo/visitors/{VISITOR}");
        assert_eq!(studio.get(&path).await.status, StatusCode::NOT_FOUND);

        studio.deliver(delivery(2));
        studio.append("signed_up", serde_json::json!({ "plan": "<img src=x>" })).await;
        let page = studio.get(&path).await.body;

        assert!(page.contains("signed_up") && page.contains("&lt;img src=x&gt;"), "{page}");
        assert_eq!(page.matches("<code>0123456789ab</code>").count(), 2);
    }

    #[test]
    fn almost_everything_is_not_everything() {
        let delivery = |made, stored| Delivery { made, stored, ..Delivery::default() };

        assert_eq!(share(&delivery(1_000_000, 999_999)), "99.9 % of what was made is stored");
        assert_eq!(share(&delivery(3, 0)), "0.0 % of what was made is stored");
    }
}
