//! The frame around every page, and what stands in it when something is wrong.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::auth::Session;
use crate::state::AppState;
use crate::store::{Site, StoreError};

use super::sign_in;

/// Proof of a session, for pages: without one it leads to the sign-in page, and from there back to the page that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedIn;

/// Where in a site's pages one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Live,
    Events,
    Definitions,
    Delivery,
    Tokens,
    Settings,
}

/// What a page cannot do without: the site it is about and those it could be about.
pub(super) struct Frame {
    pub(super) site: Arc<Site>,
    pub(super) sites: Vec<Site>,
}

/// Why a page cannot be shown. Each variant says what the reader can do about it.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    #[error("This collector has no site yet.")]
    NoSites,
    #[error("There is no site “{0}” here.")]
    NoSuchSite(String),
    #[error("Nothing of this name has arrived, and nothing is defined under it.")]
    NoSuchEvent,
    #[error("There is no such page.")]
    NoSuchPage,
    #[error("No visitor of this id has sent anything to this site.")]
    NoSuchVisitor,
    #[error("This page was asked to change something by another website, and did not.")]
    Foreign,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Frame {
    /// Loads what the frame of a site's pages needs.
    pub(super) async fn load(state: &AppState, key: &str) -> Result<Self, PageError> {
        let site = state.store.site(key).ok_or_else(|| PageError::NoSuchSite(key.to_owned()))?;
        Ok(Self { site, sites: state.store.sites().await? })
    }

    /// A path among this site's pages.
    pub(super) fn path(&self, rest: &str) -> String {
        site_path(&self.site.key, rest)
    }

    /// Draws the whole page.
    pub(super) fn page(&self, place: Place, title: &str, modules: &[&str], content: &Markup) -> Markup {
        let bar = html! {
            nav.places aria-label="Studio" {
                @for (to, rest, label) in [
                    (Place::Live, "live", "Live"),
                    (Place::Events, "events", "Events"),
                    (Place::Definitions, "definitions", "Definitions"),
                    (Place::Delivery, "delivery", "Delivery"),
                    (Place::Tokens, "tokens", "API"),
                    (Place::Settings, "settings", "Settings"),
                ] {
                    a href=(self.path(rest)) aria-current=[(to == place).then_some("page")] { (label) }
                }
            }
            (self.switcher(place))
            form action="/studio/sign-out" method="post" { button.quiet type="submit" { "Sign out" } }
        };
        document(title, modules, &bar, content)
    }

    fn switcher(&self, place: Place) -> Markup {
        let rest = match place {
            Place::Live => "live",
            Place::Events => "events",
            Place::Definitions => "definitions",
            Place::Delivery => "delivery",
            Place::Tokens => "tokens",
            Place::Settings => "settings",
        };
        html! {
            @if self.sites.len() > 1 {
                details.switcher {
                    summary { span.visually-hidden { "Site: " } (site_name(&self.site)) }
                    ul {
                        @for site in &self.sites {
                            li {
                                a href=(site_path(&site.key, rest))
                                    aria-current=[(site.key == self.site.key).then_some("true")] { (site_name(site)) }
                            }
                        }
                    }
                }
            } @else {
                p.switcher { span.visually-hidden { "Site: " } (site_name(&self.site)) }
            }
        }
    }
}

/// A path among a site's pages. Site keys and event names are safe in a path as they are.
pub(crate) fn site_path(key: &str, rest: &str) -> String {
    format!("/studio/sites/{key}/{rest}")
}

/// What people call a site.
pub(super) fn site_name(site: &Site) -> &str {
    if site.label.is_empty() { &site.key } else { &site.label }
}

/// A document with the studio's head and header.
pub(crate) fn document(title: &str, modules: &[&str], bar: &Markup, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " | Pugmark studio" }
                link rel="icon" href="/studio/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/studio/assets/theme.css";
                link rel="stylesheet" href="/studio/assets/studio.css";
                @for module in modules {
                    script type="module" src={ "/studio/assets/" (module) } {}
                }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.brand href="/studio/" { span.mark aria-hidden="true" {} "Pugmark" }
                    (bar)
                }
                main id="main" tabindex="-1" { (content) }
            }
        }
    }
}

/// A label with a meaning: `good`, `attention`, `info` or `plain`.
pub(super) fn badge(style: &str, text: &str) -> Markup {
    html! { span class={ "badge " (style) } { (text) } }
}

/// Nothing, for a header without places to go.
pub(super) fn no_bar() -> Markup {
    PreEscaped(String::new())
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoSites
            | Self::NoSuchSite(_)
            | Self::NoSuchEvent
            | Self::NoSuchPage
            | Self::NoSuchVisitor => StatusCode::NOT_FOUND,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Store(StoreError::Busy | StoreError::Closed | StoreError::TooSlow) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(
                StoreError::Exists(_)
                | StoreError::NameUsedUp
                | StoreError::SentByCode
                | StoreError::Full
                | StoreError::TooManyDrafts,
            ) => StatusCode::CONFLICT,
            Self::Store(StoreError::Failed(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let sentence = match &self {
            Self::Store(StoreError::Failed(cause)) => {
                tracing::error!(%cause, "a studio page could not be read from the store");
                "The store could not be read. The collector’s log says why.".to_owned()
            }
            Self::Store(error) => format!("That did not work: {error}. Try again in a moment."),
            Self::NoSites
            | Self::NoSuchSite(_)
            | Self::NoSuchEvent
            | Self::NoSuchPage
            | Self::NoSuchVisitor
            | Self::Foreign => self.to_string(),
        };
        let content = html! {
            div.notice-page {
                h1 { "Not here" }
                p { (sentence) }
                p { a.button href="/studio/" { "Go to the live view" } }
            }
        };
        (self.status(), document("Not here", &[], &no_bar(), &content)).into_response()
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let session: Result<Option<Session>, Infallible> =
            <Session as OptionalFromRequestParts<AppState>>::from_request_parts(parts, state).await;
        match session {
            Ok(Some(_)) => Ok(Self),
            Ok(None) => Err(to_sign_in(parts).into_response()),
        }
    }
}

/// The way to the sign-in page. It keeps in mind what was asked for, if that can be asked for again.
fn to_sign_in(parts: &Parts) -> Redirect {
    match parts.uri.path_and_query() {
        Some(wanted) if parts.method == Method::GET => Redirect::to(&sign_in::path(wanted.as_str(), false)),
        _ => Redirect::to(sign_in::PATH),
    }
}
