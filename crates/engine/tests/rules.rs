//! Compiled rules and the index, against a plain reading of the parsed selectors.

use proptest::prelude::*;
use pugmark_engine::input::Click;
use pugmark_engine::rules::Rules;
use pugmark_protocol::compiled::compile;
use pugmark_protocol::definition::{Target, Trigger};
use pugmark_protocol::name::EventName;
use pugmark_protocol::selector::{AttributeTest, Compound, Condition, Relation, Selector};

const URL: &str = "https://x.example/";

/// An element of a path.
#[derive(Clone, Debug)]
struct Node {
    tag: &'static str,
    id: String,
    classes: Vec<String>,
    x: Option<String>,
    places: (u32, u32),
}

impl Node {
    fn line(&self) -> String {
        let mut parts = vec![format!("<{}", self.tag)];
        parts.extend((!self.id.is_empty()).then(|| format!("#{}", self.id)));
        parts.extend(self.classes.iter().map(|class| format!(".{class}")));
        parts.extend(self.x.iter().map(|value| format!("[x={value}")));
        parts.push(format!(":{}\t/{}", self.places.0, self.places.1));
        parts.join("\t")
    }

    fn fulfils(&self, compound: &Compound) -> bool {
        compound.iter().all(|condition| match condition {
            Condition::Tag(tag) => self.tag == tag,
            Condition::Id(id) => self.id == *id,
            Condition::Class(class) => self.classes.contains(class),
            Condition::Attribute(name, test) => {
                name == "x" && self.x.as_ref().is_some_and(|value| passes(test, value))
            }
            Condition::NthChild(n) => self.places.0 == *n,
            Condition::NthOfType(n) => self.places.1 == *n,
            Condition::Not(inner) => !self.fulfils(inner),
        })
    }
}

fn passes(test: &AttributeTest, value: &str) -> bool {
    match test {
        AttributeTest::Present => true,
        AttributeTest::Equals(wanted) => value == wanted,
        AttributeTest::Word(wanted) => value.split(' ').any(|word| !word.is_empty() && word == wanted),
        AttributeTest::Dash(wanted) => value == wanted || value.starts_with(&format!("{wanted}-")),
        AttributeTest::Prefix(wanted) => !wanted.is_empty() && value.starts_with(wanted),
        AttributeTest::Suffix(wanted) => !wanted.is_empty() && value.ends_with(wanted),
        AttributeTest::Contains(wanted) => !wanted.is_empty() && value.contains(wanted),
    }
}

/// Whether `around` can stand in `path`, nearest first, by trying everything.
fn stands(around: &[(Relation, Compound)], path: &[Node]) -> bool {
    let Some(((relation, compound), further)) = around.split_first() else { return true };
    let reach = if *relation == Relation::Parent { 1 } else { path.len() };
    (0..reach.min(path.len())).any(|i| path[i].fulfils(compound) && stands(further, &path[i + 1..]))
}

fn innermost(selector: &str, path: &[Node]) -> Option<usize> {
    let selector = Selector::parse(selector).expect("is supported");
    (0..path.len()).find(|&i| {
        let fits = |complex: &pugmark_protocol::selector::Complex| {
            path[i].fulfils(&complex.subject) && stands(&complex.around, &path[i + 1..])
        };
        selector.alternatives.iter().any(fits)
    })
}

fn node() -> impl Strategy<Value = Node> {
    let value = prop::sample::select(vec!["", "a", "b", "a-b", "a b", "ba"]).prop_map(str::to_owned);
    let classes = prop::collection::vec("[ab]", 0..3);
    (prop::sample::select(vec!["a", "b"]), "[ab]?", classes, prop::option::of(value), 1u32..4, 1u32..3)
        .prop_map(|(tag, id, classes, x, child, of_type)| Node {
            tag,
            id,
            classes,
            x,
            places: (child, of_type),
        })
}

