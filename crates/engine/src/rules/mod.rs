//! Codeless events: which rules a page view or a click fulfils.
//!
//! The rules stay the text as which the collector compiled them ([`pugmark_protocol::compiled`]); nothing is made of it
//! when it arrives. At the first click on a page those of its lines that are about clicks there are filed, each under
//! the rarest token of its selector (an id, class, attribute, tag or place that the path must hold), so that a click
//! looks only at the rules whose token it brings, and no selector is read.
//!
//! A click brings its path: a line an element, from the innermost outwards, of the same parts as a compiled selector,
//! `<button`, `#buy`, `.button`, `[name=value`, and where it is asked for `:2` and `/1`, the places among all siblings and
//! among those of the same tag. A control that is disabled has `!` before all others.

mod index;
mod matcher;

use pugmark_protocol::compiled::{ALTERNATIVE, LINE, PART, accepts, kind};
use pugmark_protocol::name::EventName;
use pugmark_protocol::pattern::is_meant;

use crate::completion::Element;
use index::Index;

/// Stands among the interests when the edge is to count siblings.
const PLACES: &str = ":";

/// The interests while the rules are not known: every attribute, and the places.
pub(crate) const EVERYTHING: &str = "*";

/// The site's rules.
#[derive(Debug)]
pub struct Rules {
    /// One a line.
    text: String,
    /// Those of the page on which there was a click last.
    index: Option<Index>,
}

impl Rules {
    /// Takes rules as the collector compiled them, one a line.
    pub fn new(text: String) -> Self {
        Self { text, index: None }
    }

    /// What the edge is to report of each element of a click on the page at `url`: names of attributes, separated by
    /// tabs, and a `:` among them if the places matter. None if no rule is about clicks there.
    pub fn interests(&mut self, url: &str) -> Option<&str> {
        let (_, index) = self.of_page(url);
        (!index.is_empty()).then_some(&index.interests)
    }

    /// The events of a view of the page at `url`.
    pub fn of_visit(&self, url: &str) -> Vec<EventName> {
        let meant = self.text.split(LINE).filter(|line| line.starts_with('v') && concerns(line, url));
        meant.map(name).collect()
    }

    /// The places in `path` of elements that some rule for the page at `url` selects, whatever their text is.
    pub fn selected(&mut self, path: &str, url: &str) -> Vec<usize> {
        let mut places = Vec::new();
        self.each_selected(path, url, &mut |_, place| {
            if !places.contains(&place) {
                places.push(place);
            }
            false
        });
        places
    }

    /// The events of a click, each with the element that counts: of those selected whose text fits, the innermost.
    pub fn of_click<'a>(
        &mut self,
        path: &str,
        details: &'a [(usize, Element)],
        url: &str,
    ) -> Vec<(EventName, &'a Element)> {
        let mut events = Vec::new();
        self.each_selected(path, url, &mut |line, place| {
            let Some((_, element)) = details.iter().find(|(known, _)| *known == place) else { return false };
            let fits = wants_text(line, element.text());
            if fits {
                events.push((name(line), element));
            }
            fits
        });
        events
    }

    /// Calls `found` with every rule for `url` and the places it selects, innermost first, until `found` says that it
    /// is satisfied with this rule.
    fn each_selected(&mut self, path: &str, url: &str, found: &mut dyn FnMut(&str, usize) -> bool) {
        let elements: Vec<&str> = path.split(LINE).collect();
        // What lies inside a disabled control does nothing, and nor does the control.
        let disabled = elements.iter().position(|element| element.starts_with('!'));
        let (text, index) = self.of_page(url);
        for line in index.candidates(text, path) {
            for place in 0..disabled.unwrap_or(elements.len()) {
                if matcher::selects(line, &elements, place) && found(line, place) {
                    break;
                }
            }
        }
    }

    /// The text, and the index of the page at `url`.
    fn of_page(&mut self, url: &str) -> (&str, &Index) {
        let index = self.index.take().filter(|index| index.url == url);
        let index = self.index.insert(index.unwrap_or_else(|| Index::build(&self.text, url)));
        (&self.text, index)
    }
}

fn head(line: &str) -> std::str::Split<'_, char> {
    let head = line.split_once(ALTERNATIVE).map_or(line, |(head, _)| head);
    head.split(PART)
}

/// The event that a rule is about.
fn name(line: &str) -> EventName {
    EventName::of_rule(head(line).next().map_or("", |first| kind(first).1))
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
    use pugmark_protocol::definition::{TextRule, Trigger};
    use pugmark_protocol::pattern::{Match, PagePattern};

    use super::*;

    const SHOP: &str = "https://x.example/shop/boots";

    /// `span` in `button#buy.btn.big` in `li.card` in `main`.
    const PATH: &str = "<span\n<button\t#buy\t.btn\t.big\n<li\t.card\n<main";

    fn clicked(name: &str, selector: &str, text: Option<&str>, page: Option<&str>) -> String {
        let pages = page.map(|value| PagePattern { kind: Match::Wildcard, value: value.to_owned() });
        let trigger = Trigger::ClickedElement {
            pages: pages.into_iter().collect(),
            selector: selector.to_owned(),
            text: text.map(|value| TextRule { kind: Match::Contains, value: value.to_owned() }),
        };
        compile(&EventName::parse(name).expect("is well-formed"), &trigger).expect("is supported")
    }

    fn rules(lines: &[String]) -> Rules {
        Rules::new(lines.join("\n"))
    }

    fn names(rules: &mut Rules, path: &str, text: &str, url: &str) -> Vec<String> {
        let places = rules.selected(path, url).into_iter();
        let details: Vec<_> = places.map(|place| (place, Element::read(text.to_owned()))).collect();
        rules.of_click(path, &details, url).into_iter().map(|(name, _)| name.as_str().to_owned()).collect()
    }

    #[test]
    fn a_click_on_a_child_counts_for_the_button() {
        let mut rules = rules(&[clicked("bought", "#buy", None, None)]);
        assert_eq!(rules.selected(PATH, SHOP), [1]);
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
        assert_eq!(rules.selected(PATH, SHOP), [1, 2, 0]);
        assert_eq!(rules.selected(&disabled, SHOP), [0]);
    }

    #[test]
    fn one_click_may_be_several_events_but_each_only_once() {
        let mut rules = rules(&[
            clicked("bought", "#buy, .btn, button", None, None),
            clicked("card", "li.card", None, None),
            clicked("other", "#sell", None, None),
        ]);
        assert_eq!(names(&mut rules, PATH, "", SHOP), ["bought", "card"]);
    }

    #[test]
    fn of_nested_elements_the_innermost_whose_text_fits_counts() {
        let path = PATH.replace(".card", ".card\t.btn");
        let mut rules = rules(&[clicked("bought", ".btn", Some("outer"), None)]);
        let details = [(1, Element::read("inner".to_owned())), (2, Element::read("outer".to_owned()))];

        assert_eq!(rules.selected(&path, SHOP), [1, 2]);
        assert_eq!(rules.of_click(&path, &details, SHOP)[0].1, &details[1].1);
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
        let names = |url| rules.of_visit(url).iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(SHOP), ["viewed_boots", "viewed"]);
        assert!(names("https://x.example/").is_empty());
    }
}
