//! The fault harness: real browsers, a proxy that fails on purpose, and the real collector behind it.
//!
//! A scenario is played round after round on a page that makes marked events. What was *made* is told by the page to
//! the harness over a channel of its own; what was *stored* is read from the collector; what is neither stored nor
//! named as lost was *lost silently*. The same scenarios are played with other trackers, in front of a sink that takes
//! everything.
//!
//! `cargo test -p pugmark-faults` plays every scenario in a short form; `cargo run -p pugmark-faults` in full, and
//! prints the table. Both need what the end-to-end stories need, see [`pugmark_e2e`].

#![expect(clippy::missing_panics_doc, reason = "the harness of tests reports by panicking")]

pub mod account;
pub mod disk;
pub mod lab;
pub mod pages;
pub mod plan;
pub mod proxy;
pub mod scenarios;
pub mod sink;
pub mod subject;

pub use account::Row;
pub use lab::{Lab, Size};
pub use plan::{Fault, Plan, RetryAfter};
pub use scenarios::Scenario;
pub use subject::Subject;
