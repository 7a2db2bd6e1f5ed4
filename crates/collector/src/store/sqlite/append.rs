//! Writes one batch: what repeats goes into the dictionaries, the events into the log.

use std::collections::HashMap;

use pugmark_protocol::id::EventId;
use pugmark_protocol::time::UnixMillis;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::query::day_of;
use crate::store::{Appended, NewBatch, NewEvent, StoreError, StoredPage, Verdict};

/// Most entries remembered of one kind; past it the memory starts anew, and the database knows them still.
const REMEMBERED: usize = 50_000;

/// The numbers of what repeats, as far as they are remembered. To be emptied whenever something is rolled back.
#[derive(Default)]
pub(super) struct Dictionary {
    sites: HashMap<String, i64>,
    names: HashMap<(i64, String), i64>,
    visitors: HashMap<(i64, String), i64>,
    sessions: HashMap<(i64, String), i64>,
    pages: HashMap<Hash, i64>,
    contexts: HashMap<Hash, i64>,
}

type Hash = [u8; 16];

/// The rows of a batch that all its events share.
struct Shared {
    site: i64,
    visitor: Option<i64>,
    session: Option<i64>,
    tab: i64,
    context: i64,
    pages: Vec<i64>,
}

/// How many events of which name were stored on which day.
pub(super) type Counted = HashMap<(i64, i64, i64), i64>;

/// The daily counts of a group, written once before it is committed.
#[derive(Default)]
pub(super) struct Rollup(Counted);

impl Rollup {
    pub(super) fn add(&mut self, counted: Counted) {
        for (key, n) in counted {
            *self.0.entry(key).or_default() += n;
        }
    }

    pub(super) fn write(self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO rollup_day (site, name, day, n) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (site, name, day) DO UPDATE SET n = n + excluded.n",
        )?;
        for ((site, name, day), n) in self.0 {
            statement.execute([site, name, day, n])?;
        }
        Ok(())
    }
}

impl Dictionary {
    /// Writes a batch within the caller's transaction.
    pub(super) fn append(
        &mut self,
        connection: &Connection,
        batch: &NewBatch,
    ) -> Result<(Appended, Counted), StoreError> {
        let site = self.site(connection, &batch.site)?;
        let visitor = match &batch.visitor {
            Some(visitor) => Some(self.visitor(connection, site, visitor.as_str())?),
            None => None,
        };
        if let (Some(visitor), Some(identity)) = (visitor, &batch.identity) {
            identify(connection, visitor, &json(identity)?, batch.received_at)?;
        }
        let session = match &batch.session {
            Some((session, started)) => Some(self.session(connection, site, session.as_str(), *started)?),
            None => None,
        };
        let tab = tab(connection, site, batch, visitor)?;
        let newly_lost = losses(connection, tab, &batch.lost)?;
        if batch.events.is_empty() {
            return Ok((Appended { verdicts: Vec::new(), newly_lost }, Counted::new()));
        }
        let context = self.context(connection, &json(&batch.context)?)?;
        let pages = batch.pages.iter().map(|page| self.page(connection, page)).collect::<Result<_, _>>()?;
        let shared = Shared { site, visitor, session, tab, context, pages };

        let mut counted = Counted::new();
        let mut verdicts = Vec::with_capacity(batch.events.len());
        for event in &batch.events {
            let name = self.name(connection, site, event.name.as_str())?;
            let verdict = insert(connection, &shared, name, event, batch.received_at)?;
            if verdict == Verdict::Stored {
                *counted.entry((site, name, day_of(event.at))).or_default() += 1;
            }
            verdicts.push(verdict);
        }
        for &(_, name, _) in counted.keys() {
            let mut seen =
                connection.prepare_cached("UPDATE name SET last_received_at = ?2 WHERE id = ?1")?;
            seen.execute(params![name, millis(batch.received_at)])?;
        }
        Ok((Appended { verdicts, newly_lost }, counted))
    }

    fn site(&mut self, connection: &Connection, key: &str) -> Result<i64, StoreError> {
        if let Some(&id) = self.sites.get(key) {
            return Ok(id);
        }
        let mut find = connection.prepare_cached("SELECT id FROM site WHERE key = ?1")?;
        let id = find
            .query_row([key], |row| row.get(0))
            .optional()?
            .ok_or_else(|| StoreError::Failed(format!("there is no site {key}")))?;
        Ok(remember(&mut self.sites, key.to_owned(), id))
    }

    fn name(&mut self, connection: &Connection, site: i64, name: &str) -> Result<i64, StoreError> {
        let key = (site, name.to_owned());
        if let Some(&id) = self.names.get(&key) {
            return Ok(id);
        }
        let id = find_or_add(
            connection,
            "SELECT id FROM name WHERE site = ?1 AND name = ?2",
            "INSERT INTO name (site, name, last_received_at) VALUES (?1, ?2, 0)",
            params![site, name],
        )?;
        Ok(remember(&mut self.names, key, id))
    }

    fn visitor(&mut self, connection: &Connection, site: i64, visitor: &str) -> Result<i64, StoreError> {
        let key = (site, visitor.to_owned());
        if let Some(&id) = self.visitors.get(&key) {
            return Ok(id);
        }
        let id = find_or_add(
            connection,
            "SELECT id FROM visitor WHERE site = ?1 AND key = ?2",
            "INSERT INTO visitor (site, key) VALUES (?1, ?2)",
            params![site, visitor],
        )?;
        Ok(remember(&mut self.visitors, key, id))
    }

