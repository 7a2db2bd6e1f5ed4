//! The studio: the pages for people. Signs in, shows what arrives, lists what is stored.

use axum::Router;

use crate::state::AppState;

/// The studio's routes, all under `/studio`.
pub fn router(_state: &AppState) -> Router<AppState> {
    Router::new()
}
