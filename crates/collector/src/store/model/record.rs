//! Records: the contacts, companies, deals and tickets that events belong to.

use pugmark_protocol::definition::Object;
use pugmark_protocol::id::VisitorId;
use pugmark_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where the object ids that we give begin: far past those that other systems give, so that ids that are brought along
/// meet none of ours, and small enough to be exact as a JavaScript number.
pub const FIRST_OBJECT_ID: i64 = 9_000_000_000_000;

/// How many of them there are; what is past them may be anybody's again, as a number of 64 bits that another system made.
const OBJECT_IDS: i64 = 1_000_000_000_000;

/// The number of the record that has this object id, if it is one that we give.
///
/// Only as we write it: with a sign or zeros before it, it is another's.
pub fn own_number(object_id: &str) -> Option<i64> {
    let number = object_id.parse::<i64>().ok()?.checked_sub(FIRST_OBJECT_ID)?;
    let is_written_so = object_id.starts_with(|c: char| matches!(c, '1'..='9'));
    (is_written_so && (1..OBJECT_IDS).contains(&number)).then_some(number)
}

/// Longest object id that comes from outside, in characters.
pub const MAX_OBJECT_ID: usize = 64;

/// Longest address, in bytes. Source: RFC 5321, section 4.5.3.1.3, without the angle brackets.
const MAX_EMAIL: usize = 254;

/// Whose an event is that a server sends. What names nobody is passed over for what comes after it.
///
/// Source: HubSpot, "Send event data" has this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Which kind of record.
    pub object: Object,
    /// First: a record's property and the value it has.
    pub matching: Option<(String, String)>,
    /// Second: its object id.
    pub object_id: Option<String>,
    /// Third: a contact's address, in lower case.
    pub email: Option<String>,
    /// Fourth: a contact's browser.
    pub visitor: Option<VisitorId>,
}

/// A contact, company, deal or ticket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// Its object id.
    pub id: String,
    /// What it is.
    pub object: Object,
    /// A contact's address.
    pub email: Option<String>,
    /// The id that the site's pages gave a contact.
    pub known_id: Option<String>,
    /// What else is known.
    pub properties: Map<String, Value>,
    /// The browsers that are a contact's.
    pub utks: Vec<String>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it last changed.
    pub updated_at: UnixMillis,
}

/// Which records are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct RecordFilter {
    /// Of which kind.
    #[serde(default)]
    pub object: Object,
    /// Only the contact with this address.
    #[serde(default)]
    pub email: Option<String>,
    /// Go on after this cursor: [`RecordPage::next`] of the page before.
    #[serde(default)]
    pub after: Option<i64>,
    /// How many at most; 0 means the default.
    #[serde(default)]
    pub limit: u32,
}

/// Some records, made first first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RecordPage {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page starts; `None` when there is none.
    pub next: Option<i64>,
}

/// An address in lower case, if it looks like one. Whether somebody reads it, only a message can tell.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let (name, domain) = text.rsplit_once('@')?;
    let is_one = !name.is_empty()
        && !domain.is_empty()
        && text.len() <= MAX_EMAIL
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    is_one.then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_object_ids_are_known_by_their_range_and_the_way_they_are_written() {
        for (id, number) in [
            ("9000000000001", Some(1)),
            ("9999999999999", Some(999_999_999_999)),
            ("9000000000000", None),
            ("10000000000000", None),
            ("8999999999999", None),
            ("1795430400000000001", None),
            ("09000000000001", None),
            ("+9000000000001", None),
            ("9000000000001 ", None),
            ("C-9000000000001", None),
            ("", None),
        ] {
            assert_eq!(own_number(id), number, "{id}");
        }
    }

    #[test]
    fn addresses_are_compared_in_lower_case_and_nonsense_is_none() {
        assert_eq!(address(" Ann@Example.COM "), Some("ann@example.com".to_owned()));
        for nonsense in ["", "@", "ann", "ann@", "@example.com", "an n@example.com"] {
            assert_eq!(address(nonsense), None, "{nonsense}");
        }
        assert!(address(&format!("{}@b.c", "a".repeat(MAX_EMAIL - 4))).is_some());
        assert!(address(&format!("{}@b.c", "a".repeat(MAX_EMAIL - 3))).is_none());
    }
}
