//! What a server sends as an occurrence: read, checked against its definition, and made into an event. Nothing is cut
//! or repaired here: what breaks a rule is refused, with an error for each breach.

use jiff::Timestamp;
use jiff::civil::Date;
use pugmark_protocol::definition::{Definition, Object, PropertyType};
use pugmark_protocol::id::{EventId, VisitorId};
use pugmark_protocol::limits::MAX_PROPERTIES;
use pugmark_protocol::name::check_property;
use pugmark_protocol::property::{sort_names, value_limit};
use pugmark_protocol::text::{cut, length};
use pugmark_protocol::time::{Millis, UnixMillis};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::error::ErrorDetail;
use crate::choices::{kind_of, plain, unusable};
use crate::store::{MAX_OBJECT_ID, NewEvent, StoredProperties, Target};

/// An occurrence to be sent. One of `objectId`, `email` and `utk` says whose it is, unless the definition has a custom
/// matching id.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Occurrence)]
pub(super) struct Sent {
    /// The event's name, with or without the prefix `pe{site}_`.
    pub(super) event_name: String,
    /// Names this occurrence: sent again, it is not stored again. One is made if there is none.
    uuid: Option<String>,
    /// When it happened: ISO 8601 with an offset, or milliseconds since 1970. Now, if it is not said.
    #[schema(value_type = Option<Moment>)]
    occurred_at: Option<Value>,
    /// The record's id.
    #[schema(value_type = Option<Scalar>)]
    object_id: Option<Value>,
    /// The contact's address.
    email: Option<String>,
    /// The contact's browser: the cookie `pugmark_utk`.
    utk: Option<String>,
    /// At most 50, each a text, a number or a boolean.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Scalar>>)]
    properties: Option<Map<String, Value>>,
}

/// A point in time.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
pub(super) enum Moment {
    Iso(String),
    Millis(i64),
}

/// A text, or what is one when it is written out.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
pub(super) enum Scalar {
    Text(String),
    Number(f64),
    Bool(bool),
}

/// What an occurrence lacks to be an event.
pub(super) struct Surroundings {
    /// The time.
    pub(super) now: UnixMillis,
    /// The id, if it brings none.
    pub(super) id: EventId,
}

impl Sent {
    /// The event that is meant.
    ///
    /// # Errors
    ///
    /// One for each breach.
    pub(super) fn read(
        self,
        definition: &Definition,
        around: &Surroundings,
    ) -> Result<NewEvent, Vec<ErrorDetail>> {
        let mut errors = Vec::new();
        let id = kept(&mut errors, self.uuid.as_deref().map(uuid).transpose());
        let at = kept(&mut errors, self.occurred_at.as_ref().map(moment).transpose());
        let (properties, adjusted) =
            properties(self.properties.clone().unwrap_or_default(), definition, &mut errors);
        let target = self.target(definition, &properties, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(NewEvent {
            id: id.flatten().unwrap_or(around.id),
            name: definition.name.clone(),
            at: at.flatten().unwrap_or(around.now),
            seq: 0,
            page: None,
            element: None,
            properties: StoredProperties::new(&properties),
            adjusted,
            target: Some(Box::new(target)),
        })
    }

    /// Whose it is.
    fn target(
        &self,
        definition: &Definition,
        properties: &Map<String, Value>,
        errors: &mut Vec<ErrorDetail>,
    ) -> Target {
        let is_contact = definition.object == Object::Contact;
        let matching = definition.matching_id.as_ref().and_then(|id| {
            let value = properties.get(&id.event_property).map(plain).filter(|value| !value.is_empty())?;
            Some((id.record_property.clone(), value))
        });
        let given =
            |text: &Option<String>| text.as_ref().filter(|text| is_contact && !text.is_empty()).cloned();
        let object_id = kept(errors, self.object_id.as_ref().map(object_id).transpose()).flatten();
        let email = kept(errors, given(&self.email).as_deref().map(email).transpose()).flatten();
        let visitor = kept(errors, given(&self.utk).as_deref().map(utk).transpose()).flatten();
        let target = Target { object: definition.object, matching, object_id, email, visitor };
        let names_nobody = target.matching.is_none()
            && target.object_id.is_none()
            && target.email.is_none()
            && target.visitor.is_none();
        if names_nobody && errors.iter().all(|error| error.code != Some("INVALID_RECORD")) {
            let sentence = match (&definition.matching_id, is_contact) {
                (None, true) => "email, utk, or objectId is required: say whose event it is".to_owned(),
                (None, false) => "objectId is required: the event belongs to no contact".to_owned(),
                (Some(id), _) => format!(
                    "the property {} or objectId{} is required: say whose event it is",
                    id.event_property,
                    if is_contact { ", email or utk" } else { "" }
                ),
            };
            errors.push(ErrorDetail::new("objectId", "REQUIRED", sentence));
        }
        target
    }
}

/// The value, or nothing and one error more.
fn kept<T>(errors: &mut Vec<ErrorDetail>, read: Result<T, ErrorDetail>) -> Option<T> {
    read.map_err(|error| errors.push(error)).ok()
}

fn uuid(text: &str) -> Result<EventId, ErrorDetail> {
    let wrong = || ErrorDetail::new("uuid", "INVALID_UUID", "uuid must be a UUID of 36 characters");
    EventId::parse(text).ok_or_else(wrong)
}

fn utk(text: &str) -> Result<VisitorId, ErrorDetail> {
    let digits = text.replace('-', "").to_ascii_lowercase();
    VisitorId::parse(&digits)
        .ok_or_else(|| ErrorDetail::new("utk", "INVALID_RECORD", "utk must be 32 hexadecimal digits"))
}

fn email(text: &str) -> Result<String, ErrorDetail> {
    crate::store::address(text).ok_or_else(|| {
        ErrorDetail::new("email", "INVALID_RECORD", "email must be an address like ann@example.com")
    })
}

fn object_id(value: &Value) -> Result<String, ErrorDetail> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    if text.is_empty() || length(&text) > MAX_OBJECT_ID || text.contains(char::is_control) {
        let sentence = format!("objectId must be a text or number of 1 to {MAX_OBJECT_ID} characters");
        return Err(ErrorDetail::new("objectId", "INVALID_RECORD", sentence));
    }
    Ok(text)
}

