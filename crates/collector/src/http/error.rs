//! Everything that can go wrong at a door, and the one place that turns it into an answer.
//!
//! | status | when | what the sender should do |
//! | --- | --- | --- |
//! | 400 | the request is not of the documented form | change it; the same again is refused again |
//! | 401, 403 | no token, the wrong one, one that has run out, or a foreign page | sign in, or open the page again |
//! | 404 | nothing of this name | change the address |
//! | 405 | the address is right, the method is not | use another method |
//! | 408 | the body came too slowly | send again |
//! | 409 | the name is taken | choose another |
//! | 413 | the body is too large | send half of it |
//! | 429 | too many requests | send again after `Retry-After` seconds |
//! | 503 | too much is waiting, or the store failed; nothing was stored | send again after `Retry-After` seconds |

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::ingest::Unreadable;
use crate::store::StoreError;

/// How long a sender is asked to wait when the store is busy, in seconds. It writes a full queue in less.
const BUSY_RETRY_SECONDS: u32 = 2;

/// How long a sender is asked to wait when the store failed, in seconds: a full disk takes a person to mend.
const FAILED_RETRY_SECONDS: u32 = 30;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Occurs when a batch as a whole cannot be taken.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Occurs when a body comes too slowly.
    #[error("the body came too slowly; send it again")]
    Slow,
    /// Occurs when a connection ends within the body.
    #[error("the body is incomplete; send it again")]
    Incomplete,
    /// Occurs when a body of the JSON API is too large.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// Occurs when somebody sends too much; carries the seconds to wait.
    #[error("too many requests; send again in {0} s")]
    TooMany(u32),
    /// Occurs when there is no token, or the wrong one.
    #[error("sign in first: send the admin token as `Authorization: Bearer …`")]
    Unauthorized,
    /// Occurs when the visualizer is opened with a code that opens nothing.
    #[error(
        "this link was used, is older than a minute, or was made for another website: open the page again from the studio"
    )]
    NotInvited,
    /// Occurs when the visualizer's token has run out, or never was one of this website.
    #[error(
        "the hour for editing is over, or the collector was started anew: open the page again from the studio"
    )]
    PassOver,
    /// Occurs when a site's token is genuine and opens something else.
    #[error("this token does not open this: it needs the scope `admin` and must be of this site")]
    NotOpened,
    /// Occurs when a signed-in browser is sent here by a page of somebody else.
    #[error("this request was made by a page of another origin")]
    Foreign,
    /// Occurs when the address is right and the method is not.
    #[error("this address does not take this method; the `Allow` header names those it takes")]
    Method,
    /// Occurs when there is nothing of this name.
    #[error("there is no {0} of this name")]
    NotFound(&'static str),
    /// Occurs when what was sent breaks rules; a sentence for each.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    /// Occurs when the library has not been built.
    #[error("the library is not built yet: run ./build.sh build")]
    NotBuilt,
    /// Occurs when the store cannot do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HttpError {
    /// What was sent breaks one rule.
    pub fn invalid(sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![sentence.into()])
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable(
                Unreadable::TooLarge { .. } | Unreadable::TooMany | Unreadable::TooManyValues,
            )
            | Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(Unreadable::NoRoom) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreadable(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Slow | Self::Incomplete => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unauthorized | Self::NotInvited | Self::PassOver => StatusCode::UNAUTHORIZED,
            Self::Foreign | Self::NotOpened => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Store(StoreError::Exists(_) | StoreError::NameUsedUp | StoreError::SentByCode) => {
                StatusCode::CONFLICT
            }
            Self::Store(StoreError::Full | StoreError::TooManyDrafts) => StatusCode::BAD_REQUEST,
            Self::NotBuilt | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(unreadable) => unreadable.code(),
            Self::Slow => "slow",
            Self::Incomplete => "incomplete",
            Self::TooLarge(_) => "too_large",
            Self::TooMany(_) => "too_many_requests",
            Self::Unauthorized => "unauthorized",
            Self::NotInvited => "not_invited",
            Self::PassOver => "pass_over",
            Self::NotOpened => "missing_scope",
            Self::Foreign => "foreign_origin",
            Self::Method => "method_not_allowed",
            Self::NotFound(_) => "not_found",
            Self::Invalid(_) => "invalid",
            Self::NotBuilt => "not_built",
            Self::Store(StoreError::Exists(_)) => "exists",
            Self::Store(StoreError::NameUsedUp) => "name_used_up",
            Self::Store(StoreError::SentByCode) => "sent_by_code",
            Self::Store(StoreError::Full | StoreError::TooManyDrafts) => "full",
            Self::Store(StoreError::TooSlow) => "query_too_slow",
            Self::Store(StoreError::Busy) => "busy",
            Self::Store(StoreError::Closed) => "closing",
            Self::Store(StoreError::Failed(_)) => "store_failed",
        }
    }

    pub(super) fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Unreadable(Unreadable::NoRoom)
            | Self::Store(StoreError::Busy | StoreError::Closed | StoreError::TooSlow) => {
                Some(BUSY_RETRY_SECONDS)
            }
            Self::Store(StoreError::Failed(_)) | Self::NotBuilt => Some(FAILED_RETRY_SECONDS),
            _ => None,
        }
    }

    /// What the outside is told: of a failed store not the reason, which may hold paths.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Store(StoreError::Failed(_)) => {
                "the store failed; nothing was stored, send again".to_owned()
            }
            other => other.to_string(),
        }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        if let Self::Store(StoreError::Failed(reason)) = &self {
            tracing::error!(reason, "the store failed");
        }
        let mut error = json!({ "code": self.code(), "message": self.message() });
        if let Self::Invalid(breaches) = &self {
            error["breaches"] = json!(breaches);
        }
        let mut body = json!({ "error": error });
        if matches!(self, Self::Unreadable(_)) {
            // Of a receipt's form, or a tracker would take it for the answer of somebody else and send again.
            body["accepted"] = 0.into();
        }
        let mut response = (self.status(), Json(body)).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthorized) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
