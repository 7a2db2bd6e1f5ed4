//! Definitions and what becomes of the events of deleted ones.
//!
//! Deleting hides at once and removes later: the row in `name` under which the events stand gets a name that no event
//! can have, so every query passes them over, and [`purge`] removes them a few at a time, between batches. Restoring gives
//! the row its name back. Events that came meanwhile have made a row of that name, which is hidden in its turn, and whose
//! events [`purge`] moves over as it removes others.

use std::collections::BTreeMap;

use pugmark_protocol::definition::{Definition, PropertyDefinition};
use pugmark_protocol::limits::MAX_DEFINITIONS;
use pugmark_protocol::time::UnixMillis;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::append::millis;
use super::catalog::{from_json, to_json};
use super::query::{number, time};
use super::{changes, codeless};
use crate::store::{Author, Entry, PropertyTimes, StoreError};

/// Most events removed or moved at once: some milliseconds during which batches wait.
const AT_ONCE: usize = 1_000;

/// What stands in `deleted_at` of a row whose events are moved to another: later than any time, so that nothing is removed.
const MOVING: i64 = i64::MAX;

const ENTRIES: &str = "
    SELECT d.id, d.body, d.created_at, d.created_by, d.updated_at, d.updated_by, d.armed_at
    FROM definition d JOIN site s ON s.id = d.site
    WHERE s.key = ?1 AND d.deleted_at IS NULL";

/// A site's definitions, by name.
pub(super) fn entries(connection: &Connection, site: &str) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ENTRIES} ORDER BY d.name"))?;
    let mut rows = statement.query([site])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry_of(row)?);
    }
    Ok(entries)
}

/// One definition.
pub(super) fn entry(connection: &Connection, site: &str, name: &str) -> Result<Option<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{ENTRIES} AND d.name = ?2"))?;
    let mut rows = statement.query([site, name])?;
    rows.next()?.map(entry_of).transpose()
}

fn entry_of(row: &Row<'_>) -> Result<Entry, StoreError> {
    let Body { definition, property_times } = from_json(&row.get::<_, String>(1)?)?;
    Ok(Entry {
        id: row.get(0)?,
        definition,
        created: (time(row, 2)?, row.get(3)?),
        updated: (time(row, 4)?, row.get(5)?),
        properties: property_times,
        armed_at: time(row, 6)?,
    })
}

/// A definition as it is stored.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(flatten)]
    definition: Definition,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    property_times: BTreeMap<String, PropertyTimes>,
}

impl Body {
    /// The definition with the times of its properties, as they follow from what there was before.
    fn new(definition: &Definition, before: Option<&Entry>, now: UnixMillis) -> Self {
        let times = |property: &PropertyDefinition| {
            let known = before.and_then(|entry| Some((entry, entry.definition.property(&property.name)?)));
            match known {
                None => PropertyTimes { created: now, updated: now },
                Some((entry, known)) if known == property => entry.times_of(&property.name),
                Some((entry, _)) => PropertyTimes { updated: now, ..entry.times_of(&property.name) },
            }
        };
        let property_times = definition.properties.iter().map(|one| (one.name.clone(), times(one))).collect();
        Self { definition: definition.clone(), property_times }
    }
}

/// Whether the name was that of a definition that is deleted.
pub(super) fn is_used_up(connection: &Connection, site: &str, name: &str) -> Result<bool, StoreError> {
    let find = "SELECT d.id FROM definition d JOIN site s ON s.id = d.site
                WHERE s.key = ?1 AND d.name = ?2 AND d.deleted_at IS NOT NULL";
    Ok(number(connection, find, params![site, name])?.is_some())
}

