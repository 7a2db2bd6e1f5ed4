//! Ids: numbers that are written as lower-case hexadecimal text, made from a time and random bits that the caller brings.

use crate::time::UnixMillis;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($bits:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($bits);

        impl $name {
            /// The id as text.
            pub fn to_text(self) -> String {
                let mut text = String::new();
                self.push(&mut text);
                text
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_text())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an id of this kind"))
            }
        }
    };
}

id! {
    /// A completion's id: a UUID version 7, made at the call and never changed, so that a batch sent twice is
    /// stored once.
    EventId([u64; 2])
}
id! {
    /// The browser's own id: 32 hexadecimal digits in a first-party cookie.
    VisitorId([u64; 2])
}
id! {
    /// One visit: see the engine's session rules. 16 hexadecimal digits.
    SessionId(u64)
}
id! {
    /// One loaded page in one tab: 12 hexadecimal digits. Events are numbered within it, so that gaps show.
    TabId(u64)
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl EventId {
    /// The id of no event.
    pub const ZERO: Self = Self([0; 2]);

    /// Makes a UUID version 7: the time first, so that ids made later sort later and the store's index only grows.
    ///
    /// Source: RFC 9562, section 5.7.
    pub fn new(at: UnixMillis, random: [u64; 2]) -> Self {
        const VERSION_7: u64 = 0x7 << 12;
        const VARIANT: u64 = 0b10 << 62;

        let [high, low] = random;
        Self([(at.0 << 16) | VERSION_7 | (high & 0xfff), VARIANT | (low & ((1 << 62) - 1))])
    }

    /// Its bytes, most significant first.
    pub fn to_bytes(self) -> [u8; 16] {
        let [high, low] = self.0;
        ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
    }

    /// Reads a UUID in its usual form of 36 characters, of any version, in upper or lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = String::new();
        for (place, c) in text.char_indices() {
            if HYPHENS.contains(&place) {
                if c != '-' {
                    return None;
                }
            } else {
                digits.push(c.to_ascii_lowercase());
            }
        }
        let is_whole = text.len() == 36;
        Some(Self(parse_wide(&digits).filter(|_| is_whole)?))
    }

    /// Appends its text.
    pub fn push(self, out: &mut String) {
        let [high, low] = self.0;
        for (bits, digits) in [(high >> 32, 8), (high >> 16, 4), (high, 4), (low >> 48, 4), (low, 12)] {
            if digits != 8 {
                out.push('-');
            }
            push_hex(out, bits, digits);
        }
    }
}

impl VisitorId {
    /// Makes a visitor id from 128 random bits.
    pub fn new(random: [u64; 2]) -> Self {
        Self(random)
    }

    /// Reads 32 hexadecimal digits; anything else is no visitor id.
    pub fn parse(text: &str) -> Option<Self> {
        parse_wide(text).map(Self)
    }

    /// Appends its text.
    pub fn push(self, out: &mut String) {
        let [high, low] = self.0;
        push_hex(out, high, 16);
        push_hex(out, low, 16);
    }
}

impl SessionId {
    /// Makes a session id from 64 random bits.
    pub fn new(random: u64) -> Self {
        Self(random)
    }

    /// Reads 16 hexadecimal digits; anything else is no session id.
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text, 16).map(Self)
    }

    /// Appends its text.
    pub fn push(self, out: &mut String) {
        push_hex(out, self.0, 16);
    }
}

impl TabId {
    /// Makes a tab id from 48 random bits: tabs of one browser only need to differ from each other.
    pub fn new(random: u64) -> Self {
        Self(random & ((1 << 48) - 1))
    }

    /// Reads 12 hexadecimal digits; anything else is no tab id.
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text, 12).map(Self)
    }

    /// Appends its text.
    pub fn push(self, out: &mut String) {
        push_hex(out, self.0, 12);
    }
}

fn parse_wide(text: &str) -> Option<[u64; 2]> {
    let (high, low) = text.split_at_checked(16)?;
    Some([parse_hex(high, 16)?, parse_hex(low, 16)?])
}

/// By hand: the standard library takes signs and upper case as well.
fn parse_hex(text: &str, digits: usize) -> Option<u64> {
    if text.len() != digits {
        return None;
    }
    let mut bits = 0;
    for byte in text.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        bits = (bits << 4) | u64::from(digit);
    }
    Some(bits)
}

/// Appends the lowest `digits` hexadecimal digits of `bits`. By hand: `format!` costs a kilobyte of wasm.
fn push_hex(out: &mut String, bits: u64, digits: u32) {
    for place in (0..digits).rev() {
        out.extend(char::from_digit((bits >> (4 * place)) as u32 & 0xf, 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_is_a_uuid_of_version_7_that_starts_with_its_time() {
        let id = EventId::new(UnixMillis(0x0123_4567_89ab), [u64::MAX; 2]);

        assert_eq!(id.to_text(), "01234567-89ab-7fff-bfff-ffffffffffff");
        assert_eq!(EventId::parse(&id.to_text()), Some(id));
        assert_eq!(EventId::parse(&id.to_text().to_ascii_uppercase()), Some(id));
    }

    #[test]
    fn later_event_ids_sort_later() {
        assert!(EventId::new(UnixMillis(1), [u64::MAX; 2]) < EventId::new(UnixMillis(2), [0; 2]));
    }

    #[test]
    fn ids_of_another_shape_are_refused() {
        for text in [
            "not-a-uuid",
            "01234567-89ab-7fff-bfff-fffffffffff",
            "01234567-89ab-7fff-bfff-fffffffffffff",
            "01234567089ab-7fff-bfff-ffffffffffff",
            "0123456789ab7fffbfffffffffffffff",
            "é1234567-89ab-7fff-bfff-ffffffffff",
        ] {
            assert_eq!(EventId::parse(text), None, "{text}");
        }
        assert_eq!(VisitorId::parse("0123"), None);
        assert_eq!(VisitorId::parse(&"G".repeat(32)), None);
        assert_eq!(VisitorId::parse("é".repeat(16).as_str()), None);
    }

    #[test]
    fn ids_come_back_from_their_text() {
        let visitor = VisitorId::new([7, 8]);
        assert_eq!(VisitorId::parse(&visitor.to_text()), Some(visitor));
        assert_eq!(SessionId::parse(&SessionId::new(7).to_text()), Some(SessionId::new(7)));
        assert_eq!(TabId::parse(&TabId::new(7).to_text()), Some(TabId::new(7)));
    }
}
