//! Decisions: what the edge is to do.

use pugmark_protocol::reason::Loss;
use pugmark_protocol::time::Millis;

use crate::consent::Consent;
use crate::journal::JournalKey;
use crate::outbox::{FlightNumber, Report, Way};

/// Something to do. Effects are carried out in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Writes a record into the journal, at once. Where storage is refused, memory has it still.
    Write {
        /// Under this key.
        key: JournalKey,
        /// This.
        record: String,
    },
    /// Removes a record from the journal, if it is still the same: its tab may have overwritten it since.
    Forget {
        /// From under this key.
        key: JournalKey,
        /// This.
        record: String,
    },
    /// Remembers something across pages.
    Remember(Memory),
    /// Removes everything remembered and journalled, but for consent itself.
    Erase,
    /// Consent is there: fetch the site's rules, adopt the journals of tabs that are gone, write cookies.
    Begin,
    /// Sends a batch, then reports with [`crate::Input::Answered`].
    Send {
        /// Which flight to report about.
        flight: FlightNumber,
        /// The request's body.
        body: String,
        /// How it leaves.
        way: Way,
    },
    /// Asks for [`crate::Input::TimeUp`] after this long, instead of any time asked for before.
    Wake(Millis),
    /// Asks for [`crate::Input::Settled`] after this long.
    Settle(Millis),
    /// Tells those who listen.
    Tell(Notice),
    /// Answers every `flush()` that waits.
    Flushed(Report),
}

/// What is remembered across pages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Memory {
    /// The visitor's id.
    Visitor(String),
    /// The session.
    Session(String),
    /// The answer about consent; forgotten when it is [`Consent::Awaited`].
    Answer(Consent),
    /// Whether the page has said `doNotTrack`.
    DoNotTrack(bool),
    /// That a collector has answered this browser.
    Answered,
}

/// What happened, for those who listen with `on`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// A completion was recorded.
    Completion {
        /// Its id.
        id: String,
        /// The event.
        name: String,
        /// Its properties, as a JSON object.
        properties: String,
    },
    /// The property rules changed something about a completion.
    Adjusted {
        /// The event.
        name: String,
        /// What, in the wire's form.
        changes: Vec<String>,
    },
    /// The collector has these events.
    Delivered {
        /// How many.
        events: u64,
    },
    /// Events were let go.
    Lost {
        /// How many.
        events: u64,
        /// Why.
        reason: Loss,
    },
    /// Consent changed.
    Consent(Consent),
    /// The visitor said who they are, or left.
    Identity {
        /// What is known, as a JSON object.
        known: String,
    },
}
