//! What the collector keeps, behind four ideas that another engine can take over one by one: a log that batches
//! are appended to ([`EventLog`]), a store that is queried ([`EventStore`]), the few things people edit
//! ([`Catalog`]), and what is known of codeless events beside their definitions ([`Codeless`]).

mod model;
mod sqlite;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use pugmark_protocol::definition::{Definition, Object};
use pugmark_protocol::time::UnixMillis;

pub use model::{
    Activity, Appended, Author, Change, Counts, DayCount, Delivery, Direction, Draft, Entry, EventFilter,
    EventPage, FIRST_OBJECT_ID, Finding, Found, Hit, Lost, MAX_OBJECT_ID, NearMiss, NewBatch, NewEvent,
    Occurrence, OccurrenceFilter, OccurrencePage, Place, PropertyTimes, Record, RecordFilter, RecordPage,
    Scope, Site, StoredEvent, StoredPage, StoredProperties, TabDelivery, Target, Token, Verdict, ViewedPage,
    address, own_number, page_of,
};
pub(crate) use sqlite::CONFLICT;
pub use sqlite::SqliteStore;

/// Most drafts of a site. Judgement (November 2026): more than one person can have in mind, and a bound on what a token
/// for the visualizer can fill.
pub const MAX_DRAFTS: usize = 200;

/// What a store answers, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Too much is waiting to be written, or another program has the database; the sender should come again.
    #[error("the store is busy: too much is waiting to be written, or another program has the database")]
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
    /// The name belonged to a definition that was deleted.
    #[error("an event of this name was deleted, and its name can never be used again; choose another")]
    NameUsedUp,
    /// Code sends an event of this name.
    #[error(
        "an event of this name is sent by code, which a codeless one must not be mixed with; choose another name"
    )]
    SentByCode,
    /// There are as many definitions as there may be.
    #[error("the site has {max} definitions, the most there may be; delete one that is not used", max = pugmark_protocol::limits::MAX_DEFINITIONS)]
    Full,
    /// There are as many drafts as there may be.
    #[error("{MAX_DRAFTS} drafts wait to be published, the most there may be; publish or discard some first")]
    TooManyDrafts,
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
    /// Events of a site, with the records they belong to, in the order in which they happened.
    fn occurrences<'a>(&'a self, site: &'a str, filter: OccurrenceFilter) -> Answer<'a, OccurrencePage>;

    /// The names of all events of a site that have arrived or are defined, in order.
    fn event_names<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<String>>;

    /// Records of a site.
    fn records<'a>(&'a self, site: &'a str, filter: RecordFilter) -> Answer<'a, RecordPage>;

    /// Whether a site has a record of this kind with this object id.
    fn has_record<'a>(&'a self, site: &'a str, object: Object, object_id: &'a str) -> Answer<'a, bool>;

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
    /// A number that grows with every change to what people edit, before the change is answered: what was read since it
    /// last grew need not be read again.
    fn edition(&self) -> u64;

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

    /// A site's definitions with what is known about them, by name.
    fn entries<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Entry>>;

    /// One definition.
    fn entry<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Option<Entry>>;

    /// Creates a definition. [`StoreError::Exists`] if the name is taken, [`StoreError::NameUsedUp`] if it was,
    /// [`StoreError::Full`] if there are too many.
    fn create_definition<'a>(&'a self, site: &'a str, definition: Definition, by: Author) -> Answer<'a, ()>;

    /// Replaces a definition; `false` if there is none of this name.
    fn change_definition<'a>(&'a self, site: &'a str, definition: Definition, by: Author)
    -> Answer<'a, bool>;

    /// Deletes a definition and hides its events; `false` if there is none. Its name stays taken. [`Catalog::purge`]
    /// removes the events.
    fn delete_definition<'a>(&'a self, site: &'a str, name: &'a str, by: Author) -> Answer<'a, bool>;

    /// Brings back a definition that was deleted at `since` or later, with its events; `false` if there is none,
    /// [`StoreError::Full`] if there are too many. Of many events that came meanwhile, [`Catalog::purge`] brings the rest.
    fn restore_definition<'a>(
        &'a self,
        site: &'a str,
        name: &'a str,
        since: UnixMillis,
        by: Author,
    ) -> Answer<'a, bool>;

    /// What became of the definitions of this name, newest first: the last hundred changes, by whatever door.
    fn changes<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Vec<Change>>;

    /// Removes some events of definitions that were deleted before `before`, or brings some to a restored one; `true` when
    /// there may be more.
    fn purge(&self, before: UnixMillis) -> Answer<'_, bool>;

    /// A site's tokens, made first first.
    fn tokens<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Token>>;

    /// The token that this part names, revoked or not. Asked for every request: answered from memory.
    fn token(&self, key: &str) -> Option<Arc<Token>>;

    /// Keeps a token; what is answered has its number.
    fn create_token(&self, token: Token) -> Answer<'_, Token>;

    /// Revokes a site's token, for good; `false` if there is none of this number.
    fn revoke_token<'a>(&'a self, site: &'a str, id: i64) -> Answer<'a, bool>;

    /// A setting of the collector's own.
    fn setting<'a>(&'a self, key: &'a str) -> Answer<'a, Option<String>>;

    /// Keeps a setting.
    fn put_setting<'a>(&'a self, key: &'a str, value: String) -> Answer<'a, ()>;
}

