//! What the form says, read into a definition.

use pugmark_protocol::definition::{
    Definition, MatchingId, Object, PropertyDefinition, PropertyOption, PropertyType,
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
    /// Whether the event does without the default properties.
    pub(super) is_bare: bool,
    /// The property by which the record is found, and the event's property that has its value; both empty: neither.
    pub(super) matching: (String, String),
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
                // The switch says nothing when it is off, so a field before it says no, and the last one counts.
                ("default_properties", _) => form.is_bare = value != "yes",
                ("matching_record", _) => form.matching.0 = value,
                ("matching_event", _) => form.matching.1 = value,
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

    /// What the form describes, for the site of this key. Its `source` is for the caller to say.
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
            EventName::resolve(&self.name, site).and_then(|name| name.check_new(site).map(|()| name))
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
            label: self.label.clone(),
            description: self.description.clone(),
            object: self.object,
            include_default_properties: !self.is_bare,
            properties: self.rows.iter().filter(|row| !row.is_empty()).map(Row::property).collect(),
            matching_id: self.matching_id().unwrap_or_else(|sentence| {
                breaches.push(sentence);
                None
            }),
            // The other name is only for what else may be wrong.
            ..Definition::new(name.unwrap_or_else(|| EventName::known("unnamed")))
        };
        breaches.extend(definition.breaches());
        if breaches.is_empty() { Ok(definition) } else { Err(breaches) }
    }
}

impl Form {
    fn matching_id(&self) -> Result<Option<MatchingId>, String> {
        let (record, event) = &self.matching;
        match (record.is_empty(), event.is_empty()) {
            (true, true) => Ok(None),
            (false, false) => {
                Ok(Some(MatchingId { record_property: record.clone(), event_property: event.clone() }))
            }
            _ => {
                Err("to find the record by a value, name both the record's property and the event's"
                    .to_owned())
            }
        }
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
            hidden: false,
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
    fn default_properties_are_left_out_only_where_somebody_says_so() {
        for (sent, expected) in [
            ("label=A", true),
            ("label=A&default_properties=no", false),
            ("label=A&default_properties=no&default_properties=yes", true),
        ] {
            let definition = Form::read(sent.as_bytes()).definition("demo").expect("nothing is wrong");

            assert_eq!(definition.include_default_properties, expected, "{sent}");
        }
    }

    #[test]
    fn a_matching_id_names_a_property_of_each_side() {
        let read = |matching: &str| {
            let sent = ["label=A&property_label=Order+no.&property_type=string&", matching].concat();
            Form::read(sent.as_bytes()).definition("demo").map(|definition| definition.matching_id)
        };

        let matching = read("matching_record=order&matching_event=order_no").expect("nothing is wrong");
        let matching = matching.expect("was given");
        assert_eq!((&*matching.record_property, &*matching.event_property), ("order", "order_no"));
        assert_eq!(read("matching_record=&matching_event="), Ok(None));
        for (wrong, sentence) in [
            ("matching_record=order&matching_event=", "name both"),
            ("matching_record=&matching_event=order_no", "name both"),
            ("matching_record=order&matching_event=colour", "does not have"),
            ("matching_record=Order+No&matching_event=order_no", "must start with"),
        ] {
            let breaches = read(wrong).expect_err(wrong);
            assert!(breaches.len() == 1 && breaches[0].contains(sentence), "{wrong}: {breaches:?}");
        }
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
