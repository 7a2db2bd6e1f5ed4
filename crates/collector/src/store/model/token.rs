//! Tokens: what servers prove themselves with. Each belongs to one site and opens only what its scopes say.

use pugmark_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Reading and changing definitions.
    Definitions,
    /// Sending events.
    Send,
    /// Reading events.
    Read,
    /// All of these, and the site's part of the collector's own JSON API, tokens included.
    Admin,
}

impl Scope {
    /// Every scope, in the order in which people are shown them.
    pub const ALL: [Self; 4] = [Self::Definitions, Self::Send, Self::Read, Self::Admin];

    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Definitions => "definitions",
            Self::Send => "send",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// Reads [`Self::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }
}

/// A token, without its secret, which nobody has but who it was given to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// The site it belongs to.
    #[serde(skip)]
    pub site: String,
    /// The part that names it.
    pub key: String,
    /// The SHA-256 of the whole.
    #[serde(skip)]
    pub hash: [u8; 32],
    /// What people call it.
    pub label: String,
    /// What it opens.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it was revoked.
    pub revoked_at: Option<UnixMillis>,
}

impl Token {
    /// Whether it opens this.
    pub fn opens(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }
}
