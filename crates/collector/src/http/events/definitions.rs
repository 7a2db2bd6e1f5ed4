//! `…/event-definitions`: list, create, show, change, delete, and the same for their properties.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use pugmark_protocol::definition::Definition;
use pugmark_protocol::limits::MAX_DEFINITION_BYTES;
use pugmark_protocol::name::EventName;

use super::access::{Caller, In, typed};
use super::error::{ApiError, ErrorDetail};
use super::read::{Query, link};
use super::shape::{
    DefinitionBody, DefinitionChange, DefinitionPage, NewDefinition, NewProperty, Next, Paging, PropertyBody,
    PropertyChange, breaches,
};
use crate::state::AppState;
use crate::store::{Entry, Scope, StoreError};

/// How many definitions a page has when nobody says.
const PAGE: usize = 100;

/// Most definitions of a page: all there can be.
const MAX_PAGE: usize = pugmark_protocol::limits::MAX_DEFINITIONS;

/// What stands for an event in an address.
const EVENT: &str = "the event's name, with or without the prefix `pe{site}_`";

/// Lists definitions
///
/// By name. `searchString` must be part of the name or the label; a page begins after the name that `after` gives.
#[utoipa::path(
    get,
    path = "/events/v3/event-definitions",
    params(
        ("searchString" = Option<String>, Query, description = "part of the name or the label"),
        ("after" = Option<String>, Query, description = "`paging.next.after` of the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "at most 500; 100 if nothing is said"),
        ("includeProperties" = Option<bool>, Query, description = "whether `properties` is filled in"),
        ("sortOrder" = Option<String>, Query, description = "`ASC` or `DESC`"),
    ),
    responses((status = 200, body = DefinitionPage)),
    tag = "definitions"
)]
pub(super) async fn list(
    caller: Caller,
    State(state): State<AppState>,
    uri: Uri,
) -> Result<Json<DefinitionPage>, ApiError> {
    caller.needs(Scope::Definitions)?;
    let query = Query::of(&uri);
    let limit = query.limit(PAGE, MAX_PAGE)?;
    let with_properties = query.yes("includeProperties")?;
    let is_descending = match query.one("sortOrder").map(str::to_ascii_uppercase).as_deref() {
        None | Some("" | "ASC" | "ASCENDING") => false,
        Some("DESC" | "DESCENDING") => true,
        Some(_) => return Err(ApiError::invalid("sortOrder must be ASC or DESC")),
    };
    let search = query.one("searchString").unwrap_or_default().to_lowercase();
    let after = query.one("after");

    let mut entries = state.store.entries(&caller.site.key).await?;
    entries.retain(|Entry { definition, .. }| {
        definition.name.as_str().contains(&search) || definition.label.to_lowercase().contains(&search)
    });
    if is_descending {
        entries.reverse();
    }
    let total = entries.len();
    let is_later = |entry: &Entry| match after {
        None | Some("") => true,
        Some(after) if is_descending => entry.definition.name.as_str() < after,
        Some(after) => entry.definition.name.as_str() > after,
    };
    entries.retain(is_later);
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| has_more).map(|entry| {
        let after = entry.definition.name.as_str();
        Next { after: after.to_owned(), link: link(&state, &uri, ("after", after)) }
    });
    let results = entries.iter().map(|entry| DefinitionBody::new(&caller.site, entry, with_properties));
    let paging = next.map(|next| Paging { next: Some(next), prev: None });
    Ok(Json(DefinitionPage { total, results: results.collect(), paging }))
}

/// Creates a definition
///
/// The name must never have been used: also that of a deleted event is taken.
#[utoipa::path(
    post,
    path = "/events/v3/event-definitions",
    request_body = NewDefinition,
    responses((status = 201, body = DefinitionBody, headers(("Location" = String)))),
    tag = "definitions"
)]
pub(super) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(Scope::Definitions)?;
    let new: NewDefinition = typed(&state, body, MAX_DEFINITION_BYTES).await?;
    let definition = new.read(&caller.site)?;
    let name = definition.name.clone();
    let done = state.store.create_definition(&caller.site.key, definition, caller.author()).await;
    match done {
        Ok(()) => {}
        Err(error @ (StoreError::Exists(_) | StoreError::NameUsedUp)) => {
            let message = format!("Event with name {} already exists: {error}", name.as_str());
            return Err(ApiError::exists(message));
        }
        Err(error) => return Err(error.into()),
    }
    let entry = find(&state, &caller, name.as_str()).await?;
    let location = format!("{}/events/v3/event-definitions/{}", state.address, name.as_str());
    let body = Json(DefinitionBody::new(&caller.site, &entry, true));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
}

/// Shows a definition
#[utoipa::path(
    get,
    path = "/events/v3/event-definitions/{event}",
    params(("event" = String, Path, description = EVENT)),
    responses((status = 200, body = DefinitionBody)),
    tag = "definitions"
)]
pub(super) async fn show(
    caller: Caller,
    State(state): State<AppState>,
    In(event): In<String>,
) -> Result<Json<DefinitionBody>, ApiError> {
    caller.needs(Scope::Definitions)?;
    let entry = find(&state, &caller, &event).await?;
    Ok(Json(DefinitionBody::new(&caller.site, &entry, true)))
}