fn moment(value: &Value) -> Result<UnixMillis, ErrorDetail> {
    read_moment(value).ok_or_else(|| {
        ErrorDetail::new(
            "occurredAt",
            "INVALID_TIMESTAMP",
            "occurredAt must be ISO 8601 with an offset, like 2026-11-25T14:00:00Z, or milliseconds since 1970",
        )
    })
}

/// Reads a point in time from 1970 on, in one of its two forms.
pub(super) fn read_moment(value: &Value) -> Option<UnixMillis> {
    let millis = match value {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(millis) => millis,
            Err(_) => text.trim().parse::<Timestamp>().ok()?.as_millisecond(),
        },
        _ => return None,
    };
    // What the clock of the library cannot tell is none that anybody means.
    Timestamp::from_millisecond(millis).ok()?;
    u64::try_from(millis).ok().map(UnixMillis)
}

/// The properties by the rules, typed as they are defined, and what is to be noted about them.
fn properties(
    given: Map<String, Value>,
    definition: &Definition,
    errors: &mut Vec<ErrorDetail>,
) -> (Map<String, Value>, Vec<String>) {
    let mut given: Map<String, Value> = given.into_iter().filter(|(_, value)| !value.is_null()).collect();
    if given.len() > MAX_PROPERTIES {
        let sentence = format!("there are {} properties; send at most {MAX_PROPERTIES}", given.len());
        errors.push(ErrorDetail::new("properties", "TOO_MANY_PROPERTIES", sentence));
    }
    let mut names: Vec<String> = given.keys().cloned().collect();
    sort_names(&mut names);
    let (mut kept, mut notes) = (Map::new(), Vec::new());
    for raw in names {
        let Some(value) = given.remove(&raw) else { continue };
        // Names that differ in case only are one, and the last in order wins.
        let name = raw.to_ascii_lowercase();
        let field = || format!("properties.{}", cut(&raw, MAX_NAME_SHOWN));
        if let Err(sentence) = check_property(&name) {
            errors.push(ErrorDetail::new(
                field(),
                "INVALID_PROPERTY_NAME",
                format!("the property's name {sentence}"),
            ));
            continue;
        }
        match typed(&name, value, definition) {
            Ok((value, note)) => {
                notes.extend(note);
                kept.insert(name, value);
            }
            Err((code, sentence)) => errors.push(ErrorDetail::new(field(), code, sentence)),
        }
    }
    (kept, notes)
}

/// How much of a name is repeated to who sent it, in UTF-16 code units.
const MAX_NAME_SHOWN: usize = 60;

