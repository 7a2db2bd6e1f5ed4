//! What became of a definition, by whom, in words.

use maud::{Markup, html};
use pugmark_protocol::definition::{Definition, Status};

use crate::state::AppState;
use crate::store::{Change, StoreError, Token};

use super::{comparison, words};

/// How many changes are shown at once; the others are under a fold.
const SHOWN: usize = 5;

/// The section with all that is known; nothing where nothing is.
pub(super) async fn section(state: &AppState, site: &str, name: &str) -> Result<Markup, StoreError> {
    let changes = state.store.changes(site, name).await?;
    let tokens = state.store.tokens(site).await?;
    let (shown, folded) = changes.split_at(changes.len().min(SHOWN));
    Ok(html! {
        @if !changes.is_empty() {
            section aria-labelledby="history-title" {
                h2 id="history-title" { "History" }
                (list(shown, &tokens))
                @if !folded.is_empty() {
                    details {
                        summary { (words::count(folded.len() as u64, "earlier change", "earlier changes")) }
                        (list(folded, &tokens))
                    }
                }
            }
        }
    })
}

fn list(changes: &[Change], tokens: &[Token]) -> Markup {
    html! {
        ol.history {
            @for change in changes {
                li {
                    p {
                        time datetime=(words::iso(change.at)) { (words::plain_time(change.at)) }
                        " " span.muted { (words::author(change.by, tokens)) }
                    }
                    ul { @for what in what_changed(change.before.as_ref(), change.after.as_ref()) { li { (what) } } }
                    @if let (Some(before), Some(after)) = (&change.before, &change.after) {
                        (comparison::fold(&words::plain_time(change.at), Some(before), after))
                    }
                }
            }
        }
    }
}

/// What changed, a sentence each.
pub(super) fn what_changed(before: Option<&Definition>, after: Option<&Definition>) -> Vec<String> {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, Some(after)) => return vec![format!("Made. Recorded when {}.", words::trigger(after))],
        (_, None) => return vec!["Deleted, with its events.".to_owned()],
    };
    let mut said = Vec::new();
    if before.label != after.label {
        said.push(format!("Called “{}”; it was “{}”.", after.label, before.label));
    }
    if before.description != after.description {
        said.push("Described otherwise.".to_owned());
    }
    if before.status != after.status {
        said.push(
            match after.status {
                Status::Active if before.status == Status::Paused => "Resumed.",
                Status::Active => "In use again.",
                Status::Paused => "Paused.",
                Status::Archived => "Archived.",
            }
            .to_owned(),
        );
    }
    if before.trigger != after.trigger {
        let (was, is) = (words::trigger(before), words::trigger(after));
        said.push(if was == is {
            "Its element is known by other signs than before.".to_owned()
        } else {
            format!("Recorded when {is}; it was when {was}.")
        });
    }
    properties(before, after, &mut said);
    if before.include_default_properties != after.include_default_properties {
        let with = if after.include_default_properties { "with" } else { "without" };
        said.push(format!("Recorded {with} the default properties."));
    }
    if before.templates != after.templates {
        said.push("Shown on a timeline by other templates.".to_owned());
    }
    if before.matching_id != after.matching_id {
        said.push("Its record is found in another way.".to_owned());
    }
    if said.is_empty() {
        said.push("Changed in something that these pages do not show.".to_owned());
    }
    said
}

fn properties(before: &Definition, after: &Definition, said: &mut Vec<String>) {
    let lacking = |these: &Definition, those: &Definition| {
        let names = these.properties.iter().map(|property| property.name.as_str());
        names.filter(|name| those.property(name).is_none()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (added, removed) = (lacking(after, before), lacking(before, after));
    let changed = after
        .properties
        .iter()
        .filter(|property| before.property(&property.name).is_some_and(|earlier| earlier != *property));
    let changed: Vec<String> = changed.map(|property| property.name.clone()).collect();
    for (what, names) in [("added", added), ("removed", removed), ("changed", changed)] {
        if !names.is_empty() {
            said.push(format!("Properties {what}: {}.", names.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn definition(changes: &Value) -> Definition {
        let mut whole = json!({ "name": "bought", "label": "Bought",
            "properties": [{ "name": "plan", "type": "string" }, { "name": "seats", "type": "number" }],
            "trigger": { "type": "CLICKED_ELEMENT", "selector": "#buy" } });
        let fields = changes.as_object().expect("is an object").clone();
        whole.as_object_mut().expect("is an object").extend(fields);
        serde_json::from_value(whole).expect("is well-formed")
    }

    #[test]
    fn every_change_has_a_sentence() {
        let before = definition(&json!({}));
        for (changes, sentences) in [
            (json!({ "label": "Paid" }), &["Called “Paid”; it was “Bought”."][..]),
            (json!({ "description": "x" }), &["Described otherwise."]),
            (json!({ "status": "paused" }), &["Paused."]),
            (json!({ "status": "archived" }), &["Archived."]),
            (
                json!({ "trigger": { "type": "CLICKED_ELEMENT", "selector": "#pay" } }),
                &[
                    "Recorded when somebody clicks #pay on any page; it was when somebody clicks #buy on any page.",
                ],
            ),
            (
                json!({ "properties": [{ "name": "plan", "label": "Plan", "type": "string" }, { "name": "n", "type": "number" }] }),
                &["Properties added: n.", "Properties removed: seats.", "Properties changed: plan."],
            ),
            (
                json!({ "matching_id": { "record_property": "a", "event_property": "plan" } }),
                &["Its record is found in another way."],
            ),
            (json!({ "include_default_properties": false }), &["Recorded without the default properties."]),
            (json!({ "templates": { "header": "x" } }), &["Shown on a timeline by other templates."]),
            (json!({ "source": "script" }), &["Changed in something that these pages do not show."]),
        ] {
            assert_eq!(what_changed(Some(&before), Some(&definition(&changes))), sentences, "{changes}");
        }
        let paused = definition(&json!({ "status": "paused" }));
        assert_eq!(what_changed(Some(&paused), Some(&before)), ["Resumed."]);
        assert_eq!(
            what_changed(None, Some(&before)),
            ["Made. Recorded when somebody clicks #buy on any page."]
        );
        assert_eq!(what_changed(Some(&before), None), ["Deleted, with its events."]);
    }

    #[test]
    fn signs_that_no_sentence_shows_are_told_of() {
        let known = |weight: u32| {
            definition(&json!({ "trigger": { "type": "CLICKED_ELEMENT", "selector": "#buy", "fingerprint": {
                "family": "control", "threshold": 1, "alike": 1,
                "signals": [{ "kind": "text", "value": "Buy", "weight": weight }] } } }))
        };

        assert_eq!(
            what_changed(Some(&known(500)), Some(&known(600))),
            ["Its element is known by other signs than before."]
        );
    }
}
