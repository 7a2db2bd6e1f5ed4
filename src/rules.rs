//! The site's rules: from storage at once, from the collector in the background.

use js_sys::{Array, JSON};
use pugmark_engine::Input;
use pugmark_protocol::definition::{Rule, TextRule, Trigger};
use pugmark_protocol::name::EventName;
use pugmark_protocol::pattern::{Match, PagePattern};
use wasm_bindgen::prelude::*;

use crate::intake::member;
use crate::runtime::{feed, with};
use crate::transport;

/// Where the last configuration is kept, as it came.
const KEY: &str = "config";

/// Uses the rules that are known and asks for newer ones.
pub(crate) fn load() {
    let Some((known, url)) = with(|app| {
        let url = [&app.endpoint, "/v1/sites/", &app.site, "/config.json"].concat();
        (app.shelf.get(KEY), url)
    }) else {
        return;
    };
    if let Some(rules) = known.as_deref().and_then(parse) {
        feed(Input::RulesArrived(rules));
    }
    transport::fetch_text(&url, move |text| {
        if known.as_ref() == Some(&text) {
            return;
        }
        if let Some(rules) = parse(&text) {
            with(|app| {
                // Consent may have been taken back while the answer was under way.
                if !app.tracker.consent().is_refused() {
                    app.shelf.set(KEY, &text);
                }
            });
            feed(Input::RulesArrived(rules));
        }
    });
}

/// Reads a configuration with the browser's own parser. A rule that is not understood is passed over: a newer collector
/// may know more kinds of trigger.
fn parse(text: &str) -> Option<Vec<Rule>> {
    let config = JSON::parse(text).ok()?;
    let rules = member(&config, "rules");
    Some(rules.dyn_ref::<Array>()?.iter().filter_map(|value| rule(&value)).collect())
}

fn rule(value: &JsValue) -> Option<Rule> {
    let name = EventName::parse(&text(value, "name")?).ok()?;
    let trigger = member(value, "trigger");
    let pages = pages(&member(&trigger, "pages"))?;
    let trigger = match text(&trigger, "type")?.as_str() {
        "VISITED_URL" => Trigger::VisitedUrl { pages },
        "CLICKED_ELEMENT" => Trigger::ClickedElement {
            pages,
            selector: text(&trigger, "selector")?,
            text: match member(&trigger, "text") {
                none if none.is_undefined() || none.is_null() => None,
                text => condition(&text).map(|(kind, value)| Some(TextRule { kind, value }))?,
            },
        },
        _ => return None,
    };
    Some(Rule { name, trigger })
}

/// None if one of the patterns is not understood: without it the rule would fire on pages it was not made for.
fn pages(list: &JsValue) -> Option<Vec<PagePattern>> {
    let Some(list) = list.dyn_ref::<Array>() else { return Some(Vec::new()) };
    list.iter().map(|value| condition(&value).map(|(kind, value)| PagePattern { kind, value })).collect()
}

fn condition(value: &JsValue) -> Option<(Match, String)> {
    Some((Match::parse(&text(value, "match")?)?, text(value, "value")?))
}

fn text(of: &JsValue, name: &str) -> Option<String> {
    member(of, name).as_string()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn rules_are_read_and_strange_ones_passed_over() {
        let rules = parse(
            r##"{"site":"demo","rules":[
                {"name":"bought","trigger":{"type":"CLICKED_ELEMENT","selector":"#buy",
                 "pages":[{"match":"wildcard","value":"/shop/*"}],"text":{"match":"contains","value":"Buy"}}},
                {"name":"seen","trigger":{"type":"VISITED_URL","pages":[{"match":"exact","value":"/"}]}},
                {"name":"later","trigger":{"type":"SCROLLED"}},
                {"name":"half","trigger":{"type":"CLICKED_ELEMENT","selector":"a","pages":[{"match":"near","value":"/"}]}},
                {"name":"too","trigger":{"type":"CLICKED_ELEMENT","selector":"a","text":{"match":"near","value":"x"}}}, {"name":"No","trigger":null}, 7]}"##,
        )
        .expect("is a configuration");

        assert_eq!(rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["bought", "seen"]);
        assert!(
            matches!(&rules[0].trigger, Trigger::ClickedElement { text: Some(_), pages, .. } if pages.len() == 1)
        );
        assert_eq!(parse("<html>"), None);
        assert_eq!(parse("{}"), None);
    }
}
