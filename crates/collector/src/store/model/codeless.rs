//! What is known of codeless events beside their definitions: drafts, changes, near misses, what was found and what
//! was hit.

use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// Who changed a definition, and by which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The collector itself: the demo's definitions.
    Collector,
    /// Somebody who was signed in to the studio.
    SignedIn,
    /// Somebody with the admin token, through the JSON API.
    AdminToken,
    /// Somebody with a token of the site, by its number.
    Token(i64),
    /// Somebody who was signed in published what was made in the visualizer.
    Visualizer,
    /// Somebody who was signed in took a proposal for an event that had gone silent.
    Proposal,
}

impl Author {
    /// How it is kept.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::SignedIn => "signed_in",
            Self::AdminToken => "admin_token",
            Self::Token(_) => "token",
            Self::Visualizer => "visualizer",
            Self::Proposal => "proposal",
        }
    }

    /// Reads what is kept; what a newer version wrote counts as somebody signed in.
    pub(crate) fn parse(code: &str, token: Option<i64>) -> Self {
        match (code, token) {
            ("token", Some(token)) => Self::Token(token),
            ("collector", _) => Self::Collector,
            ("admin_token", _) => Self::AdminToken,
            ("visualizer", _) => Self::Visualizer,
            ("proposal", _) => Self::Proposal,
            _ => Self::SignedIn,
        }
    }

    /// The token's number, if it was a token of the site.
    pub fn token(self) -> Option<i64> {
        match self {
            Self::Token(id) => Some(id),
            Self::Collector | Self::SignedIn | Self::AdminToken | Self::Visualizer | Self::Proposal => None,
        }
    }
}

/// A definition that waits to be published: a new one, or a change of the one with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// What it would be.
    pub definition: Definition,
    /// When it was last kept.
    pub at: UnixMillis,
}

/// What became of a definition at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: UnixMillis,
    /// By whom.
    pub by: Author,
    /// What it was; none where it was made or brought back.
    pub before: Option<Definition>,
    /// What it is since; none where it was deleted.
    pub after: Option<Definition>,
}

/// An element that was clicked and almost was the one that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// What the tracker saw of it, one line: the family and its tokens.
    pub observation: String,
    /// Where it was clicked last.
    pub url: String,
    /// How much of the fingerprint's weight it has.
    pub score: u32,
    /// How often it was told. A sample: of many clicks few are told.
    pub n: u64,
    /// When it was told first.
    pub first_at: UnixMillis,
    /// When it was told last.
    pub at: UnixMillis,
}

impl NearMiss {
    /// How long one is remembered.
    ///
    /// Judgement (November 2026): an event that went silent is looked at within a month, and what was clicked before that
    /// is of another page.
    pub const KEPT: Millis = Millis::days(30);

    /// Most kept of one event of each kind: of those that were told before its last hit, and of those that were not. Those
    /// told most often stay.
    ///
    /// What was told before the last hit stood beside the element that was meant and is never taken for it: who forgets it
    /// takes it for new when it is told again. Judgement (November 2026): more than an element has siblings that are like it.
    pub const MOST: usize = 50;

    /// How often one must have been told to be proposed.
    ///
    /// What is told once may say what one visitor's page said: a greeting, a name. Judgement (November 2026).
    pub const TOLD: u64 = 3;
}

/// What the visualizer saw of an event on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// One element, as it should be.
    One,
    /// More elements than are meant.
    Several,
    /// The element that is meant, by less than half of what lies between the threshold and the whole.
    Weak,
    /// None that is meant; the score is that of the one that came nearest.
    None,
}

impl Found {
    /// Every one.
    pub(crate) const ALL: [Self; 4] = [Self::One, Self::Several, Self::Weak, Self::None];

    /// How it is kept and sent.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Several => "several",
            Self::Weak => "weak",
            Self::None => "none",
        }
    }
}

/// A [`Found`] of an event, on a page, at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The event.
    pub name: String,
    /// The page, without query and fragment.
    pub url: String,
    /// What was seen.
    pub found: Found,
    /// The best score.
    pub score: u32,
    /// When.
    pub at: UnixMillis,
}

impl Finding {
    /// How long one counts and is remembered: as long as a near miss.
    ///
    /// It is of the page as it was: nobody looks again at a page that was mended or is gone, and what was seen there would
    /// be held against the event for ever. Who keeps an event in order opens the visualizer within a month.
    pub const KEPT: Millis = NearMiss::KEPT;

    /// Most pages remembered of one event: those looked at last. Judgement (November 2026): more than anybody opens.
    pub const MOST: usize = 50;
}

/// What happened of an event lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The event.
    pub name: String,
    /// How often on each day (UTC, counted from 1970) on which it happened, newest first, at most [`Self::DAYS`].
    pub days: Vec<(u64, u64)>,
    /// The last hits, newest first, at most [`Self::HITS`].
    pub hits: Vec<Hit>,
}

impl Activity {
    /// Most days told: all of the four weeks before the last one, however long ago that was, and the week before today.
    pub const DAYS: usize = 40;

    /// Most hits told. Judgement (November 2026): enough that one odd click decides nothing.
    pub const HITS: usize = 20;
}

/// One completion of a codeless event, with what its element was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// When it happened.
    pub at: UnixMillis,
    /// On which page, without query and fragment.
    pub url: String,
    /// How much of the fingerprint's weight the element had; none where it was all of it, or there is no fingerprint.
    pub score: Option<u32>,
    /// The element's text.
    pub text: String,
    /// Where it led.
    pub href: String,
}

/// A page that visitors have viewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViewedPage {
    /// Its address, without query and fragment.
    pub url: String,
    /// How many of the views that were looked at.
    pub views: u64,
}

/// An address without query and fragment.
pub fn page_of(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
