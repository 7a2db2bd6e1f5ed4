//! Writes one batch: what repeats goes into the dictionaries, the events into the log.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use pugmark_protocol::id::EventId;
use pugmark_protocol::time::UnixMillis;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::book::{Book, Sums};
use super::query::day_of;
use super::records::{self, Visitor};
use crate::passes::origin_of;
use crate::store::{Appended, NewBatch, NewEvent, StoreError, StoredPage, Verdict};

/// Most event names of one site. An event of one more is stored under [`OTHER`], unless somebody has defined it: the
/// site's key is public, and made-up names must not bury the real ones. Judgement (November 2026).
pub(super) const MAX_NAMES: i64 = 5_000;

/// The name of events that came past [`MAX_NAMES`]; their own stands in their adjustments.
pub(super) const OTHER: &str = "other";

/// The name of page views.
pub(super) const PAGE_VIEW: &str = "page_view";

/// Most entries remembered of one kind; past it the memory starts anew, and the database knows them still.
const REMEMBERED: usize = 50_000;

/// The numbers of what repeats, as far as they are remembered. To be emptied whenever something is rolled back.
#[derive(Default)]
pub(super) struct Dictionary {
    sites: HashMap<String, i64>,
    names: HashMap<(i64, String), i64>,
    visitors: HashMap<(i64, String), Visitor>,
    sessions: HashMap<(i64, String), i64>,
    pages: HashMap<Hash, i64>,
    origins: HashMap<(i64, String), i64>,
    contexts: HashMap<Hash, i64>,
}

type Hash = [u8; 16];

/// The rows of a batch that all its events share.
struct Shared {
    site: i64,
    visitor: Option<Visitor>,
    session: Option<i64>,
    tab: i64,
    context: i64,
    pages: Vec<i64>,
}

/// What batches add to the sums, written once a group before it is committed.
#[derive(Default)]
pub(super) struct Sum {
    /// How many events were stored, by site, name and day.
    days: HashMap<(i64, i64, i64), i64>,
    /// What the books of a site's tabs gained, by site and column of `tally`.
    tallies: HashMap<(i64, String), i64>,
}

impl Sum {
    pub(super) fn add(&mut self, other: Self) {
        for (key, n) in other.days {
            *self.days.entry(key).or_default() += n;
        }
        for (key, n) in other.tallies {
            *self.tallies.entry(key).or_default() += n;
        }
    }

    fn tally(&mut self, site: i64, what: &str, before: u64, after: u64) {
        if before != after {
            let gained = i64::try_from(i128::from(after) - i128::from(before)).unwrap_or(0);
            *self.tallies.entry((site, what.to_owned())).or_default() += gained;
        }
    }

    pub(super) fn write(self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO rollup_day (site, name, day, n) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (site, name, day) DO UPDATE SET n = n + excluded.n",
        )?;
        for ((site, name, day), n) in self.days {
            statement.execute([site, name, day, n])?;
        }
        let mut statement = connection.prepare_cached(
            "INSERT INTO tally (site, what, n) VALUES (?1, ?2, ?3)
             ON CONFLICT (site, what) DO UPDATE SET n = n + excluded.n",
        )?;
        for ((site, what), n) in self.tallies {
            statement.execute(params![site, what, n])?;
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
    ) -> Result<(Appended, Sum), StoreError> {
        let site = self.site(connection, &batch.site)?;
        let mut visitor = match &batch.visitor {
            Some(visitor) => Some(self.visitor(connection, site, &visitor.to_text())?),
            None => None,
        };
        if let (Some(key), Some(known), Some(identity)) = (&batch.visitor, &mut visitor, &batch.identity) {
            known.now = records::identify(connection, site, known.id, identity, batch.received_at)?;
            self.visitors.insert((site, key.to_text()), *known);
        }
        let mut sum = Sum::default();
        let mut tab = Tab::find(connection, site, batch, visitor.map(|visitor| visitor.id))?;
        let mut appended = Appended::default();
        if !batch.events.is_empty() {
            let session = match &batch.session {
                Some((session, started)) => {
                    Some(self.session(connection, site, &session.to_text(), *started)?)
                }
                None => None,
            };
            let context = self.context(connection, batch.context.as_str())?;
            let pages =
                batch.pages.iter().map(|page| self.page(connection, page)).collect::<Result<_, _>>()?;
            let shared = Shared { site, visitor, session, tab: tab.id, context, pages };
            appended = self.events(connection, &shared, batch, &mut tab, &mut sum)?;
        }
        for lost in &batch.lost {
            tab.book.lose(lost.first, lost.last, lost.reason);
        }
        appended.newly_lost = tab.settle(connection, site, batch.received_at, &mut sum)?;
        Ok((appended, sum))
    }

