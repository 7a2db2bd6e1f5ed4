//! `…/send` and `…/send/batch`: takes occurrences that servers send, through the same log as those of pages, and
//! answers once they are durable.
//!
//! A batch is taken whole or not at all, which is what a client of HubSpot's expects of 204 and 400. Who sends
//! `Prefer: return=representation` has each input judged by itself, and is told about each.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use pugmark_protocol::definition::{Definition, Object};
use pugmark_protocol::id::EventId;
use pugmark_protocol::limits::MAX_BATCH_EVENTS;
use pugmark_protocol::name::EventName;
use pugmark_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::access::{Caller, MAX_SENT_BYTES, object, typed};
use super::error::{ApiError, ErrorDetail, no_event};
use super::occurrence::{Sent, Surroundings};
use crate::http::batch::append;
use crate::state::AppState;
use crate::store::{
    Appended, FIRST_OBJECT_ID, NewBatch, NewEvent, Scope, StoreError, StoredProperties, Verdict, own_number,
};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Occurrences to be sent together.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Inputs {
    /// At most 500.
    #[schema(value_type = Vec<Sent>, max_items = 500)]
    inputs: Vec<Value>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchResult {
    /// Always `COMPLETE`.
    status: &'static str,
    /// One for each input, in their order.
    results: Vec<InputResult>,
    /// How many were refused.
    num_errors: usize,
}

/// What became of one input.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InputResult {
    /// `STORED`, `DUPLICATE` (its uuid was known) or `REFUSED`.
    outcome: &'static str,
    /// The `id` under which it is read, unless it was refused: its uuid, given or made; another if an event of another
    /// type or site has that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    uuid: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorDetail>,
}

/// Sends an occurrence
///
/// Answered once it is durable. What breaks a limit is refused, with one error for each breach.
#[utoipa::path(
    post,
    path = "/events/v3/send",
    request_body = Sent,
    responses((status = 204)),
    tag = "send"
)]
pub(super) async fn one(
    caller: Caller,
    State(state): State<AppState>,
    body: Body,
) -> Result<StatusCode, ApiError> {
    caller.needs(Scope::Send)?;
    let sent = Value::Object(object(&state, body, MAX_SENT_BYTES).await?);
    let judged = judge(&state, &caller, vec![sent]).await?;
    let events = judged.into_iter().collect::<Result<Vec<_>, _>>().map_err(ApiError::breaches)?;
    store(&state, &caller, events).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends several occurrences
///
/// All are stored, or none and each breach is told. With `Prefer: return=representation` each is judged by itself,
/// and the answer, 200 or, when some were refused, 207, tells about each.
#[utoipa::path(
    post,
    path = "/events/v3/send/batch",
    params(("Prefer" = Option<String>, Header, description = "`return=representation` to be told about each input")),
    request_body = Inputs,
    responses((status = 204), (status = 200, body = BatchResult), (status = 207, body = BatchResult)),
    tag = "send"
)]
pub(super) async fn batch(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(Scope::Send)?;
    let Inputs { inputs } = typed(&state, body, MAX_SENT_BYTES).await?;
    if inputs.len() > MAX_BATCH_EVENTS {
        let sentence = format!("there are {} inputs; send at most {MAX_BATCH_EVENTS} at once", inputs.len());
        return Err(ApiError::breaches(vec![ErrorDetail::new("inputs", "TOO_MANY_INPUTS", sentence)]));
    }
    let judged = judge(&state, &caller, inputs).await?;
    if prefers_representation(&headers) {
        return told(&state, &caller, judged).await;
    }
    let mut events = Vec::with_capacity(judged.len());
    let mut errors = Vec::new();
    for (index, one) in judged.into_iter().enumerate() {
        match one {
            Ok(event) => events.push(event),
            Err(breaches) => errors.extend(breaches.into_iter().map(|error| error.of_input(index))),
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::breaches(errors));
    }
    store(&state, &caller, events).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Source: RFC 7240, section 4.2.
fn prefers_representation(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(PREFER).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split([',', ';']))
        .any(|one| one.trim().eq_ignore_ascii_case("return=representation"))
}

/// Stores what is good of a batch and tells about each input.
async fn told(
    state: &AppState,
    caller: &Caller,
    judged: Vec<Result<NewEvent, Vec<ErrorDetail>>>,
) -> Result<Response, ApiError> {
    let good: Vec<NewEvent> = judged.iter().filter_map(|one| one.as_ref().ok()).cloned().collect();
    let appended = store(state, caller, good).await?;
    let mut stored = 0..;
    let results: Vec<InputResult> = judged
        .into_iter()
        .map(|one| match one {
            Err(errors) => InputResult { outcome: "REFUSED", uuid: None, errors },
            Ok(event) => {
                let place = stored.next().unwrap_or_default();
                InputResult {
                    outcome: match appended.verdicts.get(place) {
                        Some(Verdict::Stored) => "STORED",
                        Some(Verdict::Duplicate | Verdict::Conflict) | None => "DUPLICATE",
                    },
                    uuid: Some(appended.id_of(place, &event).to_text()),
                    errors: Vec::new(),
                }
            }
        })
        .collect();
    let num_errors = results.iter().filter(|result| result.outcome == "REFUSED").count();
    let status = if num_errors > 0 { StatusCode::MULTI_STATUS } else { StatusCode::OK };
    let applied = [(PREFERENCE_APPLIED, HeaderValue::from_static("return=representation"))];
    Ok((status, applied, Json(BatchResult { status: "COMPLETE", results, num_errors })).into_response())
}

