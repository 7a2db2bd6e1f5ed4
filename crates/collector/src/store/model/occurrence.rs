//! Occurrences: events as the HubSpot-shaped API reads them, by record and in the order in which they happened.

use pugmark_protocol::definition::Object;
use pugmark_protocol::id::EventId;
use pugmark_protocol::time::UnixMillis;
use serde_json::{Map, Value};

/// Which occurrences are asked for; all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OccurrenceFilter {
    /// Only those that belong to records of this kind.
    pub object: Option<Object>,
    /// Only those of the record with this object id.
    pub object_id: Option<String>,
    /// Only those of records with these properties.
    pub object_properties: Vec<(String, String)>,
    /// Only of this name.
    pub name: Option<String>,
    /// Only with these properties.
    pub properties: Vec<(String, String)>,
    /// Only these; none means any.
    pub ids: Vec<EventId>,
    /// Only what happened after this.
    pub after: Option<UnixMillis>,
    /// Only what happened before this.
    pub before: Option<UnixMillis>,
    /// Whether what happened first comes first.
    pub ascending: bool,
    /// From where to go on, and which way.
    pub cursor: Option<(Direction, Place)>,
    /// How many at most.
    pub limit: usize,
}

/// Which way a cursor leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To what follows.
    After,
    /// To what comes before.
    Before,
}

/// Where an occurrence stands among the others: when it happened, and its number in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it happened.
    pub at: UnixMillis,
    /// Its number in the log.
    pub number: i64,
}

/// An event and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// Where it stands.
    pub place: Place,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it belongs to, if that is known.
    pub record: Option<(Object, String)>,
    /// All its properties.
    pub properties: Map<String, Value>,
}

/// Some occurrences, in the order asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OccurrencePage {
    /// The occurrences.
    pub occurrences: Vec<Occurrence>,
    /// Whether more follow.
    pub has_next: bool,
    /// Whether there are some before.
    pub has_previous: bool,
}

impl Place {
    /// As a cursor.
    pub fn to_text(self) -> String {
        format!("{}-{}", self.at.0, self.number)
    }

    /// Reads a cursor.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, number) = text.split_once('-')?;
        let number = number.parse().ok().filter(|&number| number >= 0)?;
        Some(Self { at: UnixMillis(at.parse::<u64>().ok().filter(|&at| i64::try_from(at).is_ok())?), number })
    }
}