    fn events(
        &mut self,
        connection: &Connection,
        shared: &Shared,
        batch: &NewBatch,
        tab: &mut Tab,
        sum: &mut Sum,
    ) -> Result<Appended, StoreError> {
        let site = shared.site;
        let mut names = HashSet::new();
        let mut appended = Appended::default();
        appended.verdicts.reserve(batch.events.len());
        for (place, event) in batch.events.iter().enumerate() {
            let (name, is_other) = self.name(connection, site, event.name.as_str())?;
            let owner = self.owner(connection, shared, batch, event)?;
            let entry = Entry { name, is_other, owner, received_at: batch.received_at };
            let mut verdict = insert(connection, shared, &entry, event.id, event)?;
            // Servers choose ids that are unique among the events of one name and site: under another id, then.
            if verdict == Verdict::Conflict && batch.tab.is_none() {
                verdict = match known_as(connection, event.id)? {
                    Some(known) if known == (site, name) => Verdict::Duplicate,
                    _ => {
                        let id = another_id(site, name, event.id);
                        appended.renamed.insert(place, id);
                        match insert(connection, shared, &entry, id, event)? {
                            Verdict::Stored => Verdict::Stored,
                            Verdict::Duplicate | Verdict::Conflict => Verdict::Duplicate,
                        }
                    }
                };
            }
            match verdict {
                Verdict::Stored => {
                    if event.name.as_str() == PAGE_VIEW {
                        self.note_view(connection, shared, batch, event)?;
                    }
                    *sum.days.entry((site, name, day_of(event.at))).or_default() += 1;
                    names.insert(name);
                    if !tab.book.store(event.seq) {
                        tab.beside += 1;
                    }
                }
                Verdict::Duplicate => {}
                Verdict::Conflict => tab.book.lose(event.seq, event.seq, CONFLICT),
            }
            appended.verdicts.push(verdict);
        }
        for name in names {
            let mut seen =
                connection.prepare_cached("UPDATE name SET last_received_at = ?2 WHERE id = ?1")?;
            seen.execute(params![name, millis(batch.received_at)])?;
        }
        Ok(appended)
    }

    /// Takes note of the view that was stored just now, beside the others of its page's origin.
    fn note_view(
        &mut self,
        connection: &Connection,
        shared: &Shared,
        batch: &NewBatch,
        view: &NewEvent,
    ) -> Result<(), StoreError> {
        let row = connection.last_insert_rowid();
        let Some(place) = view.page else { return Ok(()) };
        let (Some(page), Some(id)) = (batch.pages.get(place), shared.pages.get(place)) else {
            return Ok(());
        };
        let Some(origin) = origin_of(&page.url) else { return Ok(()) };
        let origin = self.origin(connection, shared.site, origin)?;
        connection
            .prepare_cached("INSERT INTO page_view (origin, event, page) VALUES (?1, ?2, ?3)")?
            .execute([origin, row, *id])?;
        Ok(())
    }