/// Creates a definition.
pub(super) fn create(
    connection: &Connection,
    site: &str,
    definition: &Definition,
    by: Author,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let taken = connection
        .prepare_cached(
            "SELECT d.deleted_at IS NULL FROM definition d JOIN site s ON s.id = d.site
             WHERE s.key = ?1 AND d.name = ?2",
        )?
        .query_row([site, definition.name.as_str()], |row| row.get::<_, bool>(0))
        .optional()?;
    match taken {
        Some(true) => return Err(StoreError::Exists("definition")),
        Some(false) => return Err(StoreError::NameUsedUp),
        None => {}
    }
    refuse_one_too_many(connection, site)?;
    connection
        .prepare_cached(
            "INSERT INTO definition (site, name, body, created_at, created_by, updated_at, updated_by, armed_at)
             SELECT id, ?2, ?3, ?4, ?5, ?4, ?5, ?4 FROM site WHERE key = ?1",
        )?
        .execute(params![
            site,
            definition.name.as_str(),
            to_json(&Body::new(definition, None, now))?,
            millis(now),
            by.token()
        ])?;
    changes::enter(connection, site, None, Some(definition), by, now)
}

/// Refuses one more where there are as many as there may be.
fn refuse_one_too_many(connection: &Connection, site: &str) -> Result<(), StoreError> {
    let n: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM definition d JOIN site s ON s.id = d.site
             WHERE s.key = ?1 AND d.deleted_at IS NULL",
        )?
        .query_row([site], |row| row.get(0))?;
    if n >= MAX_DEFINITIONS as i64 { Err(StoreError::Full) } else { Ok(()) }
}

/// Replaces a definition; `false` if there is none of this name.
pub(super) fn change(
    connection: &Connection,
    site: &str,
    definition: &Definition,
    by: Author,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let name = definition.name.as_str();
    let Some(entry) = entry(connection, site, name)? else { return Ok(false) };
    let before = &entry.definition;
    let fires_otherwise = before.trigger != definition.trigger || before.status != definition.status;
    let armed_at = if fires_otherwise { now } else { entry.armed_at };
    let body = to_json(&Body::new(definition, Some(&entry), now))?;
    connection
        .prepare_cached(
            "UPDATE definition SET body = ?3, updated_at = ?4, updated_by = ?5, armed_at = ?6
             WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2 AND deleted_at IS NULL",
        )?
        .execute(params![site, name, body, millis(now), by.token(), millis(armed_at)])?;
    if before.trigger != definition.trigger {
        codeless::forget(connection, site, name)?;
    }
    changes::enter(connection, site, Some(before), Some(definition), by, now)?;
    Ok(true)
}

