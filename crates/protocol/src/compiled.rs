//! Codeless rules as the collector hands them to the tracker: compiled, so that the tracker uses them as they are.
//!
//! A rule is a line of parts, separated by tabs. A part is one character for its kind, and a value. First comes the head:
//!
//! | part | means |
//! | --- | --- |
//! | `cNAME`, `vNAME` | the event NAME is recorded on a click, on a view |
//! | `@=/cart` | on pages whose address fits; of several one is enough, none means everywhere |
//! | `"*Buy` | where the element's text fits |
//!
//! The sign after `@` and `"` says how the two are compared: see [`accepts`]. Then, each after a carriage return, the
//! alternatives of the selector, from the clicked element outwards:
//!
//! | part | means |
//! | --- | --- |
//! | `<a` `#id` `.class` `[name=value` `:2` `/2` | tag, id, class, attribute, place among siblings, among those of its tag |
//! | `?name=` `^name=value` `$…` `*…` `~…` `\|…` | an attribute that is there, or whose value fits |
//! | `!` and one of these | the contrary |
//! | `>`, ` ` | what follows is said of the parent, of any element around |
//!
//! An alternative may be a fingerprint instead: see [`crate::fingerprint`].
//!
//! The path of a click is written in the same parts, so that most conditions are one comparison of whole parts. A line
//! with a kind that the tracker does not know is passed over: a newer collector may say more.

use crate::definition::{Target, TextRule, Trigger};
use crate::name::EventName;
use crate::pattern::{Match, PagePattern, wildcard};
use crate::selector::{AttributeTest, Complex, Compound, Condition, Relation, Selector, SelectorError};
use crate::text::contains;

/// Between two rules, and between two elements of a path.
pub const LINE: char = '\n';

/// Between the head of a rule and each alternative of its selector.
pub const ALTERNATIVE: char = '\r';

/// Between two parts.
pub const PART: char = '\t';

/// Most alternatives into which a selector may unfold: `:not(.a.b)` is `:not(.a)` or `:not(.b)`.
///
/// Judgement (November 2026): far more than anybody writes, and few enough to be tried on each click.
pub const MAX_ALTERNATIVES: usize = 64;

/// Most elements of which a selector may speak, one around the other.
///
/// Judgement (November 2026): more than developer tools copy of the deepest pages. The tracker matches them by recursion,
/// on a stack of 32 KiB.
pub const MAX_DEPTH: usize = 64;

/// The kind of a part, and its value.
pub fn kind(part: &str) -> (char, &str) {
    let mut rest = part.chars();
    (rest.next().unwrap_or(PART), rest.as_str())
}

/// Whether `text` fits `wanted`, compared in the way that `how` says.
///
/// `=` the same, `%` with `*` for anything, `*` holds it, `^` begins with it, `$` ends with it, `~` one of its words,
/// `|` begins with it and nothing or a hyphen follows, `?` anything. Nothing fits in a way that is not known.
pub fn accepts(how: char, wanted: &str, text: &str) -> bool {
    match how {
        '=' => text == wanted,
        '%' => wildcard(wanted.as_bytes(), text.as_bytes()),
        '~' => text.split_ascii_whitespace().any(|word| word == wanted),
        '|' => text.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
        '?' => true,
        // As in CSS, an empty text is the beginning, end or part of nothing.
        _ if wanted.is_empty() => false,
        '^' => text.starts_with(wanted),
        '$' => text.ends_with(wanted),
        '*' => contains(text, wanted),
        _ => false,
    }
}

/// Compiles a rule: one line, or one for each of its targets.
///
/// # Errors
///
/// Why its selector cannot be used.
pub fn compile(name: &EventName, trigger: &Trigger) -> Result<String, SelectorError> {
    match trigger {
        Trigger::VisitedUrl { pages } => {
            let mut line = String::new();
            push(&mut line, "v", name.as_str());
            push_pages(&mut line, pages);
            Ok(line)
        }
        Trigger::ClickedElement { pages, target, alternatives } => {
            let targets = [target].into_iter().chain(alternatives);
            let lines: Result<Vec<String>, _> = targets.map(|target| clicked(name, pages, target)).collect();
            Ok(lines?.join(&LINE.to_string()))
        }
    }
}

/// The line of a click on one target.
fn clicked(name: &EventName, pages: &[PagePattern], target: &Target) -> Result<String, SelectorError> {
    let mut line = String::new();
    push(&mut line, "c", name.as_str());
    push_pages(&mut line, pages);
    if let Some(TextRule { kind, value }) = target.text.as_ref().filter(|text| !text.fits_every_text()) {
        push(&mut line, &format!("\"{}", kind.sign()), value);
    }
    let alternatives = match &target.fingerprint {
        Some(fingerprint) => vec![fingerprint.compiled()],
        None => alternatives(&Selector::parse(&target.selector)?)?,
    };
    for alternative in alternatives {
        line.push(ALTERNATIVE);
        line.push_str(&alternative);
    }
    Ok(line)
}

