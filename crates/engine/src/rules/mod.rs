//! Codeless events: which rules a page view or a click fulfils.
//!
//! Rules are compiled when they arrive. A click brings the path from the innermost element outwards; each rule is
//! filed under its rarest token (an id, class, attribute value or tag that the path must hold), so that a click looks
//! only at the rules whose token it brings, and no selector text is read per click.

mod index;
mod matcher;

use pugmark_protocol::definition::{Rule, TextRule, Trigger};
use pugmark_protocol::name::EventName;
use pugmark_protocol::pattern::PagePattern;
use pugmark_protocol::selector::{AttributeTest, Complex, Compound, Condition, Selector};

use crate::completion::Element;
use index::Index;

/// What a selector may ask about one element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElementFacts {
    /// The tag, in lower case.
    pub tag: String,
    /// The id.
    pub id: String,
    /// The classes, separated by white space.
    pub class: String,
    /// Those of [`Rules::attributes`] that it has, with their values.
    pub attributes: Vec<(String, String)>,
    /// Its place among all siblings and among those of its tag, from 1; zeros unless [`Rules::needs_places`].
    pub place: (u32, u32),
    /// Whether it is a control that is disabled.
    pub disabled: bool,
}

/// The site's rules, ready for use.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    visits: Vec<(EventName, Vec<PagePattern>)>,
    clicks: Vec<ClickRule>,
    index: Index,
    attributes: Vec<String>,
    needs_places: bool,
}

#[derive(Clone, Debug)]
struct ClickRule {
    name: EventName,
    pages: Vec<PagePattern>,
    selector: Selector,
    text: Option<TextRule>,
}

impl Rules {
    /// Compiles rules. One whose selector cannot be read is passed over: the collector has refused it already.
    pub fn compile(rules: Vec<Rule>) -> Self {
        let mut compiled = Self::default();
        for Rule { name, trigger } in rules {
            match trigger {
                Trigger::VisitedUrl { pages } => compiled.visits.push((name, pages)),
                Trigger::ClickedElement { pages, selector, text } => {
                    if let Ok(selector) = Selector::parse(&selector) {
                        compiled.clicks.push(ClickRule { name, pages, selector, text });
                    }
                }
            }
        }
        for compound in compiled.clicks.iter().flat_map(|rule| compounds(&rule.selector)) {
            note_needs(compound, &mut compiled.attributes, &mut compiled.needs_places);
        }
        compiled.index = Index::build(compiled.clicks.iter().map(|rule| &rule.selector));
        compiled
    }

    /// Whether clicks need not be looked at.
    pub fn ignores_clicks(&self) -> bool {
        self.clicks.is_empty()
    }

    /// The attributes the edge is to report of each element.
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// Whether the edge is to count siblings.
    pub fn needs_places(&self) -> bool {
        self.needs_places
    }

    /// The events of a view of the page at `url`.
    pub fn of_visit(&self, url: &str) -> Vec<EventName> {
        let meant = self.visits.iter().filter(|(_, pages)| pages.iter().any(|page| page.matches(url)));
        meant.map(|(name, _)| name.clone()).collect()
    }

    /// The places in `path` of elements that some rule for the page at `url` selects, whatever their text is.
    pub fn selected(&self, path: &[ElementFacts], url: &str) -> Vec<usize> {
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
        &self,
        path: &[ElementFacts],
        details: &'a [(usize, Element)],
        url: &str,
    ) -> Vec<(EventName, &'a Element)> {
        let mut events = Vec::new();
        self.each_selected(path, url, &mut |rule, place| {
            let Some((_, element)) = details.iter().find(|(known, _)| *known == place) else { return false };
            let fits = rule.text.as_ref().is_none_or(|text| text.kind.accepts(&text.value, &element.text));
            if fits {
                events.push((rule.name.clone(), element));
            }
            fits
        });
        events
    }

    /// Calls `found` with every rule for `url` and the places it selects, innermost first, until `found` says that it
    /// is satisfied with this rule.
    fn each_selected(
        &self,
        path: &[ElementFacts],
        url: &str,
        found: &mut dyn FnMut(&ClickRule, usize) -> bool,
    ) {
        for candidate in self.index.candidates(path) {
            let Some(rule) = self.clicks.get(candidate) else { continue };
            if !rule.pages.is_empty() && !rule.pages.iter().any(|page| page.matches(url)) {
                continue;
            }
            for place in 0..path.len() {
                // What lies inside a disabled control does nothing, and nor does the control.
                if path.iter().take(place + 1).any(|element| element.disabled) {
                    break;
                }
                if matcher::selects(&rule.selector, path, place) && found(rule, place) {
                    break;
                }
            }
        }
    }
}

fn compounds(selector: &Selector) -> impl Iterator<Item = &Compound> {
    selector.alternatives.iter().flat_map(complex_compounds)
}

fn complex_compounds(complex: &Complex) -> impl Iterator<Item = &Compound> {
    std::iter::once(&complex.subject).chain(complex.around.iter().map(|(_, compound)| compound))
}

