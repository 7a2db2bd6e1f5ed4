//! Codeless events: which rules a page view or a click fulfils.
//!
//! The rules stay the text as which the collector compiled them ([`pugmark_protocol::compiled`]); nothing is made of it
//! when it arrives. At the first click on a page those of its lines that are about clicks there are filed: a selector under
//! its rarest token (an id, class, attribute, tag or place that the path must hold), so that a click looks only at the rules
//! whose token it brings, and no selector is read; a fingerprint under each of its signals, so that what an element brings
//! adds up to the scores of all fingerprints at once.
//!
//! A click brings its path: a line an element, from the innermost outwards, of the same parts as a compiled selector,
//! `<button`, `#buy`, `.button`, `[name=value`, and where it is asked for `:2` and `/1`, the places among all siblings and
//! among those of the same tag. After them stands what fingerprints are compared with, if any is about elements of this
//! family ([`pugmark_protocol::fingerprint`]). A control that is disabled has `!` before all others.

mod index;
mod matcher;

use pugmark_protocol::compiled::{ALTERNATIVE, LINE, PART, accepts, kind};
use pugmark_protocol::fingerprint::{PRIVATE, WHOLE, is_fingerprint, is_so, likeness};
use pugmark_protocol::name::EventName;
use pugmark_protocol::pattern::is_meant;

use crate::completion::Element;
use crate::input::Click;
use crate::near_miss::NearMiss;
use index::Index;

/// Stands among the interests when the edge is to count siblings.
const PLACES: &str = ":";

/// Stands before a family among the interests: of its elements the edge is to report what fingerprints are compared with.
const FAMILIES: &str = "=";

/// The interests while the rules are not known: every attribute, the places, and all that fingerprints speak of.
pub(crate) const EVERYTHING: &str = "*";

/// The site's rules.
#[derive(Debug)]
pub struct Rules {
    /// One a line.
    text: String,
    /// Those of the page on which there was a click last.
    index: Index,
    looked: Looked,
}

impl Rules {
    /// Takes rules as the collector compiled them, one a line.
    pub fn new(text: String) -> Self {
        Self { text, index: Index::default(), looked: Looked::default() }
    }

    /// What the edge is to report of each element of a click on the page at `url`: names of attributes, separated by
    /// tabs, a `:` among them if the places matter, and after a `=` each family of elements to observe for fingerprints. None
    /// if no rule is about clicks there.
    pub fn interests(&mut self, url: &str) -> Option<&str> {
        self.turn_to(url);
        (!self.index.is_empty()).then_some(&self.index.interests)
    }

    /// The events of a view of the page at `url`.
    pub fn of_visit(&self, url: &str) -> Vec<(EventName, Option<Element>)> {
        let mut events = Vec::new();
        for line in self.text.split(LINE) {
            if line.starts_with('v') && concerns(line, url) {
                events.push((EventName::of_rule(name(line)), None));
            }
        }
        events
    }

    /// Which elements of `path` some rule for the page at `url` means, whatever their text is: a `1` for each of them and
    /// a `0` for each other, none at all where some only come near. None if there is nothing to tell of the click.
    pub fn selected(&mut self, path: &str, url: &str) -> Option<String> {
        self.look(path, url);
        let Looked { meant, near, .. } = &self.looked;
        let mut marks = String::new();
        for place in 0..meant.iter().map(|selection| selection.place + 1).max().unwrap_or_default() {
            let is_meant = meant.iter().any(|selection| selection.place == place);
            marks.push(if is_meant { '1' } else { '0' });
        }
        let is_something = !meant.is_empty() || !near.is_empty();
        if !is_something {
            self.looked = Looked::default();
        }
        is_something.then_some(marks)
    }

    /// The events of a click, each with the element that counts: of those meant whose text fits, the innermost.
    pub fn of_click(&mut self, click: &Click, url: &str) -> Vec<(EventName, Option<Element>)> {
        self.look(&click.path, url);
        let mut events: Vec<(EventName, Option<Element>)> = Vec::new();
        // The next click looks anew.
        let looked = std::mem::take(&mut self.looked);
        for selection in &looked.meant {
            let Some(details) = click.details.split(LINE).nth(selection.place) else { continue };
            let line = self.line(selection.start);
            let is_known = events.last().is_some_and(|(event, _)| event.as_str() == name(line));
            let element = Element::read(details.to_owned()).with_score(selection.score);
            if !is_known && wants_text(line, element.text()) {
                events.push((EventName::of_rule(name(line)), Some(element)));
            }
        }
        events
    }

