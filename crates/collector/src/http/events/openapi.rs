//! The API's description in OpenAPI 3.1, generated from the handlers and the types they read and answer.

use std::sync::LazyLock;

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::error::ErrorBody;
use super::{FAMILIES, definitions, read, send};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pugmark events API",
        description = "Defines events, sends and reads them, in the shapes of HubSpot's custom events API. Every request \
                       needs a token of a site, `Authorization: Bearer pugmark_…`, and is about that site."
    ),
    paths(
        definitions::list,
        definitions::create,
        definitions::show,
        definitions::change,
        definitions::delete,
        definitions::add_property,
        definitions::change_property,
        definitions::delete_property,
        send::one,
        send::batch,
        read::occurrences,
        read::event_types,
    ),
    components(schemas(ErrorBody))
)]
struct Described;

/// What every request may be answered, and why.
const ERRORS: [(&str, &str); 10] = [
    ("400", "Something sent breaks a rule, or the event does not exist"),
    ("401", "There is no token, or it is unknown or revoked"),
    ("403", "The token lacks the scope"),
    ("404", "There is no such property"),
    ("405", "The address takes other methods"),
    ("408", "The body came too slowly"),
    ("409", "The name is taken"),
    ("413", "The body is too large"),
    ("429", "Too many requests; come again after `Retry-After` seconds"),
    ("503", "Too much is waiting; nothing was stored; come again after `Retry-After` seconds"),
];

/// The whole description.
pub(super) static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let mut described = serde_json::to_value(Described::openapi()).unwrap_or_default();
    described["components"]["securitySchemes"]["token"] = json!({"type": "http", "scheme": "bearer"});
    described["security"] = json!([{"token": []}]);
    let error = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}});
    let paths = described["paths"].as_object_mut().map(std::mem::take).unwrap_or_default();
    for (path, mut operations) in paths {
        for operation in operations.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
            for (status, why) in ERRORS {
                operation["responses"][status] = json!({"description": why, "content": error});
            }
        }
        for (path, id) in in_families(&path) {
            let mut operations = operations.clone();
            for operation in operations.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
                let plain = operation["operationId"].as_str().unwrap_or_default().to_owned();
                operation["operationId"] = format!("{plain}{id}").into();
            }
            described["paths"][path] = operations;
        }
    }
    described
});

/// An address of the first family in each of them, and what sets the ids of its operations apart.
fn in_families(path: &str) -> impl Iterator<Item = (String, String)> {
    let parts = |family: &super::Family| [family.definitions, family.send, family.events];
    let part = parts(&FAMILIES[0]).iter().position(|part| path.starts_with(part)).unwrap_or_default();
    let rest = path[parts(&FAMILIES[0])[part].len()..].to_owned();
    FAMILIES.iter().enumerate().map(move |(n, family)| {
        let id = if n == 0 { String::new() } else { format!("_{n}") };
        (format!("{}{rest}", parts(family)[part]), id)
    })
}

/// Serves the description, to any page: there is nothing of anybody's in it.
pub(super) async fn serve() -> Response {
    let mut response = Json(&*DESCRIPTION).into_response();
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_described_and_every_operation_has_a_name_of_its_own() {
        let paths = DESCRIPTION["paths"].as_object().expect("is an object");
        let operations =
            paths.values().flat_map(|path| path.as_object().into_iter().flat_map(|all| all.values()));
        let mut names: Vec<_> = operations.map(|operation| operation["operationId"].as_str()).collect();

        assert_eq!(DESCRIPTION["openapi"], "3.1.0");
        assert_eq!(paths.len(), 3 * 8);
        assert_eq!(names.len(), 3 * 12);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 3 * 12);
        assert!(paths.contains_key("/events/event-occurrences/2026-09/event-types"));
    }
}
