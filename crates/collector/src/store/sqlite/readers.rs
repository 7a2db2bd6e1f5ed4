//! Connections for queries: they cannot write, never block the writer, and give up after a while.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::store::{Answer, StoreError};

/// How long one query may take. Judgement (November 2026): a person has left by then.
const QUERY_LASTS: Duration = Duration::from_secs(10);

/// How many of SQLite's steps pass between two looks at the clock.
const STEPS: i32 = 10_000;

/// Most idle connections kept; more are opened when needed and closed again.
const IDLE: usize = 4;

/// How many may walk through the log at once. Judgement (November 2026): one who reads without end leaves a processor to
/// what comes in.
const WALKS: usize = 2;

/// Connections for queries.
#[derive(Clone)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    /// Places of those who walk through the log.
    walks: Arc<Semaphore>,
    /// Whether the writer needs a moment without queries.
    folding: Arc<AtomicBool>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, folding: Arc<AtomicBool>) -> Self {
        Self { path, idle: Arc::default(), walks: Arc::new(Semaphore::new(WALKS)), folding }
    }

    /// Runs a query away from the threads that serve requests.
    pub(super) fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        let readers = self.clone();
        let task = move || {
            let mut connection = readers.take()?;
            let deadline = Instant::now() + QUERY_LASTS;
            let folding = Arc::clone(&readers.folding);
            let give_up = move || Instant::now() > deadline || folding.load(Ordering::Relaxed);
            connection.progress_handler(STEPS, Some(give_up))?;
            let result = query(&connection);
            readers.give_back(connection);
            result
        };
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(task).await;
            done.unwrap_or_else(|error| Err(StoreError::Failed(format!("a query ended early: {error}"))))
        })
    }

    /// Runs a query that may have to look at every event there is: few at once, and the others wait.
    pub(super) fn walk<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move {
            // Never closed.
            let _place = self.walks.acquire().await;
            self.read(query).await
        })
    }

    /// Closes the idle connections.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.open(), Ok)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16384;")?;
        connection.busy_timeout(super::BUSY)?;
        connection.set_prepared_statement_cache_capacity(super::STATEMENTS);
        Ok(connection)
    }
}