    /// Of the elements of a click that come near what a fingerprint means, without being meant by any rule of that event,
    /// the one that comes nearest.
    pub fn near_miss(&mut self, click: &Click, url: &str) -> Option<NearMiss> {
        self.look(&click.path, url);
        let Looked { meant, near, .. } = &self.looked;
        let mut nearest: Option<&Selection> = None;
        for selection in near {
            if nearest.is_some_and(|nearest| nearest.score >= selection.score) {
                continue;
            }
            let event = name(self.line(selection.start));
            if !meant.iter().any(|other| name(self.line(other.start)) == event) {
                nearest = Some(selection);
            }
        }
        let Selection { start, place, score } = nearest?;
        let observed = matcher::observed(click.path.split(LINE).nth(*place)?).to_owned();
        if is_so(PRIVATE, &observed) {
            return None;
        }
        Some(NearMiss { name: EventName::of_rule(name(self.line(*start))), score: *score, observed })
    }

    /// Compares a click along `path` with the rules for `url`, once.
    fn look(&mut self, path: &str, url: &str) {
        self.turn_to(url);
        if self.looked.path == path {
            return;
        }
        let mut looked = Looked { path: path.to_owned(), ..Looked::default() };
        let mut elements: Vec<&str> = path.split(LINE).collect();
        let whole = elements.clone();
        // What lies inside a disabled control does nothing, and nor does the control.
        elements
            .truncate(elements.iter().position(|element| element.starts_with('!')).unwrap_or(elements.len()));
        for start in self.index.candidates(path) {
            let line = self.line(start);
            for place in 0..elements.len() {
                if matcher::selects(line, &whole, place) {
                    looked.meant.push(Selection { start, place, score: WHOLE });
                }
            }
        }
        for (place, element) in elements.iter().enumerate() {
            let observed = matcher::observed(element);
            for (start, likeness) in self.index.scores(observed) {
                let selection = Selection { start, place, score: likeness.score };
                if !likeness.is_meant() {
                    looked.near.push(selection);
                } else if self.is_like(start, observed) {
                    looked.enter(selection);
                }
            }
        }
        self.looked = looked;
    }

    /// Whether the fingerprint of a rule means an observed element: letter by letter, where scores go by hashes.
    fn is_like(&self, start: usize, observed: &str) -> bool {
        let mut alternatives = self.line(start).split(ALTERNATIVE).skip(1);
        alternatives.any(|compiled| is_fingerprint(compiled) && likeness(compiled, observed).is_meant())
    }

    /// The line that begins at a place in the text.
    fn line(&self, start: usize) -> &str {
        self.text.get(start..).and_then(|text| text.split(LINE).next()).unwrap_or_default()
    }

    /// Sees to it that the index is that of the page at `url`.
    fn turn_to(&mut self, url: &str) {
        if self.index.url != url {
            self.index = Index::build(&self.text, url);
            self.looked = Looked::default();
        }
    }
}

/// What was found along the path of the last click: it is asked for when the click is read, and again when it is recorded.
#[derive(Debug, Default)]
struct Looked {
    path: String,
    /// In the order of the rules, innermost first.
    meant: Vec<Selection>,
    near: Vec<Selection>,
}

impl Looked {
    /// Enters what is meant, in its order. There are few.
    fn enter(&mut self, selection: Selection) {
        let key = |selection: &Selection| (selection.start, selection.place);
        let after = self.meant.iter().position(|other| key(other) > key(&selection));
        self.meant.insert(after.unwrap_or(self.meant.len()), selection);
    }
}

/// An element of a click's path and a rule.
#[derive(Debug)]
struct Selection {
    /// Where the rule begins in the text.
    start: usize,
    /// Where in the path the element is.
    place: usize,
    score: u32,
}

fn head(line: &str) -> std::str::Split<'_, char> {
    let head = line.split_once(ALTERNATIVE).map_or(line, |(head, _)| head);
    head.split(PART)
}

/// The event that a rule is about.
fn name(line: &str) -> &str {
    head(line).next().map_or("", |first| kind(first).1)
}

/// Whether a rule is about the page at `url`.
fn concerns(line: &str, url: &str) -> bool {
    let mut everywhere = true;
    for part in head(line) {
        if let ('@', page) = kind(part) {
            let (how, value) = kind(page);
            if is_meant(how, value, url) {
                return true;
            }
            everywhere = false;
        }
    }
    everywhere
}

