//! The visualizer's doors, for the overlay on a site's own page. It is let in with the code that the studio put into the
//! page's address, and can read the site's codeless events and keep drafts of them, nothing else: what it holds can be read
//! by every script of the page. Publishing is done in the studio.

mod drafts;
mod pages;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware;
use axum::routing::{get, post, put};

use super::cors;
use super::error::HttpError;
use super::peer::Sender;
use crate::auth::bearer;
use crate::state::AppState;
use crate::store::Site;

/// The visualizer's doors.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/v1/visualizer/session", post(session::open))
        .route("/v1/visualizer/definitions", get(drafts::list))
        .route("/v1/visualizer/drafts/{name}", put(drafts::keep).delete(drafts::discard))
        .route("/v1/visualizer/pages", get(pages::list))
        .route("/v1/visualizer/findings", post(pages::found))
        .method_not_allowed_fallback(super::wrong_method)
        .layer(middleware::from_fn(cors::open_for_editing))
}

/// Somebody whom the studio has let onto a site's page; an extractor. What they ask is about that site.
struct Editor {
    site: Arc<Site>,
}

impl FromRequestParts<AppState> for Editor {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let Sender(from) = Sender::of(parts, state);
        state.rate.address(from, state.now()).map_err(HttpError::TooMany)?;
        let token = bearer(&parts.headers).ok_or(HttpError::PassOver)?;
        let pass = state.passes.of(token, origin(&parts.headers), state.now()).ok_or(HttpError::PassOver)?;
        let site = state.store.site(&pass.site).ok_or(HttpError::PassOver)?;
        Ok(Self { site })
    }
}

/// The origin of the page that asks. Browsers say it always where a page asks another origin, and where it sends something;
/// not where it reads from its own, as a site does that passes on what is the collector's.
fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN)?.to_str().ok()
}
