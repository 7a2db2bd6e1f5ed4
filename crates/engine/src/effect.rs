//! Decisions: what the edge is to do.

use pugmark_protocol::id::{EventId, VisitorId};
use pugmark_protocol::name::EventName;
use pugmark_protocol::reason::{Adjustment, Loss};
use pugmark_protocol::text::push_decimal;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::consent::Consent;
use crate::journal::JournalKey;
use crate::json;
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
    /// Hands the collector the body of a near miss, once; nobody waits for an answer.
    ReportNearMiss(String),
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
    Visitor(VisitorId),
    /// The session.
    Session(String),
    /// The answer about consent; forgotten when it is [`Consent::Awaited`].
    Answer(Consent),
    /// Whether the page has said `doNotTrack`.
    DoNotTrack(bool),
    /// That a collector has answered this browser, and when.
    Answered(UnixMillis),
}

/// What happened, for those who listen with `on`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// A completion was recorded.
    Completion {
        /// Its id.
        id: EventId,
        /// The event.
        name: EventName,
        /// Its properties, as a JSON object.
        properties: String,
    },
    /// The property rules changed something about a completion.
    Adjusted {
        /// The event, or the call.
        name: String,
        /// What.
        changes: Vec<Adjustment>,
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

impl Notice {
    /// The kind under which it is listened to.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Completion { .. } => "completion",
            Self::Adjusted { .. } => "adjusted",
            Self::Delivered { .. } => "delivered",
            Self::Lost { .. } => "lost",
            Self::Consent(_) => "consent",
            Self::Identity { .. } => "identity",
        }
    }

    /// What a listener is given, as JSON.
    pub fn to_json(&self) -> String {
        let mut out = "{".to_owned();
        match self {
            Self::Completion { id, name, properties } => {
                json::push_text_member(&mut out, "id", &id.to_text());
                json::push_text_member(&mut out, "name", name.as_str());
                json::push_name(&mut out, "properties");
                out.push_str(properties);
            }
            Self::Adjusted { name, changes } => {
                json::push_text_member(&mut out, "name", name);
                json::push_name(&mut out, "changes");
                push_changes(&mut out, changes);
            }
            Self::Delivered { events } => push_count(&mut out, "events", *events),
            Self::Lost { events, reason } => {
                push_count(&mut out, "events", *events);
                json::push_text_member(&mut out, "reason", reason.code());
            }
            Self::Consent(consent) => json::push_text_member(&mut out, "consent", consent.code()),
            Self::Identity { known } => return known.clone(),
        }
        out.push('}');
        out
    }
}

/// Appends what was changed, as a list in the wire's form.
pub(crate) fn push_changes(out: &mut String, changes: &[Adjustment]) {
    json::push_list(out, changes, |out, change| json::push_string(out, &change.code()));
}

/// Appends a member whose value is a whole number.
pub(crate) fn push_count(out: &mut String, name: &str, count: u64) {
    json::push_name(out, name);
    push_decimal(out, count);
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::time::UnixMillis;

    use super::*;

    #[test]
    fn listeners_are_given_json() {
        let id = EventId::new(UnixMillis(0x0123_4567_89ab), [0, 1]);
        let name = EventName::known("signed_up");
        let changes = vec![Adjustment::EventName, Adjustment::ValueCut("plan".to_owned())];
        for (notice, kind, json) in [
            (
                Notice::Completion { id, name, properties: r#"{"plan":"pro"}"#.to_owned() },
                "completion",
                r#"{"id":"01234567-89ab-7000-8000-000000000001","name":"signed_up","properties":{"plan":"pro"}}"#,
            ),
            (
                Notice::Adjusted { name: "signed_up".to_owned(), changes },
                "adjusted",
                r#"{"name":"signed_up","changes":["event_name","value_cut:plan"]}"#,
            ),
            (Notice::Delivered { events: 3 }, "delivered", r#"{"events":3}"#),
            (Notice::Lost { events: 2, reason: Loss::TooOld }, "lost", r#"{"events":2,"reason":"too_old"}"#),
            (Notice::Consent(Consent::Granted), "consent", r#"{"consent":"granted"}"#),
            (Notice::Identity { known: r#"{"id":"7"}"#.to_owned() }, "identity", r#"{"id":"7"}"#),
        ] {
            assert_eq!((notice.kind(), notice.to_json().as_str()), (kind, json));
        }
    }

    #[test]
    fn who_flushes_is_given_a_report_as_json() {
        let report = Report { sent: 12, pending: 3, lost: 0 };
        assert_eq!(report.to_json(), r#"{"sent":12,"pending":3,"lost":0}"#);
    }
}
