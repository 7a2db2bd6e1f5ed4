//! `POST /v1/visualizer/session`: the code in a page's address is exchanged, once, for a token.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use pugmark_protocol::limits::KIB;
use serde::Deserialize;
use serde_json::json;

use crate::http::admin;
use crate::http::error::HttpError;
use crate::http::peer::Sender;
use crate::state::AppState;
use crate::store::StoreError;

/// Largest body, in bytes: a code and its name.
const MAX_BYTES: usize = KIB;

#[derive(Deserialize)]
struct Ask {
    code: String,
}

pub(super) async fn open(State(state): State<AppState>, request: Request) -> Result<Response, HttpError> {
    let (parts, body) = request.into_parts();
    let Sender(from) = Sender::of(&parts, &state);
    state.rate.address(from, state.now()).map_err(HttpError::TooMany)?;
    // As with tokens: who guesses is stopped soon.
    state.rate.may_try_code(from, state.now()).map_err(HttpError::TooMany)?;
    let Ask { code } = admin::typed(admin::object_within(&state, body, MAX_BYTES).await?)?;
    let origin = super::origin(&parts.headers).unwrap_or_default();
    let taken = state.passes.take(&code, origin, state.now());
    let taken = taken.map_err(|error| StoreError::Failed(format!("no random numbers: {error}")))?;
    let Some(admitted) = taken else {
        state.rate.wrong_code(from, state.now());
        return Err(HttpError::NotInvited);
    };
    let site = &admitted.pass.site;
    let answer = json!({
        "token": admitted.token,
        "site": site,
        "studio": format!("{}{}", state.address, crate::studio::site_path(site, "definitions")),
        "expires": admitted.pass.until,
        "event": admitted.event,
    });
    Ok(Json(answer).into_response())
}
