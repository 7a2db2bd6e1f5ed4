//! Who asks, and what is asked for in the address.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use pugmark_protocol::limits::KIB;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::auth::token_of;
use crate::http::admin;
use crate::http::peer::Sender;
use crate::state::AppState;
use crate::store::{Author, Scope, Site, Token};

/// Largest body of occurrences, in bytes: a full batch of large ones.
pub(super) const MAX_SENT_BYTES: usize = 4 * KIB * KIB;

/// Somebody with a genuine token; an extractor. What they ask is about the token's site.
pub(super) struct Caller {
    /// The token.
    pub(super) token: Arc<Token>,
    /// Its site.
    pub(super) site: Arc<Site>,
}

impl Caller {
    /// Who it is, for what they change.
    pub(super) fn author(&self) -> Author {
        Author::Token(self.token.id)
    }

    /// Refuses who has no token for this.
    pub(super) fn needs(&self, scope: Scope) -> Result<(), ApiError> {
        if self.token.opens(scope) { Ok(()) } else { Err(ApiError::missing(scope)) }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let known = token_of(&parts.headers, &*state.store);
        let site = known.as_ref().and_then(|token| state.store.site(&token.site));
        let (Some(token), Some(site)) = (known, site) else {
            return Err(strange(parts, state, ApiError::unauthenticated()));
        };
        state.rate.token(token.id, state.now()).map_err(ApiError::too_many)?;
        Ok(Self { token, site })
    }
}

/// What a request is answered whose token is not genuine, or not looked at: `error`, unless too many of them came from its
/// address.
fn strange(parts: &Parts, state: &AppState, error: ApiError) -> ApiError {
    let Sender(from) = Sender::of(parts, state);
    let now = state.now();
    let error = state.rate.stranger(from, now).map_or_else(ApiError::too_many, |()| error);
    if state.rate.may_log_stranger(now) { error } else { error.unlogged() }
}

/// Answers whoever asks for an address under `/events/` that is none of the API's.
pub(super) async fn nowhere(State(state): State<AppState>, request: Request) -> ApiError {
    let (parts, _) = request.into_parts();
    strange(&parts, &state, ApiError::no_address())
}

/// Answers whoever uses a method that the address does not take.
pub(super) async fn wrong_method(State(state): State<AppState>, request: Request) -> ApiError {
    let (parts, _) = request.into_parts();
    strange(&parts, &state, ApiError::method())
}

/// Parts of the address; an extractor that refuses in the API's form.
pub(super) struct In<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for In<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Path(parts) = Path::<T>::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::invalid(error.body_text()))?;
        Ok(Self(parts))
    }
}

/// Reads a JSON object of at most `limit` bytes.
pub(super) async fn object(
    state: &AppState,
    body: Body,
    limit: usize,
) -> Result<Map<String, Value>, ApiError> {
    Ok(admin::object_within(state, body, limit).await?)
}

/// Reads a body of this form and of at most `limit` bytes.
pub(super) async fn typed<T: DeserializeOwned>(
    state: &AppState,
    body: Body,
    limit: usize,
) -> Result<T, ApiError> {
    let object = object(state, body, limit).await?;
    serde_json::from_value(Value::Object(object)).map_err(|error| ApiError::invalid(error.to_string()))
}
