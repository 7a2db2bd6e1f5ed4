//! The one thread that writes.
//!
//! It takes everything that waits, up to [`GROUP_ROWS`], commits once, and only then answers those who wait: a 2xx
//! means "on the disk", and one wait for the disk serves them all.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::append::{Dictionary, Sum};
use crate::metrics::COMMITS;
use crate::store::{Answer, Appended, NewBatch, StoreError};

/// Most events written in one transaction. Measured: past this a larger group commits no faster
/// (`docs/decisions/0002-sqlite-store.md`).
const GROUP_ROWS: usize = 5_000;

/// Most batches and edits that wait; more are turned away, so that memory stays bounded and those turned away hear
/// of it at once. At a few KB a batch this is some MB, and under a second of writing.
const QUEUE: usize = 1_024;

/// Size of SQLite's log (`-wal`) past which it is folded into the database whatever it takes, in bytes.
///
/// SQLite folds it by itself every few megabytes, but can only begin it anew in a moment without readers; with one
/// query after the other there is none. Judgement (November 2026): a moment's work for the disk, and room for it
/// anywhere. Small in tests.
pub(super) const LOG_LIMIT: u64 = if cfg!(test) { 4 } else { 256 } * 1024 * 1024;

/// How long queries of other programs are waited for when the log is folded.
const OTHERS_WAIT: Duration = Duration::from_millis(500);

/// A change to be made between two groups, or the reason why there is no connection to make it on.
type Edit = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> Trust + Send>;

/// Whether the connection may give another receipt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// All it was asked to write is written, or was refused for a reason of ours.
    Stands,
    /// It failed, and nobody knows what it believes to be written.
    Gone,
}

impl Trust {
    fn after<T>(result: &Result<T, StoreError>) -> Self {
        if matches!(result, Err(StoreError::Failed(_))) { Self::Gone } else { Self::Stands }
    }
}

/// What the writer remembers of the rows, after a change.
#[derive(Clone, Copy)]
enum Memory {
    /// It still holds.
    Holds,
    /// It is emptied: the change gave known rows another meaning.
    Fades,
}

enum Job {
    Append(Arc<NewBatch>, oneshot::Sender<Result<Appended, StoreError>>),
    Edit(Edit, Memory),
    Close(oneshot::Sender<()>),
}

/// The door to the writer's thread.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    waiting: Arc<AtomicUsize>,
    /// How many changes were made.
    edition: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread on this connection; `path` is where to open another if this one fails.
    ///
    /// While `folding` is true, queries are to give up.
    pub(super) fn start(
        connection: Connection,
        path: PathBuf,
        folding: Arc<AtomicBool>,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut thread = Thread {
            connection,
            trust: Trust::Stands,
            log: Log { path: super::log_of(&path), limit: LOG_LIMIT, folding },
            path,
            queue,
            waiting: Arc::clone(&waiting),
            dictionary: Dictionary::default(),
        };
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                let _end = EndsTheProcess;
                thread.run();
            })
            .map_err(|error| StoreError::Failed(format!("cannot start the writer: {error}")))?;
        Ok(Self { jobs, waiting, edition: Arc::default() })
    }

    /// Appends a batch; [`StoreError::Busy`] at once when too much is waiting.
    pub(super) fn append(&self, batch: Arc<NewBatch>) -> Answer<'_, Appended> {
        let (answer, done) = oneshot::channel();
        let sent = self.send(Job::Append(batch, answer));
        Box::pin(async move {
            sent?;
            done.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    /// How many changes were made, but for those of [`Self::upkeep`]. A change is counted before it is answered, so who
    /// finds the same number before and after reading something has read what there is.
    pub(super) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// Makes a change that alters nothing people have written.
    pub(super) fn upkeep<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        self.edit_then(Memory::Holds, change, |_| {})
    }

    /// Makes a change in a transaction of its own.
    pub(super) fn run<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        self.edit(Memory::Holds, change, |_| {})
    }

    /// The same for a change that gives names another meaning.
    pub(super) fn run_anew<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        self.edit(Memory::Fades, change, |_| {})
    }

    /// The same, and `then` is told what became of it before anything else is written: for what is kept in memory as
    /// well. It is told even if who asked has gone.
    pub(super) fn run_then<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Answer<'_, T> {
        self.edit(Memory::Holds, change, then)
    }

    fn edit<T: Send + 'static>(
        &self,
        memory: Memory,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Answer<'_, T> {
        let edition = Arc::clone(&self.edition);
        self.edit_then(memory, change, move |result| {
            then(result);
            edition.fetch_add(1, Ordering::Release);
        })
    }

    fn edit_then<T: Send + 'static>(
        &self,
        memory: Memory,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Answer<'_, T> {
        let (answer, done) = oneshot::channel();
        let edit = Box::new(move |connection: Result<&mut Connection, StoreError>| {
            let result = connection.and_then(|connection| in_transaction(connection, change));
            let trust = Trust::after(&result);
            if let Ok(result) = &result {
                then(result);
            }
            // Fails when nobody waits any more; the change is made all the same.
            let _ = answer.send(result);
            trust
        });
        let sent = self.send(Job::Edit(edit, memory));
        Box::pin(async move {
            sent?;
            done.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    /// How many jobs wait or are being written.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Writes what waits and ends the thread.
    pub(super) fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let (answer, done) = oneshot::channel();
            if self.jobs.send(Job::Close(answer)).await.is_ok() {
                // An error means that the thread has ended by another way.
                let _ = done.await;
            }
            Ok(())
        })
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
            }
        })
    }
}

