//! Code to copy: how a server and a page send an event that is defined.

use pugmark_protocol::definition::{Definition, PropertyDefinition, PropertyType};
use serde_json::{Map, Value, json};

/// The event's name as HubSpot's clients write it.
pub(super) fn full_name(site: &str, name: &str) -> String {
    format!("pe{site}_{name}")
}

/// A request to the HTTP API, for a shell.
pub(super) fn curl(address: &str, site: &str, definition: &Definition) -> String {
    let properties: Map<String, Value> =
        definition.properties.iter().map(|property| (property.name.clone(), sample(property))).collect();
    let body = json!({
        "eventName": full_name(site, definition.name.as_str()),
        "email": "ada@example.com",
        "properties": properties,
    });
    let body = serde_json::to_string_pretty(&body).unwrap_or_default();
    format!(
        "curl {address}/events/v3/send \\\n  -H \"Authorization: Bearer $PUGMARK_TOKEN\" \\\n  \
         -H \"Content-Type: application/json\" \\\n  -d '{}'\n",
        body.replace('\'', r"'\''").replace('\n', "\n  ")
    )
}

/// A few lines that send the event at a click; the page's developer changes the first.
pub(super) fn snippet(definition: &Definition) -> String {
    let name = definition.name.as_str();
    let label = definition.label.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut code = format!("// {}\n", if label.is_empty() { name } else { &label });
    code.push_str(
        "document.querySelector(\"#put-your-selector-here\")?.addEventListener(\"click\", () => {\n",
    );
    if definition.properties.is_empty() {
        code.push_str(&format!("  pugmark.push([\"trackCustomEvent\", \"{name}\"]);\n"));
    } else {
        code.push_str(&format!("  pugmark.push([\"trackCustomEvent\", \"{name}\", {{\n"));
        for property in &definition.properties {
            code.push_str(&format!("    {}: {},{}\n", property.name, sample(property), remark(property)));
        }
        code.push_str("  }]);\n");
    }
    code.push_str("});\n");
    code
}

/// A value that fits.
fn sample(property: &PropertyDefinition) -> Value {
    match property.kind {
        PropertyType::String => json!("some text"),
        PropertyType::Number => json!(1),
        PropertyType::Bool => json!(true),
        PropertyType::Date => json!("2026-11-25"),
        PropertyType::Datetime => json!("2026-11-25T09:30:00Z"),
        PropertyType::Enumeration => {
            property.options.first().map_or(Value::Null, |option| json!(option.value))
        }
    }
}

/// What else fits, where there is a choice.
fn remark(property: &PropertyDefinition) -> String {
    // JSON leaves line separators as they are, at which JavaScript ends a comment.
    let quoted =
        |value: &str| json!(value).to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let values: Vec<String> = property.options.iter().map(|option| quoted(&option.value)).collect();
    if values.len() > 1 { format!(" // or {}", values[1..].join(", ")) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(json: Value) -> Definition {
        serde_json::from_value(json).expect("is well-formed")
    }

    fn signed_up() -> Definition {
        definition(json!({
            "name": "signed_up", "label": "Signed\nup",
            "properties": [
                { "name": "plan", "type": "enumeration", "options": [{ "value": "it's" }, { "value": "a\nb" }] },
                { "name": "seats", "type": "number" },
            ],
        }))
    }

    #[test]
    fn the_snippet_has_every_property_and_what_people_wrote_stays_in_its_place() {
        assert_eq!(
            snippet(&signed_up()),
            r##"// Signed up
document.querySelector("#put-your-selector-here")?.addEventListener("click", () => {
  pugmark.push(["trackCustomEvent", "signed_up", {
    plan: "it's", // or "a\nb"
    seats: 1,
  }]);
});
"##
        );
    }

    #[test]
    fn no_value_ends_the_comment_it_stands_in() {
        let options = json!([{ "value": "a" }, { "value": "b\u{2028}evil()\u{2029}" }]);
        let code = snippet(&definition(
            json!({ "name": "x", "properties": [{ "name": "plan", "type": "enumeration", "options": options }] }),
        ));

        assert!(code.contains(r#"// or "b\u2028evil()\u2029""#), "{code}");
    }

    #[test]
    fn an_event_without_properties_needs_none() {
        let code = snippet(&definition(json!({ "name": "signed_out" })));

        assert!(code.contains("pugmark.push([\"trackCustomEvent\", \"signed_out\"]);"), "{code}");
    }

    #[test]
    fn the_request_can_be_pasted_into_a_shell() {
        let command = curl("https://events.example", "demo", &signed_up());

        assert!(command.starts_with("curl https://events.example/events/v3/send \\\n"), "{command}");
        assert!(command.contains(r#""eventName": "pedemo_signed_up""#), "{command}");
        assert!(command.contains(r#""plan": "it'\''s""#), "{command}");
    }
}
