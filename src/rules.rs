//! The site's rules: from storage at once, from the collector in the background.

use js_sys::JSON;
use pugmark_engine::Input;

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
    if let Some(rules) = known.as_deref().and_then(rules_in) {
        feed(Input::RulesArrived(rules));
    }
    transport::fetch_text(&url, move |text| {
        if known.as_ref() == Some(&text) {
            return;
        }
        if let Some(rules) = rules_in(&text) {
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

/// The rules in a configuration; none if it is no configuration, or one of another time.
fn rules_in(config: &str) -> Option<String> {
    member(&JSON::parse(config).ok()?, "rules").as_string()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn rules_are_the_text_that_came_and_what_is_no_configuration_counts_as_none() {
        let rules = rules_in(r##"{"site":"demo","rules":"cbought\r#buy\nvcame_home\t@=/"}"##);
        assert_eq!(rules.as_deref(), Some("cbought\r#buy\nvcame_home\t@=/"));
        assert_eq!(rules_in(r#"{"rules":""}"#).as_deref(), Some(""));

        // The last is how it came before rules were compiled.
        for strange in ["<html>", "{}", "null", "7", r#"{"rules":[{"name":"bought","trigger":{}}]}"#] {
            assert_eq!(rules_in(strange), None, "{strange}");
        }
    }
}
