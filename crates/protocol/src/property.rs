//! The property rules: what a completion may carry, and how what does not fit is cut.
//!
//! The tracker applies them at the call and the collector again on arrival, so a batch made by hand obeys them too.

use crate::limits::{MAX_LINK_VALUE, MAX_PROPERTIES, MAX_PROPERTY_NAME, MAX_VALUE};
use crate::name::repair_property;
use crate::reason::Adjustment;
use crate::text;

/// A value that can be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, also of dates (ISO 8601), lists (joined with `;`) and objects (JSON).
    Text(String),
    /// A finite number, as JSON writes it: exact, and free of float formatting in the wasm.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
}

/// What an end found under a property's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `undefined` or `null`: as if the property were not there.
    Absent,
    /// Something that cannot be recorded: a function, `NaN`, a cycle, a getter that throws.
    Unusable,
    /// A value.
    Value(Value),
}

/// Properties by name, in the order of the rules.
pub type Properties = Vec<(String, Value)>;

/// Cuts properties to what a completion may carry, and says what was changed.
///
/// `readings` come sorted by their original names, see [`sort_names`]. In this order: skip what is absent or unusable; keep
/// the first [`MAX_PROPERTIES`]; repair names; of equal names use the last; cut values. What is past the last one kept is
/// not asked for.
pub fn cut_to_fit(
    readings: &mut dyn ExactSizeIterator<Item = (String, Reading)>,
) -> (Properties, Vec<Adjustment>) {
    let mut properties = Properties::new();
    let mut adjusted = Vec::new();
    let mut taken = 0;
    loop {
        if taken == MAX_PROPERTIES && readings.len() > 0 {
            adjusted.push(Adjustment::TooMany(readings.len()));
            break;
        }
        let Some((raw, reading)) = readings.next() else { break };
        let value = match reading {
            Reading::Absent => continue,
            Reading::Unusable => {
                adjusted.push(Adjustment::NoValue(text::cut(&raw, MAX_PROPERTY_NAME).to_owned()));
                continue;
            }
            Reading::Value(value) => value,
        };
        taken += 1;
        let Some(name) = repair_property(&raw) else {
            adjusted.push(Adjustment::NoName(text::cut(&raw, MAX_PROPERTY_NAME).to_owned()));
            continue;
        };
        if name != raw {
            adjusted.push(Adjustment::PropertyName(name.clone()));
        }
        let (value, cut) = cut_value(&name, value);
        if cut {
            adjusted.push(Adjustment::ValueCut(name.clone()));
        }
        match properties.iter_mut().find(|(known, _)| *known == name) {
            Some((_, earlier)) => {
                *earlier = value;
                adjusted.push(Adjustment::Duplicate(name));
            }
            None => properties.push((name, value)),
        }
    }
    (properties, adjusted)
}

/// Sorts names as JavaScript does: by UTF-16 code units.
pub fn sort_names(names: &mut [String]) {
    names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
}

/// The items of a list as one value: joined with `;`, without those that are absent or unusable.
pub fn joined(items: impl IntoIterator<Item = Reading>) -> String {
    let mut text = String::new();
    let mut first = true;
    for item in items {
        let part = match &item {
            Reading::Value(Value::Text(part) | Value::Number(part)) => part.as_str(),
            Reading::Value(Value::Bool(true)) => "true",
            Reading::Value(Value::Bool(false)) => "false",
            Reading::Absent | Reading::Unusable => continue,
        };
        if !std::mem::take(&mut first) {
            text.push(';');
        }
        text.push_str(part);
    }
    text
}

/// The longest value a property of this name may have, in UTF-16 code units.
pub fn value_limit(name: &str) -> usize {
    let is_link = ["url", "referrer", "link"].iter().any(|part| text::contains(name, part));
    if is_link { MAX_LINK_VALUE } else { MAX_VALUE }
}

