//! Event definitions: what an event is called and carries, and, for codeless events, when it fires.

use crate::name::EventName;
#[cfg(feature = "serde")]
use crate::name::check_property;
use crate::pattern::{Match, PagePattern};

/// When a codeless event fires.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Trigger {
    /// A page is viewed.
    VisitedUrl {
        /// Which pages; one of them is enough.
        pages: Vec<PagePattern>,
    },
    /// An element, or something inside it, is clicked.
    ClickedElement {
        /// On which pages; one of them is enough, none means everywhere.
        #[cfg_attr(feature = "serde", serde(default))]
        pages: Vec<PagePattern>,
        /// Which element, as CSS: see [`crate::selector`].
        selector: String,
        /// What its text must be, if that matters.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        text: Option<TextRule>,
    },
}

/// A condition on an element's visible text, white space folded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TextRule {
    /// How to compare.
    #[cfg_attr(feature = "serde", serde(rename = "match"))]
    pub kind: Match,
    /// What to compare with.
    pub value: String,
}

/// Which kind of record an event belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "SCREAMING_SNAKE_CASE")
)]
pub enum Object {
    /// A person.
    #[default]
    Contact,
    /// A company.
    Company,
    /// A deal.
    Deal,
    /// A ticket.
    Ticket,
}

/// Whether a definition is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Status {
    /// It fires.
    #[default]
    Active,
    /// It does not fire for now.
    Paused,
    /// It is put away.
    Archived,
}

/// The type of a property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum PropertyType {
    /// Text.
    String,
    /// A number.
    Number,
    /// A point in time: milliseconds since 1970, or ISO 8601.
    Datetime,
    /// One or several of a list, joined with `;`.
    Enumeration,
    /// `true` or `false`.
    Bool,
}

/// A property that an event may carry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PropertyDefinition {
    /// Its name.
    pub name: String,
    /// Its name for people.
    #[cfg_attr(feature = "serde", serde(default))]
    pub label: String,
    /// The type of its values.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub kind: PropertyType,
    /// What it is for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub description: String,
    /// The values an enumeration knows.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub options: Vec<PropertyOption>,
}

/// One value of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PropertyOption {
    /// The value as it is recorded.
    pub value: String,
    /// The value for people.
    #[cfg_attr(feature = "serde", serde(default))]
    pub label: String,
}

/// An event as the collector knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Definition {
    /// Its name; never changes.
    pub name: EventName,
    /// Its name for people.
    #[cfg_attr(feature = "serde", serde(default))]
    pub label: String,
    /// What it is for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub description: String,
    /// Which kind of record it belongs to.
    #[cfg_attr(feature = "serde", serde(default))]
    pub object: Object,
    /// The properties it may carry.
    #[cfg_attr(feature = "serde", serde(default))]
    pub properties: Vec<PropertyDefinition>,
    /// When it fires by itself; none for events that code sends.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub trigger: Option<Trigger>,
    /// Whether it is in use.
    #[cfg_attr(feature = "serde", serde(default))]
    pub status: Status,
}

#[cfg(feature = "serde")]
impl Definition {
    /// Longest label, in characters. Source: HubSpot, "Define custom events".
    pub const MAX_LABEL: usize = 100;

    /// Checks a definition that somebody wrote: one sentence for each breach, each with what to change.
    pub fn breaches(&self) -> Vec<String> {
        let mut breaches = Vec::new();
        if crate::text::length(&self.label) > Self::MAX_LABEL {
            breaches.push(format!("the label is longer than {} characters", Self::MAX_LABEL));
        }
        if self.properties.len() > crate::limits::MAX_PROPERTIES {
            breaches.push(format!("there are more than {} properties", crate::limits::MAX_PROPERTIES));
        }
        for (i, property) in self.properties.iter().enumerate() {
            if let Err(sentence) = check_property(&property.name) {
                breaches.push(format!("property {}: {sentence}", i + 1));
            }
            if self.properties.iter().take(i).any(|earlier| earlier.name == property.name) {
                breaches.push(format!("there are two properties named \"{}\"", property.name));
            }
            if property.kind == PropertyType::Enumeration && property.options.is_empty() {
                breaches.push(format!("the enumeration \"{}\" needs at least one option", property.name));
            }
        }
        match &self.trigger {
            None => {}
            Some(Trigger::VisitedUrl { pages }) => {
                if pages.is_empty() {
                    breaches.push("a VISITED_URL trigger needs at least one page pattern".to_owned());
                }
                breaches.extend(pages.iter().filter_map(|page| page.check().err()));
            }
            Some(trigger @ Trigger::ClickedElement { pages, .. }) => {
                breaches.extend(pages.iter().filter_map(|page| page.check().err()));
                if let Err(error) = crate::compiled::compile(&self.name, trigger) {
                    breaches.push(error.to_string());
                }
            }
        }
        breaches
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    const BUY: &str = r##"{"name":"bought","label":"Bought","trigger":{"type":"CLICKED_ELEMENT",
        "pages":[{"match":"wildcard","value":"/shop/*"}],"selector":"#buy","text":{"match":"contains","value":"Buy"}}}"##;

    #[test]
    fn the_documented_form_reads_and_what_is_left_out_has_its_default() {
        let definition: Definition = serde_json::from_str(BUY).expect("is well-formed");

        assert_eq!(definition.status, Status::Active);
        assert_eq!(definition.object, Object::Contact);
        assert!(definition.breaches().is_empty());
        assert!(matches!(definition.trigger, Some(Trigger::ClickedElement { text: Some(_), .. })));
    }

    #[test]
    fn every_breach_is_named() {
        let mut definition: Definition = serde_json::from_str(BUY).expect("is well-formed");
        definition.trigger = Some(Trigger::ClickedElement {
            pages: vec![PagePattern { kind: Match::Exact, value: "shop".to_owned() }],
            selector: "a:hover".to_owned(),
            text: None,
        });
        definition.properties = vec![
            PropertyDefinition {
                name: "Plan".to_owned(),
                label: String::new(),
                kind: PropertyType::Enumeration,
                description: String::new(),
                options: Vec::new(),
            };
            2
        ];

        assert_eq!(definition.breaches().len(), 7);
    }
}
