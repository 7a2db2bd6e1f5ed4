//! Definitions in HubSpot's shapes: what is sent, what is answered, and the way between them and ours.

use std::collections::HashMap;

use jiff::Timestamp;
use pugmark_protocol::definition::{
    Definition, MatchingId, Object, PropertyDefinition, PropertyOption, PropertyType, Status, TrackingType,
};
use pugmark_protocol::limits::MAX_PROPERTY_NAME;
use pugmark_protocol::name::{EventName, property_from_label};
use pugmark_protocol::text::cut;
use pugmark_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{ApiError, ErrorDetail};
use crate::default_properties::{DEFAULT_PROPERTIES, kind_of, options};
use crate::store::{Entry, Site};

/// Which kind of record an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum PrimaryObject {
    Contact,
    Company,
    Deal,
    Ticket,
}

/// The type of a property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ValueType {
    String,
    Number,
    Datetime,
    Date,
    Enumeration,
    Bool,
}

/// A definition to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewDefinition {
    /// The name for people; at most 100 characters.
    label: String,
    /// The name in code: lower-case letters, digits and `_`, at most 50, and a letter first. Made from the label if
    /// there is none; never changes.
    name: Option<String>,
    description: Option<String>,
    /// Never changes.
    primary_object: Option<PrimaryObject>,
    /// Whether it carries the `hs_` properties as well.
    include_default_properties: Option<bool>,
    /// At most 50.
    property_definitions: Option<Vec<NewProperty>>,
    custom_matching_id: Option<CustomMatchingId>,
}

/// A property to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewProperty {
    /// The name for people; at most 50 characters.
    label: String,
    /// Never changes.
    r#type: ValueType,
    /// Made from the label if there is none; never changes.
    name: Option<String>,
    description: Option<String>,
    /// What an enumeration knows; at least one.
    options: Option<Vec<ValueOption>>,
}

/// One value of an enumeration.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Option)]
pub(super) struct ValueOption {
    #[serde(default)]
    label: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_order: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// Finds an event's record by a value it carries.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomMatchingId {
    primary_object_rule: PrimaryObjectRule,
}

/// Which property of the record has the value of which property of the event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PrimaryObjectRule {
    target_object_property_name: String,
    event_property_name: String,
}

/// What changes about a definition; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DefinitionChange {
    /// Never empty.
    label: Option<String>,
    description: Option<String>,
    /// Kept as it is, for a timeline.
    header_template: Option<String>,
    /// Kept as it is, for a timeline.
    detail_template: Option<String>,
    /// Puts properties into another order, those that it does not name last. What it says of default properties is
    /// ignored.
    property_order: Option<Vec<PropertyPlace>>,
}

/// Where a property stands among the others, and how it is shown; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PropertyPlace {
    name: String,
    /// From the smallest; its place in the list if there is none.
    display_order: Option<i32>,
    hidden: Option<bool>,
    label: Option<String>,
}

/// What changes about a property; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PropertyChange {
    /// Never empty.
    label: Option<String>,
    description: Option<String>,
    /// All the options there are from now on.
    options: Option<Vec<ValueOption>>,
}

/// A definition.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Definition)]
pub(super) struct DefinitionBody {
    id: String,
    name: String,
    /// `pe{site}_{name}`, which is the same event everywhere.
    fully_qualified_name: String,
    object_type_id: String,
    labels: Labels,
    description: String,
    archived: bool,
    primary_object: PrimaryObject,
    primary_object_id: &'static str,
    /// `MANUAL`, `CUSTOM_SCRIPT`, `VISITED_URL`, `CLICKED_ELEMENT` or `IMPORT`.
    tracking_type: &'static str,
    /// Always empty.
    #[schema(value_type = Vec<String>)]
    associations: [&'static str; 0],
    properties: Vec<PropertyBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    custom_matching_id: Option<CustomMatchingId>,
    #[serde(skip_serializing_if = "String::is_empty")]
    header_template: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail_template: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// The number of the token that made it; nobody's when it was made in the studio.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created_user_id: Option<i64>,
    #[schema(format = DateTime)]
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    updated_user_id: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Labels {
    singular: String,
    plural: String,
}

/// A property.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Property)]
pub(super) struct PropertyBody {
    name: String,
    label: String,
    r#type: ValueType,
    /// How people fill it in.
    field_type: &'static str,
    group_name: String,
    description: String,
    options: Vec<ValueOption>,
    display_order: usize,
    hidden: bool,
    /// Whether it is one of the default ones.
    hubspot_defined: bool,
    form_field: bool,
    has_unique_value: bool,
    archived: bool,
    /// When it was made; a default one with its definition.
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    modification_metadata: ModificationMetadata,
}

/// What may be changed about a property.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModificationMetadata {
    /// Whether it can be deleted.
    archivable: bool,
    /// Whether label, description and options stay as they are.
    read_only_definition: bool,
    /// Always false: whoever sends an occurrence gives it.
    read_only_value: bool,
}

/// Some definitions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DefinitionPage {
    /// How many there are in all that fit.
    pub(super) total: usize,
    pub(super) results: Vec<DefinitionBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) paging: Option<Paging>,
}

