//! Records: who a visitor turns out to be, and whose an event is that a server sends.
//!
//! A visitor's history is the first contact's that it was identified as (`visitor.contact`); when somebody else takes
//! over the browser, what follows is theirs (`visitor.now`, which events then carry themselves) and the history stays.

use pugmark_protocol::definition::Object;
use pugmark_protocol::time::UnixMillis;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::append::{json, millis};
use super::catalog::from_json;
use super::query::time;
use crate::store::{
    FIRST_OBJECT_ID, Record, RecordFilter, RecordPage, StoreError, Target, address, own_number,
};

/// How many records a page has when nobody says.
const PAGE: u32 = 100;

/// Most properties of a record; further names are not kept. Judgement (November 2026): who calls `identify` is anybody, a
/// record is read and written whole, and a person has fewer.
const MAX_PROPERTIES: usize = 200;

/// Most records of a page.
const MAX_PAGE: u32 = 1_000;

/// A visitor, as far as events need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visitor {
    /// Its number.
    pub(super) id: i64,
    /// Who it is now, if its history is somebody else's.
    pub(super) now: Option<i64>,
}

/// Keeps who a visitor is, makes or changes the contact, and says who the visitor is now, if its history is somebody
/// else's.
///
/// By address; an id alone makes no contact, and finds the one that it was given together with an address. Of two ids
/// for one address the first is kept.
///
/// Source: HubSpot, "Tracking code API: identify".
pub(super) fn identify(
    connection: &Connection,
    site: i64,
    visitor: i64,
    identity: &Map<String, Value>,
    at: UnixMillis,
) -> Result<Option<i64>, StoreError> {
    let said = json(identity)?;
    let (known, contact, now) = connection
        .prepare_cached("SELECT identity, contact, now FROM visitor WHERE id = ?1")?
        .query_row([visitor], |row| {
            Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<i64>>(1)?, row.get(2)?))
        })?;
    if known.as_deref() == Some(&said) && contact.is_some() {
        return Ok(now);
    }
    connection
        .prepare_cached("UPDATE visitor SET identity = ?2, identified_at = ?3 WHERE id = ?1")?
        .execute(params![visitor, said, millis(at)])?;
    let Some(record) = contact_of(connection, site, identity, at)? else { return Ok(now) };
    let (contact, now) = match contact {
        Some(first) => (first, (first != record).then_some(record)),
        None => (record, None),
    };
    connection
        .prepare_cached("UPDATE visitor SET contact = ?2, now = ?3 WHERE id = ?1")?
        .execute(params![visitor, contact, now])?;
    Ok(now)
}

/// The contact that an identity names, with what it says of them.
fn contact_of(
    connection: &Connection,
    site: i64,
    identity: &Map<String, Value>,
    at: UnixMillis,
) -> Result<Option<i64>, StoreError> {
    let email = identity.get("email").and_then(Value::as_str).and_then(address);
    let id = identity.get("id").map(plain).filter(|id| !id.is_empty());
    let by_id = match &id {
        Some(id) => by_known_id(connection, site, id)?,
        None => None,
    };
    let record = match &email {
        Some(email) => match by_email(connection, site, email)? {
            Some((record, is_known)) => {
                if !is_known {
                    let know =
                        "UPDATE record SET is_known = 1, created_at = ?2, updated_at = ?2 WHERE id = ?1";
                    connection.prepare_cached(know)?.execute(params![record, millis(at)])?;
                }
                record
            }
            None => {
                let new = New { object: Object::Contact, key: None, email: Some(email), is_known: true };
                make(connection, site, &new, at)?
            }
        },
        None => match by_id {
            Some(record) => record,
            None => return Ok(None),
        },
    };
    if let (Some(id), None) = (&id, by_id) {
        connection
            .prepare_cached("UPDATE record SET known_id = ?2 WHERE id = ?1 AND known_id IS NULL")?
            .execute(params![record, id])?;
    }
    let mut said = identity.clone();
    said.retain(|name, _| name != "email" && name != "id");
    set_properties(connection, site, Object::Contact, record, said, at)?;
    Ok(Some(record))
}

