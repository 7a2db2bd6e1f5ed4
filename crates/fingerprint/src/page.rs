//! A page as a fingerprint sees it: elements with their attributes, and the texts a visitor can read.
//!
//! Whoever can read a page hands it over as one text, a line a node, in the order of the document. Parts of a line are
//! separated by tabs; the first is the depth, from 0 for the outermost element:
//!
//! | line | means |
//! | --- | --- |
//! | `3` `a` `href=/shop` `class=button` | an element: its tag in lower case, then its attributes, `name=value` |
//! | `4` `"Add to cart` | a text inside the element before it of depth 3 |
//!
//! Links are paths where they lead to the page's own site, else they keep their host, without scheme: `/shop?size=4`,
//! `maps.example/route`. What visitors type, what is hidden and what the site marks as private is left out by whoever
//! reads the page. Tabs and line breaks inside a value are replaced by spaces.

use std::ops::Range;

use pugmark_protocol::text::cut;

/// Most elements of a page that are looked at; what comes after them counts as not there.
///
/// Judgement (November 2026): twice the 50,000 with which a picker must cope.
pub const MAX_ELEMENTS: usize = 100_000;

/// Deepest nesting; what lies deeper counts as lying there.
///
/// Source: Chromium's HTML parser nests no deeper.
pub const MAX_DEPTH: usize = 512;

/// Longest text of an element that is compared, in UTF-16 code units, white space folded.
///
/// Judgement (November 2026): longer than the label of anything that is meant to be clicked.
pub const MAX_TEXT: usize = 80;

/// Longest value of an attribute that is compared, in UTF-16 code units.
pub const MAX_VALUE: usize = 120;

/// An element of a [`Page`], by its place in the order of the document, from 0.
pub type ElementId = usize;

/// The elements of a page. See the module for the text from which it is read.
#[derive(Debug, Default)]
pub struct Page<'a> {
    elements: Vec<Element<'a>>,
    attributes: Vec<(&'a str, &'a str)>,
    texts: Vec<&'a str>,
    headings: Vec<ElementId>,
}

#[derive(Debug)]
struct Element<'a> {
    tag: &'a str,
    depth: usize,
    parent: Option<ElementId>,
    /// The sibling before it.
    previous: Option<ElementId>,
    /// Behind its last descendant: everything inside an element follows it.
    end: ElementId,
    attributes: Range<usize>,
    texts: Range<usize>,
}

impl<'a> Page<'a> {
    /// Reads a page. Lines that make no sense are passed over.
    pub fn read(text: &'a str) -> Self {
        let mut page = Self::default();
        // The elements that are open, the last child that each has had, and at the bottom that of the page itself.
        let mut open: Vec<ElementId> = Vec::new();
        let mut last_child: Vec<Option<ElementId>> = vec![None];
        for line in text.split('\n') {
            let mut parts = line.split('\t');
            let Some(depth) = parts.next().and_then(|depth| depth.parse::<usize>().ok()) else { continue };
            let Some(content) = parts.next().filter(|content| !content.is_empty()) else { continue };
            let depth = depth.min(open.len()).min(MAX_DEPTH);
            page.close(&mut open, depth);
            last_child.truncate(depth + 1);
            if let Some(text) = content.strip_prefix('"') {
                page.texts.push(text);
                continue;
            }
            if page.elements.len() == MAX_ELEMENTS {
                break;
            }
            let element = page.elements.len();
            let first = page.attributes.len();
            page.attributes.extend(parts.filter_map(|part| part.split_once('=')));
            page.elements.push(Element {
                tag: content,
                depth,
                parent: open.last().copied(),
                previous: last_child.last_mut().and_then(|last| last.replace(element)),
                end: element + 1,
                attributes: first..page.attributes.len(),
                texts: page.texts.len()..page.texts.len(),
            });
            if matches!(content, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "legend" | "caption") {
                page.headings.push(element);
            }
            open.push(element);
            last_child.push(None);
        }
        page.close(&mut open, 0);
        page
    }

    /// Closes what is open at `depth` and deeper.
    fn close(&mut self, open: &mut Vec<ElementId>, depth: usize) {
        for closed in open.drain(depth..) {
            let end = self.elements.len();
            if let Some(element) = self.elements.get_mut(closed) {
                element.end = end;
                element.texts.end = self.texts.len();
            }
        }
    }

    /// All elements, in the order of the document.
    pub fn elements(&self) -> Range<ElementId> {
        0..self.elements.len()
    }

