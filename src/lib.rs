//! The tracker as the page meets it: the exported API and the browser edge.
//!
//! It performs: listens, reads the page, stores, sends. It decides nothing; decisions come from `pugmark_engine`.
//! [`boot`] wires, [`runtime`] carries inputs in and effects out, [`api`] is what the page can call.

pub mod api;
mod boot;
mod click;
mod cookie;
#[cfg(test)]
mod differential;
mod intake;
mod journal;
mod listeners;
mod lock;
#[cfg(target_arch = "wasm32")]
mod memory;
mod page;
mod rules;
mod runtime;
#[cfg(test)]
mod signals;
mod status;
mod storage;
#[cfg(test)]
mod support;
mod transport;

// The default allocator is 1.3 KB larger.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::cell::TalcSyncCell<memory::Pages, talc::wasm::WasmBinning> = memory::allocator();

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