/// Whose an event is; `None` when that is not known yet.
///
/// First it is looked for in the order of [`Target`]'s fields. Found nowhere, an object id makes a record; an address
/// makes none, but the event waits under it for the contact; a property makes one of another kind than a contact.
pub(super) fn owner(
    connection: &Connection,
    site: i64,
    target: &Target,
    visitor: Option<Visitor>,
    at: UnixMillis,
) -> Result<Option<i64>, StoreError> {
    let object = target.object;
    if let Some((name, value)) = &target.matching
        && let Some(record) = by_property(connection, site, object, name, value)?.first()
    {
        return Ok(Some(*record));
    }
    if let Some(id) = &target.object_id
        && let Some(record) = by_object_id(connection, site, object, id)?
    {
        return Ok(Some(record));
    }
    let by_address = match &target.email {
        Some(email) => by_email(connection, site, email)?,
        None => None,
    };
    if let Some((record, true)) = by_address {
        return Ok(Some(record));
    }
    let new = |key, email, is_known| New { object, key, email, is_known };
    // One of our own that no record has was refused at the door: made here, it would be another record's as well, later.
    if let Some(id) = &target.object_id
        && own_number(id).is_none()
    {
        return make(connection, site, &new(Some(id.as_str()), None, true), at).map(Some);
    }
    // A visitor of whom nobody knows who it is may never be heard of again; an address will tell.
    if let Some(visitor) = visitor
        && (target.email.is_none() || is_somebody(connection, visitor)?)
    {
        return Ok(visitor.now);
    }
    if let Some(email) = &target.email {
        return match by_address {
            Some((waiting, _)) => Ok(Some(waiting)),
            None => make(connection, site, &new(None, Some(email), false), at).map(Some),
        };
    }
    match &target.matching {
        Some((name, value)) if object != Object::Contact => {
            let record = make(connection, site, &new(None, None, true), at)?;
            let properties = Map::from_iter([(name.clone(), Value::String(value.clone()))]);
            set_properties(connection, site, object, record, properties, at)?;
            Ok(Some(record))
        }
        _ => Ok(None),
    }
}

/// Whether a visitor is known to be a contact.
fn is_somebody(connection: &Connection, visitor: Visitor) -> Result<bool, StoreError> {
    let find = "SELECT contact IS NOT NULL FROM visitor WHERE id = ?1";
    Ok(connection.prepare_cached(find)?.query_row([visitor.id], |row| row.get(0))?)
}

/// A record to be made.
struct New<'a> {
    object: Object,
    key: Option<&'a str>,
    email: Option<&'a str>,
    is_known: bool,
}

fn make(connection: &Connection, site: i64, new: &New<'_>, at: UnixMillis) -> Result<i64, StoreError> {
    let mut add = connection.prepare_cached(
        "INSERT INTO record (site, object, key, email, is_known, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )?;
    Ok(add.insert(params![site, code(new.object), new.key, new.email, new.is_known, millis(at)])?)
}

/// Puts properties over those that a record has.
fn set_properties(
    connection: &Connection,
    site: i64,
    object: Object,
    record: i64,
    said: Map<String, Value>,
    at: UnixMillis,
) -> Result<(), StoreError> {
    let known: String = connection
        .prepare_cached("SELECT properties FROM record WHERE id = ?1")?
        .query_row([record], |row| row.get(0))?;
    let mut properties: Map<String, Value> = from_json(&known)?;
    let key = |name: &str, value: &Value| (name.to_owned(), plain(value));
    let mut changed = false;
    for (name, value) in said {
        let before = properties.get(&name).cloned();
        if before.as_ref() == Some(&value) || (before.is_none() && properties.len() >= MAX_PROPERTIES) {
            continue;
        }
        changed = true;
        if let Some(before) = before {
            let (name, value) = key(&name, &before);
            connection
                .prepare_cached(
                    "DELETE FROM record_property
                     WHERE site = ?1 AND object = ?2 AND name = ?3 AND value = ?4 AND record = ?5",
                )?
                .execute(params![site, code(object), name, value, record])?;
        }
        let (column, text) = key(&name, &value);
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO record_property (site, object, name, value, record)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![site, code(object), column, text, record])?;
        properties.insert(name, value);
    }
    if changed {
        connection
            .prepare_cached("UPDATE record SET properties = ?2, updated_at = ?3 WHERE id = ?1")?
            .execute(params![record, json(&properties)?, millis(at)])?;
    }
    Ok(())
}

/// Whether a site has a record with this object id.
pub(super) fn has(connection: &Connection, site: &str, object: Object, id: &str) -> Result<bool, StoreError> {
    let Some(site) = find_one(connection, "SELECT id FROM site WHERE key = ?1", params![site])? else {
        return Ok(false);
    };
    Ok(by_object_id(connection, site, object, id)?.is_some())
}

