//! Facts: what happened on the page, as the edge reports it.

use pugmark_protocol::time::{Millis, UnixMillis};

use crate::completion::{Element, Given};
use crate::journal::Record;
use crate::outbox::FlightNumber;
use crate::page_view::Navigation;

/// What comes with every input.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    /// The time.
    pub now: UnixMillis,
    /// The session as storage has it now: another tab may have continued or renewed it. Text as
    /// [`crate::session::Session::to_text`] made it.
    pub session: Option<String>,
}

/// What was remembered from earlier pages, and what the browser signals.
#[derive(Clone, Debug, Default)]
pub struct Memories {
    /// The visitor's id.
    pub visitor: Option<String>,
    /// The answer about consent.
    pub answer: Option<String>,
    /// Whether the page has said `doNotTrack`.
    pub do_not_track: bool,
    /// Whether the browser sends Global Privacy Control.
    pub gpc: bool,
    /// When a collector has last answered this browser, as [`crate::effect::Memory::Answered`] says it, in decimal.
    pub answered: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The page called; `at` is earlier than now when the call waited for the tracker.
    Call {
        /// What it wants.
        call: Call,
        /// When it called; never later than now.
        at: UnixMillis,
    },
    /// An element was clicked.
    Clicked(Click),
    /// The address changed.
    Navigated {
        /// The new address.
        url: String,
        /// How it changed.
        how: Navigation,
    },
    /// The time asked for by [`crate::Effect::Settle`] has passed; the page's title is this now.
    Settled {
        /// `document.title`
        title: String,
    },
    /// The page became visible.
    Shown,
    /// The page was hidden or is being left: it may never run again.
    Hidden {
        /// `document.title`, for a view that had no time to settle.
        title: String,
    },
    /// The page came back from the back/forward cache.
    Restored,
    /// The site's rules arrived, from the cache or the collector, as [`crate::rules::Rules::new`] takes them.
    RulesArrived(String),
    /// Records of tabs that are gone.
    Adopted(Vec<Record>),
    /// What is remembered now: another tab may have changed it, or this one has written an answer and says what came of
    /// it. Said again, it changes nothing.
    MemoriesChanged(Memories),
    /// A batch was answered, or will never be.
    Answered {
        /// Which.
        flight: FlightNumber,
        /// How.
        answer: Answer,
    },
    /// The time asked for by [`crate::Effect::Wake`] has passed.
    TimeUp,
    /// The network is back.
    Online,
}

/// A call from the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Records a completion.
    TrackCustomEvent {
        /// The event, as the page wrote it.
        name: String,
        /// What it carries.
        given: Given,
        /// What was clicked, for events that the page's markup declares.
        element: Option<Element>,
    },
    /// Records a page view.
    TrackPageView {
        /// `document.title`
        title: String,
    },
    /// Says what the path of what follows is.
    SetPath(String),
    /// Says who the visitor is.
    Identify(Given),
    /// Gives or refuses consent.
    SetConsent(bool),
    /// Refuses consent that was given. HubSpot's form of it does not remember the refusal: the next page asks again.
    RevokeConsent {
        /// Whether the refusal is remembered.
        remembered: bool,
    },
    /// Stops everything, or takes that back.
    DoNotTrack(bool),
    /// Sends what waits, now.
    Flush,
    /// Forgets the visitor: the next one is somebody new.
    Reset,
}

/// A click.
#[derive(Clone, Debug, Default)]
pub struct Click {
    /// The path, as [`crate::rules`] reads it.
    pub path: String,
    /// Line by line what [`Element::read`] takes, of those elements which [`crate::Tracker::elements_of_interest`] has
    /// marked. Between them are empty lines, and after the last there is none.
    pub details: String,
}

/// How a batch was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With an HTTP status.
    Status {
        /// The status.
        status: u16,
        /// What `Retry-After` asks for.
        retry_after: Option<Millis>,
        /// How many events the receipt refuses.
        refused: u64,
    },
    /// Not at all: no network, a lost connection, a blocker, or a way out that brings no answer.
    None,
}
