//! One pass over JSON text before it is parsed: how deep it is nested, so that no parser recurses into a trap; how many
//! values it has, so that no parser makes a hundred megabytes out of a few packed kilobytes; and three repairs of what
//! would otherwise lose the whole batch.
//!
//! A lone surrogate (`"\ud800"`) is a JavaScript string and no Unicode text: it becomes U+FFFD. NUL is dropped,
//! because column stores and C programs end a text there. A number past every double (`1e400`) is infinite to
//! JavaScript, which writes that as `null`; so it becomes `null`.

use pugmark_protocol::limits::MAX_JSON_DEPTH;

use super::Unreadable;

/// Most values in a batch, lists, objects and their keys' values included. The largest batch that a tracker makes has
/// 500 events of some sixty values; in memory each takes up to a hundred bytes. Judgement (November 2026).
pub const MAX_VALUES: usize = 200_000;

/// Length of `\uXXXX`.
const ESCAPE: usize = 6;

/// What stands for a number that is infinite; none such is shorter.
const NULL: &[u8] = b"null";

/// Fewest digits of an infinite number written without an exponent.
const DOUBLE_DIGITS: usize = 309;

/// Checks the nesting and repairs the texts of `json`, which need not be well-formed.
///
/// # Errors
///
/// [`Unreadable::TooDeep`] with the position of the bracket that is one too many, [`Unreadable::TooManyValues`].
pub fn scan(json: &mut Vec<u8>) -> Result<(), Unreadable> {
    let mut depth = 0_usize;
    let mut values = 0_usize;
    let mut in_text = false;
    let mut nuls = Vec::new();
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        at += match (in_text, byte) {
            (_, b'"') => {
                in_text = !in_text;
                1
            }
            (false, b'[' | b'{') => {
                depth += 1;
                if depth > MAX_JSON_DEPTH {
                    return Err(Unreadable::TooDeep(at));
                }
                1
            }
            (false, b']' | b'}') => {
                depth = depth.saturating_sub(1);
                1
            }
            // Every value but the first in its list has one before it.
            (false, b',') => {
                values += 1;
                if values > MAX_VALUES {
                    return Err(Unreadable::TooManyValues);
                }
                1
            }
            (true, b'\\') => escape(json, at, &mut nuls),
            (false, b'-' | b'0'..=b'9') => number(json, at),
            _ => 1,
        };
    }
    remove(json, &nuls);
    Ok(())
}

/// Looks at the escape that starts at `at`, repairs it, and says how many bytes it has.
fn escape(json: &mut [u8], at: usize, nuls: &mut Vec<usize>) -> usize {
    match code_unit(json, at) {
        // Also where the four digits are wrong: the parser says so.
        None => 2,
        Some(0) => {
            nuls.push(at);
            ESCAPE
        }
        Some(0xd800..=0xdbff) if matches!(code_unit(json, at + ESCAPE), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
        Some(0xd800..=0xdfff) => {
            if let Some(digits) = json.get_mut(at + 2..at + ESCAPE) {
                digits.copy_from_slice(b"fffd");
            }
            ESCAPE
        }
        Some(_) => ESCAPE,
    }
}

/// Looks at the number that starts at `at`, repairs it, and says how many bytes it has.
fn number(json: &mut [u8], at: usize) -> usize {
    let rest = json.get_mut(at..).unwrap_or_default();
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len()).max(1);
    let token = rest.get_mut(..length).unwrap_or_default();
    let may_be_large = token.len() >= DOUBLE_DIGITS || token.iter().any(|byte| matches!(byte, b'e' | b'E'));
    let is_infinite = may_be_large
        && std::str::from_utf8(token).ok().and_then(|text| text.parse().ok()).is_some_and(f64::is_infinite);
    if let Some((start, padding)) = token.split_at_mut_checked(NULL.len())
        && is_infinite
    {
        start.copy_from_slice(NULL);
        padding.fill(b' ');
    }
    length
}

/// The code unit of the escape `\uXXXX` at `at`, if there is one.
fn code_unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &byte| Some(unit << 4 | char::from(byte).to_digit(16)? as u16))
}