/// Where the pages beside this one begin.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Paging {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next: Option<Next>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) prev: Option<Previous>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Next {
    pub(super) after: String,
    /// The whole address.
    pub(super) link: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Previous {
    pub(super) before: String,
    /// The whole address.
    pub(super) link: String,
}

impl NewDefinition {
    /// The definition that is meant.
    ///
    /// # Errors
    ///
    /// One for each breach.
    pub(super) fn read(self, site: &Site) -> Result<Definition, ApiError> {
        let mut errors = Vec::new();
        let name = match &self.name {
            Some(name) => {
                EventName::resolve(name, &site.key).and_then(|name| name.check_new(&site.key).map(|()| name))
            }
            None => EventName::from_label(&self.label, &site.key).ok_or_else(|| {
                "no name can be made from the label; give one of lower-case letters, digits and _".to_owned()
            }),
        };
        let name = name.unwrap_or_else(|sentence| {
            errors.push(ErrorDetail::new("name", "INVALID_NAME", sentence));
            EventName::known("unnamed")
        });
        errors.extend(labelled(&self.label).err());
        let mut properties = Vec::new();
        for (i, property) in self.property_definitions.into_iter().flatten().enumerate() {
            match property.read() {
                Ok(property) => properties.push(property),
                Err(error) => errors.push(error.within(&format!("propertyDefinitions[{i}]"))),
            }
        }
        let definition = Definition {
            label: self.label,
            description: self.description.unwrap_or_default(),
            object: self.primary_object.map_or(Object::Contact, Into::into),
            include_default_properties: self.include_default_properties.unwrap_or(true),
            properties,
            matching_id: self.custom_matching_id.map(Into::into),
            ..Definition::new(name)
        };
        errors.extend(breaches(&definition));
        if errors.is_empty() { Ok(definition) } else { Err(ApiError::breaches(errors)) }
    }
}

impl NewProperty {
    /// The property that is meant. A name that cannot be made is empty, which is a breach of the definition.
    ///
    /// # Errors
    ///
    /// When it has no label.
    pub(super) fn read(self) -> Result<PropertyDefinition, ErrorDetail> {
        labelled(&self.label)?;
        let name = self.name.or_else(|| property_from_label(&self.label)).unwrap_or_default();
        Ok(PropertyDefinition {
            name,
            label: self.label,
            kind: self.r#type.into(),
            description: self.description.unwrap_or_default(),
            options: self.options.unwrap_or_default().into_iter().map(Into::into).collect(),
            hidden: false,
        })
    }
}

