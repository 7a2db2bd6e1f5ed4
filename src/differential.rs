//! Rules as the tracker matches them, compared with what the browser's own `matches` says: random trees, random selectors
//! of everything that is supported, real events.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use pugmark_engine::input::Click;
use pugmark_engine::rules::Rules;
use pugmark_protocol::compiled::compile;
use pugmark_protocol::definition::{Target, Trigger};
use pugmark_protocol::name::EventName;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Document, Element, Event, EventInit, Node, ShadowRootInit, ShadowRootMode};

use crate::click;

/// A kind of event that nobody but this test listens to.
const KIND: &str = "differential";

const TREES: u32 = 60;
const SELECTORS: usize = 40;
const CLICKS: usize = 8;

/// Chance that can be repeated: xorshift.
struct Chance(u32);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % limit
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const TAGS: [&str; 6] = ["div", "ul", "li", "a", "b", "form"];
const IDS: [&str; 4] = ["i", "j", "i-1", "größe"];
const CLASSES: [&str; 5] = ["c", "d", "e", "md:flex", "c-d"];
const NAMES: [&str; 4] = ["data-x", "title", "href", "id"];
const VALUES: [&str; 9] = ["", "a", "a b", "b", "a-b", "b a", "/a/b", "a=b", "größe"];

fn grow(
    document: &Document,
    chance: &mut Chance,
    depth: usize,
    shadows: bool,
    all: &mut Vec<Element>,
) -> Element {
    let element = document.create_element(chance.pick(&TAGS)).expect("is a tag");
    let set = |name: &str, value: &str| element.set_attribute(name, value).expect("is a name");
    if chance.one_in(3) {
        set("id", chance.pick(&IDS));
    }
    let classes: Vec<&str> = (0..chance.below(3)).map(|_| chance.pick(&CLASSES)).collect();
    set("class", &classes.join(chance.pick(&[" ", "\n", "\t ", "\u{c}"])));
    for name in &NAMES[..3] {
        if chance.one_in(3) {
            let value = chance.pick(&VALUES);
            // A line break in a value is matched by no selector but by those that ask for a part of it.
            set(
                name,
                &if chance.one_in(6) {
                    [value, "\n", chance.pick(&VALUES)].concat()
                } else {
                    value.to_owned()
                },
            );
        }
    }
    let inside: Node = if shadows && element.tag_name() == "DIV" && chance.one_in(3) {
        element.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).expect("a div can").into()
    } else {
        element.clone().into()
    };
    if depth > 0 {
        for _ in 0..1 + chance.below(4) {
            let child = grow(document, chance, depth - 1, shadows, all);
            inside.append_child(&child).expect("is no ancestor");
        }
    }
    all.push(element.clone());
    element
}

fn escaped(name: &str) -> String {
    name.replace(':', "\\:")
}

fn compound(chance: &mut Chance, nesting: usize) -> String {
    let mut text = String::new();
    if chance.one_in(2) {
        text += chance.pick(&["*", "div", "UL", "li", "a", "b", "form"]);
    }
    if chance.one_in(6) {
        text = [&text, "#", &escaped(chance.pick(&IDS))].concat();
    }
    while chance.one_in(3) {
        text = [&text, ".", &escaped(chance.pick(&CLASSES))].concat();
    }
    if chance.one_in(4) {
        let test = chance.pick(&["", "=", "~=", "|=", "^=", "$=", "*="]);
        let value = if test.is_empty() { String::new() } else { ["\"", chance.pick(&VALUES), "\""].concat() };
        text = [&text, "[", chance.pick(&NAMES), test, &value, "]"].concat();
    }
    if chance.one_in(6) {
        let number = (1 + chance.below(4)).to_string();
        text += &match chance.below(4) {
            0 => ":first-child".to_owned(),
            1 => ":first-of-type".to_owned(),
            2 => [":nth-child(", &number, ")"].concat(),
            _ => [":nth-of-type(", &number, ")"].concat(),
        };
    }
    if nesting > 0 && chance.one_in(5) {
        text = [&text, ":not(", &compound(chance, nesting - 1), ")"].concat();
    }
    if text.is_empty() { "*".to_owned() } else { text }
}

fn selector(chance: &mut Chance) -> String {
    let mut text = compound(chance, 2);
    while chance.one_in(2) {
        text = [&text, chance.pick(&[" ", " ", ">", " > ", ", "]), &compound(chance, 2)].concat();
    }
    text
}