/// Takes out the escapes that start at these positions, which ascend.
fn remove(json: &mut Vec<u8>, escapes: &[usize]) {
    let mut escapes = escapes.iter().copied().peekable();
    let mut gone_until = 0;
    let mut index = 0;
    if escapes.peek().is_none() {
        return;
    }
    json.retain(|_| {
        let here = index;
        index += 1;
        if escapes.next_if_eq(&here).is_some() {
            gone_until = here + ESCAPE;
        }
        here >= gone_until
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn scanned(json: &str) -> Result<String, Unreadable> {
        let mut bytes = json.as_bytes().to_vec();
        scan(&mut bytes).map(|()| String::from_utf8(bytes).expect("stays UTF-8"))
    }

    #[test]
    fn sixteen_levels_pass_and_seventeen_do_not() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);

        assert!(scanned(&nested(16)).is_ok());
        assert_eq!(scanned(&nested(17)), Err(Unreadable::TooDeep(16)));
        assert_eq!(scanned(&"[".repeat(100_000)), Err(Unreadable::TooDeep(16)));
    }

    #[test]
    fn two_hundred_thousand_values_pass_and_more_do_not() {
        let list = |n: usize| format!("[0{}]", ",0".repeat(n));

        assert!(scanned(&list(MAX_VALUES)).is_ok());
        assert_eq!(scanned(&list(MAX_VALUES + 1)), Err(Unreadable::TooManyValues));
        assert!(scanned(&format!("[\"{}\"]", ",".repeat(MAX_VALUES + 1))).is_ok());
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        let text = format!(r#"{{"a":"{}\"{}"}}"#, "[".repeat(50), "{".repeat(50));

        assert_eq!(scanned(&text), Ok(text));
    }

    #[test]
    fn lone_surrogates_become_replacement_characters_and_pairs_stay() {
        for (json, repaired) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\udfff\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\udc3e""#, r#""\ud83d\udc3e""#),
            (r#""\ud83d\ud83d\udc3e""#, r#""\ufffd\ud83d\udc3e""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\uD800x""#, r#""\ufffdx""#),
        ] {
            assert_eq!(scanned(json).as_deref(), Ok(repaired), "{json}");
        }
    }

    #[test]
    fn nul_is_dropped() {
        assert_eq!(scanned(r#"["a\u0000b","\u0000","\\u0000"]"#).as_deref(), Ok(r#"["ab","","\\u0000"]"#));
    }

    #[test]
    fn numbers_past_every_double_become_null_as_javascript_writes_them() {
        let digits = |n: usize| "9".repeat(n);
        for (json, repaired) in [
            ("[1e400]", "[null ]".to_owned()),
            ("[-1.5E+999,2]", "[null     ,2]".to_owned()),
            ("1e309", "null ".to_owned()),
            ("[1e308,-1e-400,1.7e308]", "[1e308,-1e-400,1.7e308]".to_owned()),
            (r#"{"a":"1e400"}"#, r#"{"a":"1e400"}"#.to_owned()),
            ("[truee5,-,1e,--1]", "[truee5,-,1e,--1]".to_owned()),
            (&digits(400), format!("null{}", " ".repeat(396))),
            (&digits(300), digits(300)),
        ] {
            assert_eq!(scanned(json), Ok(repaired), "{json}");
        }
    }

    /// The depth the slow and obvious way.
    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            // NUL is dropped on purpose, so it is left out where the text must come back.
            "[^\0]{0,12}".prop_map(Value::from),
            r#"[\[\]{}"\\u]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(24, 64, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map(r#"[a-z\["\\]{0,4}"#, inner, 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_scanner_and_the_parser_agree_about_the_depth(value in json()) {
            let mut bytes = value.to_string().into_bytes();

            let result = scan(&mut bytes);

            prop_assert_eq!(result.is_ok(), depth(&value) <= MAX_JSON_DEPTH);
            if result.is_ok() {
                prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("is still JSON"), value);
            }
        }

        #[test]
        fn bytes_of_any_kind_are_survived(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let before = bytes.len();

            let _ = scan(&mut bytes);

            prop_assert!(bytes.len() <= before);
        }

        #[test]
        fn texts_with_escapes_of_any_kind_can_be_parsed_afterwards(units in prop::collection::vec(any::<u16>(), 0..20)) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let mut bytes = format!("\"{escaped}\"").into_bytes();

            scan(&mut bytes).expect("is flat");

            let text: String = serde_json::from_slice(&bytes).expect("is a text");
            prop_assert!(!text.contains('\0'));
            prop_assert_eq!(text, String::from_utf16_lossy(&units).replace('\0', ""));
        }
    }
}
