//! What the collector keeps, behind three ideas that another engine can take over one by one: a log that batches
//! are appended to ([`EventLog`]), a store that is queried ([`EventStore`]), and the few things people edit
//! ([`Catalog`]).

mod model;
mod sqlite;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use pugmark_protocol::definition::Definition;

pub use model::{
    Appended, Counts, DayCount, Delivery, EventFilter, EventPage, Lost, NewBatch, NewEvent, Site,
    StoredEvent, StoredPage, StoredProperties, TabDelivery, Verdict,
};
pub(crate) use sqlite::CONFLICT;
pub use sqlite::SqliteStore;

/// What a store answers, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too much is waiting to be written; the sender should come again.
    #[error("the store is busy: too much is waiting to be written")]
    Busy,
    /// The store is shutting down; the sender should come again.
    #[error("the store is closing")]
    Closed,
    /// The query took longer than a query may.
    #[error("the query took too long; ask for less at once")]
    TooSlow,
    /// There is something under this name already.
    #[error("there is already a {0} of this name")]
    Exists(&'static str),
    /// The store failed; what was to be written is not.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// Why a store cannot be opened: a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

/// A log that batches are appended to.
pub trait EventLog: Send + Sync {
    /// Appends a batch. The answer comes when it is durable, whole or not at all; ids known before are not
    /// stored again.
    fn append(&self, batch: Arc<NewBatch>) -> Answer<'_, Appended>;
}

/// A store that is queried.
pub trait EventStore: Send + Sync {
    /// Events of a site, newest first.
    fn events<'a>(&'a self, site: &'a str, filter: EventFilter) -> Answer<'a, EventPage>;

    /// How often each event of a site was completed, most often first, with the last `days` days (UTC) each.
    fn counts<'a>(&'a self, site: &'a str, days: u32) -> Answer<'a, Vec<Counts>>;

    /// What became of the events that a site's tabs made, or those of one visitor: sums, and the tabs that lack
    /// some, seen last first.
    fn delivery<'a>(&'a self, site: &'a str, visitor: Option<&'a str>) -> Answer<'a, Delivery>;
}

/// What people edit: sites and definitions; and the collector's own settings.
pub trait Catalog: Send + Sync {
    /// Every site, by key.
    fn sites(&self) -> Answer<'_, Vec<Site>>;

    /// The site with this key. Asked for every batch: answered from memory.
    fn site(&self, key: &str) -> Option<Arc<Site>>;

    /// Creates a site. [`StoreError::Exists`] if the key is taken.
    fn create_site(&self, site: Site) -> Answer<'_, ()>;

    /// Replaces a site's settings; `false` if there is none with this key.
    fn change_site(&self, site: Site) -> Answer<'_, bool>;

    /// A site's definitions, by name.
    fn definitions<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Definition>>;

    /// One definition.
    fn definition<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Option<Definition>>;

    /// Creates a definition. [`StoreError::Exists`] if the name is taken.
    fn create_definition<'a>(&'a self, site: &'a str, definition: Definition) -> Answer<'a, ()>;

    /// Replaces a definition; `false` if there is none of this name.
    fn change_definition<'a>(&'a self, site: &'a str, definition: Definition) -> Answer<'a, bool>;

    /// Deletes a definition; `false` if there is none. The events stay.
    fn delete_definition<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, bool>;

    /// A setting of the collector's own.
    fn setting<'a>(&'a self, key: &'a str) -> Answer<'a, Option<String>>;

    /// Keeps a setting.
    fn put_setting<'a>(&'a self, key: &'a str, value: String) -> Answer<'a, ()>;
}

/// All three in one.
pub trait Store: EventLog + EventStore + Catalog {
    /// Whether something can be written now, proved by writing.
    fn probe(&self) -> Answer<'_, ()>;

    /// How many batches wait to be written.
    fn waiting(&self) -> usize;

    /// Writes what waits, answers it, and ends. Later calls are answered with [`StoreError::Closed`].
    fn close(&self) -> Answer<'_, ()>;
}