    fn session(
        &mut self,
        connection: &Connection,
        site: i64,
        session: &str,
        started: UnixMillis,
    ) -> Result<i64, StoreError> {
        let key = (site, session.to_owned());
        if let Some(&id) = self.sessions.get(&key) {
            return Ok(id);
        }
        // The start is the third parameter, which only the insertion has; the first batch of a session sets it.
        let mut find = connection.prepare_cached("SELECT id FROM session WHERE site = ?1 AND key = ?2")?;
        let id = match find.query_row(params![site, session], |row| row.get(0)).optional()? {
            Some(id) => id,
            None => {
                let mut add = connection
                    .prepare_cached("INSERT INTO session (site, key, started_at) VALUES (?1, ?2, ?3)")?;
                add.insert(params![site, session, millis(started)])?
            }
        };
        Ok(remember(&mut self.sessions, key, id))
    }

    fn page(&mut self, connection: &Connection, page: &StoredPage) -> Result<i64, StoreError> {
        let hash = hash(&[&page.url, &page.title, &page.referrer]);
        if let Some(&id) = self.pages.get(&hash) {
            return Ok(id);
        }
        let mut find = connection.prepare_cached("SELECT id FROM page WHERE hash = ?1")?;
        let id = match find.query_row([hash], |row| row.get(0)).optional()? {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO page (hash, url, title, referrer) VALUES (?1, ?2, ?3, ?4)")?
                .insert(params![hash, page.url, page.title, page.referrer])?,
        };
        Ok(remember(&mut self.pages, hash, id))
    }

    fn context(&mut self, connection: &Connection, body: &str) -> Result<i64, StoreError> {
        let hash = hash(&[body]);
        if let Some(&id) = self.contexts.get(&hash) {
            return Ok(id);
        }
        let id = find_or_add(
            connection,
            "SELECT id FROM context WHERE hash = ?1 AND body = ?2",
            "INSERT INTO context (hash, body) VALUES (?1, ?2)",
            params![hash, body],
        )?;
        Ok(remember(&mut self.contexts, hash, id))
    }
}

fn remember<K: std::hash::Hash + Eq>(known: &mut HashMap<K, i64>, key: K, id: i64) -> i64 {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, id);
    id
}

fn find_or_add(
    connection: &Connection,
    find: &str,
    add: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<i64, StoreError> {
    let found = connection.prepare_cached(find)?.query_row(params, |row| row.get(0)).optional()?;
    match found {
        Some(id) => Ok(id),
        None => Ok(connection.prepare_cached(add)?.insert(params)?),
    }
}

fn identify(connection: &Connection, visitor: i64, identity: &str, at: UnixMillis) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("UPDATE visitor SET identity = ?2, identified_at = ?3 WHERE id = ?1")?;
    statement.execute(params![visitor, identity, millis(at)])?;
    Ok(())
}

/// The batch's tab, marked as seen.
fn tab(
    connection: &Connection,
    site: i64,
    batch: &NewBatch,
    visitor: Option<i64>,
) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO tab (site, key, visitor, last_received_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (site, key) DO UPDATE SET visitor = excluded.visitor, last_received_at = excluded.last_received_at
         RETURNING id",
    )?;
    let id = statement
        .query_row(params![site, batch.tab.as_str(), visitor, millis(batch.received_at)], |row| row.get(0))?;
    Ok(id)
}

/// Keeps the highest total of each reason, and says by how much it grew.
fn losses(
    connection: &Connection,
    tab: i64,
    lost: &[(String, u64)],
) -> Result<Vec<(String, u64)>, StoreError> {
    let mut grown = Vec::new();
    for (reason, n) in lost {
        let mut find = connection.prepare_cached("SELECT n FROM loss WHERE tab = ?1 AND reason = ?2")?;
        let before =
            find.query_row(params![tab, reason], |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0);
        let n = i64::try_from(*n).unwrap_or(i64::MAX);
        if n > before {
            let mut keep = connection
                .prepare_cached("INSERT OR REPLACE INTO loss (tab, reason, n) VALUES (?1, ?2, ?3)")?;
            keep.execute(params![tab, reason, n])?;
            grown.push((reason.clone(), n.abs_diff(before)));
        }
    }
    Ok(grown)
}

fn insert(
    connection: &Connection,
    shared: &Shared,
    name: i64,
    event: &NewEvent,
    received_at: UnixMillis,
) -> Result<Verdict, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO event (uuid, site, name, at, received_at, visitor, session, tab, seq, page, context, element,
                            properties, adjusted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (uuid) DO NOTHING",
    )?;
    let page = event.page.and_then(|index| shared.pages.get(index).copied());
    let element = event.element.as_ref().map(json).transpose()?;
    let adjusted = (!event.adjusted.is_empty()).then(|| json(&event.adjusted)).transpose()?;
    let inserted = statement.execute(params![
        uuid_bytes(&event.id),
        shared.site,
        name,
        millis(event.at),
        millis(received_at),
        shared.visitor,
        shared.session,
        shared.tab,
        i64::try_from(event.seq).unwrap_or(i64::MAX),
        page,
        shared.context,
        element,
        json(&event.properties)?,
        adjusted,
    ])?;
    Ok(if inserted == 1 { Verdict::Stored } else { Verdict::Duplicate })
}

/// A UUID's text as its 16 bytes.
pub(super) fn uuid_bytes(id: &EventId) -> [u8; 16] {
    let mut bytes = [0; 16];
    let digits = id.as_str().chars().filter_map(|c| c.to_digit(16));
    for (i, digit) in digits.enumerate().take(32) {
        bytes[i / 2] = (bytes[i / 2] << 4) | (digit as u8);
    }
    bytes
}

fn hash(parts: &[&str]) -> Hash {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    let mut hash = Hash::default();
    hash.copy_from_slice(&digest.finalize()[..16]);
    hash
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

fn millis(time: UnixMillis) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}