impl TextRule {
    /// Whether an element's text, white space folded, is as it says.
    pub fn fits(&self, text: &str) -> bool {
        self.fits_every_text() || accepts(self.kind.sign(), &self.value, text)
    }

    /// Every text begins with nothing, and has nothing in it.
    fn fits_every_text(&self) -> bool {
        self.value.is_empty() && matches!(self.kind, Match::Prefix | Match::Contains)
    }
}

fn push_pages(line: &mut String, pages: &[PagePattern]) {
    for PagePattern { kind, value } in pages {
        push(line, &format!("@{}", kind.sign()), value);
    }
}

/// Appends a part of a head. There is no control character in an address, nor in a text with its white space folded: what
/// asks for one fits nothing, and may as well ask for something that is no separator.
fn push(line: &mut String, kind: &str, value: &str) {
    if !line.is_empty() {
        line.push(PART);
    }
    line.push_str(kind);
    line.extend(value.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }));
}

/// The alternatives of a selector, what stands in `:not(…)` unfolded.
fn alternatives(selector: &Selector) -> Result<Vec<String>, SelectorError> {
    let mut all = Vec::new();
    for Complex { subject, around } in &selector.alternatives {
        if around.len() >= MAX_DEPTH {
            return Err(SelectorError::TooMuch);
        }
        let mut begun = ways(subject, true)?;
        for (relation, compound) in around {
            let sign = match relation {
                Relation::Parent => ">",
                Relation::Ancestor => " ",
            };
            let mut outer = ways(compound, true)?;
            outer.iter_mut().for_each(|way| way.insert(0, sign.to_owned()));
            begun = product(&begun, &outer)?;
        }
        all.extend(begun.iter().map(|way| way.join("\t")));
    }
    if all.len() > MAX_ALTERNATIVES { Err(SelectorError::TooMuch) } else { Ok(all) }
}

/// Parts that hold together; none at all hold for everything.
type Way = Vec<String>;

/// The ways in which all conditions on an element can hold, or in which one of them does not.
fn ways(compound: &Compound, hold: bool) -> Result<Vec<Way>, SelectorError> {
    let mut all = if hold { vec![Way::new()] } else { Vec::new() };
    for condition in compound {
        let these = match condition {
            Condition::Tag(tag) => literal(hold, '<', tag),
            Condition::Id(id) => literal(hold, '#', id),
            Condition::Class(class) => literal(hold, '.', class),
            Condition::Attribute(name, test) => {
                let (how, value) = sign(test);
                literal(hold, how, &format!("{name}={value}"))
            }
            Condition::NthChild(n) => literal(hold, ':', &n.to_string()),
            Condition::NthOfType(n) => literal(hold, '/', &n.to_string()),
            Condition::Not(inner) => ways(inner, !hold)?,
        };
        if hold {
            all = product(&all, &these)?;
        } else {
            all.extend(these);
        }
    }
    Ok(all)
}

fn literal(holds: bool, kind: char, value: &str) -> Vec<Way> {
    let contrary = if holds { "" } else { "!" };
    vec![vec![format!("{contrary}{kind}{value}")]]
}

fn sign(test: &AttributeTest) -> (char, &str) {
    match test {
        AttributeTest::Present => ('?', ""),
        // The attribute as a path has it.
        AttributeTest::Equals(value) => ('[', value),
        AttributeTest::Word(value) => ('~', value),
        AttributeTest::Dash(value) => ('|', value),
        AttributeTest::Prefix(value) => ('^', value),
        AttributeTest::Suffix(value) => ('$', value),
        AttributeTest::Contains(value) => ('*', value),
    }
}

