//! What the events API answers when it does not do what was asked, in HubSpot's form.
//!
//! | status | category | what the sender does |
//! | --- | --- | --- |
//! | 400 | `VALIDATION_ERROR` | change what is named and send again |
//! | 401 | `INVALID_AUTHENTICATION` | send a token that is known and not revoked |
//! | 403 | `MISSING_SCOPES` | send a token with the scope that is named |
//! | 404 | `OBJECT_NOT_FOUND` | look for another |
//! | 405 | `METHOD_NOT_ALLOWED` | use a method that the `Allow` header names |
//! | 408 | `REQUEST_TIMEOUT` | send the body again, faster |
//! | 409 | `OBJECT_ALREADY_EXISTS` | choose another name |
//! | 413 | `REQUEST_ENTITY_TOO_LARGE` | send less at once |
//! | 429 | `RATE_LIMITS` | send again after `Retry-After` seconds; HubSpot's client does so by itself |
//! | 503 | `SERVICE_UNAVAILABLE` | send again after `Retry-After` seconds; nothing was stored |

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pugmark_protocol::id::EventId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::HttpError;
use crate::state::now;
use crate::store::{Scope, StoreError};

/// Shortest wait, in seconds, that is told as HubSpot's ten-second limit; what is shorter is told as its secondly one.
///
/// HubSpot's npm client waits ten seconds for the one and one second for the other, times the number of tries.
const LONG_WAIT_SECONDS: u32 = 10;

/// The sentence by which HubSpot's npm client knows that it may come again, unless it knows by the policy. It stands in both
/// cases, for clients that look at the sentence only.
const TOO_MANY: &str = "You have reached your secondly limit.";

/// Why a request is not answered as asked.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    body: Box<ErrorBody>,
    retry_after: Option<u32>,
    is_logged: bool,
}

/// An error.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error)]
pub(super) struct ErrorBody {
    /// Always `error`.
    status: &'static str,
    /// What is wrong and what to change.
    message: String,
    /// Names this answer in the collector's log.
    correlation_id: String,
    /// What kind of error it is.
    category: &'static str,
    /// Which limit was reached, for clients that back off by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    policy_name: Option<&'static str>,
    /// What it is about.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    context: BTreeMap<String, Vec<String>>,
    /// One for each breach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorDetail>,
}

/// One breach of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ErrorDetail {
    /// What is wrong and what to change.
    pub(super) message: String,
    /// The field.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) field: Option<String>,
    /// A short code for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) code: Option<&'static str>,
    /// What it is about.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) context: BTreeMap<String, Vec<String>>,
}

impl ErrorDetail {
    /// A breach in this field.
    pub(super) fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            field: Some(field.into()),
            code: Some(code),
            context: BTreeMap::new(),
        }
    }

    /// The same, in this part of what was sent.
    pub(super) fn within(mut self, part: &str) -> Self {
        self.field = Some(self.field.map_or_else(|| part.to_owned(), |field| format!("{part}.{field}")));
        self
    }

    /// The same, of this one among the inputs of a batch.
    pub(super) fn of_input(mut self, index: usize) -> Self {
        self.context.insert("inputIndex".to_owned(), vec![index.to_string()]);
        self
    }
}

impl ApiError {
    fn new(status: StatusCode, category: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let body = ErrorBody {
            status: "error",
            message,
            correlation_id: correlation_id(),
            category,
            ..ErrorBody::default()
        };
        Self { status, body: Box::new(body), retry_after: None, is_logged: true }
    }

    /// The same without a line in the log, which whoever sends it could fill.
    pub(super) fn unlogged(self) -> Self {
        Self { is_logged: false, ..self }
    }

    fn about(mut self, key: &str, values: impl IntoIterator<Item = String>) -> Self {
        self.body.context.insert(key.to_owned(), values.into_iter().collect());
        self
    }

    /// What was sent breaks a rule.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// What was sent breaks these rules, one or more.
    pub(super) fn breaches(errors: Vec<ErrorDetail>) -> Self {
        let sentences: Vec<&str> = errors.iter().map(|error| error.message.as_str()).take(10).collect();
        let rest = errors.len().saturating_sub(sentences.len());
        let more = if rest > 0 { format!(" (and {rest} more)") } else { String::new() };
        let mut error = Self::invalid(format!("{}{more}", sentences.join("; ")));
        error.body.errors = errors;
        error
    }

    /// There is no such event, which HubSpot tells in these words and with this status.
    pub(super) fn no_event(site: &str, name: &str) -> Self {
        Self::invalid(no_event(site, name)).about("eventName", [name.to_owned()])
    }

    /// There is no such property.
    pub(super) fn no_property(name: &str) -> Self {
        let message = format!("The event has no property \"{name}\" of its own.");
        Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", message).about("propertyName", [name.to_owned()])
    }

    /// There is one already.
    pub(super) fn exists(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "OBJECT_ALREADY_EXISTS", message)
    }

    /// There is no token, or none that is known.
    pub(super) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found, unknown or revoked. Send a token of the site as \
             `Authorization: Bearer pugmark_…`; the studio makes one on its page \"API\".",
        )
    }

    /// The token does not open this.
    pub(super) fn missing(scope: Scope) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "MISSING_SCOPES",
            "This token does not have the scope that this request needs; make one that has it.",
        )
        .about("missingScopes", [scope.code().to_owned()])
    }

    /// Too many requests; carries the seconds to wait.
    pub(super) fn too_many(seconds: u32) -> Self {
        let policy = if seconds < LONG_WAIT_SECONDS { "SECONDLY" } else { "TEN_SECONDLY_ROLLING" };
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITS", TOO_MANY);
        error.body.policy_name = Some(policy);
        error.retry_after = Some(seconds);
        error
    }

    /// There is nothing at this address.
    pub(super) fn no_address() -> Self {
        let message =
            "There is nothing at this address of the events API; /docs/api lists those that there are.";
        Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", message)
    }

    /// The address takes other methods.
    pub(super) fn method() -> Self {
        let message = "This address does not take this method; the `Allow` header names those it takes.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    }
}

/// HubSpot's sentence for an event that is not defined.
pub(super) fn no_event(site: &str, name: &str) -> String {
    format!("Event with fully qualified name pe{site}_{name} does not exist.")
}

fn correlation_id() -> String {
    // Without chance it is still the time; it only names a line of the log.
    let random = [getrandom::u64().unwrap_or_default(), getrandom::u64().unwrap_or_default()];
    EventId::new(now(), random).to_text()
}

impl From<HttpError> for ApiError {
    fn from(error: HttpError) -> Self {
        let category = match error.status() {
            StatusCode::REQUEST_TIMEOUT => "REQUEST_TIMEOUT",
            StatusCode::CONFLICT => "OBJECT_ALREADY_EXISTS",
            StatusCode::PAYLOAD_TOO_LARGE => "REQUEST_ENTITY_TOO_LARGE",
            StatusCode::SERVICE_UNAVAILABLE => "SERVICE_UNAVAILABLE",
            _ => "VALIDATION_ERROR",
        };
        if let HttpError::Store(StoreError::Failed(reason)) = &error {
            tracing::error!(reason, "the store failed");
        }
        let retry_after = error.retry_after();
        Self { retry_after, ..Self::new(error.status(), category, error.message()) }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        HttpError::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let ErrorBody { correlation_id, category, message, .. } = &*self.body;
        if self.is_logged {
            tracing::info!(
                correlation_id,
                category,
                status = self.status.as_u16(),
                message,
                "an API request was refused"
            );
        }
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