/// Judges each input by itself.
async fn judge(
    state: &AppState,
    caller: &Caller,
    inputs: Vec<Value>,
) -> Result<Vec<Result<NewEvent, Vec<ErrorDetail>>>, StoreError> {
    let now = state.now();
    let mut definitions = Definitions { state, site: &caller.site.key, known: HashMap::new() };
    let mut records = Records { state, site: &caller.site.key, known: HashMap::new() };
    let mut judged = Vec::with_capacity(inputs.len());
    for input in inputs {
        judged.push(match serde_json::from_value::<Sent>(input) {
            Err(error) => Err(vec![ErrorDetail {
                message: error.to_string(),
                code: Some("INVALID_JSON"),
                ..ErrorDetail::default()
            }]),
            Ok(sent) => match definitions.of(&sent.event_name).await? {
                Err(error) => Err(vec![error]),
                Ok(definition) => match sent.read(&definition, &Surroundings { now, id: fresh_id(now)? }) {
                    Ok(event) => records.judge(event).await?,
                    Err(errors) => Err(errors),
                },
            },
        });
    }
    Ok(judged)
}

/// The definitions that a request names, each looked up once.
struct Definitions<'a> {
    state: &'a AppState,
    site: &'a str,
    known: HashMap<EventName, Option<Arc<Definition>>>,
}

impl Definitions<'_> {
    async fn of(&mut self, event: &str) -> Result<Result<Arc<Definition>, ErrorDetail>, StoreError> {
        let unknown =
            |name: &str| Err(ErrorDetail::new("eventName", "UNKNOWN_EVENT", no_event(self.site, name)));
        let name = match EventName::resolve(event, self.site) {
            Ok(name) => name,
            Err(sentence) => {
                return Ok(Err(ErrorDetail::new(
                    "eventName",
                    "INVALID_NAME",
                    format!("the event's name {sentence}"),
                )));
            }
        };
        if !self.known.contains_key(&name) {
            let entry = self.state.store.entry(self.site, name.as_str()).await?;
            self.known.insert(name.clone(), entry.map(|entry| Arc::new(entry.definition)));
        }
        Ok(match self.known.get(&name).cloned().flatten() {
            Some(definition) => Ok(definition),
            None => unknown(name.as_str()),
        })
    }
}

/// The records that a request names by ids that we give, each looked up once.
struct Records<'a> {
    state: &'a AppState,
    site: &'a str,
    known: HashMap<(Object, String), bool>,
}

impl Records<'_> {
    /// Refuses an event whose `objectId` is one that we give and no record has: a record that is made later would get it.
    async fn judge(&mut self, event: NewEvent) -> Result<Result<NewEvent, Vec<ErrorDetail>>, StoreError> {
        let Some(target) = event.target.as_deref() else { return Ok(Ok(event)) };
        let Some(id) = target.object_id.as_ref().filter(|id| own_number(id).is_some()) else {
            return Ok(Ok(event));
        };
        let key = (target.object, id.clone());
        let is_known = match self.known.get(&key) {
            Some(&is_known) => is_known,
            None => {
                let is_known = self.state.store.has_record(self.site, target.object, id).await?;
                self.known.insert(key, is_known);
                is_known
            }
        };
        if is_known {
            return Ok(Ok(event));
        }
        let sentence = format!(
            "objectId {id} is of those that the collector gives, and no record of this kind has it; send the id of one that \
             there is, or one of your own below {FIRST_OBJECT_ID}"
        );
        Ok(Err(vec![ErrorDetail::new("objectId", "UNKNOWN_RECORD", sentence)]))
    }
}

fn fresh_id(now: UnixMillis) -> Result<EventId, StoreError> {
    let chance = || getrandom::u64().map_err(|error| StoreError::Failed(error.to_string()));
    Ok(EventId::new(now, [chance()?, chance()?]))
}

/// Stores events, and says what became of each once they are durable.
async fn store(state: &AppState, caller: &Caller, events: Vec<NewEvent>) -> Result<Appended, ApiError> {
    if events.is_empty() {
        return Ok(Appended::default());
    }
    let turn = state.turns.take()?;
    let batch = NewBatch {
        site: caller.site.key.clone(),
        received_at: state.now(),
        tab: None,
        visitor: None,
        session: None,
        identity: None,
        context: StoredProperties::new(&Map::new()),
        pages: Vec::new(),
        events,
        lost: Vec::new(),
    };
    // On a task of its own: also if the sender hangs up, what is stored is counted and shown.
    let state = state.clone();
    let task = tokio::spawn(async move {
        let done = append(&state, Arc::new(batch), Vec::new()).await;
        drop(turn);
        done
    });
    let (_, appended) = task.await.map_err(|error| StoreError::Failed(error.to_string()))??;
    Ok(appended)
}
