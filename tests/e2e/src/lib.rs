//! The harness of the end-to-end stories: a real browser, the built package and a real collector.
//!
//! A story (see `tests/stories`) is handed a [`World`]: its own collector on an empty store, its own site of fixture
//! pages on another origin, and its own browser with an empty profile. It acts as a visitor would and then looks at
//! *what arrived*, and at what did not. Stories never sleep; everything that has to be waited for is waited for in
//! here, with a deadline.
//!
//! To run them: `cargo build -p pugmark-collector`, the package built in `pkg/dist`, Chromium and Firefox with
//! `chromedriver` and `geckodriver` on the PATH, and `cargo test -p pugmark-e2e`. `PUGMARK_BROWSERS=firefox` chooses
//! one browser (`webkit` too, with `WebKitWebDriver`, on a screen such as that of `xvfb-run`), `PUGMARK_COLLECTOR_BIN`
//! another collector, and `-- clicks::` some of the stories. `CHROMIUM`, `CHROMEDRIVER`, `FIREFOX`, `GECKODRIVER` and
//! `WEBKITDRIVER`, `MINIBROWSER` name programs that are not on the PATH.
//!
//! With `PUGMARK_FORCE_JS=1` every page has a policy that refuses WebAssembly, with `PUGMARK_STRICT_CSP=1` the policy
//! `default-src 'self'`, on a site that passes on what is the collector's; see [`site::Policy`].

#![expect(clippy::missing_panics_doc, reason = "the harness of tests reports by panicking")]

pub mod browser;
pub mod collector;
pub mod http;
mod npm;
pub mod overlay;
pub mod places;
pub mod process;
pub mod site;
pub mod story;
pub mod wait;
pub mod witness;
mod world;

pub use browser::{Browser, Engine, Extras};
pub use collector::{Collector, Stored};
pub use npm::{axe, in_node, vite_app};
pub use overlay::{On, Overlay};
pub use site::Site;
pub use story::Story;
pub use witness::Witness;
pub use world::World;