impl DefinitionChange {
    /// Makes the change.
    ///
    /// # Errors
    ///
    /// One for each thing that cannot be changed so.
    pub(super) fn apply(self, definition: &mut Definition) -> Result<(), Vec<ErrorDetail>> {
        let mut errors = Vec::new();
        if let Some(label) = self.label {
            errors.extend(labelled(&label).err());
            definition.label = label;
        }
        let texts = [
            (self.description, &mut definition.description),
            (self.header_template, &mut definition.templates.header),
            (self.detail_template, &mut definition.templates.detail),
        ];
        for (said, kept) in texts {
            if let Some(said) = said {
                *kept = said;
            }
        }
        if let Some(places) = self.property_order {
            arrange(places, definition, &mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Puts a definition's own properties where they are to stand.
fn arrange(places: Vec<PropertyPlace>, definition: &mut Definition, errors: &mut Vec<ErrorDetail>) {
    let mut order = HashMap::new();
    for (i, place) in places.into_iter().enumerate() {
        let field = format!("propertyOrder[{i}]");
        let is_default = definition.include_default_properties && kind_of(&place.name).is_some();
        match definition.properties.iter_mut().find(|property| property.name == place.name) {
            Some(property) => {
                if let Some(label) = place.label {
                    errors.extend(labelled(&label).map_err(|error| error.within(&field)).err());
                    property.label = label;
                }
                property.hidden = place.hidden.unwrap_or(property.hidden);
                let number = place.display_order.unwrap_or(i32::try_from(i).unwrap_or(i32::MAX));
                order.insert(place.name, number);
            }
            None if is_default => {}
            None => {
                let sentence =
                    format!("the event has no property \"{}\"", cut(&place.name, MAX_PROPERTY_NAME));
                errors.push(ErrorDetail::new(format!("{field}.name"), "UNKNOWN_PROPERTY", sentence));
            }
        }
    }
    definition.properties.sort_by_key(|property| {
        let number = order.get(&property.name);
        (number.is_none(), number.copied())
    });
}

impl PropertyChange {
    /// Makes the change.
    ///
    /// # Errors
    ///
    /// When the label is empty.
    pub(super) fn apply(self, property: &mut PropertyDefinition) -> Result<(), ErrorDetail> {
        if let Some(label) = self.label {
            labelled(&label)?;
            property.label = label;
        }
        property.description = self.description.unwrap_or_else(|| std::mem::take(&mut property.description));
        if let Some(options) = self.options {
            property.options = options.into_iter().map(Into::into).collect();
        }
        Ok(())
    }
}

/// Refuses a label that says nothing.
fn labelled(label: &str) -> Result<(), ErrorDetail> {
    if label.trim().is_empty() {
        return Err(ErrorDetail::new("label", "REQUIRED", "the label is empty; give a name for people"));
    }
    Ok(())
}

/// One error for each rule that a definition breaks.
pub(super) fn breaches(definition: &Definition) -> Vec<ErrorDetail> {
    let sentences = definition.breaches().into_iter();
    sentences
        .map(|sentence| ErrorDetail {
            message: sentence,
            code: Some("INVALID_DEFINITION"),
            ..ErrorDetail::default()
        })
        .collect()
}

impl DefinitionBody {
    /// Shows a definition, with its properties or without.
    pub(super) fn new(site: &Site, entry: &Entry, with_properties: bool) -> Self {
        let definition = &entry.definition;
        let name = definition.name.as_str();
        let label = if definition.label.is_empty() { name } else { &definition.label };
        let properties = if with_properties { properties(entry) } else { Vec::new() };
        let tracking_type = match definition.tracking_type() {
            TrackingType::Manual => "MANUAL",
            TrackingType::CustomScript => "CUSTOM_SCRIPT",
            TrackingType::Import => "IMPORT",
            TrackingType::VisitedUrl => "VISITED_URL",
            TrackingType::ClickedElement => "CLICKED_ELEMENT",
        };
        Self {
            id: entry.id.to_string(),
            name: name.to_owned(),
            fully_qualified_name: qualified(site, name),
            object_type_id: format!("6-{}", entry.id),
            labels: Labels { singular: label.to_owned(), plural: label.to_owned() },
            description: definition.description.clone(),
            archived: definition.status == Status::Archived,
            primary_object: definition.object.into(),
            primary_object_id: type_id(definition.object),
            tracking_type,
            associations: [],
            properties,
            custom_matching_id: definition.matching_id.clone().map(Into::into),
            header_template: definition.templates.header.clone(),
            detail_template: definition.templates.detail.clone(),
            created_at: iso(entry.created.0),
            created_user_id: entry.created.1,
            updated_at: iso(entry.updated.0),
            updated_user_id: entry.updated.1,
        }
    }
}

impl PropertyBody {
    /// Shows one of a definition's own properties.
    pub(super) fn of(entry: &Entry, name: &str) -> Option<Self> {
        let own = &entry.definition.properties;
        let place = own.iter().position(|property| property.name == name)?;
        Some(Self::own(entry, place, &own[place]))
    }

    fn own(entry: &Entry, place: usize, property: &PropertyDefinition) -> Self {
        let label = if property.label.is_empty() { &property.name } else { &property.label };
        let times = entry.times_of(&property.name);
        Self {
            description: property.description.clone(),
            options: property.options.iter().cloned().map(Into::into).collect(),
            hidden: property.hidden,
            created_at: iso(times.created),
            updated_at: iso(times.updated),
            ..Self::plain(entry, place, (&property.name, label, property.kind), false)
        }
    }

    fn plain(
        entry: &Entry,
        place: usize,
        (name, label, kind): (&str, &str, PropertyType),
        is_default: bool,
    ) -> Self {
        let made = iso(entry.created.0);
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            r#type: kind.into(),
            field_type: field_type(kind),
            group_name: format!("{}_properties", entry.definition.name.as_str()),
            description: String::new(),
            options: Vec::new(),
            display_order: place,
            hidden: false,
            hubspot_defined: is_default,
            form_field: false,
            has_unique_value: false,
            archived: false,
            created_at: made.clone(),
            updated_at: made,
            modification_metadata: ModificationMetadata {
                archivable: !is_default,
                read_only_definition: is_default,
                read_only_value: false,
            },
        }
    }
}

/// A definition's own properties, and the default ones if it has them.
fn properties(entry: &Entry) -> Vec<PropertyBody> {
    let definition = &entry.definition;
    let own = definition.properties.iter().enumerate();
    let mut all: Vec<_> = own.map(|(place, property)| PropertyBody::own(entry, place, property)).collect();
    if definition.include_default_properties {
        all.extend(DEFAULT_PROPERTIES.iter().enumerate().map(|(i, &(name, label, kind))| {
            let options = options(name).iter().map(|value| ValueOption {
                label: (*value).to_owned(),
                value: (*value).to_owned(),
                display_order: None,
                hidden: None,
                description: None,
            });
            let place = definition.properties.len() + i;
            PropertyBody {
                options: options.collect(),
                ..PropertyBody::plain(entry, place, (name, label, kind), true)
            }
        }));
    }
    all
}

/// An event's name with its site's prefix.
pub(super) fn qualified(site: &Site, name: &str) -> String {
    format!("pe{}_{name}", site.key)
}

/// A point in time as ISO 8601; one past the year 9999, which nothing takes in, as 1970.
pub(super) fn iso(at: UnixMillis) -> String {
    let at = i64::try_from(at.0).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    format!("{:.3}", at.unwrap_or_default())
}

fn type_id(object: Object) -> &'static str {
    match object {
        Object::Contact => "0-1",
        Object::Company => "0-2",
        Object::Deal => "0-3",
        Object::Ticket => "0-5",
    }
}

fn field_type(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::String => "text",
        PropertyType::Number => "number",
        PropertyType::Datetime | PropertyType::Date => "date",
        PropertyType::Enumeration => "select",
        PropertyType::Bool => "radio",
    }
}

/// Two enums of the same variants, and the ways between them.
macro_rules! same {
    ($ours:ident, $theirs:ident: $($variant:ident)*) => {
        impl From<$ours> for $theirs {
            fn from(value: $ours) -> Self {
                match value {
                    $($ours::$variant => Self::$variant,)*
                }
            }
        }
        impl From<$theirs> for $ours {
            fn from(value: $theirs) -> Self {
                match value {
                    $($theirs::$variant => Self::$variant,)*
                }
            }
        }
    };
}

same!(Object, PrimaryObject: Contact Company Deal Ticket);
same!(PropertyType, ValueType: String Number Datetime Date Enumeration Bool);

impl From<ValueOption> for PropertyOption {
    fn from(option: ValueOption) -> Self {
        Self {
            label: option.label,
            value: option.value,
            description: option.description.unwrap_or_default(),
            display_order: option.display_order,
            hidden: option.hidden.unwrap_or_default(),
        }
    }
}

impl From<PropertyOption> for ValueOption {
    fn from(option: PropertyOption) -> Self {
        Self {
            label: if option.label.is_empty() { option.value.clone() } else { option.label },
            value: option.value,
            description: Some(option.description).filter(|text| !text.is_empty()),
            display_order: option.display_order,
            hidden: Some(option.hidden),
        }
    }
}

impl From<CustomMatchingId> for MatchingId {
    fn from(id: CustomMatchingId) -> Self {
        let rule = id.primary_object_rule;
        Self { record_property: rule.target_object_property_name, event_property: rule.event_property_name }
    }
}

impl From<MatchingId> for CustomMatchingId {
    fn from(id: MatchingId) -> Self {
        Self {
            primary_object_rule: PrimaryObjectRule {
                target_object_property_name: id.record_property,
                event_property_name: id.event_property,
            },
        }
    }
}
