//! Completions: one event that happened, before it is given an id and put into the journal.

use std::rc::Rc;

use pugmark_protocol::name::EventName;
use pugmark_protocol::property::Properties;
use pugmark_protocol::reason::Adjustment;
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

/// What is recorded of a clicked element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its visible text.
    pub text: String,
    /// Its id.
    pub id: String,
    /// Its classes.
    pub class: String,
    /// Where it leads, if it is a link.
    pub href: String,
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
    fn push(&self, out: &mut String) {
        out.push('{');
        for (name, text) in
            [("text", &self.text), ("id", &self.id), ("class", &self.class), ("href", &self.href)]
        {
            if !text.is_empty() {
                json::push_text_member(out, name, text);
            }
        }
        out.push('}');
    }
}
