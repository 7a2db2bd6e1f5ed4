//! Which events a site has, and what one of them looks like.

use std::cmp::Reverse;
use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::UnixMillis;
use serde::Deserialize;

use crate::state::AppState;
use crate::store::{Counts, EventFilter, EventPage};

use super::completion::{Completion, Definitions, PAGE_VIEW};
use super::create::Way;
use super::page::{Frame, PageError, Place, SignedIn, badge};
use super::{codeless, history, words};

/// How many days the bars show.
const DAYS: u32 = 30;

/// Most events listed; the others are found by sorting, or through the JSON API.
const LISTED: usize = 500;

/// How many completions one page of an event shows.
const PAGE: u32 = 25;

/// Where the list begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    Name,
    #[default]
    Count,
    Seen,
}

/// What the address of the list asks for; what it does not know, it ignores.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    sort: Option<String>,
    dir: Option<String>,
}

/// What the address of an event's page asks for.
#[derive(Deserialize)]
pub(super) struct EventQuery {
    after: Option<String>,
    /// What was just done.
    done: Option<String>,
}

struct Row {
    name: String,
    label: String,
    definition: Option<Definition>,
    total: u64,
    last: Option<UnixMillis>,
    bars: Vec<u64>,
}

impl Order {
    fn parse(text: Option<&str>) -> Self {
        match text {
            Some("name") => Self::Name,
            Some("seen") => Self::Seen,
            _ => Self::Count,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Count => "count",
            Self::Seen => "seen",
        }
    }

    /// Names read upwards, numbers and times from the largest.
    fn natural_is_descending(self) -> bool {
        self != Self::Name
    }

    fn sort(self, rows: &mut [Row], descending: bool) {
        match self {
            Self::Name => rows.sort_by_cached_key(|row| row.label.to_lowercase()),
            Self::Count => rows.sort_by_key(|row| (row.total, Reverse(row.name.clone()))),
            Self::Seen => rows.sort_by_key(|row| (row.last, Reverse(row.name.clone()))),
        }
        if descending {
            rows.reverse();
        }
    }
}

/// Lists the events that arrived or are defined.
pub(super) async fn list(
    _: SignedIn,
    State(state): State<AppState>,
    Path(site): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let mut rows = rows(&state, &site).await?;
    let order = Order::parse(query.sort.as_deref());
    let descending = match query.dir.as_deref() {
        Some("asc") => false,
        Some("desc") => true,
        _ => order.natural_is_descending(),
    };
    order.sort(&mut rows, descending);

    let content = html! {
        div.page-head {
            h1 { "Events" }
            @if !rows.is_empty() { p { (summary(&rows)) } }
        }
        @if rows.is_empty() {
            div.empty {
                p { "Nothing has arrived yet. The live view has the tag to paste into your pages." }
                p { a.button href=(frame.path("live")) { "Go to the live view" } }
            }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Events" {
                table.list {
                    thead { tr {
                        (heading(&frame, Order::Name, "Event", order, descending))
                        th scope="col" { "Definition" }
                        (heading(&frame, Order::Count, "Completions", order, descending))
                        th scope="col" { "Last " (DAYS) " days" }
                        (heading(&frame, Order::Seen, "Last seen", order, descending))
                    } }
                    tbody { @for row in rows.iter().take(LISTED) { (draw_row(&frame, row)) } }
                }
            }
            @if rows.len() > LISTED { p.muted { "The first " (LISTED) " are listed; sort by another column for others." } }
        }
    };
    Ok(frame.page(Place::Events, "Events", &["times.js"], &content))
}

fn summary(rows: &[Row]) -> String {
    let undefined =
        rows.iter().filter(|row| row.definition.is_none() && row.name != PAGE_VIEW).count() as u64;
    let all = words::count(rows.len() as u64, "event", "events");
    match undefined {
        0 => all,
        n => format!("{all}, {n} of them undefined"),
    }
}

fn heading(frame: &Frame, column: Order, label: &str, order: Order, descending: bool) -> Markup {
    let sorted = column == order;
    let next_descending = if sorted { !descending } else { column.natural_is_descending() };
    let next = if next_descending { "desc" } else { "asc" };
    let state = if descending { "descending" } else { "ascending" };
    html! {
        th scope="col" class=[(column == Order::Count).then_some("number")] aria-sort=[sorted.then_some(state)] {
            a href={ (frame.path("events")) "?sort=" (column.key()) "&dir=" (next) } { (label) }
        }
    }
}

