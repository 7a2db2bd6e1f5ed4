//! The tracker's decisions.