/// What is known of codeless events beside their definitions.
pub trait Codeless: Send + Sync {
    /// A site's drafts, by name.
    fn drafts<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Draft>>;

    /// Keeps a draft in the place of the one with its name. [`StoreError::SentByCode`] if the name is that of an event that
    /// code sends, [`StoreError::NameUsedUp`] if it was of one that was deleted, [`StoreError::TooManyDrafts`].
    fn put_draft<'a>(&'a self, site: &'a str, definition: Definition) -> Answer<'a, Draft>;

    /// Discards a draft; `false` if there is none.
    fn discard_draft<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, bool>;

    /// Makes this the definition of its name, new or changed, and discards the draft; `false`, and nothing is done, if
    /// there is no draft of this name any more. Refuses what [`Catalog::create_definition`] refuses.
    fn publish_draft<'a>(&'a self, site: &'a str, definition: Definition, by: Author) -> Answer<'a, bool>;

    /// Every name that is taken or was: of definitions, deleted ones included, of drafts, and of events that arrived.
    fn taken_names<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<String>>;

    /// What happened lately of the events of these names; those that never happened have no days.
    fn activity<'a>(&'a self, site: &'a str, names: Vec<String>) -> Answer<'a, Vec<Activity>>;

    /// Takes note of a near miss of an event; see [`NearMiss::MOST`] for how many are kept.
    fn note_near_miss<'a>(&'a self, site: &'a str, name: &'a str, miss: NearMiss) -> Answer<'a, ()>;

    /// The near misses of an event, best first.
    fn near_misses<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Vec<NearMiss>>;

    /// Takes note of what the visualizer saw.
    fn note_findings<'a>(&'a self, site: &'a str, findings: Vec<Finding>) -> Answer<'a, ()>;

    /// What the visualizer last saw of each of a site's events on each page.
    fn findings<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Finding>>;

    /// Removes the near misses and findings of all sites that are past their time.
    fn forget_old(&self, now: UnixMillis) -> Answer<'_, ()>;

    /// The pages of these origins that a site's visitors viewed lately, viewed last first. How many views there are of other
    /// origins, which anybody may have sent, makes no difference.
    fn viewed_pages<'a>(&'a self, site: &'a str, origins: &'a [String]) -> Answer<'a, Vec<ViewedPage>>;
}

/// All of them in one.
pub trait Store: EventLog + EventStore + Catalog + Codeless {
    /// Whether something can be written now, proved by writing.
    fn probe(&self) -> Answer<'_, ()>;

    /// How many batches wait to be written.
    fn waiting(&self) -> usize;

    /// Writes what waits, answers it, and ends. Later calls are answered with [`StoreError::Closed`].
    fn close(&self) -> Answer<'_, ()>;
}
