//! What can be said of one element of a page.

use pugmark_protocol::text::cut;

use crate::page::{ElementId, MAX_TEXT, MAX_VALUE, Page};
use crate::signal::{Kind, Token};
use crate::trust::{self, Trust};

/// Attributes that are put there for tests and for trackers, by how their names begin.
const HOOKS: [&str; 12] = [
    "data-test",
    "data-cy",
    "data-qa",
    "data-track",
    "data-analytics",
    "data-event",
    "data-pugmark",
    "data-amp-track",
    "data-ga",
    "data-gtm",
    "data-action",
    "data-automation",
];

/// Other attributes that say what an element does.
const TELLING: [&str; 8] = ["type", "for", "action", "target", "aria-controls", "role", "itemprop", "rel"];

/// Attributes that label an element.
const LABELS: [&str; 4] = ["aria-label", "title", "alt", "placeholder"];

/// Parts of a query that campaigns and sessions add.
const CAMPAIGN: [&str; 10] =
    ["utm_", "gclid", "fbclid", "msclkid", "mc_", "_hs", "ref", "source", "sid", "session"];

/// What is clicked as one thing, whatever lies inside it.
const CONTROLS: [&str; 5] = ["button", "input", "select", "textarea", "summary"];

/// How many elements around one are asked for their classes: farther ones say nothing that nearer ones don't.
const NEAR: usize = 5;

/// How many words, classes, pictures and so on of each element are looked at.
const MANY: usize = 8;

/// Places beyond this are not counted: one of a hundred is not told apart by counting.
const MAX_PLACE: usize = 100;

/// Whether people would click it as one thing: link, button, control of a form.
pub fn is_control(page: &Page<'_>, element: ElementId) -> bool {
    let tag = page.tag(element);
    CONTROLS.contains(&tag)
        || tag == "a"
        || page.attribute(element, "onclick").is_some()
        || page.attribute(element, "role").is_some_and(|role| {
            matches!(
                role,
                "button" | "link" | "tab" | "menuitem" | "checkbox" | "switch" | "option" | "radio"
            )
        })
}

/// What may be confused with an element: among controls any other, else what has the same tag.
pub(crate) fn family<'a>(page: &Page<'a>, element: ElementId) -> &'a str {
    if is_control(page, element) { "control" } else { page.tag(element) }
}

/// Tokens, each with how far it is trusted.
pub(crate) type Observed = Vec<(Token, Trust)>;

/// All that can be said of an element.
pub(crate) fn observe(page: &Page<'_>, element: ElementId) -> Observed {
    let mut notes = Notes { page, observed: Vec::with_capacity(MANY * 6) };
    notes.attributes(element);
    notes.text(element);
    notes.inside(element);
    notes.around(element);
    notes.beside(element, None);
    notes.observed
}

/// What could be said of what stands beside an element if `missing` were not on the page.
pub(crate) fn observe_without(page: &Page<'_>, element: ElementId, missing: ElementId) -> Observed {
    let mut notes = Notes { page, observed: Vec::new() };
    notes.beside(element, Some(missing));
    notes.observed
}

struct Notes<'p, 'a> {
    page: &'p Page<'a>,
    observed: Observed,
}

impl Notes<'_, '_> {
    fn note(&mut self, kind: Kind, value: impl AsRef<str>, trust: Trust) {
        let token = Token { kind, value: cut(value.as_ref(), MAX_VALUE).to_owned() };
        let like = self.observed.iter().filter(|(known, _)| known.kind == kind);
        let is_new = like.clone().all(|(known, _)| *known != token) && like.count() < MANY;
        if is_new && !token.value.is_empty() {
            self.observed.push((token, trust));
        }
    }

    fn attributes(&mut self, element: ElementId) {
        self.note(Kind::Tag, self.page.tag(element), 100);
        for &(name, value) in self.page.attributes(element) {
            let value = cut(value.trim(), MAX_VALUE);
            match name {
                "id" => self.note(Kind::Id, value, trust::of_id(value)),
                "class" => self.classes(Kind::Class, value),
                "name" => self.note(Kind::Name, value, trust::of_value(value)),
                "href" => self.link(value),
                _ if LABELS.contains(&name) => self.note(Kind::Label, cut(value, MAX_TEXT), 100),
                _ if HOOKS.iter().any(|hook| name.starts_with(hook)) => {
                    self.note(Kind::Hook, [name, "=", value].concat(), trust::of_value(value));
                }
                _ if TELLING.contains(&name) || name.starts_with("data-") && !name.starts_with("data-v-") => {
                    self.note(Kind::Attribute, [name, "=", value].concat(), trust::of_value(value));
                }
                _ => {}
            }
        }
    }

    fn classes(&mut self, kind: Kind, value: &str) {
        for class in value.split_ascii_whitespace().take(MANY) {
            self.note(kind, class, trust::of_class(class));
        }
    }

    fn link(&mut self, link: &str) {
        if link.starts_with("javascript:") || link == "#" {
            return;
        }
        let (address, fragment) = link.split_once('#').unwrap_or((link, ""));
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        if path.is_empty() || fragment.starts_with(['/', '!']) {
            self.note(Kind::Link, [path, "#", fragment].concat(), 100);
        } else {
            self.note(Kind::Link, path, 100);
            let step = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let step = step.split_once('.').map_or(step, |(name, _)| name);
            self.note(Kind::Target, step, 100);
        }
        let asked = query.split('&').filter(|part| !CAMPAIGN.iter().any(|start| part.starts_with(start)));
        self.note(Kind::Query, asked.collect::<Vec<_>>().join("&"), 100);
    }

