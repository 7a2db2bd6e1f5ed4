//! `…/events` and `…/events/event-types`: reads occurrences by record, event, property and time.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use pugmark_protocol::definition::Object;
use pugmark_protocol::id::EventId;
use pugmark_protocol::name::EventName;
use pugmark_protocol::time::UnixMillis;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::access::Caller;
use super::error::ApiError;
use super::occurrence::read_moment;
use super::shape::{Next, Paging, Previous, iso, qualified};
use crate::choices::plain;
use crate::state::AppState;
use crate::store::{Direction, Occurrence, OccurrenceFilter, Place, Scope, Site};

/// How many occurrences a page has when nobody says.
const PAGE: usize = 100;

/// Most occurrences of a page.
const MAX_PAGE: usize = 1_000;

/// Most ids asked for at once.
const MAX_IDS: usize = 500;

/// Most conditions on properties.
const MAX_CONDITIONS: usize = 50;

/// The name by which HubSpot calls page views, and ours.
const PAGE_VIEW: (&str, &str) = ("e_visited_page", "page_view");

/// Some occurrences.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventPage {
    results: Vec<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    paging: Option<Paging>,
}

/// An occurrence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    id: String,
    /// `CONTACT`, `COMPANY`, `DEAL` or `TICKET`.
    object_type: &'static str,
    /// The record's id; none while nobody knows whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    object_id: Option<String>,
    event_type: String,
    #[schema(format = DateTime)]
    occurred_at: String,
    /// Its properties, each as text.
    properties: BTreeMap<String, String>,
}

/// The names of events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventTypes {
    event_types: Vec<String>,
}

/// Reads occurrences
///
/// All filters must hold; what happened last comes first unless `sort` says otherwise. `objectProperty.{name}` finds
/// records by their properties (`objectProperty.email`), `property.{name}` occurrences by theirs.
#[utoipa::path(
    get,
    path = "/events/v3/events",
    params(
        ("objectType" = Option<String>, Query, description = "`contact`, `company`, `deal` or `ticket`"),
        ("objectId" = Option<String>, Query, description = "of the kind that `objectType` says, else of a contact"),
        ("objectProperty.{name}" = Option<String>, Query, description = "a property of the record"),
        ("eventType" = Option<String>, Query, description = "the event's name, with or without the prefix `pe{site}_`"),
        ("property.{name}" = Option<String>, Query, description = "a property of the occurrence"),
        ("properties" = Option<Vec<String>>, Query, description = "which properties are answered; none means all"),
        ("id" = Option<Vec<String>>, Query, description = "only these occurrences"),
        ("occurredAfter" = Option<String>, Query, description = "ISO 8601 or milliseconds since 1970"),
        ("occurredBefore" = Option<String>, Query, description = "ISO 8601 or milliseconds since 1970"),
        ("sort" = Option<Vec<String>>, Query, description = "`ASCENDING` or `DESCENDING`, by time"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "at most 1,000; 100 if nothing is said"),
        ("after" = Option<String>, Query, description = "`paging.next.after` of the page before"),
        ("before" = Option<String>, Query, description = "`paging.prev.before` of the page after"),
    ),
    responses((status = 200, body = EventPage)),
    tag = "read"
)]
pub(super) async fn occurrences(
    caller: Caller,
    State(state): State<AppState>,
    uri: Uri,
) -> Result<Json<EventPage>, ApiError> {
    caller.needs(Scope::Read)?;
    let query = Query::of(&uri);
    let filter = query.filter(&caller.site)?;
    let wanted = query.list("properties");
    let page = state.store.occurrences(&caller.site.key, filter).await?;

    let place = |one: Option<&Occurrence>| one.map(|occurrence| occurrence.place.to_text());
    let next = place(page.occurrences.last()).filter(|_| page.has_next);
    let prev = place(page.occurrences.first()).filter(|_| page.has_previous);
    let paging = (next.is_some() || prev.is_some()).then(|| Paging {
        next: next.map(|after| Next { link: link(&state, &uri, ("after", &after)), after }),
        prev: prev.map(|before| Previous { link: link(&state, &uri, ("before", &before)), before }),
    });
    let results = page.occurrences.into_iter().map(|one| Event::new(&caller.site, one, &wanted));
    Ok(Json(EventPage { results: results.collect(), paging }))
}

/// Lists event types
///
/// The names of all events that have arrived or are defined.
#[utoipa::path(
    get,
    path = "/events/v3/events/event-types",
    responses((status = 200, body = EventTypes)),
    tag = "read"
)]
pub(super) async fn event_types(
    caller: Caller,
    State(state): State<AppState>,
) -> Result<Json<EventTypes>, ApiError> {
    caller.needs(Scope::Read)?;
    let names = state.store.event_names(&caller.site.key).await?;
    Ok(Json(EventTypes { event_types: names.iter().map(|name| type_of(&caller.site, name)).collect() }))
}

impl Event {
    fn new(site: &Site, occurrence: Occurrence, wanted: &[String]) -> Self {
        let is_wanted = |name: &String| wanted.is_empty() || wanted.contains(name);
        let properties = occurrence.properties.iter().filter(|(name, _)| is_wanted(name));
        let (object, object_id) =
            occurrence.record.map_or((Object::Contact, None), |(object, id)| (object, Some(id)));
        Self {
            id: occurrence.id,
            object_type: match object {
                Object::Contact => "CONTACT",
                Object::Company => "COMPANY",
                Object::Deal => "DEAL",
                Object::Ticket => "TICKET",
            },
            object_id,
            event_type: type_of(site, &occurrence.name),
            occurred_at: iso(occurrence.place.at),
            properties: properties.map(|(name, value)| (name.clone(), plain(value))).collect(),
        }
    }
}

