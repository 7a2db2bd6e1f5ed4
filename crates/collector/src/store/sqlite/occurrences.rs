//! Occurrences: events with their records, in the order in which they happened.

use pugmark_protocol::definition::Object;
use pugmark_protocol::time::UnixMillis;
use rusqlite::types::Value as Column;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::append::{another_id, millis};
use super::query::{EVENT, event, number};
use super::records;
use crate::store::{Direction, Occurrence, OccurrenceFilter, OccurrencePage, Place, StoreError, StoredEvent};

/// The conditions of a query, with their values.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Column>,
}

impl Conditions {
    /// Adds a condition; each `?` in it stands for the next of the values.
    fn add(&mut self, sql: impl Into<String>, values: impl IntoIterator<Item = Column>) {
        self.sql.push(sql.into());
        self.values.extend(values);
    }
}

/// A page of a site's occurrences.
pub(super) fn page(
    connection: &Connection,
    site: &str,
    filter: &OccurrenceFilter,
) -> Result<OccurrencePage, StoreError> {
    let Some(site) = number(connection, "SELECT id FROM site WHERE key = ?1", params![site])? else {
        return Ok(OccurrencePage::default());
    };
    let Some(conditions) = conditions(connection, site, filter)? else {
        return Ok(OccurrencePage::default());
    };
    // What comes before a cursor is walked backwards, and turned round at the end.
    let backwards = matches!(filter.cursor, Some((Direction::Before, _)));
    let order = if filter.ascending != backwards { "ASC" } else { "DESC" };
    // Whether an event has a property is known once its default ones are put back, so none can be left out before.
    let most = if filter.properties.is_empty() { (filter.limit + 1) as i64 } else { -1 };
    let sql = format!(
        "SELECT e.id FROM event e LEFT JOIN visitor v ON v.id = e.visitor
         WHERE {} ORDER BY e.at {order}, e.id {order} LIMIT {most}",
        conditions.sql.join(" AND ")
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(conditions.values))?;
    let mut occurrences = Vec::new();
    while occurrences.len() <= filter.limit
        && let Some(row) = rows.next()?
    {
        let occurrence = occurrence(connection, row.get(0)?)?;
        if has(&occurrence, &filter.properties) {
            occurrences.push(occurrence);
        }
    }
    let has_more = occurrences.len() > filter.limit;
    occurrences.truncate(filter.limit);
    if backwards {
        occurrences.reverse();
    }
    Ok(OccurrencePage {
        occurrences,
        has_next: has_more || backwards,
        has_previous: if backwards { has_more } else { filter.cursor.is_some() },
    })
}

/// The filter's conditions but those on properties; `None` when nothing can meet them.
fn conditions(
    connection: &Connection,
    site: i64,
    filter: &OccurrenceFilter,
) -> Result<Option<Conditions>, StoreError> {
    let mut all = Conditions::default();
    all.add("e.site = ?", [site.into()]);
    let mut ids = filter.ids.clone();
    match &filter.name {
        Some(name) => {
            let find = "SELECT id FROM name WHERE site = ?1 AND name = ?2";
            let Some(name) = number(connection, find, params![site, name])? else { return Ok(None) };
            all.add("e.name = ?", [name.into()]);
            // An event that came with the id of one of another name or site stands under another.
            ids.extend(filter.ids.iter().map(|&id| another_id(site, name, id)));
        }
        None => all.add(
            "e.name NOT IN (SELECT id FROM name WHERE site = ? AND deleted_at IS NOT NULL)",
            [site.into()],
        ),
    }
    let object = filter.object.unwrap_or_default();
    match wanted(connection, site, object, filter)? {
        Some(records) if records.is_empty() => return Ok(None),
        Some(records) => of_records(connection, &mut all, &records)?,
        None if filter.object.is_some() => all.add(
            "coalesce(e.record, v.contact) IN (SELECT id FROM record WHERE site = ? AND object = ? AND is_known)",
            [site.into(), records::code(object).to_owned().into()],
        ),
        None => {}
    }
    if !ids.is_empty() {
        let known = ids.iter().map(|id| Column::Blob(id.to_bytes().to_vec()));
        all.add(format!("e.uuid IN ({})", marks(ids.len())), known);
    }
    let moment = |at: UnixMillis| Column::Integer(millis(at));
    if let Some(after) = filter.after {
        all.add("e.at > ?", [moment(after)]);
    }
    if let Some(before) = filter.before {
        all.add("e.at < ?", [moment(before)]);
    }
    if let Some((direction, Place { at, number })) = filter.cursor {
        let upwards = filter.ascending == (direction == Direction::After);
        let sign = if upwards { '>' } else { '<' };
        all.add(format!("(e.at, e.id) {sign} (?, ?)"), [moment(at), number.into()]);
    }
    Ok(Some(all))
}

