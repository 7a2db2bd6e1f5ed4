//! Completions: one event that happened, before it is given an id and put into the journal.

use std::rc::Rc;

use pugmark_protocol::compiled::PART;
use pugmark_protocol::fingerprint::WHOLE;
use pugmark_protocol::limits::{MAX_URL, MAX_VALUE};
use pugmark_protocol::name::EventName;
use pugmark_protocol::property::Properties;
use pugmark_protocol::reason::Adjustment;
use pugmark_protocol::text::{cut, push_decimal};
use pugmark_protocol::time::UnixMillis;

use crate::effect::push_changes;
use crate::json;

/// Properties as a call gave them, already cut to fit, with what was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The properties.
    pub properties: Properties,
    /// What was changed.
    pub adjusted: Vec<Adjustment>,
}

/// What is recorded of a clicked element, as the edge read it: its visible text, its id, its classes, where it leads and its
/// position, a number; separated by tabs and without white space other than spaces. Texts are cut where they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    details: String,
    /// How like it is to what a fingerprint means, of [`WHOLE`]: all where no fingerprint was asked.
    score: u32,
}

/// One event that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The event.
    pub name: EventName,
    /// What it carries.
    pub given: Given,
    /// What was clicked, if it was a click.
    pub element: Option<Element>,
    /// The page it happened on, as the wire's JSON.
    pub page: Rc<str>,
    /// When.
    pub at: UnixMillis,
}

impl Completion {
    /// The members of the wire's event that are known now, without the braces around them.
    pub fn members(&self) -> String {
        let mut out = "{".to_owned();
        json::push_text_member(&mut out, "name", self.name.as_str());
        if !self.given.properties.is_empty() {
            json::push_name(&mut out, "properties");
            json::push_properties(&mut out, &self.given.properties);
        }
        if let Some(element) = &self.element {
            json::push_name(&mut out, "element");
            element.push(&mut out);
        }
        if !self.given.adjusted.is_empty() {
            json::push_name(&mut out, "adjusted");
            push_changes(&mut out, &self.given.adjusted);
        }
        out.remove(0);
        out
    }
}

impl Element {
    /// Takes what the edge read.
    pub fn read(parts: String) -> Self {
        Self { details: parts, score: WHOLE }
    }

    /// It was found by a fingerprint, with this score.
    pub(crate) fn with_score(self, score: u32) -> Self {
        Self { score, ..self }
    }

    /// The visible text.
    pub fn text(&self) -> &str {
        let text = self.details.split(PART).next().unwrap_or_default();
        cut(text, MAX_VALUE)
    }

    fn push(&self, out: &mut String) {
        out.push('{');
        let parts = [("text", MAX_VALUE), ("id", MAX_VALUE), ("class", MAX_VALUE), ("href", MAX_URL)];
        let mut details = self.details.split(PART);
        for ((name, max), value) in parts.into_iter().zip(&mut details) {
            if !value.is_empty() {
                json::push_text_member(out, name, cut(value, max));
            }
        }
        if let Some(position) = details.next() {
            json::push_name(out, "position");
            out.push_str(position);
        }
        if self.score < WHOLE {
            json::push_name(out, "match");
            push_decimal(out, u64::from(self.score));
        }
        out.push('}');
    }
}
