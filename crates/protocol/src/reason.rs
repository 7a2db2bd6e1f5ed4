//! Why something was changed, refused or let go. Closed lists with short codes; the sentences live in the docs.

use crate::text;

/// What the property rules changed about a completion, so that nothing is altered in silence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Adjustment {
    /// The event's own name was repaired or cut.
    EventName,
    /// The name was lower-cased, repaired or cut to this one.
    PropertyName(String),
    /// Nothing was left of this name, so the property was dropped.
    NoName(String),
    /// The value was cut.
    ValueCut(String),
    /// The value is of a kind that cannot be recorded, so the property was dropped.
    NoValue(String),
    /// Several properties came to this name; the last was used.
    Duplicate(String),
    /// So many properties were past the limit and dropped.
    TooMany(usize),
}

impl Adjustment {
    /// The form on the wire: `reason:property`, `too_many:count`, or a bare `event_name`.
    pub fn code(&self) -> String {
        match self {
            Self::EventName => "event_name".to_owned(),
            Self::PropertyName(name) => ["property_name:", name].concat(),
            Self::NoName(name) => ["no_name:", name].concat(),
            Self::ValueCut(name) => ["value_cut:", name].concat(),
            Self::NoValue(name) => ["no_value:", name].concat(),
            Self::Duplicate(name) => ["duplicate:", name].concat(),
            Self::TooMany(count) => {
                let mut code = "too_many:".to_owned();
                text::push_decimal(&mut code, *count as u64);
                code
            }
        }
    }
}

/// Why the tracker let an event go. The collector is told which events those were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// Occurs when nothing is left of the event's name.
    NoName,
    /// Occurs when more was called than can wait in memory for consent.
    WaitingFull,
    /// Occurs when the journal's budget is used up; the oldest event made room.
    OutboxFull,
    /// Occurs when an event waited longer for a receipt than it may.
    TooOld,
    /// Occurs when one event alone is larger than a batch may be.
    TooLarge,
    /// Occurs when the collector refused the event, or the whole request, for good.
    Refused,
}

impl Loss {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 6] =
        [Self::NoName, Self::WaitingFull, Self::OutboxFull, Self::TooOld, Self::TooLarge, Self::Refused];

    /// The kind's name on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoName => "no_name",
            Self::WaitingFull => "waiting_full",
            Self::OutboxFull => "outbox_full",
            Self::TooOld => "too_old",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
        }
    }

    /// Reads [`Self::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|loss| loss.code() == code)
    }
}

/// Why the collector refused one event of a batch. Final: the tracker forgets the event and counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Refusal {
    /// Occurs when no site has this key.
    UnknownSite,
    /// Occurs when the site does not accept events from this page's origin.
    Origin,
    /// Occurs when the id is no UUID.
    BadId,
    /// Occurs when the event is not of the documented form.
    BadEvent,
    /// Occurs when nothing is left of the event's name.
    NoName,
}
