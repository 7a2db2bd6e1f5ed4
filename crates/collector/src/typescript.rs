//! A site's events as a TypeScript declaration: with it a misspelt name or a value of the wrong type does not compile.
//!
//! It adds to the interface `Events` of the npm package (`pkg/pugmark.d.ts`), which decides what may be called how.

use std::fmt::Write;

use pugmark_protocol::definition::{Definition, PropertyDefinition, PropertyType, Status};

/// Declares the events that are not put away, by name.
pub fn declare(site: &str, definitions: &[Definition]) -> String {
    let mut text = format!(
        "// The events of the site \"{site}\", as they were defined when this file was made; do not edit it.\n\n\
         import type {{ Choice }} from \"pugmark\";\n\n\
         declare module \"pugmark\" {{\n  interface Events {{\n"
    );
    for definition in definitions.iter().filter(|definition| definition.status != Status::Archived) {
        declare_event(&mut text, definition);
    }
    text.push_str("  }\n}\n");
    text
}

fn declare_event(text: &mut String, definition: &Definition) {
    comment(text, "    ", &definition.label, &definition.description);
    let name = definition.name.as_str();
    if definition.properties.is_empty() {
        let _ = writeln!(text, "    {name}: {{}};");
        return;
    }
    let _ = writeln!(text, "    {name}: {{");
    for property in &definition.properties {
        comment(text, "      ", &property.label, &property.description);
        let _ = writeln!(text, "      {}: {};", property.name, value_type(property));
    }
    text.push_str("    };\n");
}

/// What a property takes, in the call.
fn value_type(property: &PropertyDefinition) -> String {
    match property.kind {
        PropertyType::String => "string".to_owned(),
        PropertyType::Number => "number".to_owned(),
        PropertyType::Date | PropertyType::Datetime => "Date | string | number".to_owned(),
        PropertyType::Bool => "boolean".to_owned(),
        PropertyType::Enumeration => {
            let values: Vec<String> = property.options.iter().map(|option| quoted(&option.value)).collect();
            format!("Choice<{}>", values.join(" | "))
        }
    }
}

/// A text as a literal: what JSON writes, TypeScript reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What people call it and what it is for, on one line.
fn comment(text: &mut String, indent: &str, label: &str, description: &str) {
    let said: Vec<&str> = [label, description].into_iter().filter(|part| !part.trim().is_empty()).collect();
    // Whoever wrote it meant words: they must not end the comment.
    let words = said.join(": ").replace("*/", "*\u{200b}/");
    let words: Vec<&str> = words.split_whitespace().collect();
    if !words.is_empty() {
        let _ = writeln!(text, "{indent}/** {} */", words.join(" "));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definitions(json: serde_json::Value) -> Vec<Definition> {
        serde_json::from_value(json).expect("is well-formed")
    }

    /// `tsc` reads the same file (`pkg/test/events.ts`).
    #[test]
    fn the_declaration_is_the_one_that_the_package_is_tested_with() {
        let definitions = definitions(json!([
            { "name": "signed_up", "label": "Signed up", "description": "After the form\nwas sent.", "properties": [
                { "name": "plan", "label": "Plan", "type": "enumeration",
                  "options": [{ "value": "free" }, { "value": "pro" }] },
                { "name": "seats", "type": "number" },
                { "name": "company", "type": "string" },
                { "name": "trial", "type": "bool" },
                { "name": "since", "description": "Since when", "type": "datetime" },
            ] },
            { "name": "signed_out" },
            { "name": "given_up", "status": "archived" },
        ]));

        assert_eq!(declare("demo", &definitions), include_str!("../../../pkg/test/events.d.ts"));
    }

    #[test]
    fn what_people_wrote_can_end_neither_comment_nor_literal() {
        let definitions = definitions(json!([
            { "name": "a", "label": "*/ }; evil(); /*", "properties": [
                { "name": "p", "type": "enumeration", "options": [{ "value": "\"; evil()\n" }] },
            ] },
        ]));

        let text = declare("demo", &definitions);

        assert!(text.contains("/** *\u{200b}/ }; evil(); /* */"), "{text}");
        assert!(text.contains(r#"p: Choice<"\"; evil()\n">;"#), "{text}");
    }
}
