//! The default store: one SQLite file, one writer, readers beside it.
//!
//! Everything that writes goes through one thread fed by a bounded channel ([`writer`]); it takes all that waits,
//! commits once, and answers all: thousands of events share one wait for the disk. Queries run on connections of
//! their own, which cannot write ([`readers`]).

mod append;
mod book;
mod catalog;
mod changes;
mod codeless;
mod definitions;
mod lock;
mod occurrences;
mod query;
mod readers;
mod records;
mod schema;
mod tokens;
mod writer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use pugmark_protocol::definition::Object;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::{
    Answer, Appended, Counts, Delivery, EventFilter, EventLog, EventPage, EventStore, NewBatch,
    OccurrenceFilter, OccurrencePage, OpenError, RecordFilter, RecordPage, Site, Store, StoreError,
};
pub(crate) use append::CONFLICT;
use lock::FolderLock;
use readers::Readers;
use tokens::Tokens;
use writer::Writer;

/// The database's file name within the data folder.
const FILE: &str = "pugmark.db";

/// How many prepared statements a connection keeps: more than there are.
const STATEMENTS: usize = 128;

/// The default store.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    /// Every site; the writer is ours alone, so this is never out of date.
    sites: RwLock<HashMap<String, Arc<Site>>>,
    /// Every token, likewise.
    tokens: Arc<RwLock<Tokens>>,
    /// Held as long as the store is.
    lock: Mutex<Option<FolderLock>>,
}

impl SqliteStore {
    /// Opens the store in `folder`, creating both if need be.
    ///
    /// # Errors
    ///
    /// When another process has it open, when a newer program has written it, when the file is damaged or cannot
    /// be opened. Never replaces what it cannot read.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let lock = FolderLock::take(folder)?;
        let path = folder.join(FILE);
        refuse_to_begin_anew(&path)?;
        let mut connection = open_writer(&path).map_err(|e| of_file(&path, &e.into()))?;
        schema::migrate(&mut connection).map_err(|e| of_file(&path, &e))?;
        let sites = catalog::read_sites(&connection)?;
        let tokens = tokens::all(&connection)?;
        let tokens = tokens.into_iter().map(|token| (token.key.clone(), Arc::new(token))).collect();
        let folding = Arc::new(AtomicBool::new(false));
        Ok(Self {
            writer: Writer::start(connection, path.clone(), Arc::clone(&folding))?,
            readers: Readers::new(path, folding),
            sites: RwLock::new(sites.into_iter().map(|site| (site.key.clone(), Arc::new(site))).collect()),
            tokens: Arc::new(RwLock::new(tokens)),
            lock: Mutex::new(Some(lock)),
        })
    }

    fn remember(&self, site: Site) {
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        sites.insert(site.key.clone(), Arc::new(site));
    }
}

/// SQLite's log of the database at `path`.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Refuses a folder whose database is gone or empty while its log is not: SQLite would throw the log away.
fn refuse_to_begin_anew(path: &Path) -> Result<(), OpenError> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    if size(path) == 0 && size(&log_of(path)) > 0 {
        return Err(OpenError(format!(
            "{}: the database is missing and only its log is left; restore a backup, or move the log away to begin \
             anew",
            path.display()
        )));
    }
    Ok(())
}

/// How long a connection waits for another that is in its way. None of ours ever is for long.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the connection that writes, and makes the database if there is none.
fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    set_up_writer(Connection::open(path)?)
}

/// Opens it again, but makes nothing: where the folder has gone since the start, as a disk does that is no longer mounted,
/// an empty database would give receipts for what nobody finds again.
fn reopen_writer(path: &Path) -> Result<Connection, StoreError> {
    let failed =
        |reason: String| StoreError::Failed(format!("the database cannot be opened again: {reason}"));
    refuse_to_begin_anew(path).map_err(|error| failed(error.to_string()))?;
    let flags = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE);
    let connection = Connection::open_with_flags(path, flags).map_err(|error| failed(error.to_string()))?;
    set_up_writer(connection)
}

fn set_up_writer(connection: Connection) -> Result<Connection, StoreError> {
    // FULL: a commit is on the disk when it is answered, also after a power cut. 64 MiB of cache keep the right
    // edges of the indexes in memory. The log file is cut back when it begins anew; `writer::LOG_LIMIT` is for
    // when it cannot. What a batch's savepoint keeps of pages stays in memory: a batch of 20 events touches more than
    // the 64 KiB past which SQLite would make and delete a file for it each time (measured: a sixth of the processor
    // time of an event).
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -65536;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA temp_store = MEMORY;",
    )?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Says of which file.
fn of_file(path: &Path, error: &OpenError) -> OpenError {
    OpenError(format!("{}: {error}", path.display()))
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Failed(reason) => Self(reason),
            other => Self(other.to_string()),
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Self::TooSlow,
            Some(ErrorCode::DatabaseBusy) => Self::Busy,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Failed(format!(
                "the database is damaged ({error}); it was left as it is: restore a backup, or move it away to \
                 begin anew"
            )),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl EventLog for SqliteStore {
    fn append(&self, batch: Arc<NewBatch>) -> Answer<'_, Appended> {
        self.writer.append(batch)
    }
}

impl EventStore for SqliteStore {
    fn occurrences<'a>(&'a self, site: &'a str, filter: OccurrenceFilter) -> Answer<'a, OccurrencePage> {
        let site = site.to_owned();
        self.readers.walk(move |connection| occurrences::page(connection, &site, &filter))
    }

    fn event_names<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<String>> {
        let site = site.to_owned();
        self.readers.read(move |connection| occurrences::names(connection, &site))
    }

    fn records<'a>(&'a self, site: &'a str, filter: RecordFilter) -> Answer<'a, RecordPage> {
        let site = site.to_owned();
        self.readers.read(move |connection| records::page(connection, &site, &filter))
    }

    fn has_record<'a>(&'a self, site: &'a str, object: Object, object_id: &'a str) -> Answer<'a, bool> {
        let (site, object_id) = (site.to_owned(), object_id.to_owned());
        self.readers.read(move |connection| records::has(connection, &site, object, &object_id))
    }

    fn events<'a>(&'a self, site: &'a str, filter: EventFilter) -> Answer<'a, EventPage> {
        let site = site.to_owned();
        self.readers.read(move |connection| query::events(connection, &site, &filter))
    }

    fn counts<'a>(&'a self, site: &'a str, days: u32) -> Answer<'a, Vec<Counts>> {
        let site = site.to_owned();
        let today = query::day_of(crate::state::now());
        self.readers.read(move |connection| query::counts(connection, &site, today - i64::from(days) + 1))
    }

    fn delivery<'a>(&'a self, site: &'a str, visitor: Option<&'a str>) -> Answer<'a, Delivery> {
        let (site, visitor) = (site.to_owned(), visitor.map(str::to_owned));
        self.readers.read(move |connection| query::delivery(connection, &site, visitor.as_deref()))
    }
}

impl Store for SqliteStore {
    fn probe(&self) -> Answer<'_, ()> {
        // As large as a good batch, or a disk with room for a page passes for one with room for events; and another
        // each time, for SQLite does not write what is there already.
        self.writer.upkeep(|connection| {
            connection.execute(
                "INSERT INTO setting (key, value) VALUES ('probe', hex(randomblob(16384)))
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [],
            )?;
            Ok(())
        })
    }

    fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.writer.close().await?;
            self.readers.close();
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
