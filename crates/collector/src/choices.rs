//! Values of enumerations that nobody defined. They are kept, and marked as unusable, whether a server or a page sent them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pugmark_protocol::definition::{Definition, PropertyType};
use serde_json::Value;

use crate::default_properties;
use crate::store::{Catalog, StoreError};

/// A site's definitions, by name.
pub type Definitions = HashMap<String, Definition>;

/// The definitions of sites as they were last read, each with the edition of the catalog: pages send far more often than
/// anybody edits.
#[derive(Default)]
pub struct Known(Mutex<HashMap<String, (u64, Arc<Definitions>)>>);

impl Known {
    /// A site's definitions as they are.
    pub(crate) async fn of(&self, catalog: &dyn Catalog, site: &str) -> Result<Arc<Definitions>, StoreError> {
        // Before they are read: what changes meanwhile makes them out of date.
        let edition = catalog.edition();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(site).cloned();
        if let Some((_, definitions)) = known.filter(|(read, _)| *read == edition) {
            return Ok(definitions);
        }
        let definitions = catalog.definitions(site).await?;
        let by_name = definitions.into_iter().map(|one| (one.name.as_str().to_owned(), one));
        let definitions: Arc<Definitions> = Arc::new(by_name.collect());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(site.to_owned(), (edition, Arc::clone(&definitions)));
        Ok(definitions)
    }
}

/// A property's type: as its definition says, or as one of the default properties, where the definition has these.
pub(crate) fn kind_of(definition: &Definition, name: &str) -> Option<PropertyType> {
    let default = || default_properties::kind_of(name).filter(|_| definition.include_default_properties);
    definition.property(name).map(|property| property.kind).or_else(default)
}

/// The note about a value of an enumeration that is none of those defined; `;` stands between several.
pub(crate) fn unusable(definition: &Definition, name: &str, value: &Value) -> Option<String> {
    if kind_of(definition, name) != Some(PropertyType::Enumeration) {
        return None;
    }
    let is_known = |value: &str| match definition.property(name) {
        Some(property) => property.options.iter().any(|option| option.value == value),
        None => {
            let options = default_properties::options(name);
            options.is_empty() || options.contains(&value)
        }
    };
    let text = plain(value);
    let mut values = text.split(';').map(str::trim).filter(|value| !value.is_empty());
    (!values.all(is_known)).then(|| format!("unusable:{name}"))
}

/// A value as text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_unusable_if_one_of_those_in_it_is_not_defined() {
        let definition: Definition = serde_json::from_value(json!({ "name": "bought", "properties": [
            { "name": "plan", "type": "enumeration", "options": [{ "value": "pro" }, { "value": "3" }] },
            { "name": "note", "type": "string" },
        ] }))
        .expect("is well-formed");
        for (name, value, is_unusable) in [
            ("plan", json!("pro"), false),
            ("plan", json!("pro; 3;"), false),
            ("plan", json!(3), false),
            ("plan", json!(""), false),
            ("plan", json!("pro;gold"), true),
            ("plan", json!("Pro"), true),
            ("plan", json!(true), true),
            ("note", json!("gold"), false),
            ("nobody_knows", json!("gold"), false),
            ("hs_device_type", json!("PDA"), false),
            ("hs_device_type", json!("Toaster"), true),
            ("hs_language", json!("nl-NL"), false),
        ] {
            let note = is_unusable.then(|| format!("unusable:{name}"));
            assert_eq!(unusable(&definition, name, &value), note, "{name}: {value}");
        }
        let bare = Definition { include_default_properties: false, ..definition };
        assert_eq!(unusable(&bare, "hs_device_type", &json!("Toaster")), None);
    }
}
