//! What was observed of an element, as `src/signals.js` tells it in one line.

use pugmark_protocol::compiled::PART;
use pugmark_protocol::fingerprint::{FAMILY, Kind};

/// An observed element.
pub(crate) struct Observation<'a> {
    /// What it may be confused with.
    pub(crate) family: &'a str,
    /// What is so of it, what is said of the nearest first.
    pub(crate) tokens: Vec<Token<'a>>,
}

/// Something that is so of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) value: &'a str,
}

impl<'a> Observation<'a> {
    /// Reads a line; none if it does not begin with a family.
    pub(crate) fn read(line: &'a str) -> Option<Self> {
        let (family, rest) = family_of(line)?;
        Some(Self { family, tokens: tokens(rest).collect() })
    }

    /// The values of one kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &'a str> {
        self.tokens.iter().filter(move |token| token.kind == kind).map(|token| token.value)
    }
}

/// The family that a line begins with, and the rest of it.
pub(crate) fn family_of(line: &str) -> Option<(&str, &str)> {
    let (family, rest) = line.split_once(PART).unwrap_or((line, ""));
    family.strip_prefix(FAMILY).filter(|family| !family.is_empty()).map(|family| (family, rest))
}

/// The tokens of a line; what is none is passed over.
pub(crate) fn tokens(line: &str) -> impl Iterator<Item = Token<'_>> {
    line.split(PART).filter_map(|part| {
        let sign = part.chars().next()?;
        let value = part.get(sign.len_utf8()..).filter(|value| !value.is_empty())?;
        Some(Token { kind: Kind::of_sign(sign)?, value })
    })
}

/// Which of some things are so of an element, by their places.
pub(crate) type Mask = u64;

/// The places of tokens, to ask of many elements which of them are so.
pub(crate) struct Places<'a> {
    /// The values that are asked for, each with its place, by the place of their kind.
    of_kind: Vec<Vec<(&'a str, u32)>>,
}

impl<'a> Places<'a> {
    /// Of more tokens than a [`Mask`] has bits, the last are not asked for.
    pub(crate) fn of(tokens: impl Iterator<Item = Token<'a>>) -> Self {
        let mut of_kind = Vec::new();
        for (token, place) in tokens.zip(0..Mask::BITS) {
            let kind = token.kind as usize;
            if of_kind.len() <= kind {
                of_kind.resize_with(kind + 1, Vec::new);
            }
            if let Some(values) = of_kind.get_mut(kind) {
                values.push((token.value, place));
            }
        }
        Self { of_kind }
    }

    /// Which are so of an element.
    pub(crate) fn mask(&self, line: &str) -> Mask {
        let mut mask = 0;
        for token in tokens(line) {
            let values = self.of_kind.get(token.kind as usize).into_iter().flatten();
            for (_, place) in values.filter(|(value, _)| *value == token.value) {
                mask |= 1 << place;
            }
        }
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let observation = Observation::read("fa\t\tT\tTBuy\t?x\tÜx\tT字").expect("has a family");
        assert_eq!(observation.family, "a");
        assert_eq!(observation.of(Kind::Text).collect::<Vec<_>>(), ["Buy", "字"]);
        assert_eq!(observation.tokens.len(), 2);
        assert!(Observation::read("").is_none());
        assert!(Observation::read("f\tTBuy").is_none());
        assert!(Observation::read("TBuy").is_none());
    }

    #[test]
    fn of_more_tokens_than_can_be_asked_for_the_last_are_not() {
        let values: Vec<String> = (0..70).map(|n| n.to_string()).collect();
        let places = Places::of(values.iter().map(|value| Token { kind: Kind::Word, value }));
        assert_eq!(places.mask("V0\tT1\tV63\tV64"), 1 | 1 << 63);
    }
}
