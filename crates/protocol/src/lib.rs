//! What tracker and collector must agree on, so that the two ends can never disagree.
//!
//! Limits and the property rules, names and ids, definitions and the patterns they are made of, the wire format and
//! the reasons for which an event was adjusted, refused or lost. Depends on nothing in the workspace, and on no
//! clock, browser or source of chance.

pub mod compiled;
pub mod definition;
pub mod fingerprint;
pub mod id;
pub mod limits;
pub mod name;
pub mod pattern;
pub mod property;
pub mod reason;
pub mod selector;
pub mod text;
pub mod time;
#[cfg(feature = "serde")]
pub mod wire;