/// Whether a rule is content with the text of the element it selects.
fn wants_text(line: &str, text: &str) -> bool {
    head(line).all(|part| match kind(part) {
        ('"', test) => {
            let (how, wanted) = kind(test);
            accepts(how, wanted, text)
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::compiled::compile;
    use pugmark_protocol::definition::{Target, TextRule, Trigger};
    use pugmark_protocol::pattern::{Match, PagePattern};

    use super::*;

    const SHOP: &str = "https://x.example/shop/boots";

    /// `span` in `button#buy.btn.big` in `li.card` in `main`.
    const PATH: &str = "<span\n<button\t#buy\t.btn\t.big\n<li\t.card\n<main";

    fn clicked(name: &str, selector: &str, text: Option<&str>, page: Option<&str>) -> String {
        let pages = page.map(|value| PagePattern { kind: Match::Wildcard, value: value.to_owned() });
        let trigger = Trigger::ClickedElement {
            pages: pages.into_iter().collect(),
            target: Target {
                text: text.map(|value| TextRule { kind: Match::Contains, value: value.to_owned() }),
                ..Target::of_selector(selector)
            },
            alternatives: Vec::new(),
        };
        compile(&EventName::parse(name).expect("is well-formed"), &trigger).expect("is supported")
    }

    fn rules(lines: &[String]) -> Rules {
        Rules::new(lines.join("\n"))
    }

    fn names(rules: &mut Rules, path: &str, text: &str, url: &str) -> Vec<String> {
        let details = [text; 4].join("\n");
        let events = rules.of_click(&Click { path: path.to_owned(), details }, url);
        events.into_iter().map(|(name, _)| name.as_str().to_owned()).collect()
    }

    #[test]
    fn a_click_on_a_child_counts_for_the_button() {
        let mut rules = rules(&[clicked("bought", "#buy", None, None)]);
        assert_eq!(rules.selected(PATH, SHOP).as_deref(), Some("01"));
        assert_eq!(names(&mut rules, PATH, "Buy", SHOP), ["bought"]);
    }

    #[test]
    fn the_page_and_the_text_must_fit() {
        let mut rules = rules(&[clicked("bought", ".btn", Some("Buy"), Some("/shop/*"))]);
        assert_eq!(names(&mut rules, PATH, "Buy now", SHOP), ["bought"]);
        assert!(names(&mut rules, PATH, "Sell", SHOP).is_empty());
        assert!(names(&mut rules, PATH, "Buy now", "https://x.example/about").is_empty());
        assert_eq!(names(&mut rules, PATH, "Buy now", SHOP), ["bought"], "after coming back");
    }

    #[test]
    fn a_disabled_control_does_nothing() {
        let disabled = PATH.replace("<button", "!\t<button");
        let mut rules =
            rules(&["#buy", ".card", "span"].map(|selector| clicked("name", selector, None, None)));
        assert_eq!(rules.selected(PATH, SHOP).as_deref(), Some("111"));
        assert_eq!(rules.selected(&disabled, SHOP).as_deref(), Some("1"));
        assert_eq!(rules.selected(&disabled.replace("<span\n", ""), SHOP), None);
    }

    #[test]
    fn one_click_may_be_several_events_but_each_only_once() {
        let mut rules = rules(&[
            clicked("bought", "#buy, .btn, button, main", None, None),
            clicked("card", "li.card", None, None),
            clicked("other", "#sell", None, None),
        ]);
        assert_eq!(names(&mut rules, PATH, "", SHOP), ["bought", "card"]);
    }

    #[test]
    fn of_nested_elements_the_innermost_whose_text_fits_counts() {
        let path = PATH.replace(".card", ".card\t.btn");
        let mut rules = rules(&[clicked("bought", ".btn", Some("outer"), None)]);
        let details = "\ninner\nouter".to_owned();

        assert_eq!(rules.selected(&path, SHOP).as_deref(), Some("011"));
        let events = rules.of_click(&Click { path: path.clone(), details }, SHOP);
        assert_eq!(events[0].1, Some(Element::read("outer".to_owned())));
        let unread = Click { path, details: "\ninner".to_owned() };
        assert!(rules.of_click(&unread, SHOP).is_empty(), "the outer one was not read");
    }

    #[test]
    fn the_edge_is_told_what_to_look_at() {
        let interests = |lines: &[String]| rules(lines).interests(SHOP).map(str::to_owned);
        let lines = [
            clicked("a", "[data-x=y] a:not([href])", None, None),
            clicked("b", "li:nth-child(2)[href]", None, None),
        ];
        assert_eq!(interests(&lines).as_deref(), Some("\thref\tdata-x\t:"));
        assert_eq!(interests(&[clicked("a", "#buy", None, None)]).as_deref(), Some(""));
        assert_eq!(interests(&[clicked("a", "#buy", None, Some("/other"))]), None);
        assert_eq!(interests(&[]), None);
    }

    #[test]
    fn visits_match_by_page() {
        let rules =
            Rules::new("vviewed_boots\t@=/shop/boots\nvviewed\t@^/shop\nvother\t@&/shop/boots".to_owned());
        let names =
            |url| rules.of_visit(url).iter().map(|(name, _)| name.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(SHOP), ["viewed_boots", "viewed"]);
        assert!(names("https://x.example/").is_empty());
    }
}