fn in_transaction<T>(
    connection: &mut Connection,
    change: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = change(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// What each batch of a group is told of the error that they share.
fn same(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        other => StoreError::Failed(other.to_string()),
    }
}

/// Ends the process when the writer's thread panics. Without a writer it could only say 503 for ever; what had a receipt is
/// on the disk, and whatever looks after the process starts it again.
struct EndsTheProcess;

impl Drop for EndsTheProcess {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the store's writer panicked, so the process ends; what had a receipt is safe");
            std::process::abort();
        }
    }
}

/// The log, and what keeps it small.
struct Log {
    path: PathBuf,
    /// The size at which it is folded next.
    limit: u64,
    folding: Arc<AtomicBool>,
}

impl Log {
    /// Folds the log into the database if it has grown too large. Queries of ours give up for that; those of another
    /// program are waited for a little, and if they stay, the log grows a quarter more before the next attempt.
    fn keep_small(&mut self, connection: &Connection) {
        let size = std::fs::metadata(&self.path).map_or(0, |log| log.len());
        if size < self.limit {
            return;
        }
        self.folding.store(true, Ordering::Relaxed);
        let fold = || {
            connection.busy_timeout(OTHERS_WAIT)?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))
        };
        let is_busy = fold();
        self.folding.store(false, Ordering::Relaxed);
        self.limit = LOG_LIMIT;
        if !matches!(is_busy, Ok(false)) {
            self.limit = size + LOG_LIMIT / 4;
            tracing::warn!(size, "the store's log cannot be folded: does another program read the database?");
        }
        if let Err(error) = connection.busy_timeout(super::BUSY) {
            tracing::warn!(%error, "the writer may give up early");
        }
    }
}

struct Thread {
    connection: Connection,
    trust: Trust,
    log: Log,
    path: PathBuf,
    queue: mpsc::Receiver<Job>,
    waiting: Arc<AtomicUsize>,
    dictionary: Dictionary,
}

type Group = Vec<(Arc<NewBatch>, oneshot::Sender<Result<Appended, StoreError>>)>;

impl Thread {
    fn run(&mut self) {
        let mut next = self.queue.blocking_recv();
        while let Some(job) = next {
            next = match job {
                Job::Append(batch, answer) => {
                    let (group, after) = self.group((batch, answer));
                    self.write(group);
                    after.or_else(|| self.queue.blocking_recv())
                }
                Job::Edit(edit, memory) => {
                    self.edit(edit, memory);
                    self.waiting.fetch_sub(1, Ordering::Relaxed);
                    self.queue.blocking_recv()
                }
                Job::Close(answer) => {
                    self.close();
                    // Fails when nobody waits any more.
                    let _ = answer.send(());
                    return;
                }
            };
        }
    }

    fn edit(&mut self, edit: Edit, memory: Memory) {
        let connection = self.restore_trust().map(|()| &mut self.connection);
        if edit(connection) == Trust::Gone {
            self.distrust();
        }
        match memory {
            Memory::Holds => {}
            Memory::Fades => self.dictionary = Dictionary::default(),
        }
    }

    /// Everything that waits, up to [`GROUP_ROWS`], and the job of another kind that ended it.
    fn group(
        &mut self,
        first: (Arc<NewBatch>, oneshot::Sender<Result<Appended, StoreError>>),
    ) -> (Group, Option<Job>) {
        let mut rows = first.0.events.len();
        let mut group = vec![first];
        while rows < GROUP_ROWS {
            match self.queue.try_recv() {
                Ok(Job::Append(batch, answer)) => {
                    rows += batch.events.len();
                    group.push((batch, answer));
                }
                Ok(other) => return (group, Some(other)),
                Err(_) => break,
            }
        }
        (group, None)
    }