    /// Whose an event is: its visitor, and its record if that is not the visitor's.
    fn owner(
        &mut self,
        connection: &Connection,
        shared: &Shared,
        batch: &NewBatch,
        event: &NewEvent,
    ) -> Result<Owner, StoreError> {
        let Some(target) = &event.target else {
            return Ok(Owner {
                visitor: shared.visitor.map(|visitor| visitor.id),
                record: shared.visitor.and_then(|visitor| visitor.now),
            });
        };
        let visitor = match &target.visitor {
            Some(visitor) => Some(self.visitor(connection, shared.site, &visitor.to_text())?),
            None => None,
        };
        let record = records::owner(connection, shared.site, target, visitor, batch.received_at)?;
        Ok(Owner { visitor: visitor.map(|visitor| visitor.id), record })
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

    /// The number of an event's name, and whether it is that of [`OTHER`] because the site has too many.
    fn name(&mut self, connection: &Connection, site: i64, name: &str) -> Result<(i64, bool), StoreError> {
        let key = (site, name.to_owned());
        if let Some(&id) = self.names.get(&key) {
            return Ok((id, false));
        }
        const FIND: &str = "SELECT id FROM name WHERE site = ?1 AND name = ?2";
        const ADD: &str = "INSERT INTO name (site, name, last_received_at) VALUES (?1, ?2, 0)";
        let known =
            connection.prepare_cached(FIND)?.query_row(params![site, name], |row| row.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None if may_be_added(connection, site, name)? => {
                connection.prepare_cached(ADD)?.insert(params![site, name])?
            }
            None => return Ok((find_or_add(connection, FIND, ADD, params![site, OTHER])?, true)),
        };
        Ok((remember(&mut self.names, key, id), false))
    }

    fn visitor(&mut self, connection: &Connection, site: i64, visitor: &str) -> Result<Visitor, StoreError> {
        let key = (site, visitor.to_owned());
        if let Some(&known) = self.visitors.get(&key) {
            return Ok(known);
        }
        let mut find =
            connection.prepare_cached("SELECT id, now FROM visitor WHERE site = ?1 AND key = ?2")?;
        let found =
            find.query_row(params![site, visitor], |row| Ok(Visitor { id: row.get(0)?, now: row.get(1)? }));
        let visitor = match found.optional()? {
            Some(known) => known,
            None => {
                let mut add = connection.prepare_cached("INSERT INTO visitor (site, key) VALUES (?1, ?2)")?;
                Visitor { id: add.insert(params![site, visitor])?, now: None }
            }
        };
        Ok(remember(&mut self.visitors, key, visitor))
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

    fn origin(&mut self, connection: &Connection, site: i64, origin: String) -> Result<i64, StoreError> {
        let key = (site, origin);
        if let Some(&id) = self.origins.get(&key) {
            return Ok(id);
        }
        let id = find_or_add(
            connection,
            "SELECT id FROM origin WHERE site = ?1 AND origin = ?2",
            "INSERT INTO origin (site, origin) VALUES (?1, ?2)",
            params![site, key.1],
        )?;
        Ok(remember(&mut self.origins, key, id))
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

fn remember<K: std::hash::Hash + Eq, V: Copy>(known: &mut HashMap<K, V>, key: K, value: V) -> V {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
    value
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

/// Whether a site may have one more name of events.
fn may_be_added(connection: &Connection, site: i64, name: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT count(*) FROM name WHERE site = ?1) < ?3
             OR EXISTS (SELECT 1 FROM definition WHERE site = ?1 AND name = ?2 AND deleted_at IS NULL)",
    )?;
    Ok(statement.query_row(params![site, name, MAX_NAMES], |row| row.get(0))?)
}

/// Why the second of two different events with one id is lost.
pub(crate) const CONFLICT: &str = "conflict";

/// A batch's tab and its book.
struct Tab {
    id: i64,
    book: Book,
    /// How many stored events have no place in the book.
    beside: u64,
    /// The book's sums and `beside` as they were found.
    before: (Sums, u64),
}

impl Tab {
    /// The batch's tab, new or with its book.
    fn find(
        connection: &Connection,
        site: i64,
        batch: &NewBatch,
        visitor: Option<i64>,
    ) -> Result<Self, StoreError> {
        let mut find = connection
            .prepare_cached("SELECT id, visitor, book, beside FROM tab WHERE site = ?1 AND key = ?2")?;
        let key = batch.tab_text();
        let known = find.query_row(params![site, key], |row| {
            Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
        });
        let Some((id, known_visitor, book, beside)) = known.optional()? else {
            let mut add = connection.prepare_cached(
                "INSERT INTO tab (site, key, visitor, last_received_at) VALUES (?1, ?2, ?3, 0)",
            )?;
            let id = add.insert(params![site, key, visitor])?;
            return Ok(Self { id, book: Book::default(), beside: 0, before: (Sums::default(), 0) });
        };
        // Apart from the rest, which every batch changes: this one is in an index.
        if visitor != known_visitor {
            let mut belong = connection.prepare_cached("UPDATE tab SET visitor = ?2 WHERE id = ?1")?;
            belong.execute(params![id, visitor])?;
        }
        let book: Book = serde_json::from_str(&book)
            .map_err(|error| StoreError::Failed(format!("a tab's book: {error}")))?;
        let beside = beside.unsigned_abs();
        let before = (book.sums(), beside);
        Ok(Self { id, book, beside, before })
    }

    /// Marks the tab as seen, keeps what has changed, adds it to the site's sums, and says how many are newly lost, by reason.
    fn settle(
        &self,
        connection: &Connection,
        site: i64,
        received_at: UnixMillis,
        sum: &mut Sum,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let (before, beside) = (&self.before.0, self.before.1);
        let after = self.book.sums();
        let mut keep = connection.prepare_cached(
            "UPDATE tab SET last_received_at = ?2, made = ?3, stored = ?4, lost = ?5, beside = ?6, book = ?7
             WHERE id = ?1",
        )?;
        keep.execute(params![
            self.id,
            millis(received_at),
            number(after.highest + self.beside),
            number(after.stored + self.beside),
            number(after.lost.values().sum()),
            number(self.beside),
            json(&self.book)?,
        ])?;
        sum.tally(site, "made", before.highest + beside, after.highest + self.beside);
        sum.tally(site, "stored", before.stored + beside, after.stored + self.beside);
        let mut newly_lost = Vec::new();
        let reasons: BTreeSet<&String> = before.lost.keys().chain(after.lost.keys()).collect();
        for reason in reasons {
            let n = |sums: &Sums| sums.lost.get(reason).copied().unwrap_or(0);
            sum.tally(site, reason, n(before), n(&after));
            if n(&after) > n(before) {
                newly_lost.push((reason.clone(), n(&after) - n(before)));
            }
        }
        Ok(newly_lost)
    }
}

/// What an event's row has besides the event.
struct Entry {
    name: i64,
    is_other: bool,
    owner: Owner,
    received_at: UnixMillis,
}

/// Whose an event is.
struct Owner {
    visitor: Option<i64>,
    /// If it is not the visitor's.
    record: Option<i64>,
}

/// The site and name of the event that is stored under an id.
fn known_as(connection: &Connection, id: EventId) -> Result<Option<(i64, i64)>, StoreError> {
    let mut find = connection.prepare_cached("SELECT site, name FROM event WHERE uuid = ?1")?;
    Ok(find.query_row([id.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The id of an event whose own is taken by an event of another name or site: always the same for the same three.
pub(super) fn another_id(site: i64, name: i64, id: EventId) -> EventId {
    let hash = hash(&[&site.to_string(), &name.to_string(), &id.to_text()]);
    let half = |bytes: &[u8]| bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    EventId::new(UnixMillis(half(&hash[..6])), [half(&hash[6..8]), half(&hash[8..])])
}

fn insert(
    connection: &Connection,
    shared: &Shared,
    entry: &Entry,
    id: EventId,
    event: &NewEvent,
) -> Result<Verdict, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO event (uuid, site, name, at, received_at, visitor, session, tab, seq, page, context, element,
                            properties, adjusted, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (uuid) DO NOTHING",
    )?;
    let page = event.page.and_then(|index| shared.pages.get(index).copied());
    let element = event.element.as_ref().map(json).transpose()?;
    let mut adjusted = Cow::from(&event.adjusted);
    if entry.is_other {
        adjusted.to_mut().push(format!("too_many_names:{}", event.name.as_str()));
    }
    let adjusted = (!adjusted.is_empty()).then(|| json(&adjusted)).transpose()?;
    let uuid = id.to_bytes();
    let properties = event.properties.as_str();
    let inserted = statement.execute(params![
        uuid,
        shared.site,
        entry.name,
        millis(event.at),
        millis(entry.received_at),
        entry.owner.visitor,
        shared.session,
        shared.tab,
        number(event.seq),
        page,
        shared.context,
        element,
        properties,
        adjusted,
        entry.owner.record,
    ])?;
    if inserted == 1 {
        return Ok(Verdict::Stored);
    }
    // The same event again, or another under the same id? Times differ between two sendings of one.
    let mut statement = connection.prepare_cached(
        "SELECT site = ?2 AND name = ?3 AND tab = ?4 AND seq = ?5 AND properties = ?6 FROM event WHERE uuid = ?1",
    )?;
    let known = params![uuid, shared.site, entry.name, shared.tab, number(event.seq), properties];
    let is_same = statement.query_row(known, |row| row.get(0))?;
    Ok(if is_same { Verdict::Duplicate } else { Verdict::Conflict })
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

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

pub(super) fn millis(time: UnixMillis) -> i64 {
    number(time.0)
}

/// As SQLite keeps numbers.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
