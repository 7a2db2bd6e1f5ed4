//! The index of click rules by their rarest token.

use pugmark_protocol::selector::Selector;

use super::{AttributeTest, Complex, Condition, ElementFacts, complex_compounds};

/// A token: a hash of its kind and text. Two tokens with one hash cost a comparison, never a wrong match.
type Token = u64;

/// Which rules to look at, by token.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Sorted by token.
    filed: Vec<(Token, usize)>,
    /// Rules one of whose alternatives asks for no token at all, such as `:nth-child(2)`.
    always: Vec<usize>,
}

impl Index {
    /// Files each selector, by its place, under the rarest token of each alternative.
    pub(super) fn build<'a>(selectors: impl Iterator<Item = &'a Selector>) -> Self {
        let tokens: Vec<(usize, Vec<Token>)> = selectors
            .enumerate()
            .flat_map(|(place, selector)| {
                selector.alternatives.iter().map(move |complex| (place, required(complex)))
            })
            .collect();
        let mut all: Vec<Token> = tokens.iter().flat_map(|(_, tokens)| tokens.iter().copied()).collect();
        all.sort_unstable();
        let frequency = |token: Token| {
            let start = all.partition_point(|known| *known < token);
            all.partition_point(|known| *known <= token) - start
        };

        let mut index = Self::default();
        for (place, tokens) in &tokens {
            match tokens.iter().copied().min_by_key(|token| frequency(*token)) {
                Some(token) => index.filed.push((token, *place)),
                None => index.always.push(*place),
            }
        }
        index.filed.sort_unstable();
        index
    }

    /// The rules that a click along `path` may fulfil, each once, in their order.
    pub(super) fn candidates(&self, path: &[ElementFacts]) -> Vec<usize> {
        let mut candidates = self.always.clone();
        for token in path.iter().flat_map(tokens_of) {
            let start = self.filed.partition_point(|(known, _)| *known < token);
            let hits = self.filed.iter().skip(start).take_while(|(known, _)| *known == token);
            candidates.extend(hits.map(|(_, place)| *place));
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

/// The tokens that some element of the path must bring.
fn required(complex: &Complex) -> Vec<Token> {
    complex_compounds(complex)
        .flatten()
        .filter_map(|condition| match condition {
            Condition::Tag(tag) => Some(token("", tag, "")),
            Condition::Id(id) => Some(token("#", id, "")),
            Condition::Class(class) => Some(token(".", class, "")),
            Condition::Attribute(name, AttributeTest::Equals(value)) => Some(token("[", name, value)),
            Condition::Attribute(name, _) => Some(token("[", name, "")),
            Condition::NthChild(_) | Condition::NthOfType(_) | Condition::Not(_) => None,
        })
        .collect()
}

fn tokens_of(element: &ElementFacts) -> impl Iterator<Item = Token> {
    let classes = element.class.split_ascii_whitespace().map(|class| token(".", class, ""));
    let attributes =
        element.attributes.iter().flat_map(|(name, value)| [token("[", name, ""), token("[", name, value)]);
    let id = (!element.id.is_empty()).then(|| token("#", &element.id, ""));
    std::iter::once(token("", &element.tag, "")).chain(id).chain(classes).chain(attributes)
}

/// FNV-1a over the parts, with a separator that none of them holds.
fn token(kind: &str, name: &str, value: &str) -> Token {
    let separated = kind.bytes().chain(name.bytes()).chain([0]).chain(value.bytes());
    separated
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::matcher;
    use super::*;

    fn element() -> impl Strategy<Value = ElementFacts> {
        let word = "[ab]";
        (prop::sample::select(vec!["a", "b"]), word, "[ab]( [ab])?", prop::option::of(word), 1u32..3, 1u32..3)
            .prop_map(|(tag, id, class, attribute, child, of_type)| ElementFacts {
                tag: tag.to_owned(),
                id,
                class,
                attributes: attribute.map(|value| ("x".to_owned(), value)).into_iter().collect(),
                place: (child, of_type),
                disabled: false,
            })
    }

    fn selector() -> impl Strategy<Value = String> {
        let compound = prop::sample::select(vec![
            "a",
            "b",
            "*",
            "#a",
            "#b",
            ".a",
            ".b",
            "a.b",
            "[x]",
            "[x=a]",
            "[x^=b]",
            ":nth-child(2)",
            ":not(.a)",
        ]);
        let separator = prop::sample::select(vec![" ", " > ", ", "]);
        (compound.clone(), prop::collection::vec((separator, compound), 0..3)).prop_map(|(first, rest)| {
            rest.into_iter().fold(first.to_owned(), |text, (separator, compound)| text + separator + compound)
        })
    }

    proptest! {
        #[test]
        fn the_index_never_misses_what_a_plain_search_finds(
            texts in prop::collection::vec(selector(), 1..30),
            path in prop::collection::vec(element(), 1..6),
        ) {
            let selectors: Vec<Selector> = texts.iter().map(|t| Selector::parse(t).expect("is supported")).collect();
            let candidates = Index::build(selectors.iter()).candidates(&path);

            for (place, selector) in selectors.iter().enumerate() {
                let fits = (0..path.len()).any(|i| matcher::selects(selector, &path, i));
                prop_assert!(!fits || candidates.contains(&place), "{}", texts[place]);
            }
        }
    }

    #[test]
    fn a_click_looks_only_at_rules_whose_rarest_token_it_brings() {
        let selectors: Vec<Selector> = (0..1000)
            .map(|i| Selector::parse(&format!("main .card #item-{i}")).expect("is supported"))
            .collect();
        let path = ["item-7", "other"].map(|id| ElementFacts {
            tag: "main".to_owned(),
            class: "card".to_owned(),
            id: id.to_owned(),
            ..ElementFacts::default()
        });

        assert_eq!(Index::build(selectors.iter()).candidates(&path), [7]);
    }
}
