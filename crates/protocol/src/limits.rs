//! The limits both ends share. Each stands here once; prose links to it and never restates the number.

/// 1,024 bytes.
pub const KIB: usize = 1024;

/// Longest event name, in UTF-16 code units.
///
/// Source: HubSpot, "Define custom events".
pub const MAX_EVENT_NAME: usize = 50;

/// Longest property name, in UTF-16 code units.
///
/// Source: HubSpot, "Define custom events" and "Send event data".
pub const MAX_PROPERTY_NAME: usize = 50;

/// Most properties of one completion; the `hs_` properties that Pugmark adds itself do not count.
///
/// Source: HubSpot, "Send event data".
pub const MAX_PROPERTIES: usize = 50;

/// Longest property value, in UTF-16 code units.
///
/// Source: HubSpot, "Define custom events".
pub const MAX_VALUE: usize = 256;

/// Longest value of a property whose name contains `url`, `referrer` or `link`, in UTF-16 code units.
///
/// Source: HubSpot, "Define custom events".
pub const MAX_LINK_VALUE: usize = 1024;

/// Longest page title kept, in UTF-16 code units: that of an ordinary value.
pub const MAX_TITLE: usize = MAX_VALUE;

/// Longest address kept (page, referrer, link), in UTF-16 code units: that of a link value.
pub const MAX_URL: usize = MAX_LINK_VALUE;

/// Most events in one batch.
///
/// Source: HubSpot's batch endpoint takes as many.
pub const MAX_BATCH_EVENTS: usize = 500;

/// Largest batch the collector reads off the wire, in bytes, compressed or not.
pub const MAX_WIRE_BYTES: usize = KIB * KIB;

/// Largest batch after decompression, in bytes.
///
/// Eight times [`MAX_WIRE_BYTES`]: JSON of events compresses about fivefold, a bomb a thousandfold.
pub const MAX_BATCH_BYTES: usize = 8 * MAX_WIRE_BYTES;

/// Deepest nesting of arrays and objects in a batch; the format itself needs four levels.
pub const MAX_JSON_DEPTH: usize = 16;

/// One rule of how much may be given, as the tests of both ways in read it: the HTTP API refuses what is past it, the
/// JavaScript API cuts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub of: Limited,
    /// The most there may be.
    pub most: usize,
}

/// What a [`Limit`] limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The characters of an event's name.
    EventName,
    /// The characters of a property's name.
    PropertyName,
    /// The properties of one completion.
    Properties,
    /// The characters of the value of a property of this name.
    Value(&'static str),
    /// The events of one batch.
    Batch,
    /// The characters of a definition's label.
    Label,
    /// The characters of a property's label.
    PropertyLabel,
    /// The properties of a definition, besides the default ones.
    Definition,
    /// The definitions of a site.
    Definitions,
}

/// Most definitions of one site.
///
/// Source: HubSpot, "Send event data".
pub const MAX_DEFINITIONS: usize = 500;

/// Largest definition, in bytes: its texts taken together, and a request's body that has one in it.
///
/// Definitions are read whole for every event that a server sends and written whole at every change. Judgement (November
/// 2026): fifty properties with their labels, descriptions and a hundred options each.
pub const MAX_DEFINITION_BYTES: usize = 256 * KIB;

/// Every limit that HubSpot documents for events, with an example where it depends on a name.
///
/// Source: HubSpot, "Define custom events" and "Send event data". The numbers are written out once more on purpose: the
/// tests made from this table hold the constants to what is documented.
pub const DOCUMENTED: &[Limit] = &[
    Limit { of: Limited::EventName, most: 50 },
    Limit { of: Limited::PropertyName, most: 50 },
    Limit { of: Limited::Properties, most: 50 },
    Limit { of: Limited::Value("plan"), most: 256 },
    Limit { of: Limited::Value("page_url"), most: 1024 },
    Limit { of: Limited::Value("my_referrer"), most: 1024 },
    Limit { of: Limited::Value("deep_link"), most: 1024 },
    Limit { of: Limited::Batch, most: 500 },
    Limit { of: Limited::Label, most: 100 },
    Limit { of: Limited::PropertyLabel, most: 50 },
    Limit { of: Limited::Definition, most: 50 },
    Limit { of: Limited::Definitions, most: 500 },
];
