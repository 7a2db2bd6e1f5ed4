//! The studio: the pages for people. Signs in, shows what arrives, lists what is stored.
//!
//! Plain HTML from templates; each small module in `assets/` makes one page livelier. Everything is served from here
//! and nothing is inline, so the strictest content security policy holds.

mod assets;
mod codeless;
mod comparison;
mod completion;
mod create;
mod definitions;
mod delivery;
mod drafts;
mod events;
mod history;
mod live;
mod page;
mod samples;
mod send;
mod settings;
mod sign_in;
#[cfg(test)]
mod support;
mod tokens;
mod visualizer;
mod words;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};

use crate::state::AppState;

pub(crate) use self::page::document;
pub(crate) use self::page::site_path;
use self::page::{PageError, SignedIn};

/// The studio's routes, all under `/studio`.
pub fn router(_state: &AppState) -> Router<AppState> {
    Router::new()
        .route("/studio", get(home))
        .route("/studio/", get(home))
        .route("/studio/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/studio/sign-out", post(sign_in::sign_out))
        .route("/studio/assets/{name}", get(assets::serve))
        .route("/studio/sites/{site}/live", get(live::show))
        .route("/studio/sites/{site}/live/stream", get(live::stream))
        .route("/studio/sites/{site}/events", get(events::list))
        .route("/studio/sites/{site}/events/{name}", get(events::show))
        .route("/studio/sites/{site}/events/{name}/{way}", get(send::show))
        .route("/studio/sites/{site}/definitions", get(definitions::list))
        .route("/studio/sites/{site}/definitions/{name}/status", post(codeless::set_status))
        .route("/studio/sites/{site}/definitions/{name}/proposal", post(codeless::take_proposal))
        .route("/studio/sites/{site}/drafts/{name}/publish", post(drafts::publish))
        .route("/studio/sites/{site}/drafts/{name}/discard", post(drafts::discard))
        .route("/studio/sites/{site}/visualizer", post(visualizer::open))
        .route("/studio/sites/{site}/create", get(create::ways))
        .route("/studio/sites/{site}/create/visualizer", get(visualizer::show))
        .route("/studio/sites/{site}/create/{way}", get(create::show).post(create::submit))
        .route("/studio/sites/{site}/delivery", get(delivery::show))
        .route("/studio/sites/{site}/visitors/{visitor}", get(delivery::visitor))
        .route("/studio/sites/{site}/settings", get(settings::show))
        .route("/studio/sites/{site}/settings/custom-script", post(settings::save))
        .route("/studio/sites/{site}/settings/custom-script/add", post(settings::add))
        .route("/studio/sites/{site}/tokens", get(tokens::list).post(tokens::create))
        .route("/studio/sites/{site}/tokens/{id}/revoke", post(tokens::revoke))
        .layer(map_response(guard))
}

/// Leads to the first site's live view.
async fn home(_: SignedIn, State(state): State<AppState>) -> Result<Redirect, PageError> {
    let sites = state.store.sites().await?;
    let first = sites.first().ok_or(PageError::NoSites)?;
    Ok(Redirect::to(&site_path(&first.key, "live")))
}

/// What a browser must not do with our pages: run anything from elsewhere, frame them, tell others where it was,
/// keep them after sign-out.
async fn guard(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in HEADERS {
        // A handler that knows better, as the assets do about caching, keeps its own.
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::sign_in;
    use super::support::Studio;

    #[tokio::test]
    async fn nothing_is_shown_before_sign_in() {
        let studio = Studio::new().await;

        for path in [
            "/studio",
            "/studio/sites/demo/live",
            "/studio/sites/demo/events",
            "/studio/sites/demo/definitions",
            "/studio/sites/demo/create",
            "/studio/sites/demo/create/api",
            "/studio/sites/demo/create/visualizer",
            "/studio/sites/demo/settings",
            "/studio/sites/demo/delivery",
            "/studio/sites/demo/tokens",
            "/studio/sites/demo/visitors/0123456789abcdef0123456789abcdef",
        ] {
            let answer = studio.get_signed_out(path).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            assert_eq!(answer.header("location"), sign_in::path(path, false), "{path}");
            assert!(answer.body.is_empty(), "{path}");
        }
        let stream = studio.get_signed_out("/studio/sites/demo/live/stream").await;
        assert_eq!(stream.status, StatusCode::SEE_OTHER);
    }

    #[tokio::test]
    async fn every_answer_carries_the_policy() {
        let studio = Studio::new().await;

        for path in [
            "/studio/sign-in",
            "/studio/sites/demo/events",
            "/studio/sites/none/events",
            "/studio/assets/studio.css",
        ] {
            let answer = studio.get(path).await;
            assert!(answer.header("content-security-policy").starts_with("default-src 'self';"), "{path}");
        }
    }

    #[tokio::test]
    async fn pages_hold_no_inline_script_or_style() {
        let studio = Studio::new().await;

        for path in [
            "/studio/sign-in",
            "/studio/sites/demo/live",
            "/studio/sites/demo/events",
            "/studio/sites/demo/definitions",
            "/studio/sites/demo/create",
            "/studio/sites/demo/create/api",
            "/studio/sites/demo/create/visualizer",
            "/studio/sites/demo/settings",
            "/studio/sites/demo/delivery",
            "/studio/sites/demo/tokens",
        ] {
            let page = studio.get(path).await.body;
            assert!(!page.contains(" style="), "{path}");
            assert!(!page.contains("<style"), "{path}");
            assert!(!page.contains("<script>"), "{path}");
            assert!(!page.contains(" onclick="), "{path}");
        }
    }

    #[tokio::test]
    async fn the_studio_opens_with_the_live_view() {
        let studio = Studio::new().await;

        assert_eq!(studio.get("/studio/").await.header("location"), "/studio/sites/demo/live");
    }

    #[tokio::test]
    async fn an_unknown_site_is_a_page_that_says_so() {
        let answer = Studio::new().await.get("/studio/sites/none/live").await;

        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.body.contains("no site"));
    }
}
