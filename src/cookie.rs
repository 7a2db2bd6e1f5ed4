//! First-party cookies on the widest domain that takes them.

use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

use crate::storage::Shelf;
use crate::{console, page};

/// The visitor's id.
pub(crate) const VISITOR: &str = "pugmark_utk";

/// The answer about consent.
pub(crate) const ANSWER: &str = "pugmark_consent";

/// Whether the page has said `doNotTrack`.
pub(crate) const DO_NOT_TRACK: &str = "pugmark_do_not_track";

/// How long a cookie lives, in seconds: six months. Source: HubSpot, "What cookies does HubSpot set".
const LIFE_SECONDS: &str = "15552000";

/// Where the domain that was found is remembered, so that it is looked for once.
const DOMAIN_KEY: &str = "domain";

/// Reads a cookie.
pub(crate) fn get(name: &str) -> Option<String> {
    let all = document()?.cookie().ok()?;
    let (_, value) =
        all.split("; ").filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name)?;
    Some(value.to_owned())
}

/// Writes a cookie on the site's domain: the one chosen if the browser takes it, else the widest that it takes.
pub(crate) fn set(name: &str, value: &str, chosen: Option<&str>, shelf: &Shelf) {
    let Some(document) = document() else { return };
    write(&document, name, value, &domain(&document, chosen, shelf), LIFE_SECONDS);
}

fn domain(document: &HtmlDocument, chosen: Option<&str>, shelf: &Shelf) -> String {
    if let Some(chosen) = chosen {
        if accepts(document, chosen) {
            return chosen.to_owned();
        }
        console::warn(&["the browser takes no cookie for the domain \"", chosen, "\" on this page"].concat());
    }
    if let Some(known) = shelf.get(DOMAIN_KEY) {
        return known;
    }
    let host = host(document);
    let widest = domains(&host).find(|domain| accepts(document, domain)).unwrap_or_default();
    shelf.set(DOMAIN_KEY, widest);
    widest.to_owned()
}

/// Whether the browser takes cookies for a domain; it takes none for `co.uk`. Tried with a cookie that is gone at once.
fn accepts(document: &HtmlDocument, domain: &str) -> bool {
    const PROBE: &str = "pugmark_probe";
    write(document, PROBE, "1", domain, "10");
    let accepted = get(PROBE).is_some();
    write(document, PROBE, "", domain, "0");
    accepted
}

/// Removes a cookie from every domain it may have been written on.
pub(crate) fn remove(name: &str, chosen: Option<&str>) {
    let Some(document) = document() else { return };
    for domain in domains(&host(&document)).chain(chosen) {
        write(&document, name, "", domain, "0");
    }
}

fn host(document: &HtmlDocument) -> String {
    document.location().and_then(|location| location.hostname().ok()).unwrap_or_default()
}

fn document() -> Option<HtmlDocument> {
    page::document()?.dyn_into().ok()
}

fn write(document: &HtmlDocument, name: &str, value: &str, domain: &str, life: &str) {
    let scope = if domain.is_empty() { "" } else { "; domain=" };
    let secure = if page::url().starts_with("https:") { "; secure" } else { "" };
    let cookie = [name, "=", value, "; path=/; samesite=lax; max-age=", life, scope, domain, secure].concat();
    let _ = document.set_cookie(&cookie);
}

/// Domains to try, widest first: from two labels up to the whole host, and last the host alone, which is "".
/// An address or a name of one label has no domain to share.
fn domains(host: &str) -> impl Iterator<Item = &str> {
    let is_address = host.contains(':') || host.ends_with(|c: char| c.is_ascii_digit());
    let dots: Vec<usize> = host.match_indices('.').map(|(at, _)| at).collect();
    let starts = match dots.split_last() {
        Some((_, inner)) if !is_address => inner.iter().rev().map(|at| at + 1).chain([0]).collect(),
        _ => Vec::new(),
    };
    starts.into_iter().filter_map(|start| host.get(start..)).chain([""])
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_widest_domain_is_tried_first_and_addresses_have_none() {
        for (host, expected) in [
            ("www.shop.example.com", vec!["example.com", "shop.example.com", "www.shop.example.com", ""]),
            ("example.com", vec!["example.com", ""]),
            ("localhost", vec![""]),
            ("127.0.0.1", vec![""]),
            ("[::1]", vec![""]),
        ] {
            assert_eq!(domains(host).collect::<Vec<_>>(), expected, "{host}");
        }
    }

    #[wasm_bindgen_test]
    fn a_cookie_reads_back_and_can_be_removed() {
        let shelf = Shelf::open("cookie-test");
        set("pm_test", "1", None, &shelf);
        assert_eq!(get("pm_test").as_deref(), Some("1"));
        remove("pm_test", None);
        assert_eq!(get("pm_test"), None);
        shelf.clear();
    }
}
