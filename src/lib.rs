//! The tracker as the page meets it.
