//! The doors: which address leads where, and what every answer has in common.
//!
//! There are five kinds. Pages' doors ([`batch`], [`config`], [`custom`], [`near`], [`library`], [`demo`]) are open to every
//! origin and say so on every answer, errors included. So are those of the [`visualizer`], which want what the studio gave
//! to the page that it opened. The JSON API ([`admin`]) wants the token and no foreign page. The events API ([`events`])
//! wants a site's token. Operators' doors ([`ops`]) tell nothing about visitors.

pub mod admin;
mod batch;
mod body;
pub mod config;
mod cors;
mod custom;
mod demo;
pub mod error;
mod events;
mod files;
mod library;
mod near;
mod ops;
pub mod peer;
pub mod rate;
mod visualizer;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

use self::error::HttpError;
use crate::metrics;
use crate::state::AppState;
use crate::studio;

/// Every door of the collector.
pub fn router(state: AppState) -> Router {
    let pages = Router::new()
        .route("/v1/batch", post(batch::take))
        .route("/v1/sites/{site}/config.json", get(config::show))
        .route("/v1/sites/{site}/custom.js", get(custom::runner))
        .route("/v1/sites/{site}/custom/script.js", get(custom::script))
        .route("/v1/sites/{site}/custom/failed", post(custom::failed))
        .route("/v1/sites/{site}/near", post(near::take))
        .fallback(library::serve)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(cors::open));
    Router::new()
        .route("/", get(demo::home))
        .route("/demo", get(demo::home))
        .route("/demo/", get(demo::serve))
        .route("/demo/{*path}", get(demo::serve))
        .route("/healthz", get(ops::health))
        .route("/readyz", get(ops::ready))
        .route("/metrics", get(ops::metrics))
        .merge(pages)
        .merge(admin::router().method_not_allowed_fallback(wrong_method))
        .merge(events::router())
        .merge(visualizer::router())
        .merge(studio::router(&state))
        .layer(middleware::from_fn(finish))
        .with_state(state)
}

/// What every answer has in common: it is counted, and browsers may not guess what it is.
async fn finish(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    metrics::ANSWERS.count(status_label(response.status()), 1);
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    response
}

async fn wrong_method() -> HttpError {
    HttpError::Method
}

fn status_label(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200 => "200",
        201 => "201",
        204 => "204",
        304 => "304",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        408 => "408",
        409 => "409",
        413 => "413",
        429 => "429",
        500 => "500",
        503 => "503",
        _ => "other",
    }
}
