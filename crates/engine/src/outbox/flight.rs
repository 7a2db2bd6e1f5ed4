//! Flights: batches under way, how they travel, and how many bytes of them may outlive the page.

use pugmark_protocol::limits::KIB;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::journal::Record;

/// Most bytes under way in requests that outlive the page.
///
/// Browsers refuse keepalive requests once 64 KiB are in flight, shared with every other script on the page; we leave
/// them 4 KiB. Source: Fetch standard, "HTTP-network-or-cache fetch".
pub const KEEPALIVE_BYTES: usize = 60 * KIB;

/// Most bytes handed to `fetchLater` at one leaving; its quota, 64 KiB an origin, is its own. Source: Fetch standard,
/// "deferred fetching".
pub const LATER_BYTES: usize = 60 * KIB;

/// What a batch takes beside its records, in bytes: site, tab, visitor, session, device. Judgement (November 2026):
/// twice what it comes to.
pub const ENVELOPE_BYTES: usize = 512;

/// A flight without an answer after this long is given up and its records are sent again.
///
/// Judgement (November 2026): the edge gives a request up much sooner and says so. This is for requests whose end nobody
/// reports, such as those of a page that was frozen.
pub const FLIGHT_LIMIT: Millis = Millis::minutes(2);

/// Tells flights apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlightNumber(pub u32);

/// How a batch leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// With an ordinary request, which dies with the page.
    Page,
    /// With a request that outlives the page.
    Keepalive,
    /// Handed to the browser with `fetchLater`, to be sent when the page is gone. It brings no answer.
    Later,
}

/// What is sent now, and how.
#[derive(Debug, PartialEq, Eq)]
pub struct Departure {
    /// The flight.
    pub number: FlightNumber,
    /// How it leaves.
    pub way: Way,
}

/// A batch under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flight {
    pub(super) number: FlightNumber,
    pub(super) records: Vec<Record>,
    pub(super) way: Way,
    pub(super) departed: UnixMillis,
}

impl Flight {
    /// When it is given up.
    pub(super) fn limit(&self) -> UnixMillis {
        self.departed + FLIGHT_LIMIT
    }
}

/// How many bytes may still leave by a way that outlives the page.
pub(super) fn room(flights: &[Flight], way: Way) -> usize {
    let limit = match way {
        Way::Page => return usize::MAX,
        Way::Keepalive => KEEPALIVE_BYTES,
        Way::Later => LATER_BYTES,
    };
    let under_way = flights.iter().filter(|flight| flight.way == way);
    limit.saturating_sub(under_way.map(|flight| batch_bytes(&flight.records)).sum())
}

/// Roughly the bytes of a batch, rather more than less.
pub(super) fn batch_bytes(records: &[Record]) -> usize {
    ENVELOPE_BYTES + records.iter().map(Record::size).sum::<usize>()
}