    /// Its tag; empty for what is no element of this page.
    pub fn tag(&self, element: ElementId) -> &'a str {
        self.elements.get(element).map_or("", |element| element.tag)
    }

    /// Its attributes, each with its value, neither cut nor folded.
    pub fn attributes(&self, element: ElementId) -> &[(&'a str, &'a str)] {
        let range = self.elements.get(element).map_or(0..0, |element| element.attributes.clone());
        self.attributes.get(range).unwrap_or_default()
    }

    /// The value of an attribute, cut to [`MAX_VALUE`]; none if it is not there or says nothing.
    pub fn attribute(&self, element: ElementId, name: &str) -> Option<&'a str> {
        let found = self.attributes(element).iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| cut(value.trim(), MAX_VALUE)).filter(|value| !value.is_empty())
    }

    /// The elements around it, nearest first.
    pub fn around(&self, element: ElementId) -> impl Iterator<Item = ElementId> + '_ {
        std::iter::successors(self.parent(element), |&outer| self.parent(outer))
    }

    /// Everything inside it, in the order of the document.
    pub fn inside(&self, element: ElementId) -> Range<ElementId> {
        self.elements.get(element).map_or(0..0, |inner| element + 1..inner.end)
    }

    /// What it says, in one line of at most [`MAX_TEXT`].
    pub fn text(&self, element: ElementId) -> String {
        let range = self.elements.get(element).map_or(0..0, |element| element.texts.clone());
        folded(self.texts.get(range).unwrap_or_default())
    }

    pub(crate) fn parent(&self, element: ElementId) -> Option<ElementId> {
        self.elements.get(element)?.parent
    }

    pub(crate) fn previous(&self, element: ElementId) -> Option<ElementId> {
        self.elements.get(element)?.previous
    }

    pub(crate) fn next(&self, element: ElementId) -> Option<ElementId> {
        let this = self.elements.get(element)?;
        self.elements.get(this.end).filter(|next| next.depth == this.depth && next.parent == this.parent)?;
        Some(this.end)
    }

    /// The first heading inside an element.
    pub(crate) fn heading_in(&self, element: ElementId) -> Option<ElementId> {
        let inside = self.inside(element);
        let place = self.headings.partition_point(|heading| *heading < inside.start);
        self.headings.get(place).copied().filter(|heading| inside.contains(heading))
    }
}

/// Texts in one line, white space folded, cut to [`MAX_TEXT`]. Of texts of megabytes only the beginning is looked at.
fn folded(texts: &[&str]) -> String {
    let mut line = String::new();
    for word in texts.iter().flat_map(|text| text.split_whitespace()) {
        if line.len() > MAX_TEXT * 4 {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(cut(word, MAX_TEXT));
    }
    cut(&line, MAX_TEXT).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "0\tbody\n1\tnav\tid=top\n2\ta\thref=/\n3\t\"Home\n2\ta\thref=/shop\n3\t\"Our\n3\tb\n4\t\"  shop \n\
                        1\tmain\n2\th2\n3\t\"Boots\n2\tbutton\n3\t\"Buy";

    #[test]
    fn elements_know_what_is_around_inside_and_beside_them() {
        let page = Page::read(PAGE);

        assert_eq!(
            page.elements().map(|e| page.tag(e)).collect::<Vec<_>>().join(" "),
            "body nav a a b main h2 button"
        );
        assert_eq!(page.around(3).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(page.inside(1), 2..5);
        assert_eq!(
            (page.previous(3), page.next(2), page.next(3), page.previous(2)),
            (Some(2), Some(3), None, None)
        );
        assert_eq!((page.next(1), page.next(7)), (Some(5), None));
        assert_eq!(page.heading_in(5), Some(6));
        assert_eq!(page.heading_in(1), None);
    }

    #[test]
    fn a_text_is_all_that_is_inside_in_one_line() {
        let page = Page::read(PAGE);
        assert_eq!(page.text(3), "Our shop");
        assert_eq!(page.text(1), "Home Our shop");
        assert_eq!(page.attribute(1, "id"), Some("top"));
        assert_eq!(page.attribute(1, "class"), None);
    }

    #[test]
    fn a_text_of_megabytes_is_cut() {
        for filling in ["word ", "word", "字", "م "] {
            let text = ["0\tp\n1\t\"", &filling.repeat(500_000)].concat();
            let text = Page::read(&text).text(0);
            assert!((MAX_TEXT - 5..=MAX_TEXT).contains(&pugmark_protocol::text::length(&text)), "{filling}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let page = Page::read("x\n\n9\tbody\n-1\ta\n7\ta\tnovalue\t=\n5\t\n2");
        assert_eq!(page.elements().len(), 2);
        assert_eq!(page.parent(1), Some(0));
        assert_eq!(Page::read("").elements().len(), 0);
        assert_eq!((page.tag(5), page.text(5).as_str(), page.parent(5)), ("", "", None));
    }

    #[test]
    fn what_is_too_much_is_left_out() {
        let page = "0\tp\n".repeat(MAX_ELEMENTS + 1);
        assert_eq!(Page::read(&page).elements().len(), MAX_ELEMENTS);
        let deep: String = (0..MAX_DEPTH + 9).map(|depth| [&depth.to_string(), "\tdiv\n"].concat()).collect();
        let page = Page::read(&deep);
        assert_eq!(page.around(MAX_DEPTH + 8).count(), MAX_DEPTH);
    }
}
