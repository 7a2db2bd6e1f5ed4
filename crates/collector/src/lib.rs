//! The collector: takes in what trackers send, keeps it, and shows it to people and programs.
//!
//! [`app`] is the one place that wires the parts; everything else is handed what it needs. `ARCHITECTURE.md` has
//! the map.

pub mod app;
pub mod auth;
mod by_sender;
pub mod choices;
mod codeless;
pub mod custom;
mod default_properties;
pub mod defaults;
pub mod http;
pub mod ingest;
pub mod live;
pub mod metrics;
mod opened;
pub mod passes;
mod server;
pub mod settings;
pub mod state;
pub mod store;
pub mod studio;
pub mod typescript;