/// What HubSpot calls an event.
fn type_of(site: &Site, name: &str) -> String {
    if name == PAGE_VIEW.1 { PAGE_VIEW.0.to_owned() } else { qualified(site, name) }
}

/// The query of an address.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(uri: &Uri) -> Self {
        Self(form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The value of this name; the last, if it is given several times.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of this name, those separated by commas as well.
    fn list(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(known, _)| known == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Names and values of the form `{prefix}{name}={value}`.
    fn under(&self, prefix: &str) -> Vec<(String, String)> {
        let all = self.0.iter();
        all.filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()))).collect()
    }

    /// The size of a page.
    pub(super) fn limit(&self, default: usize, most: usize) -> Result<usize, ApiError> {
        let Some(text) = self.one("limit").filter(|text| !text.is_empty()) else { return Ok(default) };
        let wrong = || ApiError::invalid(format!("limit must be a number from 1 to {most}"));
        text.parse().ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(wrong)
    }

    /// Whether this is said to be so.
    pub(super) fn yes(&self, name: &str) -> Result<bool, ApiError> {
        match self.one(name) {
            None | Some("" | "false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::invalid(format!("{name} must be true or false"))),
        }
    }

    fn moment(&self, name: &str) -> Result<Option<UnixMillis>, ApiError> {
        let Some(text) = self.one(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let wrong = || {
            ApiError::invalid(format!("{name} must be ISO 8601 with an offset, or milliseconds since 1970"))
        };
        // In a query `+` stands for a space, which is what becomes of the sign of an unescaped offset.
        let text = text.replace(' ', "+");
        read_moment(&Value::String(text)).map(Some).ok_or_else(wrong)
    }

    fn cursor(&self) -> Result<Option<(Direction, Place)>, ApiError> {
        let given = [("after", Direction::After), ("before", Direction::Before)];
        for (name, direction) in given {
            if let Some(text) = self.one(name).filter(|text| !text.is_empty()) {
                let wrong = || ApiError::invalid(format!("{name} must be a cursor of an earlier answer"));
                return Ok(Some((direction, Place::parse(text).ok_or_else(wrong)?)));
            }
        }
        Ok(None)
    }

    /// Whether what happened first comes first.
    fn ascending(&self) -> Result<bool, ApiError> {
        match self.one("sort").map(str::to_ascii_uppercase).as_deref() {
            None | Some("" | "DESCENDING" | "DESC" | "-OCCURREDAT") => Ok(false),
            Some("ASCENDING" | "ASC" | "OCCURREDAT") => Ok(true),
            Some(_) => Err(ApiError::invalid("sort must be ASCENDING or DESCENDING")),
        }
    }

    fn filter(&self, site: &Site) -> Result<OccurrenceFilter, ApiError> {
        let object = self.one("objectType").filter(|text| !text.is_empty()).map(object).transpose()?;
        let (object_properties, properties) = (self.under("objectProperty."), self.under("property."));
        if object_properties.len() + properties.len() > MAX_CONDITIONS {
            return Err(ApiError::invalid(format!("ask for at most {MAX_CONDITIONS} properties at once")));
        }
        let name = self.one("eventType").filter(|text| !text.is_empty()).map(|text| {
            let known = if text == PAGE_VIEW.0 { PAGE_VIEW.1 } else { text };
            // A name that is none is that of no event.
            EventName::resolve(known, &site.key)
                .map_or_else(|_| String::new(), |name| name.as_str().to_owned())
        });
        let ids = self.list("id");
        if ids.len() > MAX_IDS {
            return Err(ApiError::invalid(format!("ask for at most {MAX_IDS} ids at once")));
        }
        let wrong = |id: &String| ApiError::invalid(format!("the id {id:.64} is not a UUID"));
        let ids =
            ids.iter().map(|id| EventId::parse(id).ok_or_else(|| wrong(id))).collect::<Result<_, _>>()?;
        Ok(OccurrenceFilter {
            object,
            object_id: self.one("objectId").filter(|text| !text.is_empty()).map(str::to_owned),
            object_properties,
            name,
            properties,
            ids,
            after: self.moment("occurredAfter")?,
            before: self.moment("occurredBefore")?,
            ascending: self.ascending()?,
            cursor: self.cursor()?,
            limit: self.limit(PAGE, MAX_PAGE)?,
        })
    }
}

fn object(text: &str) -> Result<Object, ApiError> {
    match text.to_ascii_lowercase().as_str() {
        "contact" | "contacts" | "0-1" => Ok(Object::Contact),
        "company" | "companies" | "0-2" => Ok(Object::Company),
        "deal" | "deals" | "0-3" => Ok(Object::Deal),
        "ticket" | "tickets" | "0-5" => Ok(Object::Ticket),
        _ => Err(ApiError::invalid("objectType must be contact, company, deal or ticket")),
    }
}

/// The address of the page beside this one.
pub(super) fn link(state: &AppState, uri: &Uri, (name, cursor): (&str, &str)) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (known, value) in Query::of(uri).0 {
        if known != "after" && known != "before" {
            query.append_pair(&known, &value);
        }
    }
    query.append_pair(name, cursor);
    format!("{}{}?{}", state.address, uri.path(), query.finish())
}
