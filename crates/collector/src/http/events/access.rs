//! Who asks, and what is asked for in the address.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use pugmark_protocol::limits::KIB;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::auth::token_of;
use crate::http::admin;
use crate::state::AppState;
use crate::store::{Author, Scope, Site, Token};

/// Largest body, in bytes: a full batch of large occurrences.
const MAX_BODY_BYTES: usize = 4 * KIB * KIB;

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
        let token = token_of(&parts.headers, &*state.store).ok_or_else(ApiError::unauthenticated)?;
        let site = state.store.site(&token.site).ok_or_else(ApiError::unauthenticated)?;
        state.rate.token(token.id, state.now()).map_err(ApiError::too_many)?;
        Ok(Self { token, site })
    }
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

/// Reads a body's JSON object.
pub(super) async fn object(state: &AppState, body: Body) -> Result<Map<String, Value>, ApiError> {
    Ok(admin::object_within(state, body, MAX_BODY_BYTES).await?)
}

/// Reads a body of this form.
pub(super) async fn typed<T: DeserializeOwned>(state: &AppState, body: Body) -> Result<T, ApiError> {
    let object = object(state, body).await?;
    serde_json::from_value(Value::Object(object)).map_err(|error| ApiError::invalid(error.to_string()))
}