fn note_needs(compound: &Compound, attributes: &mut Vec<String>, needs_places: &mut bool) {
    for condition in compound {
        match condition {
            Condition::Attribute(name, _) => {
                if !attributes.contains(name) {
                    attributes.push(name.clone());
                }
            }
            Condition::NthChild(_) | Condition::NthOfType(_) => *needs_places = true,
            Condition::Not(inner) => note_needs(inner, attributes, needs_places),
            Condition::Tag(_) | Condition::Id(_) | Condition::Class(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pugmark_protocol::pattern::Match;

    const SHOP: &str = "https://x.example/shop/boots";

    fn clicked(name: &str, selector: &str, text: Option<&str>, page: Option<&str>) -> Rule {
        Rule {
            name: EventName::parse(name).expect("is well-formed"),
            trigger: Trigger::ClickedElement {
                pages: page
                    .map(|value| PagePattern { kind: Match::Wildcard, value: value.to_owned() })
                    .into_iter()
                    .collect(),
                selector: selector.to_owned(),
                text: text.map(|value| TextRule { kind: Match::Contains, value: value.to_owned() }),
            },
        }
    }

    /// `span` in `button#buy.btn` in `li` in `main`.
    fn path() -> Vec<ElementFacts> {
        let element = |tag: &str, id: &str, class: &str| ElementFacts {
            tag: tag.to_owned(),
            id: id.to_owned(),
            class: class.to_owned(),
            ..ElementFacts::default()
        };
        vec![
            element("span", "", ""),
            element("button", "buy", "btn big"),
            element("li", "", "card"),
            element("main", "", ""),
        ]
    }

    fn element(text: &str) -> Element {
        Element { text: text.to_owned(), ..Element::default() }
    }

    fn names(rules: &Rules, path: &[ElementFacts], text: &str, url: &str) -> Vec<String> {
        let details: Vec<_> =
            rules.selected(path, url).into_iter().map(|place| (place, element(text))).collect();
        rules.of_click(path, &details, url).into_iter().map(|(name, _)| name.as_str().to_owned()).collect()
    }

    #[test]
    fn a_click_on_a_child_counts_for_the_button() {
        let rules = Rules::compile(vec![clicked("bought", "#buy", None, None)]);
        assert_eq!(rules.selected(&path(), SHOP), [1]);
        assert_eq!(names(&rules, &path(), "Buy", SHOP), ["bought"]);
    }

    #[test]
    fn the_page_and_the_text_must_fit() {
        let rules = Rules::compile(vec![clicked("bought", ".btn", Some("Buy"), Some("/shop/*"))]);
        assert_eq!(names(&rules, &path(), "Buy now", SHOP), ["bought"]);
        assert!(names(&rules, &path(), "Sell", SHOP).is_empty());
        assert!(names(&rules, &path(), "Buy now", "https://x.example/about").is_empty());
    }

    #[test]
    fn a_disabled_control_does_nothing() {
        let mut path = path();
        path[1].disabled = true;
        let rules =
            Rules::compile(vec![clicked("bought", "#buy", None, None), clicked("card", ".card", None, None)]);
        assert!(names(&rules, &path, "Buy", SHOP).is_empty());
    }

    #[test]
    fn one_click_may_be_several_events_but_each_only_once() {
        let rules = Rules::compile(vec![
            clicked("bought", "#buy, .btn, button", None, None),
            clicked("card", "li.card", None, None),
            clicked("other", "#sell", None, None),
        ]);
        assert_eq!(names(&rules, &path(), "", SHOP), ["bought", "card"]);
    }

    #[test]
    fn of_nested_elements_the_innermost_whose_text_fits_counts() {
        let mut path = path();
        path[2].class = "card btn".to_owned();
        let rules = Rules::compile(vec![clicked("bought", ".btn", Some("outer"), None)]);
        let details = [(1, element("inner")), (2, element("outer"))];

        assert_eq!(rules.selected(&path, SHOP), [1, 2]);
        assert_eq!(rules.of_click(&path, &details, SHOP)[0].1, &details[1].1);
    }

    #[test]
    fn the_edge_is_told_what_to_look_at() {
        let rules = Rules::compile(vec![
            clicked("a", "[data-x=y] a:not([href])", None, None),
            clicked("b", "li:nth-child(2)", None, None),
        ]);
        let mut attributes = rules.attributes().to_vec();
        attributes.sort();
        assert_eq!(attributes, ["data-x", "href"]);
        assert!(rules.needs_places());
        assert!(!Rules::compile(vec![clicked("a", "#buy", None, None)]).needs_places());
    }

    #[test]
    fn visits_match_by_page() {
        let rules = Rules::compile(vec![Rule {
            name: EventName::known("viewed_boots"),
            trigger: Trigger::VisitedUrl {
                pages: vec![PagePattern { kind: Match::Exact, value: "/shop/boots".to_owned() }],
            },
        }]);
        assert_eq!(rules.of_visit(SHOP), [EventName::known("viewed_boots")]);
        assert!(rules.of_visit("https://x.example/").is_empty());
        assert!(rules.ignores_clicks());
    }
}
