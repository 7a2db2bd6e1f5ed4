//! The site's rules: from storage at once, from the collector in the background. With them comes word of the site's
//! custom script, which is run. All of that is in `rules.js`.

use pugmark_engine::Input;
use wasm_bindgen::prelude::*;

use crate::runtime::{feed, with};

/// Where the last configuration is kept, as it came.
const KEY: &str = "config";

#[wasm_bindgen(module = "/src/rules.js")]
extern "C" {
    /// Calls back with the rules that are kept under this key, and again when there are others at this address; not after
    /// consent was taken back.
    #[wasm_bindgen(js_name = load)]
    fn load_from(url: &str, key: &str, arrived: &Closure<dyn Fn(String)>);
}

/// Uses the rules that are known and asks for newer ones.
pub(crate) fn load() {
    let Some((url, key)) = with(|app| {
        let url = [&app.endpoint, "/v1/sites/", &app.site, "/config.json"].concat();
        (url, app.shelf.full_key(KEY))
    }) else {
        return;
    };
    let arrived = Closure::<dyn Fn(String)>::new(|rules| feed(Input::RulesArrived(rules)));
    load_from(&url, &key, &arrived);
    // The page lives on, and so must what it calls.
    arrived.forget();
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::intake::member;

    #[wasm_bindgen(module = "/src/rules.js")]
    extern "C" {
        fn read(config: &str) -> JsValue;
    }

    fn rules_in(config: &str) -> Option<String> {
        member(&read(config), "rules").as_string()
    }

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