fn draw_row(frame: &Frame, row: &Row) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href=(frame.path(&format!("events/{}", row.name))) { (row.label) }
                @if row.label != row.name { code { (row.name) } }
            }
            td { (defined_badge(&row.name, row.definition.as_ref())) }
            td.number { (words::number(row.total)) }
            td { (bars(&row.bars)) }
            td { (last_seen(row.last)) }
        }
    }
}

/// Whether an event is defined, in a badge.
fn defined_badge(name: &str, definition: Option<&Definition>) -> Markup {
    match definition {
        Some(definition) => {
            let (status, style) = words::status(definition.status);
            badge(style, if style == "good" { "Defined" } else { status })
        }
        None if name == PAGE_VIEW => badge("plain", "Built in"),
        None => badge("attention", "Undefined"),
    }
}

/// When something last happened.
pub(super) fn last_seen(last: Option<UnixMillis>) -> Markup {
    html! {
        @match last {
            Some(at) => time datetime=(words::iso(at)) data-relative="" { (words::plain_time(at)) },
            None => span.muted { "Never" },
        }
    }
}

/// Small bars, one a day. For the eye only: the numbers stand beside them.
fn bars(days: &[u64]) -> Markup {
    const HEIGHT: u64 = 28;
    const STEP: usize = 5;
    let most = days.iter().copied().max().unwrap_or(0).max(1);
    html! {
        svg.bars viewBox={ "0 0 " (days.len() * STEP) " " (HEIGHT) } aria-hidden="true" {
            @for (i, &n) in days.iter().enumerate() {
                // A day with anything at all shows at least two units.
                @let height = if n == 0 { 1 } else { (n * HEIGHT / most).max(2) };
                rect class=[(n == 0).then_some("none")] x=(i * STEP) y=(HEIGHT - height) width=(STEP - 1) height=(height) {}
            }
        }
    }
}

async fn rows(state: &AppState, site: &str) -> Result<Vec<Row>, PageError> {
    let definitions = Definitions::new(state.store.definitions(site).await?);
    let days = words::last_days(state.now(), DAYS);
    let counts = state.store.counts(site, DAYS).await?;
    let mut rows: Vec<Row> = counts.iter().map(|counts| row(counts, &definitions, &days)).collect();
    let silent =
        definitions.all().filter(|definition| counts.iter().all(|c| c.name != definition.name.as_str()));
    rows.extend(silent.map(|definition| Row {
        name: definition.name.as_str().to_owned(),
        label: definitions.label(definition.name.as_str()).to_owned(),
        definition: Some(definition.clone()),
        total: 0,
        last: None,
        bars: vec![0; days.len()],
    }));
    Ok(rows)
}

fn row(counts: &Counts, definitions: &Definitions, days: &[String]) -> Row {
    let by_day: HashMap<_, _> = counts.days.iter().map(|count| (count.day.as_str(), count.n)).collect();
    Row {
        name: counts.name.clone(),
        label: definitions.label(&counts.name).to_owned(),
        definition: definitions.find(&counts.name).cloned(),
        total: counts.total,
        last: Some(counts.last_received_at),
        bars: days.iter().map(|day| by_day.get(day.as_str()).copied().unwrap_or(0)).collect(),
    }
}

/// Shows one event: what it is, how often, and its latest completions.
pub(super) async fn show(
    _: SignedIn,
    State(state): State<AppState>,
    Path((site, name)): Path<(String, String)>,
    Query(query): Query<EventQuery>,
) -> Result<Markup, PageError> {
    let frame = Frame::load(&state, &site).await?;
    let row =
        rows(&state, &site).await?.into_iter().find(|row| row.name == name).ok_or(PageError::NoSuchEvent)?;
    let definitions = Definitions::new(state.store.definitions(&site).await?);
    let older = query.after.is_some();
    let entry = state.store.entry(&site, &name).await?;
    let codeless = match entry.as_ref().filter(|entry| entry.definition.trigger.is_some()) {
        Some(entry) => codeless::sections(&state, &frame, entry).await?,
        None => html! {},
    };
    let history = history::section(&state, &site, &name).await?;
    let filter = EventFilter { name: Some(name), after: query.after, limit: PAGE, ..EventFilter::default() };
    let events = state.store.events(&site, filter).await?;

    let content = html! {
        nav.crumbs aria-label="You are here" { a href=(frame.path("events")) { "Events" } }
        div.page-head {
            h1 { (row.label) }
            (defined_badge(&row.name, row.definition.as_ref()))
            @if row.label != row.name { code { (row.name) } }
        }
        (codeless::said(query.done.as_deref()))
        (about(&row))
        @if row.definition.as_ref().is_some_and(|definition| definition.trigger.is_none()) {
            p { "Send it: "
                @for (i, way) in Way::ALL.into_iter().enumerate() {
                    @if i > 0 { ", " } a href=(frame.path(&format!("events/{}/{}", row.name, way.key()))) { (way.label()) }
                }
            }
        }
        section.totals aria-label="How often" {
            div { strong { (words::number(row.total)) } span { "completions" } }
            div { strong { (words::number(row.bars.iter().sum())) } span { "in the last " (DAYS) " days" } }
            div { strong { (last_seen(row.last)) } span { "last seen" } }
            (bars(&row.bars))
        }
        (codeless)
        (history)
        h2 { @if older { "Earlier completions" } @else { "Recent completions" } }
        (completions(&frame, &row.name, &events, &definitions))
    };
    Ok(frame.page(Place::Events, &row.label, &["times.js", "visualizer.js"], &content))
}

