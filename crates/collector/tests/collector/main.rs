//! Stories of the collector, told over real HTTP: to one in this process, or to the program itself.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

mod admin;
mod api;
mod bad_input;
mod connections;
mod contract;
mod delivery;
mod developer;
mod disk;
mod doors;
mod ingest;
mod limits;
mod process;
mod regression;
mod support;
mod visualizer;