    fn text(&mut self, element: ElementId) {
        let mut text = self.page.text(element);
        if text.is_empty() && self.page.tag(element) == "input" {
            let is_button =
                matches!(self.page.attribute(element, "type"), Some("submit" | "button" | "reset"));
            text = self
                .page
                .attribute(element, "value")
                .filter(|_| is_button)
                .map_or(text, |value| cut(value, MAX_TEXT).to_owned());
        }
        let wording = without_numbers(&text).to_lowercase();
        for word in wording.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MANY) {
            self.note(Kind::Word, word, 100);
        }
        self.note(Kind::Wording, wording, 100);
        self.note(Kind::Text, text, 100);
    }

    fn inside(&mut self, element: ElementId) {
        for inner in self.page.inside(element).take(MANY) {
            match self.page.tag(inner) {
                "img" | "source" => {
                    if let Some(label) = self.page.attribute(inner, "alt") {
                        self.note(Kind::Label, cut(label, MAX_TEXT), 100);
                    }
                    let source =
                        self.page.attribute(inner, "src").filter(|source| !source.starts_with("data:"));
                    let address =
                        source.map_or("", |source| source.split(['?', '#']).next().unwrap_or_default());
                    let file = address.rsplit('/').next().unwrap_or_default();
                    self.note(Kind::Picture, file, trust::of_value(file));
                }
                "use" => {
                    let link = self
                        .page
                        .attribute(inner, "href")
                        .or_else(|| self.page.attribute(inner, "xlink:href"));
                    let name = link.and_then(|link| link.rsplit('#').next()).unwrap_or_default();
                    self.note(Kind::Picture, name, 100);
                }
                "i" | "svg" | "span" | "em" => {
                    for class in self
                        .page
                        .attribute(inner, "class")
                        .unwrap_or_default()
                        .split_ascii_whitespace()
                        .take(4)
                    {
                        self.note(Kind::Picture, class, trust::of_class(class));
                    }
                }
                _ => {}
            }
        }
    }

    fn around(&mut self, element: ElementId) {
        let page = self.page;
        let mut path = String::new();
        let mut anchors = 0;
        let mut heading = None;
        for (distance, outer) in page.around(element).enumerate() {
            let tag = page.tag(outer);
            let role = page.attribute(outer, "role");
            if distance < NEAR {
                self.classes(Kind::Surrounding, page.attribute(outer, "class").unwrap_or_default());
            }
            if distance < 4 {
                path = [tag, ">", &path].concat();
                if distance % 2 == 1 {
                    self.note(Kind::Path, path.as_str(), 100);
                }
            }
            if let Some(id) = page.attribute(outer, "id").filter(|_| anchors < 4) {
                anchors += 1;
                self.note(Kind::Anchor, id, trust::of_id(id));
            }
            let landmark = match (tag, role) {
                ("nav", _) | (_, Some("navigation")) => "nav",
                ("header", _) | (_, Some("banner")) => "header",
                ("footer", _) | (_, Some("contentinfo")) => "footer",
                ("main", _) | (_, Some("main")) => "main",
                ("aside", _) | (_, Some("complementary")) => "aside",
                ("form", _) | (_, Some("form" | "search")) => "form",
                ("dialog", _) | (_, Some("dialog")) => "dialog",
                ("article", _) => "article",
                ("table", _) => "table",
                _ => "",
            };
            self.note(Kind::Landmark, landmark, 100);
            heading = heading.or_else(|| page.heading_in(outer).filter(|heading| *heading != element));
        }
        if let Some(heading) = heading {
            self.note(Kind::Heading, page.text(heading), 100);
        }
    }

    /// What stands before and after the element, or else the outermost one around it that holds nothing else.
    fn beside(&mut self, element: ElementId, missing: Option<ElementId>) {
        let page = self.page;
        let mut item = element;
        while let Some(outer) =
            page.parent(item).filter(|_| page.previous(item).is_none() && page.next(item).is_none())
        {
            item = outer;
        }
        // Whoever asks what this page would be without an element means all that holds nothing but it.
        let is_missing = |other: ElementId| {
            missing.is_some_and(|missing| {
                other == missing
                    || page.inside(other).contains(&missing) && !page.inside(other).contains(&element)
            })
        };
        let before = std::iter::successors(page.previous(item), |&other| page.previous(other));
        let after = std::iter::successors(page.next(item), |&other| page.next(other));
        let text_of = |mut others: Box<dyn Iterator<Item = ElementId> + '_>| {
            others.find(|other| !is_missing(*other)).map(|other| page.text(other))
        };
        let text_before = text_of(Box::new(before.clone()));
        let text_after = text_of(Box::new(after));
        self.note(Kind::Before, text_before.unwrap_or_else(|| "^".to_owned()), 100);
        self.note(Kind::After, text_after.unwrap_or_else(|| "$".to_owned()), 100);
        let like = |other: &ElementId| page.tag(*other) == page.tag(item) && !is_missing(*other);
        let place = before.take(MAX_PLACE).filter(like).count();
        self.note(Kind::Place, place.to_string(), 100);
    }
}

/// Digits as `#`, however many.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if !c.is_numeric() {
            out.push(c);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}
