//! Reading what a page passes in. Anything may come: cycles, proxies, getters that throw; nothing of it gets out again.
//!
//! With js-sys rather than serde, which would double the wasm (see `docs/decisions/0001-lean-intake.md`).

use js_sys::{Array, Date, JSON, JsString, Object, Reflect};
use pugmark_engine::completion::Given;
use pugmark_protocol::limits::MAX_LINK_VALUE;
use pugmark_protocol::property::{Reading, Value, cut_to_fit};
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
    if let Some(date) = value.dyn_ref::<Date>() {
        return if date.get_time().is_nan() { None } else { Some(date.to_iso_string().into()) };
    }
    if Array::is_array(value) {
        return Some(joined(value));
    }
    let json = JSON::stringify(value).ok()?;
    // Typed as a string, but undefined for what has no JSON.
    json.is_string().then(|| json.slice(0, ENOUGH).into())
}

/// The items of an array, joined with `;`, as far as a value can hold them.
fn joined(array: &JsValue) -> String {
    let mut text = String::new();
    for index in 0..array.unchecked_ref::<Array>().length().min(ENOUGH) {
        let item = Reflect::get_u32(array.unchecked_ref::<Object>(), index).unwrap_or(JsValue::UNDEFINED);
        let part = match read(&item) {
            Reading::Value(Value::Text(part) | Value::Number(part)) => part,
            Reading::Value(Value::Bool(yes)) => (if yes { "true" } else { "false" }).to_owned(),
            Reading::Absent | Reading::Unusable => continue,
        };
        if !text.is_empty() {
            text.push(';');
        }
        text.push_str(&part);
        if text.len() > 4 * ENOUGH as usize {
            break;
        }
    }
    text
}
