//! What became of definitions, by whom: entered in the transaction that makes the change, so that none is missing.

use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::UnixMillis;
use rusqlite::{Connection, OptionalExtension, params};

use super::append::millis;
use super::catalog::{from_json, to_json};
use super::query::time;
use crate::store::{Author, Change, StoreError};

/// Most changes remembered of one name: the last ones.
///
/// Judgement (November 2026): more than a person reads, and a server that changes a definition every minute fills no disk.
const KEPT: u32 = 100;

/// Enters a change; one that changes nothing is none.
///
/// What was before is what the change before that led to, and is written only where that is not so: where nothing was entered
/// when it was made. Definitions may be large, and so the history is half as large.
pub(super) fn enter(
    connection: &Connection,
    site: &str,
    before: Option<&Definition>,
    after: Option<&Definition>,
    by: Author,
    now: UnixMillis,
) -> Result<(), StoreError> {
    if before == after {
        return Ok(());
    }
    let Some(name) = before.or(after).map(|definition| definition.name.as_str()) else { return Ok(()) };
    let json = |definition: Option<&Definition>| definition.map(to_json).transpose();
    let (before, after) = (json(before)?, json(after)?);
    let last: Option<String> = connection
        .prepare_cached(
            "SELECT c.after FROM change c JOIN site s ON s.id = c.site
             WHERE s.key = ?1 AND c.name = ?2 ORDER BY c.id DESC LIMIT 1",
        )?
        .query_row([site, name], |row| row.get(0))
        .optional()?
        .flatten();
    let before = before.filter(|before| last.as_ref() != Some(before));
    connection
        .prepare_cached(
            "INSERT INTO change (site, name, at, author, token, before, after)
             SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM site WHERE key = ?1",
        )?
        .execute(params![site, name, millis(now), by.code(), by.token(), before, after])?;
    connection
        .prepare_cached(
            "DELETE FROM change WHERE id IN (
                 SELECT c.id FROM change c JOIN site s ON s.id = c.site
                 WHERE s.key = ?1 AND c.name = ?2 ORDER BY c.id DESC LIMIT -1 OFFSET ?3)",
        )?
        // One more: of the oldest that is told it says what was before.
        .execute(params![site, name, KEPT + 1])?;
    Ok(())
}

/// What became of the definitions of this name, newest first.
pub(super) fn of(connection: &Connection, site: &str, name: &str) -> Result<Vec<Change>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT c.at, c.author, c.token, c.before, c.after FROM change c JOIN site s ON s.id = c.site
         WHERE s.key = ?1 AND c.name = ?2 ORDER BY c.id DESC",
    )?;
    let mut rows = statement.query([site, name])?;
    let mut changes: Vec<Change> = Vec::new();
    while let Some(row) = rows.next()? {
        let definition = |column| {
            let json: Option<String> = row.get(column)?;
            json.as_deref().map(from_json).transpose()
        };
        let change = Change {
            at: time(row, 0)?,
            by: Author::parse(&row.get::<_, String>(1)?, row.get(2)?),
            before: definition(3)?,
            after: definition(4)?,
        };
        if let Some(later) = changes.last_mut()
            && later.before.is_none()
        {
            later.before.clone_from(&change.after);
        }
        changes.push(change);
    }
    changes.truncate(KEPT as usize);
    Ok(changes)
}