/// The record with this object id.
pub(super) fn by_object_id(
    connection: &Connection,
    site: i64,
    object: Object,
    id: &str,
) -> Result<Option<i64>, StoreError> {
    let find = "SELECT id FROM record WHERE site = ?1 AND object = ?2 AND key = ?3";
    let found = find_one(connection, find, params![site, code(object), id])?;
    match (found, own_number(id)) {
        (None, Some(number)) => {
            let find = "SELECT id FROM record WHERE site = ?1 AND object = ?2 AND id = ?3 AND key IS NULL AND is_known";
            find_one(connection, find, params![site, code(object), number])
        }
        (found, _) => Ok(found),
    }
}

/// The records that have this value of a property; `email` and `id` are a contact's own.
pub(super) fn by_property(
    connection: &Connection,
    site: i64,
    object: Object,
    name: &str,
    value: &str,
) -> Result<Vec<i64>, StoreError> {
    match name {
        "email" => {
            let found = by_email(connection, site, &value.trim().to_lowercase())?;
            Ok(found.filter(|&(_, is_known)| is_known).map(|(record, _)| record).into_iter().collect())
        }
        "id" => Ok(by_known_id(connection, site, value)?.into_iter().collect()),
        _ => {
            let mut statement = connection.prepare_cached(
                "SELECT record FROM record_property
                 WHERE site = ?1 AND object = ?2 AND name = ?3 AND value = ?4 ORDER BY record LIMIT 1000",
            )?;
            let rows = statement.query_map(params![site, code(object), name, value], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        }
    }
}

fn by_email(connection: &Connection, site: i64, email: &str) -> Result<Option<(i64, bool)>, StoreError> {
    let mut find = connection.prepare_cached(
        "SELECT id, is_known FROM record WHERE site = ?1 AND object = 'CONTACT' AND email = ?2",
    )?;
    Ok(find.query_row(params![site, email], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn by_known_id(connection: &Connection, site: i64, id: &str) -> Result<Option<i64>, StoreError> {
    let find = "SELECT id FROM record WHERE site = ?1 AND object = 'CONTACT' AND known_id = ?2";
    find_one(connection, find, params![site, id])
}

fn find_one(
    connection: &Connection,
    sql: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<Option<i64>, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()?)
}

/// A page of records.
pub(super) fn page(
    connection: &Connection,
    site: &str,
    filter: &RecordFilter,
) -> Result<RecordPage, StoreError> {
    let limit = if filter.limit == 0 { PAGE } else { filter.limit.min(MAX_PAGE) };
    let email = filter.email.as_ref().map(|email| email.trim().to_lowercase());
    let mut statement = connection.prepare_cached(
        "SELECT r.id, r.key, r.email, r.known_id, r.properties, r.created_at, r.updated_at
         FROM record r JOIN site s ON s.id = r.site
         WHERE s.key = ?1 AND r.object = ?2 AND r.is_known AND r.id > ?3 AND (?4 IS NULL OR r.email = ?4)
         ORDER BY r.id LIMIT ?5",
    )?;
    let after = filter.after.unwrap_or(0);
    let mut rows = statement.query(params![site, code(filter.object), after, email, limit + 1])?;
    let mut page = RecordPage::default();
    let mut last = 0;
    while let Some(row) = rows.next()? {
        if page.records.len() == limit as usize {
            page.next = Some(last);
            break;
        }
        last = row.get(0)?;
        page.records.push(record(connection, row, filter.object)?);
    }
    Ok(page)
}

fn record(connection: &Connection, row: &Row<'_>, object: Object) -> Result<Record, StoreError> {
    let number: i64 = row.get(0)?;
    let mut utks =
        connection.prepare_cached("SELECT key FROM visitor WHERE contact = ?1 ORDER BY id LIMIT 100")?;
    let utks = utks.query_map([number], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Record {
        id: object_id(number, row.get(1)?),
        object,
        email: row.get(2)?,
        known_id: row.get(3)?,
        properties: from_json(&row.get::<_, String>(4)?)?,
        utks,
        created_at: time(row, 5)?,
        updated_at: time(row, 6)?,
    })
}

/// The object id of a record: its own, or the one we give it.
pub(super) fn object_id(number: i64, key: Option<String>) -> String {
    key.unwrap_or_else(|| (FIRST_OBJECT_ID + number).to_string())
}

/// A value as text, as it is compared.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The name of a kind of record in the database.
pub(super) fn code(object: Object) -> &'static str {
    match object {
        Object::Contact => "CONTACT",
        Object::Company => "COMPANY",
        Object::Deal => "DEAL",
        Object::Ticket => "TICKET",
    }
}

/// Reads [`code`].
pub(super) fn object(code: &str) -> Object {
    match code {
        "COMPANY" => Object::Company,
        "DEAL" => Object::Deal,
        "TICKET" => Object::Ticket,
        _ => Object::Contact,
    }
}
