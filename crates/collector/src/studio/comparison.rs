//! All that a definition says, beside what another said, for who has to approve it.

use maud::{Markup, html};
use pugmark_protocol::definition::{Definition, PropertyDefinition, Target, Trigger};
use pugmark_protocol::fingerprint::{Fingerprint, Kind};

use crate::codeless::targets;

use super::words;

/// What something is called, and what is said of it.
type Row = (String, String);

/// Under a fold, all that differs; of a new definition all that it says. Nothing where nothing differs.
/// `about` tells it from other folds of the page.
pub(super) fn fold(about: &str, before: Option<&Definition>, after: &Definition) -> Markup {
    let rows = compared(before, after);
    let title = if before.is_some() { "Before and after" } else { "All that it says" };
    html! {
        @if !rows.is_empty() {
            details {
                summary { (title) span.visually-hidden { ": " (about) } }
                div.scroll tabindex="0" role="region" aria-label={ (title) ": " (about) } {
                    table.list {
                        thead { tr {
                            th scope="col" { "What" }
                            @if before.is_some() { th scope="col" { "Was" } th scope="col" { "Is now" } }
                            @else { th scope="col" { "Is" } }
                        } }
                        tbody {
                            @for (what, was, is) in &rows {
                                tr {
                                    th scope="row" { (what) }
                                    @if before.is_some() { td { (value(was)) } }
                                    td { (value(is)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn value(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

/// What differs, what it was and what it is.
fn compared(before: Option<&Definition>, after: &Definition) -> Vec<(String, String, String)> {
    let (was, is) = (before.map(all).unwrap_or_default(), all(after));
    let find = |rows: &[Row], what: &str| {
        let row = rows.iter().find(|(one, _)| one == what);
        row.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let gone = was.iter().filter(|(what, _)| is.iter().all(|(one, _)| one != what));
    let whats = is.iter().chain(gone).map(|(what, _)| what);
    let rows = whats.map(|what| (what.clone(), find(&was, what), find(&is, what)));
    rows.filter(|(_, was, is)| was != is).collect()
}

/// All that a definition says that may change.
fn all(definition: &Definition) -> Vec<Row> {
    let mut rows = vec![
        row("Label", &definition.label),
        row("Description", &definition.description),
        row("Status", words::status(definition.status).0),
        row("Default properties", if definition.include_default_properties { "yes" } else { "no" }),
    ];
    match &definition.trigger {
        None => {}
        Some(Trigger::VisitedUrl { pages } | Trigger::ClickedElement { pages, .. }) => {
            rows.push(row("Pages", &words::pages_words(pages)));
        }
    }
    for (i, target) in targets(definition).enumerate() {
        let title = if i == 0 { "Element".to_owned() } else { format!("Element {}", i + 1) };
        element(&mut rows, &title, target);
    }
    for property in &definition.properties {
        rows.push((format!("Property {}", property.name), property_words(property)));
    }
    if let Some(matching) = &definition.matching_id {
        let value = format!("{} is the record’s {}", matching.event_property, matching.record_property);
        rows.push(("Record found by".to_owned(), value));
    }
    rows.push(row("Header template", &definition.templates.header));
    rows.push(row("Detail template", &definition.templates.detail));
    rows
}

fn row(what: &str, value: &str) -> Row {
    (what.to_owned(), value.to_owned())
}

fn element(rows: &mut Vec<Row>, title: &str, target: &Target) {
    let mut say = |what: &str, value: String| rows.push((format!("{title}: {what}"), value));
    say("selector", target.selector.clone());
    say(
        "text",
        target.text.as_ref().map(|rule| words::text_rule(rule).trim().to_owned()).unwrap_or_default(),
    );
    let Some(Fingerprint { family, threshold, alike, signals }) = &target.fingerprint else { return };
    say("compared with elements of the kind", family.clone());
    say("counts from", format!("{threshold} points on"));
    say("elements meant", alike.to_string());
    let mut kinds: Vec<Kind> = signals.iter().map(|signal| signal.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of_kind = signals.iter().filter(|signal| signal.kind == kind);
        let values: Vec<String> =
            of_kind.map(|signal| format!("{} ({} points)", signal.value, signal.weight)).collect();
        say(words::signal_kind(kind), values.join(", "));
    }
}

fn property_words(property: &PropertyDefinition) -> String {
    let options: Vec<String> =
        property.options.iter().map(|one| named(&one.value, &one.label, &one.description)).collect();
    let mut said = named(words::property_type(property.kind), &property.label, &property.description);
    if property.hidden {
        said.push_str(", hidden");
    }
    if !options.is_empty() {
        said.push_str(": ");
        said.push_str(&options.join("; "));
    }
    said
}

/// A value with what people are told of it: `gold “Gold” (the dearest)`.
fn named(value: &str, label: &str, description: &str) -> String {
    let label = if label.is_empty() { String::new() } else { format!(" “{label}”") };
    let description = if description.is_empty() { String::new() } else { format!(" ({description})") };
    format!("{value}{label}{description}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn definition(changes: &Value) -> Definition {
        let mut whole = json!({ "name": "bought", "label": "Bought",
            "properties": [{ "name": "plan", "type": "enumeration", "options": [{ "value": "gold" }] }],
            "trigger": { "type": "CLICKED_ELEMENT", "selector": "#buy", "fingerprint": {
                "family": "control", "threshold": 500, "alike": 1, "signals": [
                    { "kind": "text", "value": "Buy", "weight": 600 }, { "kind": "class", "value": "b", "weight": 400 } ] } } });
        let fields = changes.as_object().expect("is an object").clone();
        whole.as_object_mut().expect("is an object").extend(fields);
        serde_json::from_value(whole).expect("is well-formed")
    }

    #[test]
    fn whatever_a_draft_would_change_is_shown() {
        let before = definition(&json!({}));
        let trigger = |changes: &Value| {
            let mut trigger = json!(before.trigger);
            trigger.as_object_mut().expect("is one").extend(changes.as_object().expect("is one").clone());
            json!({ "trigger": trigger })
        };
        let mut signals = json!(before.trigger)["fingerprint"].clone();
        signals["threshold"] = json!(1);
        signals["signals"][0]["value"] = json!("Pay");
        for (changes, what, was, is) in [
            (json!({ "description": "x" }), "Description", "", "x"),
            (json!({ "status": "paused" }), "Status", "Active", "Paused"),
            (json!({ "include_default_properties": false }), "Default properties", "yes", "no"),
            (json!({ "templates": { "header": "h" } }), "Header template", "", "h"),
            (json!({ "templates": { "detail": "d" } }), "Detail template", "", "d"),
            (json!({ "properties": [] }), "Property plan", "Choice: gold", ""),
            (
                trigger(&json!({ "pages": [{ "match": "exact", "value": "/cart" }] })),
                "Pages",
                "any page",
                "the page /cart",
            ),
            (
                trigger(&json!({ "text": { "match": "exact", "value": "Buy" } })),
                "Element: text",
                "",
                "reading “Buy”",
            ),
            (trigger(&json!({ "selector": "#pay" })), "Element: selector", "#buy", "#pay"),
            (trigger(&json!({ "alternatives": [{ "selector": "i" }] })), "Element 2: selector", "", "i"),
        ] {
            let told = compared(Some(&before), &definition(&changes));
            assert_eq!(told, [(what.to_owned(), was.to_owned(), is.to_owned())], "{changes}");
        }
        let told = compared(Some(&before), &definition(&trigger(&json!({ "fingerprint": signals }))));
        let told: Vec<_> = told.iter().map(|(what, was, is)| [&**what, was, is]).collect();
        assert_eq!(
            told,
            [
                ["Element: counts from", "500 points on", "1 points on"],
                ["Element: Text", "Buy (600 points)", "Pay (600 points)"],
            ]
        );
        assert_eq!(compared(Some(&before), &before), []);
    }

    #[test]
    fn of_a_new_event_all_is_shown() {
        let page = fold("Bought", None, &definition(&json!({ "label": "<b>" }))).into_string();

        for words in
            ["All that it says", "&lt;b&gt;", "Buy (600 points)", "b (400 points)", "any page", "#buy"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(">Was<"), "{page}");
    }
}
