//! Whether a selector selects an element of a click's path.

use pugmark_protocol::selector::{Compound, Condition, Relation, Selector};

use super::ElementFacts;

/// Whether `selector` selects the element at `place`.
pub(super) fn selects(selector: &Selector, path: &[ElementFacts], place: usize) -> bool {
    selector.alternatives.iter().any(|complex| {
        path.get(place).is_some_and(|element| fits(&complex.subject, element))
            && stands_in(&complex.around, path, place + 1)
    })
}

/// Whether the rest of the path, from `place` on, holds what must stand around, nearest first.
fn stands_in(around: &[(Relation, Compound)], path: &[ElementFacts], place: usize) -> bool {
    let Some(((relation, compound), further)) = around.split_first() else { return true };
    let reach = match relation {
        Relation::Parent => place + 1,
        Relation::Ancestor => path.len(),
    };
    (place..reach.min(path.len())).any(|candidate| {
        path.get(candidate).is_some_and(|element| fits(compound, element))
            && stands_in(further, path, candidate + 1)
    })
}

fn fits(compound: &Compound, element: &ElementFacts) -> bool {
    compound.iter().all(|condition| match condition {
        Condition::Tag(tag) => element.tag == *tag,
        Condition::Id(id) => element.id == *id,
        Condition::Class(class) => element.class.split_ascii_whitespace().any(|known| known == class),
        Condition::Attribute(name, test) => {
            element.attributes.iter().any(|(known, value)| known == name && test.accepts(value))
        }
        Condition::NthChild(n) => element.place.0 == *n,
        Condition::NthOfType(n) => element.place.1 == *n,
        Condition::Not(inner) => !fits(inner, element),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of a click on the link in
    /// `<main id=m><ul class="list wide"><li><a href=/x target=_blank>` (the `li` is the second).
    fn path() -> Vec<ElementFacts> {
        let element =
            |tag: &str| ElementFacts { tag: tag.to_owned(), place: (1, 1), ..ElementFacts::default() };
        vec![
            ElementFacts {
                attributes: vec![
                    ("href".to_owned(), "/x".to_owned()),
                    ("target".to_owned(), "_blank".to_owned()),
                ],
                ..element("a")
            },
            ElementFacts { place: (2, 2), ..element("li") },
            ElementFacts { class: "list wide".to_owned(), ..element("ul") },
            ElementFacts { id: "m".to_owned(), ..element("main") },
        ]
    }

    #[test]
    fn selectors_select_as_in_css() {
        for (text, expected) in [
            ("a", true),
            ("*", true),
            ("li", false),
            ("li a", true),
            ("li > a", true),
            ("ul > a", false),
            ("ul a", true),
            ("#m > ul.wide > li:nth-child(2) > a", true),
            ("#m > li > a", false),
            ("#m a[href^='/']", true),
            ("a[href='/y']", false),
            ("a[target]", true),
            ("a[rel]", false),
            ("a:not([rel])", true),
            ("a:not([target])", false),
            ("li:nth-of-type(1) a", false),
            ("li:nth-of-type(2) a", true),
            ("a:first-child", true),
            ("b, a", true),
            ("b, i", false),
            // The first `main` tried must not be the last word: here the ancestor's ancestor decides.
            ("main ul a", true),
            ("ul main a", false),
            (".list.wide a", true),
            (".list.narrow a", false),
        ] {
            let selector = Selector::parse(text).expect(text);
            assert_eq!(selects(&selector, &path(), 0), expected, "{text}");
        }
    }

    #[test]
    fn a_nearer_ancestor_that_leads_nowhere_is_not_the_end() {
        // <div class=a><div><div class=b><span>: ".a > div span" must get past the inner div.
        let element = |class: &str| ElementFacts {
            tag: "div".to_owned(),
            class: class.to_owned(),
            ..ElementFacts::default()
        };
        let path = [
            ElementFacts { tag: "span".to_owned(), ..ElementFacts::default() },
            element("b"),
            element(""),
            element("a"),
        ];
        let selector = Selector::parse(".a > div span").expect("is supported");
        assert!(selects(&selector, &path, 0));
    }
}
