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
