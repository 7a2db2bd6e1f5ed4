//! Writing JSON: the few shapes the wire needs, appended to a string.

use pugmark_protocol::property::{Properties, Value};
use pugmark_protocol::text::push_decimal;

/// Appends a string with its quotes.
pub fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                out.push_str("\\u00");
                out.push(if (c as u32) < 0x10 { '0' } else { '1' });
                out.extend(char::from_digit(c as u32 & 0xf, 16));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends a whole number.
pub fn push_integer(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    push_decimal(out, number.unsigned_abs());
}

/// Appends an object's member name with the comma before it, where one is due.
pub fn push_name(out: &mut String, name: &str) {
    if !out.ends_with(['{', '[']) {
        out.push(',');
    }
    push_string(out, name);
    out.push(':');
}

/// Appends a member whose value is a string.
pub fn push_text_member(out: &mut String, name: &str, text: &str) {
    push_name(out, name);
    push_string(out, text);
}

/// Appends a list, each item written by `push`.
pub fn push_list<T>(out: &mut String, items: impl IntoIterator<Item = T>, push: impl Fn(&mut String, T)) {
    out.push('[');
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(out, item);
    }
    out.push(']');
}

/// Appends properties as an object.
pub fn push_properties(out: &mut String, properties: &Properties) {
    out.push('{');
    for (name, value) in properties {
        push_name(out, name);
        match value {
            Value::Text(text) => push_string(out, text),
            Value::Number(number) => out.push_str(number),
            Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        }
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_string_reads_back_as_itself(text in any::<String>()) {
            let mut out = String::new();
            push_string(&mut out, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&out).expect("is JSON"), text);
            prop_assert!(!out.contains('\n'));
        }

        #[test]
        fn any_integer_reads_back_as_itself(number in any::<i64>()) {
            let mut out = String::new();
            push_integer(&mut out, number);
            prop_assert_eq!(serde_json::from_str::<i64>(&out).expect("is JSON"), number);
        }
    }

    #[test]
    fn properties_become_an_object() {
        let mut out = String::new();
        push_properties(
            &mut out,
            &vec![
                ("a".to_owned(), Value::Text("x\"".to_owned())),
                ("b".to_owned(), Value::Number("1.5e300".to_owned())),
                ("c".to_owned(), Value::Bool(false)),
            ],
        );
        assert_eq!(out, r#"{"a":"x\"","b":1.5e300,"c":false}"#);
    }
}