/// Each way of the one together with each of the other.
fn product(some: &[Way], others: &[Way]) -> Result<Vec<Way>, SelectorError> {
    if some.len() * others.len() > MAX_ALTERNATIVES {
        return Err(SelectorError::TooMuch);
    }
    Ok(some.iter().flat_map(|one| others.iter().map(move |other| [&one[..], &other[..]].concat())).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fingerprint::{Fingerprint, Kind, Signal, WHOLE};

    fn click(target: Target) -> Trigger {
        Trigger::ClickedElement { pages: Vec::new(), target, alternatives: Vec::new() }
    }

    fn selector(text: &str) -> Result<String, SelectorError> {
        let trigger = click(Target::of_selector(text));
        let line = compile(&EventName::known("bought"), &trigger)?;
        Ok(line.strip_prefix("cbought").expect("no page, no text").to_owned())
    }

    #[test]
    fn the_documented_example_is_what_comes_out() {
        let trigger = Trigger::ClickedElement {
            pages: vec![PagePattern { kind: Match::Wildcard, value: "/shop/*".to_owned() }],
            target: Target {
                text: Some(TextRule { kind: Match::Contains, value: "Buy".to_owned() }),
                ..Target::of_selector("#buy, main > a.button[target] b")
            },
            alternatives: Vec::new(),
        };
        assert_eq!(
            compile(&EventName::known("bought"), &trigger).as_deref(),
            Ok("cbought\t@%/shop/*\t\"*Buy\r#buy\r<b\t \t<a\t.button\t?target=\t>\t<main")
        );
        let pages = ["/cart", "/basket"]
            .map(|value| PagePattern { kind: Match::Exact, value: value.to_owned() })
            .to_vec();
        assert_eq!(
            compile(&EventName::known("viewed_cart"), &Trigger::VisitedUrl { pages }).as_deref(),
            Ok("vviewed_cart\t@=/cart\t@=/basket")
        );
    }

    #[test]
    fn each_target_has_a_line_of_its_own_and_a_fingerprint_goes_before_its_selector() {
        let signals = vec![Signal { kind: Kind::Text, value: "Buy".to_owned(), weight: WHOLE }];
        let fingerprint = Fingerprint { family: "control".to_owned(), threshold: 500, alike: 1, signals };
        let trigger = Trigger::ClickedElement {
            pages: vec![PagePattern { kind: Match::Exact, value: "/shop".to_owned() }],
            target: Target { fingerprint: Some(fingerprint), ..Target::of_selector("button:hover") },
            alternatives: vec![Target::of_selector("#buy")],
        };
        assert_eq!(
            compile(&EventName::known("bought"), &trigger).as_deref(),
            Ok("cbought\t@=/shop\r500%\tfcontrol\t1000TBuy\ncbought\t@=/shop\r#buy")
        );
    }

    #[test]
    fn a_not_is_unfolded_until_single_conditions_are_denied() {
        for (text, expected) in [
            ("*", "\r"),
            ("a:not(.b)", "\r<a\t!.b"),
            ("a:not(.b.c)", "\r<a\t!.b\r<a\t!.c"),
            ("a:not(:not(.b))", "\r<a\t.b"),
            ("a:not(.b:not([c]))", "\r<a\t!.b\r<a\t?c="),
            ("i a:not(#b.c)", "\r<a\t!#b\t \t<i\r<a\t!.c\t \t<i"),
            // What is not anything at all is nothing.
            ("a:not(*)", ""),
            ("a:not(*), b", "\r<b"),
        ] {
            assert_eq!(selector(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_asks_for_too_much_is_refused() {
        let doubled = |times| ["a", &":not(.b.c)".repeat(times)].concat();
        assert_eq!(selector(&doubled(6)).map(|line| line.matches(ALTERNATIVE).count()), Ok(MAX_ALTERNATIVES));
        assert_eq!(selector(&doubled(7)), Err(SelectorError::TooMuch));
        assert_eq!(selector(&format!("{}, i", doubled(6))), Err(SelectorError::TooMuch));
        assert!(selector(&"a ".repeat(MAX_DEPTH)).is_ok());
        assert_eq!(selector(&"a ".repeat(MAX_DEPTH + 1)), Err(SelectorError::TooMuch));
    }

    #[test]
    fn texts_are_compared_as_the_rule_says() {
        for (kind, value, text, expected) in [
            (Match::Exact, "Buy", "Buy", true),
            (Match::Exact, "Buy", "Buy now", false),
            (Match::Exact, "", "Buy", false),
            (Match::Prefix, "Buy", "Buy now", true),
            (Match::Prefix, "now", "Buy now", false),
            (Match::Prefix, "", "Buy", true),
            (Match::Contains, "now", "Buy now", true),
            (Match::Contains, "Now", "Buy now", false),
            (Match::Contains, "", "Buy", true),
            (Match::Wildcard, "Buy * now", "Buy 3 now", true),
            (Match::Wildcard, "Buy * now", "Buy now", false),
            (Match::Wildcard, "a*a", "a", false),
            (Match::Wildcard, "カート*", "カートに入れる", true),
        ] {
            let rule = TextRule { kind, value: value.to_owned() };
            assert_eq!(rule.fits(text), expected, "{kind:?} {value} on {text}");
        }
    }

    #[test]
    fn a_text_that_says_nothing_is_left_out() {
        for (kind, value, expected) in [
            (Match::Contains, "", "cbought\r<a"),
            (Match::Prefix, "", "cbought\r<a"),
            (Match::Exact, "", "cbought\t\"=\r<a"),
            (Match::Exact, "a\tb", "cbought\t\"=a\u{fffd}b\r<a"),
        ] {
            let text = Some(TextRule { kind, value: value.to_owned() });
            let trigger = click(Target { text, ..Target::of_selector("a") });
            assert_eq!(compile(&EventName::known("bought"), &trigger).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn texts_are_compared_as_in_css_and_as_in_patterns() {
        for (how, wanted, text, expected) in [
            ('=', "a", "a", true),
            ('=', "a", "ab", false),
            ('?', "", "", true),
            ('%', "/s*p", "/shop", true),
            ('~', "b", "a b", true),
            ('~', "b", "ab", false),
            ('|', "en", "en-GB", true),
            ('|', "en", "en", true),
            ('|', "en", "english", false),
            ('^', "/s", "/shop", true),
            ('^', "", "/shop", false),
            ('$', "op", "/shop", true),
            ('$', "", "/shop", false),
            ('*', "ho", "/shop", true),
            ('*', "oh", "/shop", false),
            ('*', "", "x", false),
            ('&', "x", "x", false),
        ] {
            assert_eq!(accepts(how, wanted, text), expected, "{how} {wanted} {text}");
        }
    }

    /// Reads an alternative back, as far as it has no contraries.
    fn read(alternative: &str) -> Complex {
        let mut compounds = vec![(Relation::Ancestor, Compound::new())];
        for part in alternative.split(PART).filter(|part| !part.is_empty()) {
            let (kind, value) = kind(part);
            let attribute = |test: fn(String) -> AttributeTest| {
                let (name, value) = value.split_once('=').expect("a name and a value");
                Condition::Attribute(name.to_owned(), test(value.to_owned()))
            };
            let number = || value.parse().expect("is a number");
            let condition = match kind {
                '>' | ' ' => {
                    let relation = if kind == '>' { Relation::Parent } else { Relation::Ancestor };
                    compounds.push((relation, Compound::new()));
                    continue;
                }
                '<' => Condition::Tag(value.to_owned()),
                '#' => Condition::Id(value.to_owned()),
                '.' => Condition::Class(value.to_owned()),
                '[' => attribute(AttributeTest::Equals),
                '?' => attribute(|_| AttributeTest::Present),
                '~' => attribute(AttributeTest::Word),
                '|' => attribute(AttributeTest::Dash),
                '^' => attribute(AttributeTest::Prefix),
                '$' => attribute(AttributeTest::Suffix),
                '*' => attribute(AttributeTest::Contains),
                ':' => Condition::NthChild(number()),
                '/' => Condition::NthOfType(number()),
                _ => panic!("unknown kind {kind}"),
            };
            compounds.last_mut().expect("has one").1.push(condition);
        }
        let (_, subject) = compounds.remove(0);
        Complex { subject, around: compounds }
    }

    fn condition() -> impl Strategy<Value = Condition> {
        // Any text but control characters, which the parser refuses.
        let text = || "[^\\pC]{1,6}";
        let test = (0..7, text()).prop_map(|(kind, value)| match kind {
            0 => AttributeTest::Present,
            1 => AttributeTest::Equals(value),
            2 => AttributeTest::Word(value),
            3 => AttributeTest::Dash(value),
            4 => AttributeTest::Prefix(value),
            5 => AttributeTest::Suffix(value),
            _ => AttributeTest::Contains(value),
        });
        prop_oneof![
            text().prop_map(Condition::Id),
            text().prop_map(Condition::Class),
            ("[a-z-]{1,6}", test).prop_map(|(name, test)| Condition::Attribute(name, test)),
            (1u32..9).prop_map(Condition::NthChild),
            (1u32..9).prop_map(Condition::NthOfType),
        ]
    }

    fn complex() -> impl Strategy<Value = Complex> {
        let compound = || {
            (proptest::option::of("[a-z]{1,4}"), prop::collection::vec(condition(), 0..4)).prop_map(
                |(tag, conditions)| {
                    tag.map(Condition::Tag).into_iter().chain(conditions).collect::<Compound>()
                },
            )
        };
        let relation = prop_oneof![Just(Relation::Parent), Just(Relation::Ancestor)];
        (compound(), prop::collection::vec((relation, compound()), 0..4))
            .prop_map(|(subject, around)| Complex { subject, around })
    }

    proptest! {
        #[test]
        fn what_is_compiled_reads_back_as_what_was_meant(complexes in prop::collection::vec(complex(), 1..4)) {
            let lines = alternatives(&Selector { alternatives: complexes.clone() }).expect("is not much");
            prop_assert_eq!(lines.iter().map(|line| read(line)).collect::<Vec<_>>(), complexes);
        }
    }
}