/// The records that are asked for; `None` when none are named.
fn wanted(
    connection: &Connection,
    site: i64,
    object: Object,
    filter: &OccurrenceFilter,
) -> Result<Option<Vec<i64>>, StoreError> {
    let mut wanted: Option<Vec<i64>> = None;
    let mut narrow = |found: Vec<i64>| match &mut wanted {
        Some(wanted) => wanted.retain(|record| found.contains(record)),
        None => wanted = Some(found),
    };
    if let Some(id) = &filter.object_id {
        narrow(records::by_object_id(connection, site, object, id)?.into_iter().collect());
    }
    for (name, value) in &filter.object_properties {
        narrow(records::by_property(connection, site, object, name, value)?);
    }
    Ok(wanted)
}

/// Only events of these records: those that name one, and those of visitors whose history is one's.
fn of_records(connection: &Connection, all: &mut Conditions, records: &[i64]) -> Result<(), StoreError> {
    let values = || records.iter().copied().map(Column::Integer);
    let marks = marks(records.len());
    let visitors = format!("SELECT id FROM visitor WHERE contact IN ({marks})");
    let has_visitors: bool = connection
        .prepare(&format!("SELECT EXISTS ({visitors})"))?
        .query_row(params_from_iter(values()), |row| row.get(0))?;
    // Without visitors, the index on records has them all.
    if has_visitors {
        let sql = format!("(e.record IN ({marks}) OR e.record IS NULL AND e.visitor IN ({visitors}))");
        all.add(sql, values().chain(values()));
    } else {
        all.add(format!("e.record IN ({marks})"), values());
    }
    Ok(())
}

fn marks(n: usize) -> String {
    vec!["?"; n].join(",")
}

fn occurrence(connection: &Connection, number: i64) -> Result<Occurrence, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{EVENT} WHERE e.id = ?1"))?;
    let mut rows = statement.query([number])?;
    let row = rows.next()?.ok_or_else(|| StoreError::Failed(format!("event {number} is gone")))?;
    let StoredEvent { id, name, at, properties, .. } = event(row)?;
    let record = connection
        .prepare_cached(
            "SELECT r.object, r.id, r.key FROM event e LEFT JOIN visitor v ON v.id = e.visitor
             JOIN record r ON r.id = coalesce(e.record, v.contact) WHERE e.id = ?1 AND r.is_known",
        )?
        .query_row([number], |row| {
            let object = records::object(&row.get::<_, String>(0)?);
            Ok((object, records::object_id(row.get(1)?, row.get(2)?)))
        })
        .optional()?;
    Ok(Occurrence { place: Place { at, number }, id, name, record, properties })
}

fn has(occurrence: &Occurrence, wanted: &[(String, String)]) -> bool {
    wanted
        .iter()
        .all(|(name, value)| occurrence.properties.get(name).is_some_and(|it| records::plain(it) == *value))
}

/// The names of all events that have arrived or are defined, in order.
pub(super) fn names(connection: &Connection, site: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT n.name FROM name n JOIN site s ON s.id = n.site WHERE s.key = ?1 AND n.deleted_at IS NULL
         UNION
         SELECT d.name FROM definition d JOIN site s ON s.id = d.site WHERE s.key = ?1 AND d.deleted_at IS NULL
         ORDER BY 1",
    )?;
    let names = statement.query_map([site], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}
