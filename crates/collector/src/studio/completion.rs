//! One completion as people see it. The live view receives it as JSON and fills the very template that the other
//! pages draw on the server, so that there is one layout, and text stays text in both.

use std::collections::HashMap;

use maud::{Markup, html};
use pugmark_protocol::definition::Definition;
use serde::Serialize;
use serde_json::Value;

use crate::store::StoredEvent;

use super::page::badge;
use super::words;

/// A page view: an event of Pugmark's own, which needs no definition.
pub(super) const PAGE_VIEW: &str = "page_view";

/// A site's definitions, by event name.
pub(super) struct Definitions(HashMap<String, Definition>);

/// A completion, ready to be shown.
#[derive(Default, Serialize)]
pub(super) struct Completion {
    id: String,
    name: String,
    label: String,
    undefined: bool,
    at: String,
    /// [`Completion::at`] for who reads without modules.
    #[serde(skip)]
    plain_at: String,
    page: String,
    visitor: String,
    /// Who the visitor is, if known: an email address or the site's own id.
    known: String,
    session: String,
    /// What the page gave.
    properties: Vec<Property>,
    /// What was recorded by itself.
    automatic: Vec<Property>,
    /// What was changed and why, a sentence each.
    adjusted: Vec<String>,
}

/// A property of a completion.
#[derive(Default, Serialize)]
struct Property {
    name: String,
    value: String,
    undefined: bool,
    adjusted: bool,
}

impl Definitions {
    /// Sorts definitions by name.
    pub(super) fn new(definitions: Vec<Definition>) -> Self {
        Self(
            definitions
                .into_iter()
                .map(|definition| (definition.name.as_str().to_owned(), definition))
                .collect(),
        )
    }

    /// The definition of an event.
    pub(super) fn find(&self, name: &str) -> Option<&Definition> {
        self.0.get(name)
    }

    /// Every definition, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Definition> {
        self.0.values()
    }

    /// What people call an event.
    pub(super) fn label<'a>(&'a self, name: &'a str) -> &'a str {
        match self.find(name) {
            Some(definition) if !definition.label.is_empty() => &definition.label,
            None if name == PAGE_VIEW => "Page view",
            Some(_) | None => name,
        }
    }

    /// Whether somebody still has to say what this event is.
    pub(super) fn lacks(&self, name: &str) -> bool {
        name != PAGE_VIEW && self.find(name).is_none()
    }
}

impl Completion {
    /// Puts a stored event into words.
    pub(super) fn new(event: &StoredEvent, definitions: &Definitions) -> Self {
        let definition = definitions.find(&event.name);
        let (automatic, properties) = event
            .properties
            .iter()
            .map(|(name, value)| Property {
                // Of an undefined event every property is; saying it once is enough.
                undefined: definition.is_some_and(|d| d.properties.iter().all(|known| known.name != *name))
                    && !is_automatic(name),
                adjusted: event.adjusted.iter().any(|code| words::adjusted_property(code) == Some(name)),
                value: text(value),
                name: name.clone(),
            })
            .partition(|property| is_automatic(&property.name));
        let known = event.identity.as_ref().and_then(|who| who.get("email").or_else(|| who.get("id")));
        Self {
            id: event.id.clone(),
            name: event.name.clone(),
            label: definitions.label(&event.name).to_owned(),
            undefined: definitions.lacks(&event.name),
            at: words::iso(event.at),
            plain_at: words::plain_time(event.at),
            page: event.url.clone(),
            visitor: event.visitor.clone().unwrap_or_default(),
            known: known.map(text).unwrap_or_default(),
            session: event.session.clone().unwrap_or_default(),
            properties,
            automatic,
            adjusted: event.adjusted.iter().map(|code| words::adjustment(code)).collect(),
        }
    }