/// Changes a definition
///
/// Its label and description, its templates, and the order of its properties; name and object never change.
#[utoipa::path(
    patch,
    path = "/events/v3/event-definitions/{event}",
    params(("event" = String, Path, description = EVENT)),
    request_body = DefinitionChange,
    responses((status = 201, body = DefinitionBody)),
    tag = "definitions"
)]
pub(super) async fn change(
    caller: Caller,
    State(state): State<AppState>,
    In(event): In<String>,
    body: Body,
) -> Result<(StatusCode, Json<DefinitionBody>), ApiError> {
    caller.needs(Scope::Definitions)?;
    let change: DefinitionChange = typed(&state, body, MAX_DEFINITION_BYTES).await?;
    let _editing = state.editing.lock().await;
    let mut definition = find(&state, &caller, &event).await?.definition;
    change.apply(&mut definition).map_err(ApiError::breaches)?;
    let entry = keep(&state, &caller, definition).await?;
    Ok((StatusCode::CREATED, Json(DefinitionBody::new(&caller.site, &entry, true))))
}

/// Deletes a definition
///
/// With all its events. Its name can never be used again.
#[utoipa::path(
    delete,
    path = "/events/v3/event-definitions/{event}",
    params(("event" = String, Path, description = EVENT)),
    responses((status = 204)),
    tag = "definitions"
)]
pub(super) async fn delete(
    caller: Caller,
    State(state): State<AppState>,
    In(event): In<String>,
) -> Result<StatusCode, ApiError> {
    caller.needs(Scope::Definitions)?;
    let name = find(&state, &caller, &event).await?.definition.name;
    if !state.store.delete_definition(&caller.site.key, name.as_str(), caller.author()).await? {
        return Err(ApiError::no_event(&caller.site.key, name.as_str()));
    }
    state.purging.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a property
#[utoipa::path(
    post,
    path = "/events/v3/event-definitions/{event}/property",
    params(("event" = String, Path, description = EVENT)),
    request_body = NewProperty,
    responses((status = 201, body = PropertyBody)),
    tag = "definitions"
)]
pub(super) async fn add_property(
    caller: Caller,
    State(state): State<AppState>,
    In(event): In<String>,
    body: Body,
) -> Result<(StatusCode, Json<PropertyBody>), ApiError> {
    caller.needs(Scope::Definitions)?;
    let new: NewProperty = typed(&state, body, MAX_DEFINITION_BYTES).await?;
    let property = new.read().map_err(|error| ApiError::breaches(vec![error]))?;
    let _editing = state.editing.lock().await;
    let mut definition = find(&state, &caller, &event).await?.definition;
    let name = property.name.clone();
    if definition.property(&name).is_some() {
        return Err(ApiError::exists(format!("A property named '{name}' already exists.")));
    }
    definition.properties.push(property);
    let entry = keep(&state, &caller, definition).await?;
    shown(&entry, &name)
}

/// Changes a property
///
/// Its label, description and options; name and type never change.
#[utoipa::path(
    patch,
    path = "/events/v3/event-definitions/{event}/property/{property}",
    params(("event" = String, Path, description = EVENT), ("property" = String, Path, description = "its name")),
    request_body = PropertyChange,
    responses((status = 201, body = PropertyBody)),
    tag = "definitions"
)]
pub(super) async fn change_property(
    caller: Caller,
    State(state): State<AppState>,
    In((event, name)): In<(String, String)>,
    body: Body,
) -> Result<(StatusCode, Json<PropertyBody>), ApiError> {
    caller.needs(Scope::Definitions)?;
    let change: PropertyChange = typed(&state, body, MAX_DEFINITION_BYTES).await?;
    let _editing = state.editing.lock().await;
    let mut definition = find(&state, &caller, &event).await?.definition;
    let property = definition.properties.iter_mut().find(|property| property.name == name);
    let property = property.ok_or_else(|| ApiError::no_property(&name))?;
    change.apply(property).map_err(|error| ApiError::breaches(vec![error]))?;
    let entry = keep(&state, &caller, definition).await?;
    shown(&entry, &name)
}

/// Deletes a property
///
/// Events that carry it keep it.
#[utoipa::path(
    delete,
    path = "/events/v3/event-definitions/{event}/property/{property}",
    params(("event" = String, Path, description = EVENT), ("property" = String, Path, description = "its name")),
    responses((status = 204)),
    tag = "definitions"
)]
pub(super) async fn delete_property(
    caller: Caller,
    State(state): State<AppState>,
    In((event, name)): In<(String, String)>,
) -> Result<StatusCode, ApiError> {
    caller.needs(Scope::Definitions)?;
    let _editing = state.editing.lock().await;
    let mut definition = find(&state, &caller, &event).await?.definition;
    if definition.property(&name).is_none() {
        return Err(ApiError::no_property(&name));
    }
    definition.properties.retain(|property| property.name != name);
    keep(&state, &caller, definition).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The definition of this name, short or qualified.
async fn find(state: &AppState, caller: &Caller, event: &str) -> Result<Entry, ApiError> {
    let site = &caller.site.key;
    let unknown = |name: &str| ApiError::no_event(site, name);
    let name = EventName::resolve(event, site).map_err(|_| unknown(event))?;
    state.store.entry(site, name.as_str()).await?.ok_or_else(|| unknown(name.as_str()))
}

/// Checks and keeps a changed definition.
async fn keep(state: &AppState, caller: &Caller, definition: Definition) -> Result<Entry, ApiError> {
    let errors: Vec<ErrorDetail> = breaches(&definition);
    if !errors.is_empty() {
        return Err(ApiError::breaches(errors));
    }
    let (site, name) = (&caller.site.key, definition.name.clone());
    if !state.store.change_definition(site, definition, caller.author()).await? {
        return Err(ApiError::no_event(site, name.as_str()));
    }
    find(state, caller, name.as_str()).await
}

fn shown(entry: &Entry, name: &str) -> Result<(StatusCode, Json<PropertyBody>), ApiError> {
    let property = PropertyBody::of(entry, name).ok_or_else(|| ApiError::no_property(name))?;
    Ok((StatusCode::CREATED, Json(property)))
}
