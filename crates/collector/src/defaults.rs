//! The default `hs_` properties: what the collector adds to an event by itself, from the request's headers, the
//! device, the page and the clicked element.
//!
//! They are stored once per device, page and element and put back in place when an event is read ([`complete`]). A
//! property of the same name that the page gave wins.

use axum::http::{HeaderMap, header};
use pugmark_protocol::property::value_limit;
use pugmark_protocol::text::cut;
use pugmark_protocol::wire::{Device, Element};
use serde_json::{Map, Value};
use woothee::parser::{Parser, WootheeResult};

use crate::store::StoredPage;

/// Query parameters that become `hs_` properties of the same name.
const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/// What device and headers tell: the same for every event of a batch.
pub fn context(device: &Device, headers: &HeaderMap) -> Map<String, Value> {
    let mut context = Map::new();
    let language = device.language.clone().or_else(|| first_language(headers));
    put(&mut context, "hs_language", language.as_deref().unwrap_or_default());
    if let Some((width, height)) = device.screen {
        context.insert("hs_screen_width".to_owned(), width.into());
        context.insert("hs_screen_height".to_owned(), height.into());
    }
    let Some(agent) = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()))
    else {
        return context;
    };
    put(&mut context, "hs_user_agent", &agent);
    let known = Parser::new().parse(&agent);
    if let Some(known) = &known {
        put(&mut context, "hs_browser", known_or_empty(known.name));
        put(&mut context, "hs_operating_system", known_or_empty(known.os));
        put(&mut context, "hs_operating_version", known_or_empty(&known.os_version));
    }
    put(&mut context, "hs_device_type", device_type(known.as_ref(), &agent));
    context
}

/// All the properties of an event: what the page gave, and the defaults it did not give.
pub fn complete(
    given: Map<String, Value>,
    page: Option<&StoredPage>,
    context: &Map<String, Value>,
    element: Option<&Element>,
) -> Map<String, Value> {
    let mut all = context.clone();
    if let Some(page) = page {
        put(&mut all, "hs_page_url", &page.url);
        put(&mut all, "hs_page_title", &page.title);
        put(&mut all, "hs_referrer", &page.referrer);
        put_utm(&mut all, &page.url);
    }
    if let Some(element) = element {
        put(&mut all, "hs_element_text", &element.text);
        put(&mut all, "hs_element_id", &element.id);
        put(&mut all, "hs_element_class", &element.class);
        put(&mut all, "hs_link_href", &element.href);
        if let Some(position) = element.position {
            all.insert("hs_element_position".to_owned(), position.into());
        }
        if let Some(score) = element.score {
            all.insert("hs_element_match".to_owned(), score.into());
        }
    }
    all.extend(given);
    all
}

/// Keeps a text under a name, cut as every value of that name; nothing where there is nothing to say.
fn put(into: &mut Map<String, Value>, name: &str, value: &str) {
    if !value.is_empty() {
        into.insert(name.to_owned(), cut(value, value_limit(name)).into());
    }
}

fn put_utm(into: &mut Map<String, Value>, url: &str) {
    let address = url.split_once('#').map_or(url, |(address, _)| address);
    let Some((_, query)) = address.split_once('?') else { return };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if UTM.contains(&name.as_ref()) {
            put(into, &["hs_", &name].concat(), &value);
        }
    }
}

fn first_language(headers: &HeaderMap) -> Option<String> {
    let languages = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = languages.split([',', ';']).next()?.trim();
    (!first.is_empty() && first != "*").then(|| first.to_owned())
}

/// The device in HubSpot's words.
///
/// iPads since iPadOS 13 say they are Macs, and nothing in the headers tells otherwise.
fn device_type(known: Option<&WootheeResult>, agent: &str) -> &'static str {
    let Some(known) = known else { return "Unknown" };
    let is_tablet = known.os == "iPad" || (known.os == "Android" && !agent.contains("Mobile"));
    match known.category {
        _ if is_tablet => "Tablet",
        "pc" => "Desktop",
        "smartphone" | "mobilephone" => "Smartphone",
        "appliance" => "Game Console",
        _ if agent.contains("TV") => "Smart TV",
        _ => "Unknown",
    }
}

fn known_or_empty(name: &str) -> &str {
    if name == "UNKNOWN" { "" } else { name }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn context_of(agent: &'static str) -> Map<String, Value> {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
        context(&Device { language: Some("nl".to_owned()), screen: Some((1440, 900)) }, &headers)
    }

    #[test]
    fn devices_have_hubspots_names() {
        for (device, agent) in [
            (
                "Desktop",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
            ),
            ("Desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"),
            (
                "Smartphone",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            ),
            (
                "Smartphone",
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
            ),
            (
                "Tablet",
                "Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
            ),
            ("Unknown", "something else entirely"),
        ] {
            assert_eq!(context_of(agent)["hs_device_type"], device, "{agent}");
        }
    }

    #[test]
    fn browser_and_system_are_named() {
        let context =
            context_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0");

        assert_eq!(context["hs_browser"], "Firefox");
        assert_eq!(context["hs_operating_system"], "Windows 10");
        assert_eq!(context["hs_language"], "nl");
        assert_eq!(context["hs_screen_width"], 1440);
    }

    #[test]
    fn an_element_says_which_of_several_it_is() {
        let third = Element { position: Some(3), ..Element::default() };

        assert_eq!(complete(Map::new(), None, &Map::new(), Some(&third))["hs_element_position"], 3);
    }

    #[test]
    fn an_element_known_by_less_than_the_whole_says_so() {
        let element = |score| Element { text: "Buy".to_owned(), score, ..Element::default() };
        let told = |score| complete(Map::new(), None, &Map::new(), Some(&element(score)));

        assert_eq!(told(Some(740))["hs_element_match"], 740);
        assert!(!told(None).contains_key("hs_element_match"));
    }

    #[test]
    fn what_the_page_gave_wins_over_the_default() {
        let page = StoredPage {
            url: "https://x.example/?utm_source=mail%20list&utm_id=7#utm_term=no".to_owned(),
            title: "t".repeat(300),
            referrer: String::new(),
        };
        let given = Map::from_iter([("hs_language".to_owned(), json!("fy"))]);

        let all = complete(given, Some(&page), &context_of("x"), None);

        assert_eq!(all["hs_language"], "fy");
        assert_eq!(all["hs_utm_source"], "mail list");
        assert_eq!(all["hs_page_title"].as_str().map(str::len), Some(256));
        assert!(!all.contains_key("hs_referrer"));
        assert!(!all.contains_key("hs_utm_term"));
    }
}
