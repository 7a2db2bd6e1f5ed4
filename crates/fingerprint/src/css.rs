//! A selector for people: short, of names that somebody wrote, for display and as a start for editing by hand.

use pugmark_protocol::text::cut;

use crate::page::{ElementId, Page};
use crate::trust;

/// Longest value that a selector quotes, in UTF-16 code units: longer ones are not read.
const MAX_QUOTED: usize = 60;

/// Most classes of one element that are named.
const MAX_CLASSES: usize = 3;

/// A way to say which element is meant, as CSS and as a test.
struct Name<'a> {
    tag: &'a str,
    /// An attribute and its value; a class where the attribute is `class`.
    attributes: Vec<(&'a str, &'a str)>,
}

/// The first of its names that selects nothing else, alone or inside a landmark or an anchor; if there is none, the most
/// telling one.
pub(crate) fn selector(page: &Page<'_>, element: ElementId) -> String {
    let names = names(page, element);
    let outers: Vec<Name<'_>> =
        page.around(element).filter_map(|outer| anchor(page, outer)).take(4).collect();
    for name in &names {
        if is_unique(page, element, name, None) {
            return name.css();
        }
        for outer in &outers {
            if is_unique(page, element, name, Some(outer)) {
                return [&outer.css(), " ", &name.css()].concat();
            }
        }
    }
    let best = names.first().map_or_else(String::new, Name::css);
    outers.first().map_or(best.clone(), |outer| [&outer.css(), " ", &best].concat())
}

/// What an element may be called, the most lasting first.
fn names<'a>(page: &Page<'a>, element: ElementId) -> Vec<Name<'a>> {
    let tag = page.tag(element);
    let of = |attributes| Name { tag, attributes };
    let mut names: Vec<Name<'a>> = Vec::new();
    for &(name, value) in page.attributes(element) {
        let is_hook =
            ["data-test", "data-cy", "data-qa", "data-track"].iter().any(|hook| name.starts_with(hook));
        if is_hook && is_quotable(value) {
            names.push(of(vec![(name, value)]));
        }
    }
    let attribute = |name| page.attribute(element, name).filter(|value| is_quotable(value));
    if let Some(id) = attribute("id").filter(|id| trust::of_id(id) > 10) {
        names.push(of(vec![("id", id)]));
    }
    for name in ["name", "aria-label", "href", "type"] {
        names.extend(attribute(name).map(|value| of(vec![(name, value)])));
    }
    let mut classes: Vec<_> =
        page.attribute(element, "class").unwrap_or_default().split_ascii_whitespace().collect();
    classes.retain(|class| trust::of_class(class) > 10 && is_quotable(class));
    classes.truncate(MAX_CLASSES);
    if !classes.is_empty() {
        names.push(of(classes.into_iter().map(|class| ("class", class)).collect()));
    }
    names.push(of(Vec::new()));
    names
}

/// What an outer element may be called, if it has an id that lasts or is a landmark.
fn anchor<'a>(page: &Page<'a>, outer: ElementId) -> Option<Name<'a>> {
    let id = page.attribute(outer, "id").filter(|id| trust::of_id(id) > 10 && is_quotable(id));
    let tag = page.tag(outer);
    let is_landmark = matches!(tag, "nav" | "header" | "footer" | "main" | "aside" | "form" | "dialog");
    (id.is_some() || is_landmark)
        .then(|| Name { tag, attributes: id.map(|id| ("id", id)).into_iter().collect() })
}

fn is_quotable(value: &str) -> bool {
    cut(value, MAX_QUOTED).len() == value.len() && !value.is_empty() && !value.contains(char::is_control)
}

fn is_unique(page: &Page<'_>, element: ElementId, name: &Name<'_>, outer: Option<&Name<'_>>) -> bool {
    let is_selected = |other: ElementId| {
        name.fits(page, other)
            && outer.is_none_or(|outer| page.around(other).any(|around| outer.fits(page, around)))
    };
    page.elements().all(|other| (other == element) == is_selected(other))
}

impl Name<'_> {
    fn fits(&self, page: &Page<'_>, element: ElementId) -> bool {
        let has = |(name, wanted): &(&str, &str)| {
            page.attributes(element).iter().any(|(known, value)| {
                known == name
                    && (value == wanted
                        || *name == "class" && value.split_ascii_whitespace().any(|class| class == *wanted))
            })
        };
        page.tag(element) == self.tag && self.attributes.iter().all(has)
    }

    fn css(&self) -> String {
        let mut css = String::new();
        let only_id = matches!(self.attributes[..], [("id", _)]);
        if !only_id {
            css.push_str(self.tag);
        }
        for (name, value) in &self.attributes {
            match *name {
                "id" | "class" if is_identifier(value) => {
                    css.push(if *name == "id" { '#' } else { '.' });
                    css.push_str(value);
                }
                "class" => css.extend(["[class~=\"", &escaped(value), "\"]"]),
                _ => css.extend(["[", name, "=\"", &escaped(value), "\"]"]),
            }
        }
        css
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

fn is_identifier(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || !c.is_ascii();
    name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}
