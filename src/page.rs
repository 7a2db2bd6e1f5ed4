//! What the page and the browser can tell.

use js_sys::{Date, Math, Reflect, Uint32Array};
use pugmark_engine::batch::Envelope;
use pugmark_engine::page_view::Page;
use pugmark_protocol::time::UnixMillis;
use wasm_bindgen::prelude::*;
use web_sys::{Document, VisibilityState, Window};

use crate::intake::member;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn random_values(into: &Uint32Array) -> Result<JsValue, JsValue>;
}

/// The window; there is none in a worker.
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

/// The document.
pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

/// The time.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(Date::now() as u64)
}

/// `document.title`; empty where a form or an image of that name stands before it.
pub(crate) fn title() -> String {
    document().and_then(|document| member(&document, "title").as_string()).unwrap_or_default()
}

/// `location.href`
pub(crate) fn url() -> String {
    window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// The page as it stands.
pub(crate) fn page() -> Page {
    let referrer =
        document().and_then(|document| member(&document, "referrer").as_string()).unwrap_or_default();
    Page { url: url(), title: title(), referrer }
}

/// Whether anybody can see the page. A prerendered page is hidden.
pub(crate) fn is_visible() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}

/// What every batch says of the device.
pub(crate) fn envelope(site: &str) -> Envelope {
    let language = window().and_then(|window| window.navigator().language()).unwrap_or_default();
    let pixels = |length: Result<i32, JsValue>| length.ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let screen = window().and_then(|window| window.screen().ok());
    let screen = screen.map_or((0, 0), |screen| (pixels(screen.width()), pixels(screen.height())));
    Envelope { site: site.to_owned(), language, screen }
}

/// Whether the browser sends Global Privacy Control.
pub(crate) fn signals_gpc() -> bool {
    window()
        .and_then(|window| Reflect::get(&window.navigator(), &"globalPrivacyControl".into()).ok())
        .is_some_and(|signal| signal.is_truthy())
}

/// 128 random bits.
pub(crate) fn seed() -> [u64; 2] {
    let words = Uint32Array::new_with_length(4);
    if random_values(&words).is_err() {
        // No crypto: ids then are as random as the page's own.
        (0..4).for_each(|i| words.set_index(i, (Math::random() * 4_294_967_296.0) as u32));
    }
    let word = |i| u64::from(words.get_index(i));
    [word(0) << 32 | word(1), word(2) << 32 | word(3)]
}

/// A query parameter of the page's address.
pub(crate) fn query_parameter(name: &str) -> Option<String> {
    let url = url();
    let query = url.split('#').next()?.split_once('?')?.1;
    let (_, value) =
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    Some(value.to_owned())
}