fn cut_value(name: &str, value: Value) -> (Value, bool) {
    let Value::Text(text) = value else { return (value, false) };
    let kept = text::cut(&text, value_limit(name)).len();
    if kept == text.len() {
        return (Value::Text(text), false);
    }
    let mut text = text;
    text.truncate(kept);
    (Value::Text(text), true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(value: &str) -> Reading {
        Reading::Value(Value::Text(value.to_owned()))
    }

    fn cut_by(
        mut names: Vec<String>,
        mut read: impl FnMut(&str) -> Reading,
    ) -> (Properties, Vec<Adjustment>) {
        sort_names(&mut names);
        cut_to_fit(&mut names.into_iter().map(|name| {
            let reading = read(&name);
            (name, reading)
        }))
    }

    fn cut(given: &[(&str, Reading)]) -> (Properties, Vec<Adjustment>) {
        cut_by(given.iter().map(|(name, _)| (*name).to_owned()).collect(), |name| {
            given.iter().find(|(known, _)| *known == name).map_or(Reading::Absent, |(_, r)| r.clone())
        })
    }

    fn names(properties: &Properties) -> Vec<&str> {
        properties.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_value_of_256_characters_is_whole_and_of_257_is_cut() {
        let (properties, adjusted) =
            cut(&[("a", text(&"x".repeat(256))), ("b", text(&"x".repeat(257))), ("c", text("ok"))]);

        assert_eq!(properties[0].1, Value::Text("x".repeat(256)));
        assert_eq!(properties[1].1, Value::Text("x".repeat(256)));
        assert_eq!(adjusted, [Adjustment::ValueCut("b".to_owned())]);
    }

    #[test]
    fn link_values_may_have_1024_characters() {
        for name in ["page_url", "my_referrer", "deeplinks"] {
            let (properties, adjusted) = cut(&[(name, text(&"x".repeat(1025)))]);

            assert_eq!(properties[0].1, Value::Text("x".repeat(1024)), "{name}");
            assert_eq!(adjusted.len(), 1);
        }
    }

    #[test]
    fn whether_a_value_is_a_link_depends_on_the_repaired_name() {
        let (properties, _) = cut(&[("Page-URL", text(&"x".repeat(2000)))]);

        assert_eq!(properties, [("page_url".to_owned(), Value::Text("x".repeat(1024)))]);
    }

    #[test]
    fn the_fifty_first_property_is_dropped_and_never_read() {
        let mut reads = 0;
        let names = (0..60).map(|i| format!("p{i:02}")).collect();
        let (properties, adjusted) = cut_by(names, |_| {
            reads += 1;
            Reading::Value(Value::Bool(true))
        });

        assert_eq!(properties.len(), 50);
        assert_eq!(properties[49].0, "p49");
        assert_eq!(reads, 50);
        assert_eq!(adjusted, [Adjustment::TooMany(10)]);
    }

    #[test]
    fn absent_and_unusable_properties_do_not_count() {
        let mut given = vec![("a", Reading::Absent), ("b", Reading::Unusable)];
        let rest: Vec<String> = (0..50).map(|i| format!("c{i}")).collect();
        given.extend(rest.iter().map(|name| (name.as_str(), text("x"))));

        let (properties, adjusted) = cut(&given);

        assert_eq!(properties.len(), 50);
        assert_eq!(adjusted, [Adjustment::NoValue("b".to_owned())]);
    }

    #[test]
    fn of_equal_names_the_last_in_original_order_is_used() {
        // Code units order: "A" < "_a" < "a".
        let (properties, adjusted) =
            cut(&[("a", text("last")), ("A", text("first")), ("_a", text("middle"))]);

        assert_eq!(properties, [("a".to_owned(), Value::Text("last".to_owned()))]);
        assert_eq!(adjusted.iter().filter(|a| matches!(a, Adjustment::Duplicate(_))).count(), 2);
    }

    #[test]
    fn names_sort_by_utf_16_code_units_as_in_the_browser() {
        // U+10000 is a surrogate pair and sorts before U+FFFD, although its code point is higher.
        let (properties, _) = cut(&[("a\u{fffd}", text("replacement")), ("a\u{10000}", text("linear b"))]);

        assert_eq!(properties, [("a_".to_owned(), Value::Text("replacement".to_owned()))]);
    }

    #[test]
    fn duplicates_fold_after_the_first_fifty_are_taken() {
        // 51 names, of which "P00" and "p00" are one: the last name is still past the limit.
        let all: Vec<String> =
            std::iter::once("P00".to_owned()).chain((0..50).map(|i| format!("p{i:02}"))).collect();
        let given: Vec<_> = all.iter().map(|name| (name.as_str(), text("x"))).collect();

        let (properties, adjusted) = cut(&given);

        assert_eq!(properties.len(), 49);
        assert!(!names(&properties).contains(&"p49"));
        assert!(adjusted.contains(&Adjustment::TooMany(1)));
    }

    #[test]
    fn a_list_is_joined_without_what_is_absent() {
        let items = [
            text(""),
            text("a"),
            Reading::Absent,
            Reading::Value(Value::Bool(true)),
            Reading::Unusable,
            text(""),
        ];
        assert_eq!(joined(items), ";a;true;");
    }

    #[test]
    fn numbers_and_booleans_are_left_alone() {
        let (properties, adjusted) = cut(&[
            ("n", Reading::Value(Value::Number("12.5".to_owned()))),
            ("yes", Reading::Value(Value::Bool(true))),
        ]);

        assert_eq!(properties.len(), 2);
        assert!(adjusted.is_empty());
    }

    proptest! {
        // Sixty values of a thousand characters take their time.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn whatever_comes_in_what_goes_out_fits(
            given in prop::collection::btree_map(".{0,90}", ".{0,1100}", 0..60)
        ) {
            let names: Vec<String> = given.keys().cloned().collect();
            let (properties, adjusted) = cut_by(names, |name| text(&given[name]));

            prop_assert!(properties.len() <= MAX_PROPERTIES);
            for (name, value) in &properties {
                prop_assert!(crate::name::check_property(name).is_ok());
                let Value::Text(value) = value else { panic!("texts stay texts") };
                prop_assert!(text::length(value) <= value_limit(name));
            }
            let untouched = given.keys().all(|name| properties.iter().any(|(n, v)| n == name && *v == Value::Text(given[name].clone())));
            prop_assert_eq!(untouched && properties.len() == given.len(), adjusted.is_empty());
        }

        #[test]
        fn cutting_again_changes_nothing(given in prop::collection::btree_map(".{0,90}", ".{0,1100}", 0..60)) {
            let names: Vec<String> = given.keys().cloned().collect();
            let (once, _) = cut_by(names, |name| text(&given[name]));
            let again = once.iter().map(|(name, _)| name.clone()).collect();
            let (mut twice, adjusted) = cut_by(again, |name| {
                once.iter().find(|(n, _)| n == name).map_or(Reading::Absent, |(_, v)| Reading::Value(v.clone()))
            });

            let mut once = once;
            once.sort_by(|a, b| a.0.cmp(&b.0));
            twice.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(once, twice);
            prop_assert!(adjusted.is_empty());
        }
    }

    #[test]
    fn every_documented_limit_is_kept_whole_at_its_number_and_cut_past_it() {
        use crate::limits::{DOCUMENTED, Limited};
        use crate::name::EventName;

        for limit in DOCUMENTED {
            for (n, is_cut) in [(limit.most, false), (limit.most + 1, true)] {
                let (kept, told) = match limit.of {
                    Limited::EventName => {
                        let (name, changed) = EventName::repair(&"a".repeat(n), "demo").expect("is a name");
                        (name.as_str().len(), changed)
                    }
                    Limited::PropertyName => {
                        let (properties, adjusted) = cut(&[("a".repeat(n).as_str(), text("x"))]);
                        (properties[0].0.len(), !adjusted.is_empty())
                    }
                    Limited::Properties => {
                        let names = (0..n).map(|i| format!("p{i}")).collect();
                        let (properties, adjusted) = cut_by(names, |_| text("x"));
                        (properties.len(), !adjusted.is_empty())
                    }
                    Limited::Value(name) => {
                        let (properties, adjusted) = cut(&[(name, text(&"x".repeat(n)))]);
                        let Value::Text(value) = &properties[0].1 else { panic!("a text stays one") };
                        (value.len(), !adjusted.is_empty())
                    }
                    // A page defines nothing, and its batches are made by the tracker.
                    Limited::Batch
                    | Limited::Label
                    | Limited::PropertyLabel
                    | Limited::Definition
                    | Limited::Definitions => continue,
                };
                assert_eq!((kept, told), (limit.most, is_cut), "{limit:?} at {n}");
            }
        }
    }
}
