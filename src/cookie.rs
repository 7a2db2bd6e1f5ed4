//! First-party cookies on the widest domain that takes them.

use wasm_bindgen::prelude::*;

use crate::storage::Shelf;

/// The visitor's id.
pub(crate) const VISITOR: &str = "pugmark_utk";

/// The answer about consent.
pub(crate) const ANSWER: &str = "pugmark_consent";

/// Whether the page has said `doNotTrack`.
pub(crate) const DO_NOT_TRACK: &str = "pugmark_do_not_track";

/// Where the domain that was found is remembered, so that it is looked for once.
const DOMAIN_KEY: &str = "domain";

#[wasm_bindgen(module = "/src/cookie.js")]
extern "C" {
    /// Reads a cookie.
    pub(crate) fn get(name: &str) -> Option<String>;

    #[wasm_bindgen(js_name = set)]
    fn set_on(name: &str, value: &str, chosen: Option<&str>, known: Option<&str>) -> Option<String>;

    /// Removes a cookie from every domain it may have been written on.
    pub(crate) fn remove(name: &str, chosen: Option<&str>);
}

/// Writes a cookie on the site's domain: the one chosen if the browser takes it, else the widest that it takes.
pub(crate) fn set(name: &str, value: &str, chosen: Option<&str>, shelf: &Shelf) {
    if let Some(domain) = set_on(name, value, chosen, shelf.get(DOMAIN_KEY).as_deref()) {
        shelf.set(DOMAIN_KEY, &domain);
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen(module = "/src/cookie.js")]
    extern "C" {
        fn domains(host: &str) -> Vec<String>;
    }

    #[wasm_bindgen_test]
    fn the_widest_domain_is_tried_first_and_addresses_have_none() {
        for (host, expected) in [
            ("www.shop.example.com", vec!["example.com", "shop.example.com", "www.shop.example.com", ""]),
            ("example.com", vec!["example.com", ""]),
            ("localhost", vec![""]),
            ("127.0.0.1", vec![""]),
            ("[::1]", vec![""]),
        ] {
            assert_eq!(domains(host), expected, "{host}");
        }
    }

    #[wasm_bindgen_test]
    fn a_cookie_reads_back_and_can_be_removed() {
        let shelf = Shelf::of("cookie-test");
        set("pm_test", "1", None, &shelf);
        assert_eq!(get("pm_test").as_deref(), Some("1"));
        remove("pm_test", None);
        assert_eq!(get("pm_test"), None);
        shelf.clear();
    }
}