/// Per selector, the innermost element of the path that it selects.
type Answers = Vec<Option<usize>>;

fn of_the_tracker(path: &[Element], rules: &mut Rules) -> Answers {
    let interests = rules.interests("https://x.example/").map(str::to_owned).unwrap_or_default();
    let path: Array = path.iter().collect();
    let path = click::lines(&path, &interests).expect("nothing is thrown");
    let places: Vec<String> = (0..path.split('\n').count()).map(|place| place.to_string()).collect();
    let click = Click { path, details: places.join("\n") };
    let mut answers = vec![None; SELECTORS];
    for (name, element) in rules.of_click(&click, "https://x.example/") {
        let number: usize = name.as_str()[1..].parse().expect("is a number");
        answers[number] = element.and_then(|element| element.text().parse().ok());
    }
    answers
}

fn of_the_browser(path: &[Element], selectors: &[String]) -> Answers {
    let innermost = |selector: &String| {
        path.iter().position(|element| element.matches(selector).expect("browsers support what we support"))
    };
    selectors.iter().map(innermost).collect()
}

/// Compares the two for clicks in a random tree.
///
/// A selector of the page sees nothing of what surrounds a shadow root, a rule does: there the tracker must find at least
/// what the browser finds.
///
/// Gives how often the browser found something: where it never does, nothing is compared.
fn compare(seed: u32, shadows: bool) -> usize {
    let document = web_sys::window().and_then(|window| window.document()).expect("tests run in a page");
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9) | 1);
    let mut all = Vec::new();
    let tree = grow(&document, &mut chance, 4, shadows, &mut all);
    document.body().expect("has one").append_child(&tree).expect("can");

    let selectors: Vec<String> = (0..SELECTORS).map(|_| selector(&mut chance)).collect();
    let lines = selectors.iter().enumerate().map(|(number, selector)| {
        let name = EventName::parse(&["n", &number.to_string()].concat()).expect("is well-formed");
        let trigger = Trigger::ClickedElement {
            pages: Vec::new(),
            target: Target::of_selector(selector),
            alternatives: Vec::new(),
        };
        compile(&name, &trigger).unwrap_or_else(|error| panic!("seed {seed}: {selector}: {error}"))
    });
    let mut rules = Rules::new(lines.collect::<Vec<_>>().join("\n"));

    let heard = Rc::new(RefCell::new(None));
    let told = Rc::clone(&heard);
    let mut found = 0;
    let hear = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let path: Array = event.composed_path();
        let elements: Vec<Element> = path.iter().filter_map(|node| node.dyn_into().ok()).collect();
        *told.borrow_mut() = Some(elements);
    });
    let window = web_sys::window().expect("tests run in a page");
    let hearing = hear.as_ref().unchecked_ref();
    window.add_event_listener_with_callback_and_bool(KIND, hearing, true).expect("can");
    for _ in 0..CLICKS {
        let target = &all[chance.below(all.len())];
        let init = EventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        let event = Event::new_with_event_init_dict(KIND, &init).expect("can be made");
        target.dispatch_event(&event).expect("it is new");
        let path: Vec<Element> = heard.borrow_mut().take().expect("it was heard");

        let ours = of_the_tracker(&path, &mut rules);
        let theirs = of_the_browser(&path, &selectors);
        for (number, selector) in selectors.iter().enumerate() {
            let (ours, theirs) = (ours[number], theirs[number]);
            found += usize::from(theirs.is_some());
            let agrees = if shadows { ours <= theirs || theirs.is_none() } else { ours == theirs };
            let agrees = agrees && (theirs.is_none() || ours.is_some());
            assert!(
                agrees,
                "seed {seed}: {selector}: ours {ours:?}, the browser's {theirs:?}\n{}",
                tree.outer_html()
            );
        }
    }
    window.remove_event_listener_with_callback_and_bool(KIND, hearing, true).expect("can");
    tree.remove();
    found
}

/// Compares in many trees.
fn compare_all(shadows: bool) {
    let found: usize = (1..=TREES).map(|seed| compare(seed, shadows)).sum();
    let asked = TREES as usize * CLICKS * SELECTORS;
    assert!(found * 10 > asked, "of {asked} selectors only {found} select something");
}

#[wasm_bindgen_test]
fn rules_select_what_the_browser_selects() {
    compare_all(false);
}

#[wasm_bindgen_test]
fn through_shadow_roots_rules_select_at_least_what_the_browser_selects() {
    compare_all(true);
}
