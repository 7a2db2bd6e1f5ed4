//! The tables, and the way from an older version of them to this one.
//!
//! What repeats is stored once and named by a number: names, visitors, sessions, tabs, pages, and the default
//! properties that device and headers give (`context`). Apart from `uuid`, which grows at its right edge because ids
//! start with the time, `event` has no index in random order: one would cost most of the ingest rate
//! (`docs/decisions/0002-sqlite-store.md`).

use rusqlite::{Connection, OptionalExtension};

use crate::store::OpenError;

/// Each entry brings a database from the version of its index to the next, in one transaction.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
];

/// The version this program writes.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

/// Brings the database up to [`VERSION`].
///
/// # Errors
///
/// Refuses a database that a newer program has written: this one cannot know what it means.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)",
    )?;
    let found: Option<u32> = connection
        .query_row("SELECT max(version) FROM schema_version", [], |row| row.get::<_, Option<u32>>(0))
        .optional()?
        .flatten();
    let found = found.unwrap_or(0);
    if found > VERSION {
        return Err(OpenError(format!(
            "the data was written by a newer pugmark-collector (schema {found}, this program knows {VERSION}); \
             start that version, or choose another folder with PUGMARK_DATA"
        )));
    }
    for (version, migration) in (1..=VERSION).zip(MIGRATIONS).skip(found as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.execute(
            "INSERT INTO schema_version (version, applied_at) VALUES (?1, unixepoch())",
            [version],
        )?;
        transaction.commit()?;
    }
    Ok(())
}
