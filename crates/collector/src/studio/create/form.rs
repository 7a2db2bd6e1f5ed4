//! What the form says, read into a definition.

use pugmark_protocol::definition::{
    Definition, Object, PropertyDefinition, PropertyOption, PropertyType, Status,
};
use pugmark_protocol::limits::MAX_PROPERTIES;
use pugmark_protocol::name::{EventName, property_from_label};

/// How many rows for properties there are at first, and how many a press of the button adds.
const ROWS: usize = 3;

/// The form as somebody filled it in.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) label: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) object: Object,
    pub(super) rows: Vec<Row>,
    /// Whether the button was pressed that adds a row.
    pub(super) wants_row: bool,
}

/// A property; one without a label and a name is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) choices: String,
}

/// A property's type as the form has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(pub(super) PropertyType);

impl Default for Kind {
    fn default() -> Self {
        Self(PropertyType::String)
    }
}

/// The types in the order in which they are offered.
pub(super) const KINDS: [PropertyType; 6] = [
    PropertyType::String,
    PropertyType::Number,
    PropertyType::Enumeration,
    PropertyType::Bool,
    PropertyType::Date,
    PropertyType::Datetime,
];

/// The objects in the order in which they are offered.
pub(super) const OBJECTS: [Object; 4] = [Object::Contact, Object::Company, Object::Deal, Object::Ticket];

impl Form {
    /// The form before anybody has written in it.
    pub(super) fn empty() -> Self {
        Self { rows: vec![Row::default(); ROWS], ..Self::default() }
    }

    /// Reads what a browser sends. The fields of a row come in order, and each row begins with its label.
    pub(super) fn read(sent: &[u8]) -> Self {
        let mut form = Self::default();
        for (field, value) in form_urlencoded::parse(sent) {
            let value = value.trim().to_owned();
            match (&*field, form.rows.last_mut()) {
                ("label", _) => form.label = value,
                ("name", _) => form.name = value,
                ("description", _) => form.description = value,
                ("object", _) => form.object = one_of(&OBJECTS, &value).unwrap_or_default(),
                ("add_row", _) => form.wants_row = true,
                ("property_label", _) => form.rows.push(Row { label: value, ..Row::default() }),
                ("property_name", Some(row)) => row.name = value,
                ("property_type", Some(row)) => {
                    row.kind = one_of(&KINDS, &value).map(Kind).unwrap_or_default();
                }
                ("property_choices", Some(row)) => row.choices = value,
                _ => {}
            }
        }
        form
    }

    /// Adds empty rows, as far as an event may have properties.
    pub(super) fn add_row(&mut self) {
        let wanted = (self.rows.len() + ROWS).min(MAX_PROPERTIES.max(self.rows.len()));
        self.rows.resize(wanted, Row::default());
    }

    /// What the form describes, for the site of this key.
    ///
    /// # Errors
    ///
    /// One sentence for each breach, each with what to change.
    pub(super) fn definition(&self, site: &str) -> Result<Definition, Vec<String>> {
        let mut breaches = Vec::new();
        if self.label.is_empty() {
            breaches.push("the label is missing: say in a few words what happened".to_owned());
        }
        let name = if self.name.is_empty() {
            EventName::from_label(&self.label, site)
                .ok_or_else(|| "no name can be made from the label: give one".to_owned())
        } else {
            EventName::resolve(&self.name, site)
        };
        let name = match name {
            Ok(name) => Some(name),
            // Without a label that is said already.
            Err(_) if self.label.is_empty() && self.name.is_empty() => None,
            Err(sentence) => {
                breaches.push(sentence);
                None
            }
        };
        let definition = Definition {
            // Only for what else may be wrong.
            name: name.unwrap_or_else(|| EventName::known("unnamed")),
            label: self.label.clone(),
            description: self.description.clone(),
            object: self.object,
            include_default_properties: true,
            properties: self.rows.iter().filter(|row| !row.is_empty()).map(Row::property).collect(),
            trigger: None,
            matching_id: None,
            status: Status::Active,
        };
        breaches.extend(definition.breaches());
        if breaches.is_empty() { Ok(definition) } else { Err(breaches) }
    }
}

impl Row {
    fn is_empty(&self) -> bool {
        self.label.is_empty() && self.name.is_empty()
    }

    fn property(&self) -> PropertyDefinition {
        let name = if self.name.is_empty() {
            property_from_label(&self.label).unwrap_or_default()
        } else {
            self.name.clone()
        };
        let options =
            if self.kind.0 == PropertyType::Enumeration { choices(&self.choices) } else { Vec::new() };
        PropertyDefinition {
            name,
            label: self.label.clone(),
            kind: self.kind.0,
            description: String::new(),
            options,
        }
    }
}

/// How a type or an object is written in the form: as in the JSON API.
pub(super) fn code<T: serde::Serialize>(value: T) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

fn one_of<T: Copy + serde::Serialize>(all: &[T], written: &str) -> Option<T> {
    all.iter().copied().find(|&one| code(one) == written)
}

/// The values of an enumeration, parted as several of them are in an event: `free; pro=For professionals`.
fn choices(text: &str) -> Vec<PropertyOption> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let option = |part: &str| {
        let (value, label) = part.split_once('=').unwrap_or((part, part));
        PropertyOption {
            value: value.trim().to_owned(),
            label: label.trim().to_owned(),
            description: String::new(),
            display_order: None,
            hidden: false,
        }
    };
    parts.map(option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_properties_and_empty_ones_none() {
        let form = Form::read(
            b"label=Signed+up&object=DEAL&property_label=Plan&property_name=&property_type=enumeration\
              &property_choices=free;+pro%3DFor+work&property_label=&property_name=&property_type=string\
              &property_label=Seats&property_name=seat_count&property_type=number&property_choices=",
        );

        let definition = form.definition("demo").expect("nothing is wrong");

        assert_eq!(definition.object, Object::Deal);
        let [plan, seats] = &definition.properties[..] else { panic!("{definition:?}") };
        assert_eq!((plan.name.as_str(), plan.label.as_str()), ("plan", "Plan"));
        let options: Vec<_> =
            plan.options.iter().map(|option| (option.value.as_str(), option.label.as_str())).collect();
        assert_eq!(options, [("free", "free"), ("pro", "For work")]);
        assert_eq!((seats.name.as_str(), seats.kind), ("seat_count", PropertyType::Number));
    }

    #[test]
    fn rows_are_added_up_to_the_most_that_an_event_may_have() {
        let mut form = Form::empty();
        (0..MAX_PROPERTIES).for_each(|_| form.add_row());

        assert_eq!(form.rows.len(), MAX_PROPERTIES);
    }

    #[test]
    fn without_a_label_that_alone_is_said() {
        assert_eq!(Form::empty().definition("demo").unwrap_err().len(), 1);
    }
}
