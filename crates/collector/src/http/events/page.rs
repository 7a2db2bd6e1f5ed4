//! The API's description for people: one page made from [`super::openapi`], without anything from elsewhere.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use super::FAMILIES;
use super::openapi::DESCRIPTION;
use crate::studio::document;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
);

/// Shows the page.
pub(super) async fn show() -> Response {
    let bar = PreEscaped(String::new());
    let mut response = document("Events API", &[], &bar, &content()).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

fn content() -> Markup {
    let families = FAMILIES.each_ref().map(|family| [family.definitions, family.send, family.events]);
    let operations = DESCRIPTION["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(path, _)| families[0].iter().any(|part| path.starts_with(part)));
    html! {
        div.page-head { h1 { "Events API" } }
        p.lead { (prose(&DESCRIPTION["info"]["description"])) }
        p { "The machine’s description is " a href="/openapi.json" { "/openapi.json" } ". A slash at the end of an address \
            changes nothing, and each part is found under three addresses:" }
        div.scroll tabindex="0" role="region" aria-label="Addresses" {
            table.list {
                thead { tr { th scope="col" { "Definitions" } th scope="col" { "Send" } th scope="col" { "Read" } } }
                tbody {
                    @for [definitions, send, events] in families {
                        tr { td { code { (definitions) } } td { code { (send) } } td { code { (events) } } }
                    }
                }
            }
        }
        @for (path, methods) in operations {
            @for (method, operation) in methods.as_object().into_iter().flatten() {
                (draw(path, method, operation))
            }
        }
        h2 { "Shapes" }
        @for (name, schema) in DESCRIPTION["components"]["schemas"].as_object().into_iter().flatten() {
            (shape(name, schema))
        }
    }
}

fn draw(path: &str, method: &str, operation: &Value) -> Markup {
    let text = |key: &str| operation[key].as_str().unwrap_or_default();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    html! {
        h2 { (text("summary")) }
        pre { (method.to_uppercase()) " " (path) }
        p { (prose(&operation["description"])) }
        @if !body.is_null() { p { "Body: " (kind(body)) } }
        @if let Some(parameters) = operation["parameters"].as_array() {
            div.scroll tabindex="0" role="region" aria-label="Parameters" {
                table.list {
                    thead { tr { th scope="col" { "Parameter" } th scope="col" { "In" } th scope="col" { "Type" } th scope="col" { "What" } } }
                    tbody {
                        @for parameter in parameters {
                            tr {
                                th scope="row" { code { (parameter["name"].as_str().unwrap_or_default()) } }
                                td { (parameter["in"].as_str().unwrap_or_default()) }
                                td { (kind(&parameter["schema"])) }
                                td { (prose(&parameter["description"])) }
                            }
                        }
                    }
                }
            }
        }
        p {
            "Answers: "
            @for (status, answer) in operation["responses"].as_object().into_iter().flatten().filter(|(status, _)| status.starts_with('2')) {
                (status) " " (kind(&answer["content"]["application/json"]["schema"])) " "
            }
            "or an " a href="#Error" { "Error" } "."
        }
    }
}

fn shape(name: &str, schema: &Value) -> Markup {
    let required = schema["required"].as_array();
    let is_required = |field: &str| required.is_some_and(|all| all.iter().any(|one| one == field));
    html! {
        h3 id=(name) { (name) }
        p { (prose(&schema["description"])) }
        @if let Some(fields) = schema["properties"].as_object() {
            div.scroll tabindex="0" role="region" aria-label=(name) {
                table.list {
                    thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" { "What" } } }
                    tbody {
                        @for (field, of) in fields {
                            tr {
                                th scope="row" { code { (field) } @if is_required(field) { " (required)" } }
                                td { (kind(of)) }
                                td { (prose(&of["description"])) }
                            }
                        }
                    }
                }
            }
        } @else { p { (kind(schema)) } }
    }
}

/// A description, with what stands between backticks as code.
fn prose(text: &Value) -> Markup {
    let parts = text.as_str().unwrap_or_default().split('`').enumerate();
    html! { @for (n, part) in parts { @if n % 2 == 1 { code { (part) } } @else { (part) } } }
}

/// What a schema is, in a few words.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return html! { a href={ "#" (name) } { (name) } };
    }
    if let Some(options) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let known = options.iter().filter(|option| option["type"] != "null");
        return html! { @for (n, option) in known.enumerate() { @if n > 0 { " or " } (kind(option)) } };
    }
    if let Some(values) = schema["enum"].as_array() {
        let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        return html! { (texts.join(", ")) };
    }
    if !schema["items"].is_null() {
        return html! { "list of " (kind(&schema["items"])) };
    }
    if schema["additionalProperties"].is_object() {
        return html! { "object of " (kind(&schema["additionalProperties"])) };
    }
    match &schema["type"] {
        Value::String(one) => html! { (one) },
        Value::Array(several) => {
            html! { (several.iter().filter_map(Value::as_str).find(|one| *one != "null").unwrap_or_default()) }
        }
        _ => html! {},
    }
}