fn compound() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(vec!["", "", "*", "a", "b"]);
    let condition = prop::sample::select(vec![
        "#a",
        "#b",
        ".a",
        ".b",
        "[x]",
        "[x=a]",
        "[x='']",
        "[x^=a]",
        "[x$=b]",
        "[x*='-']",
        "[x~=b]",
        "[x|=a]",
        "[y]",
        ":nth-child(2)",
        ":nth-of-type(1)",
        ":first-child",
        ":not(.a)",
        ":not(a.b)",
        ":not(:not(#a))",
        ":not(.a:not(#b))",
        ":not(*)",
    ]);
    (tag, prop::collection::vec(condition, 0..3)).prop_map(|(tag, conditions)| {
        let text = [tag, &conditions.concat()].concat();
        if text.is_empty() { "*".to_owned() } else { text }
    })
}

fn selector() -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec![" ", " ", " > ", ", "]);
    (compound(), prop::collection::vec((separator, compound()), 0..5)).prop_map(|(first, rest)| {
        rest.into_iter().fold(first, |text, (sign, compound)| text + sign + &compound)
    })
}

proptest! {
    #[test]
    fn a_click_fulfils_what_a_plain_search_finds(
        selectors in prop::collection::vec(selector(), 1..40),
        path in prop::collection::vec(node(), 1..7),
    ) {
        let line = |(number, selector): (usize, &String)| {
            let name = EventName::parse(&format!("n{number}")).expect("is well-formed");
            let trigger = Trigger::ClickedElement { pages: Vec::new(), target: Target::of_selector(selector), alternatives: Vec::new() };
            compile(&name, &trigger).expect("is supported")
        };
        let mut rules = Rules::new(selectors.iter().enumerate().map(line).collect::<Vec<_>>().join("\n"));
        let expected: Vec<(String, usize)> = selectors
            .iter()
            .enumerate()
            .filter_map(|(number, selector)| Some((format!("n{number}"), innermost(selector, &path)?)))
            .collect();

        let lines: Vec<String> = path.iter().map(Node::line).collect();
        let places: Vec<String> = (0..path.len()).map(|place| place.to_string()).collect();
        let click = Click { path: lines.join("\n"), details: places.join("\n") };
        let found: Vec<(String, usize)> = rules
            .of_click(&click, URL)
            .into_iter()
            .map(|(name, element)| (name.as_str().to_owned(), element.expect("was clicked").text().parse().expect("is one")))
            .collect();
        prop_assert_eq!(found, expected, "{:?}", selectors);
    }

    #[test]
    fn no_text_whatever_makes_it_stumble(rules in "[\\t\\r\\n<#.@!:=c >ab*]{0,60}", path in "[\\t\\n<#.=:a]{0,60}", any in any::<String>()) {
        for text in [&rules, &any] {
            let mut rules = Rules::new(text.clone());
            rules.interests(URL);
            rules.of_visit(URL);
            for path in [&path, &any] {
                rules.selected(path, URL);
                rules.of_click(&Click { path: path.clone(), details: any.clone() }, URL);
            }
        }
    }
}

#[test]
fn a_selector_of_many_ancestors_is_answered_at_once() {
    // There are billions of ways to place the twelve among the forty, and no use in trying a second one.
    let selector = ["u ", &"b ".repeat(12), "i"].concat();
    let trigger = Trigger::ClickedElement {
        pages: Vec::new(),
        target: Target::of_selector(selector),
        alternatives: Vec::new(),
    };
    let mut rules = Rules::new(compile(&EventName::known("clicked"), &trigger).expect("is supported"));
    let around = |outermost| ["<i\n", &"<b\n".repeat(40), outermost, "\n<u"].concat();

    assert_eq!(rules.selected(&around("<u"), URL).as_deref(), Some("1"));
    assert_eq!(rules.selected(&around("<b").replace("\n<u", ""), URL), None);
}