    /// Draws it as an item of a list. What is empty is drawn too, hidden, for the template's sake.
    pub(super) fn draw(&self) -> Markup {
        html! {
            li.completion data-id=(self.id) {
                div.completion-head {
                    h2 data-slot="label" { (self.label) }
                    code data-slot="name" hidden[self.label == self.name] { (self.name) }
                    span data-show="undefined" hidden[!self.undefined] { (badge("attention", "Undefined event")) }
                    time data-slot="at" datetime=(self.at) { (self.plain_at) }
                }
                dl.context {
                    (fact("page", "Page", &self.page))
                    (fact("known", "Known as", &self.known))
                    (fact("visitor", "Visitor", &self.visitor))
                    (fact("session", "Session", &self.session))
                }
                dl.properties data-list="properties" hidden[self.properties.is_empty()] {
                    @for property in &self.properties { (property.draw()) }
                }
                div.adjusted data-show="adjustments" hidden[self.adjusted.is_empty()] {
                    p { "Adjusted to fit" }
                    ul data-list="adjusted" {
                        @for sentence in &self.adjusted { li { (sentence) } }
                    }
                }
                details.automatic data-show="automatic" hidden[self.automatic.is_empty()] {
                    summary { "Recorded automatically (" span data-slot="automatic-count" { (self.automatic.len()) } ")" }
                    dl.properties data-list="automatic" {
                        @for property in &self.automatic { (property.draw()) }
                    }
                }
            }
        }
    }

    /// The templates that the live view fills.
    pub(super) fn templates() -> Markup {
        html! {
            template id="completion" { (Self::default().draw()) }
            template id="property" { (Property::default().draw()) }
        }
    }
}

impl Property {
    fn draw(&self) -> Markup {
        html! {
            div.property {
                dt {
                    span data-slot="name" { (self.name) }
                    span data-show="undefined" hidden[!self.undefined] { (badge("attention", "Undefined")) }
                    span data-show="adjusted" hidden[!self.adjusted] { (badge("info", "Adjusted")) }
                }
                dd data-slot="value" { (self.value) }
            }
        }
    }
}

fn fact(slot: &str, label: &str, value: &str) -> Markup {
    html! {
        div hidden[value.is_empty()] { dt { (label) } dd data-slot=(slot) title=(value) { (value) } }
    }
}

fn is_automatic(name: &str) -> bool {
    name.starts_with("hs_")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::support::stored;
    use super::*;

    fn definitions(json: Value) -> Definitions {
        Definitions::new(serde_json::from_value(json).expect("is well-formed"))
    }

    #[test]
    fn markup_from_the_web_is_shown_as_text() {
        let mut event = stored("signed_up", json!({ "plan": "<img src=x onerror=alert(1)>", "<b>": "x" }));
        event.url = "https://x/\"><script>alert(1)</script>".to_owned();
        event.adjusted = vec!["no_name:<img onerror=1>".to_owned()];

        let drawn = Completion::new(&event, &definitions(json!([]))).draw().into_string();

        assert!(!drawn.contains("<img"), "{drawn}");
        assert!(!drawn.contains("<script"), "{drawn}");
        assert!(!drawn.contains("<b>"), "{drawn}");
        assert!(drawn.contains("&lt;img src=x onerror=alert(1)&gt;"), "{drawn}");
    }

    #[test]
    fn what_nobody_defined_is_marked_once() {
        let event = stored("signed_up", json!({ "plan": "pro", "seats": 3, "hs_language": "nl" }));

        let undefined = Completion::new(&event, &definitions(json!([])));
        assert!(undefined.undefined && undefined.properties.iter().all(|property| !property.undefined));

        let known = definitions(
            json!([{ "name": "signed_up", "properties": [{ "name": "plan", "type": "string" }] }]),
        );
        let defined = Completion::new(&event, &known);
        let marked: Vec<_> =
            defined.properties.iter().filter(|p| p.undefined).map(|p| p.name.as_str()).collect();
        assert!(!defined.undefined);
        assert_eq!(marked, ["seats"]);
        assert!(defined.automatic.iter().all(|property| !property.undefined));
    }

    #[test]
    fn a_page_view_needs_no_definition() {
        let view = Completion::new(&stored(PAGE_VIEW, json!({})), &definitions(json!([])));

        assert!(!view.undefined);
        assert_eq!(view.label, "Page view");
    }

    #[test]
    fn an_adjusted_property_is_marked_and_explained() {
        let mut event = stored("read", json!({ "title": "x", "author": "y" }));
        event.adjusted = vec!["value_cut:title".to_owned(), "too_many:4".to_owned()];

        let shown = Completion::new(&event, &definitions(json!([])));

        let marked: Vec<_> =
            shown.properties.iter().filter(|p| p.adjusted).map(|p| p.name.as_str()).collect();
        assert_eq!(marked, ["title"]);
        assert_eq!(shown.adjusted.len(), 2);
    }
}
