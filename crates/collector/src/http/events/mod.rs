//! The events API in HubSpot's shapes: definitions, sending, reading; so that code written for HubSpot works with the base
//! address replaced.
//!
//! Every request carries a token of a site and is about that site. HubSpot has had three families of addresses, and
//! clients put a slash at the end or not; all lead here. `docs/api.md` has examples, `/openapi.json` every field.

mod access;
mod definitions;
mod error;
mod occurrence;
mod openapi;
mod page;
mod read;
mod send;
mod shape;

use axum::Router;
use axum::routing::{MethodRouter, any, get, patch, post};

use crate::state::AppState;

/// Where the three families have each part of the API.
struct Family {
    definitions: &'static str,
    send: &'static str,
    events: &'static str,
}

/// The first is the one that is described in full.
const FAMILIES: [Family; 3] = [
    Family {
        definitions: "/events/v3/event-definitions",
        send: "/events/v3/send",
        events: "/events/v3/events",
    },
    Family {
        definitions: "/events/2026-03/event-definitions",
        send: "/events/2026-03/send",
        events: "/events/event-occurrences/2026-03",
    },
    Family {
        definitions: "/events/custom/2026-09/event-definitions",
        send: "/events/custom/2026-09/send",
        events: "/events/event-occurrences/2026-09",
    },
];

/// The API's doors, and those to its description.
pub(super) fn router() -> Router<AppState> {
    let mut router = Router::new()
        .route("/openapi.json", get(openapi::serve))
        .route("/docs/api", get(page::show))
        .route("/docs/api/", get(page::show))
        .route("/events", any(access::nowhere))
        .route("/events/", any(access::nowhere))
        .route("/events/{*rest}", any(access::nowhere));
    for family in &FAMILIES {
        let definitions = |rest: &str| format!("{}{rest}", family.definitions);
        for (path, methods) in [
            (definitions(""), get(definitions::list).post(definitions::create)),
            (
                definitions("/{event}"),
                get(definitions::show).patch(definitions::change).delete(definitions::delete),
            ),
            (definitions("/{event}/property"), post(definitions::add_property)),
            (
                definitions("/{event}/property/{property}"),
                patch(definitions::change_property).delete(definitions::delete_property),
            ),
            (family.send.to_owned(), post(send::one)),
            (format!("{}/batch", family.send), post(send::batch)),
            (family.events.to_owned(), get(read::occurrences)),
            (format!("{}/event-types", family.events), get(read::event_types)),
        ] {
            router =
                router.route(&format!("{path}/"), no_other(methods.clone())).route(&path, no_other(methods));
        }
    }
    router
}

/// Answers the other methods in the API's form.
fn no_other(methods: MethodRouter<AppState>) -> MethodRouter<AppState> {
    methods.fallback(access::wrong_method)
}
