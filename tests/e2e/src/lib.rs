//! The harness of the end-to-end stories: a real browser, the built package and a real collector.
//!
//! A story (see `tests/stories`) is handed a [`World`]: its own collector on an empty store, its own site of fixture
//! pages on another origin, and its own browser with an empty profile. It acts as a visitor would and then looks at
//! *what arrived*, and at what did not. Stories never sleep; everything that has to be waited for is waited for in
//! here, with a deadline.

#![expect(clippy::missing_panics_doc, reason = "the harness of tests reports by panicking")]

pub mod browser;
pub mod collector;
mod http;
mod npm;
mod places;
pub mod process;
pub mod site;
pub mod story;
mod wait;
pub mod witness;
mod world;

pub use browser::{Browser, Engine};
pub use collector::{Collector, Stored};
pub use npm::{in_node, vite_app};
pub use site::Site;
pub use story::Story;
pub use witness::Witness;
pub use world::World;
