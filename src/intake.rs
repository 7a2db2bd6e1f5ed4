//! Reading what a page passes in. `intake.js` makes one flat text of it, which is read here.

use pugmark_engine::completion::Given;
use pugmark_protocol::limits::{MAX_LINK_VALUE, MAX_PROPERTIES};
use pugmark_protocol::property::{Reading, Value, cut_to_fit};
use pugmark_protocol::reason::Adjustment;
use wasm_bindgen::prelude::*;

/// Longer texts are cut before they are copied into wasm; one more than the limit, so that the cut is noticed.
const ENOUGH: u32 = MAX_LINK_VALUE as u32 + 1;

#[wasm_bindgen(module = "/src/intake.js")]
extern "C" {
    fn flatten(object: &JsValue, most: u32, longest: u32) -> String;

    #[wasm_bindgen(js_name = completion)]
    fn flat_completion(event: &JsValue, properties: &JsValue, most: u32, longest: u32) -> Option<String>;

    #[wasm_bindgen(js_name = legacyCompletion)]
    fn flat_legacy_completion(event: &JsValue, most: u32, longest: u32) -> Option<String>;

    /// A member of anything; undefined where there is none to be had.
    pub(crate) fn member(of: &JsValue, name: &str) -> JsValue;
}

/// Properties, cut to fit.
pub(crate) fn given(object: &JsValue) -> Given {
    read(&flatten(object, MAX_PROPERTIES as u32, ENOUGH))
}

/// A completion: its name and what it carries. None where there is no name.
pub(crate) fn completion(event: &JsValue, properties: &JsValue) -> Option<(String, Given)> {
    named(&flat_completion(event, properties, MAX_PROPERTIES as u32, ENOUGH)?)
}

/// A completion in HubSpot's legacy form.
pub(crate) fn legacy_completion(event: &JsValue) -> Option<(String, Given)> {
    named(&flat_legacy_completion(event, MAX_PROPERTIES as u32, ENOUGH)?)
}

/// Options by name.
pub(crate) fn options(object: &JsValue) -> Vec<(String, String)> {
    let flat = flatten(object, u32::MAX, ENOUGH);
    let mut options = Vec::new();
    let mut parts = flat.split('\0');
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        options.push((name.to_owned(), value.get(1..).unwrap_or_default().to_owned()));
    }
    options
}

fn named(flat: &str) -> Option<(String, Given)> {
    let (name, properties) = flat.split_once('\0')?;
    Some((name.to_owned(), read(properties)))
}

/// Reads a flat text, the form of which `intake.js` tells.
fn read(flat: &str) -> Given {
    let mut readings = Vec::new();
    let mut more = 0;
    let mut parts = flat.split('\0');
    while let (Some(name), Some(part)) = (parts.next(), parts.next()) {
        let value = part.get(1..).unwrap_or_default();
        let reading = match part.as_bytes().first() {
            Some(b't') => Reading::Value(Value::Text(value.to_owned())),
            Some(b'n') => Reading::Value(Value::Number(value.to_owned())),
            Some(b'b') => Reading::Value(Value::Bool(value == "true")),
            Some(b'm') => {
                more = value.parse::<u64>().unwrap_or(0) as usize;
                break;
            }
            _ => Reading::Unusable,
        };
        readings.push((name.to_owned(), reading));
    }
    let (properties, mut adjusted) = cut_to_fit(&mut readings.into_iter());
    if more > 0 {
        adjusted.push(Adjustment::TooMany(more));
    }
    Given { properties, adjusted }
}

#[cfg(test)]
mod tests {
    use js_sys::Function;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn evaluate(code: &str) -> JsValue {
        let body = ["return (", code, ")"].concat();
        Function::new_no_args(&body).call0(&JsValue::UNDEFINED).expect("the test's own code runs")
    }

    fn property(code: &str) -> Option<Value> {
        let given = given(&evaluate(&["({ x: ", code, " })"].concat()));
        given.properties.into_iter().next().map(|(_, value)| value)
    }

