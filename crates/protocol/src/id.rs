//! Ids: newtypes over lower-case hexadecimal text, made from a time and random bits that the caller brings.

use crate::time::UnixMillis;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id! {
    /// A completion's id: a UUID version 7, made at the call and never changed, so that a batch sent twice is
    /// stored once.
    EventId
}
text_id! {
    /// The browser's own id: 32 hexadecimal digits in a first-party cookie.
    VisitorId
}
text_id! {
    /// One visit: see the engine's session rules.
    SessionId
}
text_id! {
    /// One loaded page in one tab. Events are numbered within it, so that gaps show.
    TabId
}

impl EventId {
    /// Makes a UUID version 7: the time first, so that ids made later sort later and the store's index only grows.
    ///
    /// Source: RFC 9562, section 5.7.
    pub fn new(at: UnixMillis, random: u128) -> Self {
        const VERSION_7: u128 = 0x7 << 76;
        const VARIANT: u128 = 0b10 << 62;
        const RANDOM: u128 = (0xfff << 64) | ((1 << 62) - 1);

        let bits = (u128::from(at.0) << 80) | VERSION_7 | VARIANT | (random & RANDOM);
        let digits = hex(bits, 32);
        let mut text = String::with_capacity(36);
        for (i, digit) in digits.chars().enumerate() {
            if matches!(i, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            text.push(digit);
        }
        Self(text)
    }

    /// Reads a UUID in its usual form of 36 characters, of any version; upper case becomes lower.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 36
            && text.bytes().enumerate().all(|(i, b)| match i {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            });
        well_formed.then(|| Self(text.to_ascii_lowercase()))
    }
}

impl VisitorId {
    /// Makes a visitor id from 128 random bits.
    pub fn new(random: u128) -> Self {
        Self(hex(random, 32))
    }

    /// Reads 32 hexadecimal digits; anything else is no visitor id.
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text, 32).map(Self)
    }
}

impl SessionId {
    /// Makes a session id from 64 random bits.
    pub fn new(random: u128) -> Self {
        Self(hex(random, 16))
    }

    /// Reads 16 hexadecimal digits; anything else is no session id.
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text, 16).map(Self)
    }
}

impl TabId {
    /// Makes a tab id from 48 random bits: tabs of one browser only need to differ from each other.
    pub fn new(random: u128) -> Self {
        Self(hex(random, 12))
    }

    /// Reads 12 hexadecimal digits; anything else is no tab id.
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text, 12).map(Self)
    }
}

fn parse_hex(text: &str, digits: usize) -> Option<String> {
    let is_hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == digits && is_hex).then(|| text.to_owned())
}

/// The lowest `digits` hexadecimal digits of `bits`. By hand: `format!` costs a kilobyte of wasm.
fn hex(bits: u128, digits: u32) -> String {
    (0..digits).rev().filter_map(|i| char::from_digit(((bits >> (4 * i)) & 0xf) as u32, 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_is_a_uuid_of_version_7_that_starts_with_its_time() {
        let id = EventId::new(UnixMillis(0x0123_4567_89ab), u128::MAX);

        assert_eq!(id.as_str(), "01234567-89ab-7fff-bfff-ffffffffffff");
        assert_eq!(EventId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn later_event_ids_sort_later() {
        assert!(EventId::new(UnixMillis(1), u128::MAX) < EventId::new(UnixMillis(2), 0));
    }

    #[test]
    fn ids_of_another_shape_are_refused() {
        assert_eq!(EventId::parse("not-a-uuid"), None);
        assert_eq!(VisitorId::parse("0123"), None);
        assert_eq!(VisitorId::parse(&"G".repeat(32)), None);
        assert_eq!(VisitorId::parse("é".repeat(16).as_str()), None);
    }

    #[test]
    fn ids_come_back_from_their_text() {
        assert_eq!(VisitorId::parse(VisitorId::new(7).as_str()), Some(VisitorId::new(7)));
        assert_eq!(SessionId::parse(SessionId::new(7).as_str()), Some(SessionId::new(7)));
        assert_eq!(TabId::parse(TabId::new(7).as_str()), Some(TabId::new(7)));
    }
}
