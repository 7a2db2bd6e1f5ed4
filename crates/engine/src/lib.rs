//! The tracker's decisions: facts come in as [`Input`]s, what is to be done goes out as [`Effect`]s.
//!
//! No browser, no clock and no chance in here: time comes with every input and random bits with the start, so a native
//! `cargo test` tells the whole story in milliseconds. The browser edge (`src/` of the workspace) turns what happens on
//! the page into inputs and carries the effects out.

pub mod adoption;
pub mod batch;
pub mod chance;
pub mod completion;
pub mod consent;
pub mod effect;
pub mod input;
pub mod journal;
pub mod json;
pub mod near_miss;
pub mod options;
pub mod outbox;
pub mod page_view;
pub mod rules;
pub mod session;
mod tracker;
mod visitor;

pub use effect::{Effect, Notice};
pub use input::{Call, Input, Memories, Moment};
pub use options::Options;
pub use tracker::{Status, Tracker};