    fn text_of(code: &str) -> Option<String> {
        match property(code) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    #[wasm_bindgen_test]
    fn every_kind_of_value_is_recorded_as_documented() {
        for (code, text) in [
            ("'plain'", "plain"),
            ("new Date(0)", "1970-01-01T00:00:00.000Z"),
            ("['a', 1, true, null, new Date(0)]", "a;1;true;1970-01-01T00:00:00.000Z"),
            ("({ a: [1] })", "{\"a\":[1]}"),
            ("12345678901234567890n", "12345678901234567890"),
            ("['', 'a', null, [1, [2]]]", ";a;[1,[2]]"),
            ("Object.create(null)", "{}"),
            ("'lone \\ud800 surrogate'", "lone \u{fffd} surrogate"),
        ] {
            assert_eq!(text_of(code).as_deref(), Some(text), "{code}");
        }
        assert_eq!(property("12.5"), Some(Value::Number("12.5".to_owned())));
        assert_eq!(property("1e21"), Some(Value::Number("1e+21".to_owned())));
        assert_eq!(property("-0"), Some(Value::Number("0".to_owned())));
        assert_eq!(property("false"), Some(Value::Bool(false)));
    }

    #[wasm_bindgen_test]
    fn what_cannot_be_recorded_is_told_and_the_rest_is_kept() {
        for code in [
            "() => 1",
            "Symbol('x')",
            "NaN",
            "Infinity",
            "new Date(NaN)",
            "(() => { const a = {}; a.a = a; return a })()",
            "({ toJSON() { throw 1 } })",
            "new Map([[1, 2]])",
            "new Error('x')",
            "document.body",
            "new Proxy(new Date(), {})",
            "(() => { const p = Proxy.revocable([], {}); p.revoke(); return p.proxy })()",
        ] {
            let given = given(&evaluate(&["({ x: ", code, ", y: 1 })"].concat()));
            assert_eq!(given.properties.len(), 1, "{code}");
            assert_eq!(given.adjusted, [Adjustment::NoValue("x".to_owned())], "{code}");
        }
        assert!(given(&evaluate("({ x: undefined, y: null })")).adjusted.is_empty());
    }

    #[wasm_bindgen_test]
    fn a_cycle_of_arrays_is_no_abyss() {
        assert_eq!(text_of("(() => { const a = [1]; a.push(a); return a })()").as_deref(), Some("1"));
    }

    #[wasm_bindgen_test]
    fn getters_and_proxies_that_throw_do_not_get_out() {
        let mixed = given(&evaluate("({ get x() { throw new Error('mine') }, y: 'kept' })"));
        assert_eq!(mixed.properties, [("y".to_owned(), Value::Text("kept".to_owned()))]);

        for code in ["new Proxy({}, { ownKeys() { throw 1 } })", "'text'", "7", "() => 1"] {
            assert!(given(&evaluate(code)).properties.is_empty(), "{code}");
        }
    }

    #[wasm_bindgen_test]
    fn what_is_inherited_or_polluted_is_not_a_property() {
        let given =
            given(&evaluate("Object.assign(Object.create({ inherited: 1 }), { own: 1, ['__proto__x']: 2 })"));
        let names: Vec<&str> = given.properties.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["proto__x", "own"]);
    }

    #[wasm_bindgen_test]
    fn huge_values_are_cut_before_they_are_copied() {
        assert_eq!(text_of("'x'.repeat(50_000_000)").expect("is kept").len(), 256);
        assert_eq!(text_of("new Array(1e9)").expect("is kept"), "");
        assert_eq!(text_of("Array(100_000).fill('ab')").expect("is kept").len(), 256);
    }

    #[wasm_bindgen_test]
    fn a_pair_at_the_cut_is_dropped_whole() {
        let text = text_of("'x'.repeat(255) + '🐾'").expect("is kept");
        assert_eq!(text, "x".repeat(255));
    }
}