type Breach = (&'static str, String);

/// A value as its definition has it, with what is to be noted about it.
fn typed(name: &str, value: Value, definition: &Definition) -> Result<(Value, Option<String>), Breach> {
    let most = value_limit(name);
    match &value {
        Value::String(text) if length(text) > most => {
            return Err((
                "VALUE_TOO_LONG",
                format!("the value of {name} has {} characters; send at most {most}", length(text)),
            ));
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) => {}
        Value::Null | Value::Array(_) | Value::Object(_) => {
            let sentence = format!("the value of {name} must be a text, a number, true or false");
            return Err(("INVALID_TYPE", sentence));
        }
    }
    match kind_of(definition, name) {
        None => Ok((value, Some(format!("undefined:{name}")))),
        Some(kind) => match of_kind(kind, &value) {
            Some(value) => {
                let note = unusable(definition, name, &value);
                Ok((value, note))
            }
            None => Err(("INVALID_TYPE", format!("the value of {name} must be {}", description(kind)))),
        },
    }
}

/// A value of this type, if it can be read as one.
fn of_kind(kind: PropertyType, value: &Value) -> Option<Value> {
    match kind {
        PropertyType::String | PropertyType::Enumeration => Some(Value::String(plain(value))),
        PropertyType::Number => match value {
            Value::Number(_) => Some(value.clone()),
            Value::String(text) => {
                let number: f64 = text.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
                // As it is written where JSON can write it so, to keep every digit.
                let exact = serde_json::from_str::<serde_json::Number>(text.trim()).ok();
                exact.or_else(|| serde_json::Number::from_f64(number)).map(Value::Number)
            }
            _ => None,
        },
        PropertyType::Bool => match plain(value).as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        PropertyType::Datetime => read_moment(value).map(|_| value.clone()),
        PropertyType::Date => {
            let is_day = matches!(value, Value::String(text) if text.trim().parse::<Date>().is_ok_and(|_| text.trim().len() == 10));
            let is_midnight = || read_moment(value).is_some_and(|at| at.0 % Millis::days(1).0 == 0);
            (is_day || is_midnight()).then(|| value.clone())
        }
    }
}

fn description(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::String | PropertyType::Enumeration => "a text",
        PropertyType::Number => "a number",
        PropertyType::Bool => "true or false",
        PropertyType::Datetime => "ISO 8601 with an offset, or milliseconds since 1970",
        PropertyType::Date => "a day like 2026-11-25, or the milliseconds since 1970 of a midnight in UTC",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AROUND: Surroundings = Surroundings { now: UnixMillis(1_795_430_400_000), id: ID };
    const ID: EventId = EventId::ZERO;

    fn definition() -> Definition {
        serde_json::from_value(json!({"name": "bought", "properties": [
            {"name": "plan", "type": "enumeration", "options": [{"value": "pro"}, {"value": "free"}]},
            {"name": "price", "type": "number"}, {"name": "paid_at", "type": "datetime"},
            {"name": "day", "type": "date"}, {"name": "first", "type": "bool"}, {"name": "note", "type": "string"},
        ]}))
        .expect("is well-formed")
    }

    fn read(properties: &Value) -> Result<NewEvent, Vec<ErrorDetail>> {
        let sent = json!({"eventName": "bought", "email": "Ann@Example.com", "properties": properties});
        serde_json::from_value::<Sent>(sent).expect("is well-formed").read(&definition(), &AROUND)
    }

    #[test]
    fn values_are_read_as_they_are_defined() {
        for (name, given, stored) in [
            ("price", json!("12.50"), json!(12.50)),
            ("price", json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_993_u64)),
            ("paid_at", json!("2026-01-20T21:14:16.512Z"), json!("2026-01-20T21:14:16.512Z")),
            ("paid_at", json!(1_795_430_400_000_u64), json!(1_795_430_400_000_u64)),
            ("day", json!("2026-11-25"), json!("2026-11-25")),
            ("day", json!(1_795_392_000_000_u64), json!(1_795_392_000_000_u64)),
            ("first", json!("true"), json!(true)),
            ("note", json!(7), json!("7")),
        ] {
            let event = read(&json!({ name: given })).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
            assert_eq!(event.properties.read()[name], stored, "{name}");
        }
    }

    #[test]
    fn every_value_of_a_wrong_type_is_an_error_of_its_own() {
        let errors = read(
            &json!({"price": "dear", "paid_at": "yesterday", "day": "2026-11-25T01:00:00Z", "first": "yes",
                                  "note": ["a"]}),
        )
        .expect_err("is refused");

        assert_eq!(errors.len(), 5, "{errors:?}");
        assert!(errors.iter().all(|error| error.code == Some("INVALID_TYPE")));
    }

    #[test]
    fn undefined_values_are_kept_and_marked() {
        let event = read(&json!({"plan": "pro;gold", "colour": "red"})).expect("is taken");

        assert_eq!(event.properties.read()["plan"], "pro;gold");
        assert_eq!(event.adjusted, ["undefined:colour", "unusable:plan"]);
        assert!(read(&json!({"plan": "pro;free"})).expect("is taken").adjusted.is_empty());
    }

    #[test]
    fn undefined_values_of_the_default_enumerations_are_marked_as_well() {
        let event = read(&json!({"hs_device_type": "PDA;Toaster", "hs_page_content_type": "blog_post"}));
        let usable = read(&json!({"hs_device_type": "PDA; Smartphone", "hs_page_content_type": "BLOG_POST",
                                  "hs_language": "nl-NL"}));

        let event = event.expect("is taken");
        assert_eq!(event.properties.read()["hs_device_type"], "PDA;Toaster");
        assert_eq!(event.adjusted, ["unusable:hs_device_type", "unusable:hs_page_content_type"]);
        assert!(usable.expect("is taken").adjusted.is_empty(), "every language is known");
    }

    #[test]
    fn names_that_differ_in_case_are_one_and_the_last_in_order_wins() {
        let event = read(&json!({"Note": "first", "note": "last"})).expect("is taken");

        assert_eq!(event.properties.read()["note"], "last");
    }

    #[test]
    fn an_event_of_nobody_is_refused() {
        let sent: Sent = serde_json::from_value(json!({"eventName": "bought"})).expect("is well-formed");

        let errors = sent.read(&definition(), &AROUND).expect_err("is refused");

        assert_eq!(errors.len(), 1);
        assert!(errors[0].message.starts_with("email, utk, or objectId is required"));
    }
}
