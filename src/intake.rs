//! Reading what a page passes in. Anything may come: cycles, proxies, getters that throw; nothing of it gets out again.
//!
//! With js-sys rather than serde, which would double the wasm (see `docs/decisions/0001-lean-intake.md`).

use js_sys::{Array, Date, JSON, JsString, Object, Reflect};
use pugmark_engine::completion::Given;
use pugmark_protocol::limits::MAX_LINK_VALUE;
use pugmark_protocol::property::{Reading, Value, cut_to_fit, joined};
use pugmark_protocol::reason::Adjustment;
use wasm_bindgen::prelude::*;

/// Longer texts are cut before they are copied into wasm; one more than the limit, so that the cut is noticed.
const ENOUGH: u32 = MAX_LINK_VALUE as u32 + 1;

#[wasm_bindgen]
extern "C" {
    /// `Object.keys`, which a proxy can make throw.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn own_names(object: &JsValue) -> Result<Array, JsValue>;

    /// `String(value)`, which an object can make throw.
    #[wasm_bindgen(catch, js_name = String)]
    fn to_text(value: &JsValue) -> Result<JsString, JsValue>;

    /// `Array.isArray`, which a revoked proxy makes throw.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    /// `Object.prototype.toString.call`, which tells plain objects from maps, errors and elements.
    #[wasm_bindgen(catch, js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    fn kind(value: &JsValue) -> Result<String, JsValue>;

    /// A date that may be invalid, or no date at all.
    #[wasm_bindgen(extends = Object)]
    type AnyDate;

    #[wasm_bindgen(catch, method, js_name = toISOString)]
    fn to_iso_string(this: &AnyDate) -> Result<String, JsValue>;
}

/// A member of anything; undefined where there is none to be had.
pub(crate) fn member(of: &JsValue, name: &str) -> JsValue {
    if !of.is_object() {
        return JsValue::UNDEFINED;
    }
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// The names of an object's own members.
pub(crate) fn names(object: &JsValue) -> Option<Vec<String>> {
    let names = if object.is_object() { own_names(object).ok()? } else { return None };
    Some(names.iter().filter_map(|name| name.as_string()).collect())
}

/// A text, or a number as text.
pub(crate) fn text(value: &JsValue) -> Option<String> {
    match read(value) {
        Reading::Value(Value::Text(text) | Value::Number(text)) => Some(text),
        _ => None,
    }
}

/// Properties, cut to fit.
pub(crate) fn given(object: &JsValue) -> Given {
    if object.is_undefined() || object.is_null() {
        return Given::default();
    }
    let Some(names) = names(object) else {
        return Given { adjusted: vec![Adjustment::NoValue("properties".to_owned())], ..Given::default() };
    };
    let (properties, adjusted) = cut_to_fit(names, &mut |name| {
        Reflect::get(object, &JsValue::from_str(name)).map_or(Reading::Unusable, |value| read(&value))
    });
    Given { properties, adjusted }
}

fn read(value: &JsValue) -> Reading {
    if value.is_undefined() || value.is_null() {
        return Reading::Absent;
    }
    if let Some(yes) = value.as_bool() {
        return Reading::Value(Value::Bool(yes));
    }
    if let Some(number) = value.as_f64() {
        return match to_text(value) {
            Ok(text) if number.is_finite() => Reading::Value(Value::Number(text.into())),
            _ => Reading::Unusable,
        };
    }
    as_text(value).map_or(Reading::Unusable, |text| Reading::Value(Value::Text(text)))
}

/// The text that stands for anything but a number or a boolean.
fn as_text(value: &JsValue) -> Option<String> {
    if let Some(text) = value.dyn_ref::<JsString>() {
        return Some(text.slice(0, ENOUGH).into());
    }
    if value.is_bigint() {
        return to_text(value).ok().map(|text| text.slice(0, ENOUGH).into());
    }
    if value.is_function() || value.is_symbol() {
        return None;
    }
    if value.is_instance_of::<Date>() {
        return value.unchecked_ref::<AnyDate>().to_iso_string().ok();
    }
    if is_array(value).ok()? {
        return Some(joined(items(value)));
    }
    if kind(value).ok()? == "[object Object]" { json(value) } else { None }
}

/// A value as JSON; none where there is a cycle, or nothing that has JSON.
fn json(value: &JsValue) -> Option<String> {
    let json = JSON::stringify(value).ok()?;
    // Typed as a string, but undefined for what has no JSON.
    json.is_string().then(|| json.slice(0, ENOUGH).into())
}

/// The items of an array, as far as a value can hold them. An array in an array is its JSON.
fn items(array: &JsValue) -> Vec<Reading> {
    let length = member(array, "length").as_f64().unwrap_or(0.0) as u32;
    let mut items = Vec::new();
    let mut size = 0;
    for index in 0..length.min(ENOUGH) {
        let item = Reflect::get_u32(array.unchecked_ref::<Object>(), index).unwrap_or(JsValue::UNDEFINED);
        let item = match is_array(&item) {
            Ok(true) => json(&item).map_or(Reading::Unusable, |text| Reading::Value(Value::Text(text))),
            _ => read(&item),
        };
        if let Reading::Value(Value::Text(text)) = &item {
            size += text.len();
        }
        items.push(item);
        if size > 4 * ENOUGH as usize {
            break;
        }
    }
    items
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
