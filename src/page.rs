//! What the page and the browser can tell.

use js_sys::Date;
use pugmark_engine::batch::Envelope;
use pugmark_engine::page_view::Page;
use pugmark_protocol::time::UnixMillis;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/page.js")]
extern "C" {
    /// `document.title`
    pub(crate) fn title() -> String;

    fn referrer() -> String;

    /// `location.href`
    pub(crate) fn url() -> String;

    /// Whether anybody can see the page. A prerendered page is hidden.
    #[wasm_bindgen(js_name = isVisible)]
    pub(crate) fn is_visible() -> bool;

    /// Whether the browser sends Global Privacy Control.
    #[wasm_bindgen(js_name = signalsGpc)]
    pub(crate) fn signals_gpc() -> bool;

    fn device() -> String;

    #[wasm_bindgen(js_name = randomWord)]
    fn random_word() -> u32;

    /// Whether a text is JSON.
    #[wasm_bindgen(js_name = isJson)]
    pub(crate) fn is_json(text: &str) -> bool;
}

/// The time.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(Date::now() as u64)
}

/// The page as it stands.
pub(crate) fn page() -> Page {
    Page { url: url(), title: title(), referrer: referrer() }
}

/// What every batch of this page carries.
pub(crate) fn envelope(site: &str) -> Envelope {
    Envelope { site: site.to_owned(), device: device() }
}

/// 128 random bits.
pub(crate) fn seed() -> [u64; 2] {
    let bits = || u64::from(random_word()) << 32 | u64::from(random_word());
    [bits(), bits()]
}