    fn write(&mut self, group: Group) {
        let started = Instant::now();
        let results = self.commit(&group);
        COMMITS.observe(started.elapsed());
        self.waiting.fetch_sub(group.len(), Ordering::Relaxed);
        match results {
            Ok(results) => {
                for ((_, answer), result) in group.into_iter().zip(results) {
                    // Fails when the sender has gone; the events are stored all the same.
                    let _ = answer.send(result);
                }
                self.log.keep_small(&self.connection);
            }
            Err(error) => {
                tracing::error!(%error, batches = group.len(), "a group of batches was not written");
                match error {
                    // Another program had the database for longer than is waited for; the connection is as good as before.
                    StoreError::Busy => self.dictionary = Dictionary::default(),
                    _ => self.distrust(),
                }
                for (_, answer) in group {
                    let _ = answer.send(Err(same(&error)));
                }
            }
        }
    }

    /// Writes a group in one transaction: a result for each batch once it is durable, or one error for all.
    fn commit(&mut self, group: &Group) -> Result<Vec<Result<Appended, StoreError>>, StoreError> {
        self.restore_trust()?;
        let mut transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut sum = Sum::default();
        let mut results = Vec::with_capacity(group.len());
        for (batch, _) in group {
            // A savepoint each, so that a batch that cannot be written takes no other with it.
            let savepoint = transaction.savepoint()?;
            let result = self.dictionary.append(&savepoint, batch);
            match result {
                Ok((appended, gained)) => {
                    savepoint.commit()?;
                    sum.add(gained);
                    results.push(Ok(appended));
                }
                Err(error) => {
                    tracing::error!(%error, site = %batch.site, "a batch was not written");
                    drop(savepoint);
                    // The others stand: whether they reach the disk is for the commit to say.
                    // The dictionary may name rows that have just gone with the savepoint.
                    self.dictionary = Dictionary::default();
                    results.push(Err(error));
                }
            }
            // A full disk makes SQLite roll back everything, and a savepoint would then begin a transaction of its
            // own that lacks the batches before it.
            if transaction.is_autocommit() {
                return Err(StoreError::Failed(
                    "the transaction was rolled back; is the disk full?".to_owned(),
                ));
            }
        }
        sum.write(&transaction)?;
        transaction.commit()?;
        Ok(results)
    }

    /// After a failed write to the disk nobody knows what the connection believes to be written: nothing is written and no
    /// receipt is given before [`Thread::restore_trust`] has opened another.
    fn distrust(&mut self) {
        self.trust = Trust::Gone;
        self.dictionary = Dictionary::default();
        // When it is closed it is to leave the log alone, which may be that of another database by then.
        if let Err(error) = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            tracing::warn!(%error, "the failed connection may touch the log once more");
        }
    }

    /// Opens the database again if its connection has failed. Tried for every group and every edit, so that it is used
    /// again as soon as it can be.
    fn restore_trust(&mut self) -> Result<(), StoreError> {
        if self.trust == Trust::Stands {
            return Ok(());
        }
        // The old connection is closed only once there is another: without any, SQLite would read the log anew and take
        // for written what could not be synced.
        self.connection = super::reopen_writer(&self.path)?;
        self.trust = Trust::Stands;
        Ok(())
    }

    fn close(&mut self) {
        self.queue.close();
        let mut next = self.queue.try_recv().ok();
        while let Some(job) = next {
            next = match job {
                Job::Append(batch, answer) => {
                    let (group, after) = self.group((batch, answer));
                    self.write(group);
                    after
                }
                Job::Edit(edit, memory) => {
                    self.edit(edit, memory);
                    None
                }
                Job::Close(_) => None,
            }
            .or_else(|| self.queue.try_recv().ok());
        }
        let folded = self
            .restore_trust()
            .and_then(|()| Ok(self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?));
        if let Err(error) = folded {
            tracing::warn!(%error, "the log was not folded into the database; the next start does it");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the process that is to panic.
    const PANICS: &str = "PUGMARK_TEST_WRITER_PANICS";

    #[tokio::test]
    async fn a_panic_of_the_writer_ends_the_process() {
        if std::env::var_os(PANICS).is_some() {
            let connection = Connection::open_in_memory().expect("opens");
            let writer = Writer::start(connection, PathBuf::new(), Arc::default()).expect("starts");
            let _ = writer.run(|_| -> Result<(), StoreError> { panic!("as a bug would") }).await;
            return;
        }

        let name = "store::sqlite::writer::tests::a_panic_of_the_writer_ends_the_process";
        let mut process = Command::new(std::env::current_exe().expect("this test has a program"));
        let output =
            process.args(["--exact", name, "--nocapture"]).env(PANICS, "yes").output().expect("runs");

        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("as a bug would"), "{said}");
    }
}