fn about(row: &Row) -> Markup {
    html! {
        @match &row.definition {
            Some(definition) => {
                @if !definition.description.is_empty() { p.lead { (definition.description) } }
                p { "Recorded when " (words::trigger(definition)) "." }
                @if !definition.properties.is_empty() {
                    details {
                        summary { (words::count(definition.properties.len() as u64, "property", "properties")) " defined" }
                        table.list {
                            thead { tr { th scope="col" { "Property" } th scope="col" { "Type" } th scope="col" { "For" } } }
                            tbody {
                                @for property in &definition.properties {
                                    tr {
                                        th scope="row" { code { (property.name) } }
                                        td { (words::property_type(property.kind)) }
                                        td { (property.description) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            None if row.name == PAGE_VIEW => { p { "Recorded by itself whenever somebody views a page." } }
            None => {
                p.note {
                    "Your code sends this event, and every completion is kept. Once it is defined, it has a name for people, "
                    "and its properties have types."
                }
            }
        }
    }
}

fn completions(frame: &Frame, name: &str, events: &EventPage, definitions: &Definitions) -> Markup {
    html! {
        @if events.events.is_empty() {
            p.empty { "None." }
        } @else {
            ol.completions {
                @for event in &events.events { (Completion::new(event, definitions).draw()) }
            }
        }
        @if let Some(next) = &events.next {
            @let query = form_urlencoded::Serializer::new(String::new()).append_pair("after", next).finish();
            p { a.button href={ (frame.path(&format!("events/{name}"))) "?" (query) } { "Earlier" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use super::super::support::Studio;

    #[tokio::test]
    async fn the_list_counts_and_says_what_is_undefined() {
        let studio = Studio::new().await;
        studio.append("signed_up", json!({})).await;
        studio.append("signed_up", json!({})).await;
        studio.append("page_view", json!({})).await;
        studio.define(json!({ "name": "viewed_cart", "label": "Viewed the cart" })).await;

        let page = studio.get("/studio/sites/demo/events").await.body;

        assert!(page.contains("3 events, 1 of them undefined"), "{page}");
        assert!(page.contains("Viewed the cart"), "{page}");
        let (first, second) = (page.find("events/signed_up"), page.find("events/page_view"));
        assert!(first < second, "the most frequent comes first");
    }

    #[tokio::test]
    async fn the_list_ends() {
        let studio = Studio::new().await;
        for n in 0..=super::LISTED {
            studio.append(&format!("event_{n}"), json!({})).await;
        }

        let page = studio.get("/studio/sites/demo/events").await.body;

        assert_eq!(page.matches("<svg").count(), super::LISTED);
        assert!(page.contains("The first 500 are listed"), "{page}");
    }

    #[tokio::test]
    async fn the_list_can_be_turned_round() {
        let studio = Studio::new().await;
        studio.append("b_event", json!({})).await;
        studio.append("a_event", json!({})).await;

        for (query, first, second) in
            [("sort=name&dir=asc", "a_event", "b_event"), ("sort=name&dir=desc", "b_event", "a_event")]
        {
            let page = studio.get(&format!("/studio/sites/demo/events?{query}")).await.body;
            assert!(page.find(first) < page.find(second), "{query}");
        }
        let nonsense = studio.get("/studio/sites/demo/events?sort=%3Cimg%3E&dir=up").await;
        assert_eq!(nonsense.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn an_events_page_shows_values_from_the_web_as_text() {
        let studio = Studio::new().await;
        studio.append("signed_up", json!({ "plan": "<img src=x onerror=alert(1)>" })).await;

        let page = studio.get("/studio/sites/demo/events/signed_up").await.body;

        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"), "{page}");
        assert!(!page.contains("<img"), "{page}");
    }

    #[tokio::test]
    async fn an_event_nobody_knows_is_not_found() {
        let answer = Studio::new().await.get("/studio/sites/demo/events/never").await;

        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}