/// Deletes a definition and hides its events; `false` if there is none.
pub(super) fn delete(
    connection: &Connection,
    site: &str,
    name: &str,
    by: Author,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let Some(Entry { definition: before, .. }) = entry(connection, site, name)? else { return Ok(false) };
    codeless::forget(connection, site, name)?;
    codeless::discard(connection, site, name)?;
    changes::enter(connection, site, Some(&before), None, by, now)?;
    let found = connection
        .query_row(
            "UPDATE definition SET deleted_at = ?3
             WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2 AND deleted_at IS NULL
             RETURNING site, id",
            params![site, name, millis(now)],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()?;
    let Some((site, id)) = found else { return Ok(false) };
    connection.execute(
        "UPDATE name SET name = ?3, deleted_at = ?4 WHERE site = ?1 AND name = ?2",
        params![site, name, hidden(name, id), millis(now)],
    )?;
    Ok(true)
}

/// Brings back a definition that was deleted at `since` or later, with its events and those that came meanwhile; where
/// these are many, [`purge`] brings the rest.
pub(super) fn restore(
    connection: &Connection,
    site: &str,
    name: &str,
    since: UnixMillis,
    by: Author,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    refuse_one_too_many(connection, site)?;
    let found = connection
        .query_row(
            "UPDATE definition SET deleted_at = NULL, armed_at = ?4
             WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2 AND deleted_at >= ?3
             RETURNING site, id",
            params![site, name, millis(since), millis(now)],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()?;
    let Some((site_id, id)) = found else { return Ok(false) };
    let after = entry(connection, site, name)?.map(|entry| entry.definition);
    changes::enter(connection, site, None, after.as_ref(), by, now)?;
    let site = site_id;
    let number_of = |name: &str| {
        let find = "SELECT id, last_received_at FROM name WHERE site = ?1 AND name = ?2";
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        connection.query_row(find, params![site, name], read).optional()
    };
    let Some((old, _)) = number_of(&hidden(name, id))? else { return Ok(true) };
    let new = number_of(name)?;
    if let Some((new, last_received_at)) = new {
        connection.execute(
            "UPDATE name SET name = ?2, deleted_at = ?3 WHERE id = ?1",
            params![new, moving(old, new), MOVING],
        )?;
        connection.execute(
            "INSERT INTO rollup_day (site, name, day, n) SELECT site, ?1, day, n FROM rollup_day WHERE name = ?2
             ON CONFLICT (site, name, day) DO UPDATE SET n = n + excluded.n",
            [old, new],
        )?;
        connection.execute("DELETE FROM rollup_day WHERE name = ?1", [new])?;
        connection.execute(
            "UPDATE name SET last_received_at = max(last_received_at, ?2) WHERE id = ?1",
            [old, last_received_at],
        )?;
    }
    connection.execute("UPDATE name SET name = ?2, deleted_at = NULL WHERE id = ?1", params![old, name])?;
    if let Some((new, _)) = new {
        move_some(connection, new, old)?;
    }
    Ok(true)
}

/// Moves some events from one row of `name` to another, and removes the row when it has no more.
fn move_some(connection: &Connection, from: i64, to: i64) -> Result<(), StoreError> {
    let moved = connection.execute(
        "UPDATE event SET name = ?2 WHERE id IN (SELECT id FROM event WHERE name = ?1 LIMIT ?3)",
        params![from, to, AT_ONCE as i64],
    )?;
    if moved < AT_ONCE { remove_name(connection, from) } else { Ok(()) }
}

/// Moves some events of restored definitions, or else removes some of definitions that were deleted before `before`; `true`
/// when there may be more.
pub(super) fn purge(connection: &Connection, before: UnixMillis) -> Result<bool, StoreError> {
    // First, so that a row to which events are moved is never removed before they are.
    let moving = connection
        .query_row("SELECT id, name FROM name WHERE deleted_at = ?1 LIMIT 1", [MOVING], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    if let Some((from, name)) = moving {
        let to =
            destination(&name).ok_or_else(|| StoreError::Failed(format!("the name {name} leads nowhere")))?;
        move_some(connection, from, to)?;
        return Ok(true);
    }
    let found = connection
        .query_row("SELECT id FROM name WHERE deleted_at < ?1 LIMIT 1", [millis(before)], |row| {
            row.get::<_, i64>(0)
        })
        .optional()?;
    let Some(name) = found else { return Ok(false) };
    let removed = connection.execute(
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE name = ?1 LIMIT ?2)",
        params![name, AT_ONCE as i64],
    )?;
    if removed < AT_ONCE {
        remove_name(connection, name)?;
    }
    Ok(true)
}

fn remove_name(connection: &Connection, name: i64) -> Result<(), StoreError> {
    connection.execute("DELETE FROM rollup_day WHERE name = ?1", [name])?;
    connection.execute("DELETE FROM name WHERE id = ?1", [name])?;
    Ok(())
}

/// The name under which the events of a deleted definition stand.
fn hidden(name: &str, id: i64) -> String {
    format!("{name}#{id}")
}

/// The name under which events stand that are moved to another row.
fn moving(to: i64, from: i64) -> String {
    format!("#{to}#{from}")
}

/// The row that [`moving`] names as the one to move to.
fn destination(name: &str) -> Option<i64> {
    name.strip_prefix('#')?.split('#').next()?.parse().ok()
}
