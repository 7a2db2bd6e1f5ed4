//! What is known of codeless events beside their definitions.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::{Millis, UnixMillis};
use pugmark_protocol::wire::Element;
use rusqlite::{Connection, params};

use super::append::millis;
use super::catalog::{from_json, to_json};
use super::query::{number, time};
use super::{SqliteStore, definitions};
use crate::state::now;
use crate::store::{
    Activity, Answer, Author, Codeless, Draft, Finding, Found, Hit, MAX_DRAFTS, NearMiss, StoreError,
    ViewedPage, page_of,
};

/// How many page views are looked at for the list of pages. Judgement (November 2026): a busy day of a large site, read in
/// a moment.
pub(super) const VIEWS: usize = 20_000;

impl Codeless for SqliteStore {
    fn drafts<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Draft>> {
        let site = site.to_owned();
        self.readers.read(move |connection| drafts(connection, &site))
    }

    fn put_draft<'a>(&'a self, site: &'a str, definition: Definition) -> Answer<'a, Draft> {
        let site = site.to_owned();
        self.writer.upkeep(move |connection| put_draft(connection, &site, definition, now()))
    }

    fn discard_draft<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, bool> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.writer.upkeep(move |connection| discard(connection, &site, &name))
    }

    fn publish_draft<'a>(&'a self, site: &'a str, definition: Definition, by: Author) -> Answer<'a, bool> {
        let site = site.to_owned();
        self.writer.run(move |connection| {
            if !discard(connection, &site, definition.name.as_str())? {
                return Ok(false);
            }
            if !definitions::change(connection, &site, &definition, by, now())? {
                definitions::create(connection, &site, &definition, by, now())?;
            }
            Ok(true)
        })
    }

    fn taken_names<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<String>> {
        let site = site.to_owned();
        self.readers.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name FROM definition WHERE site = (SELECT id FROM site WHERE key = ?1)
                 UNION SELECT name FROM draft WHERE site = (SELECT id FROM site WHERE key = ?1)
                 UNION SELECT name FROM name WHERE site = (SELECT id FROM site WHERE key = ?1) AND deleted_at IS NULL",
            )?;
            let names = statement.query_map([site], |row| row.get(0))?;
            Ok(names.collect::<Result<_, _>>()?)
        })
    }

    fn activity<'a>(&'a self, site: &'a str, names: Vec<String>) -> Answer<'a, Vec<Activity>> {
        let site = site.to_owned();
        self.readers
            .read(move |connection| names.into_iter().map(|name| activity(connection, &site, name)).collect())
    }

    fn note_near_miss<'a>(&'a self, site: &'a str, name: &'a str, miss: NearMiss) -> Answer<'a, ()> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.writer.upkeep(move |connection| note_near_miss(connection, &site, &name, &miss))
    }

    fn near_misses<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Vec<NearMiss>> {
        let (site, name, since) = (site.to_owned(), name.to_owned(), oldest(now()));
        self.readers.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT m.observation, m.url, m.score, m.n, m.first_at, m.at FROM near_miss m JOIN site s ON s.id = m.site
                 WHERE s.key = ?1 AND m.name = ?2 AND m.at >= ?3 ORDER BY m.score DESC, m.n DESC, m.at DESC",
            )?;
            let mut rows = statement.query(params![site, name, since])?;
            let mut misses = Vec::new();
            while let Some(row) = rows.next()? {
                misses.push(NearMiss {
                    observation: row.get(0)?,
                    url: row.get(1)?,
                    score: row.get(2)?,
                    n: row.get::<_, i64>(3)?.unsigned_abs(),
                    first_at: time(row, 4)?,
                    at: time(row, 5)?,
                });
            }
            Ok(misses)
        })
    }

    fn note_findings<'a>(&'a self, site: &'a str, findings: Vec<Finding>) -> Answer<'a, ()> {
        let site = site.to_owned();
        self.writer.upkeep(move |connection| {
            findings.iter().try_for_each(|finding| note_finding(connection, &site, finding))
        })
    }

    fn findings<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Finding>> {
        let site = site.to_owned();
        self.readers.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT f.name, f.url, f.found, f.score, f.at FROM finding f JOIN site s ON s.id = f.site
                 WHERE s.key = ?1 ORDER BY f.name, f.at DESC",
            )?;
            let mut rows = statement.query([site])?;
            let mut findings = Vec::new();
            while let Some(row) = rows.next()? {
                let code: String = row.get(2)?;
                // What a newer version wrote says nothing to this one.
                let Some(found) = Found::ALL.into_iter().find(|found| found.code() == code) else { continue };
                let (name, url) = (row.get(0)?, row.get(1)?);
                findings.push(Finding { name, url, found, score: row.get(3)?, at: time(row, 4)? });
            }
            Ok(findings)
        })
    }

    fn forget_old(&self, now: UnixMillis) -> Answer<'_, ()> {
        self.writer.upkeep(move |connection| forget_old(connection, now))
    }

    fn viewed_pages<'a>(&'a self, site: &'a str, origins: &'a [String]) -> Answer<'a, Vec<ViewedPage>> {
        let (site, origins) = (site.to_owned(), origins.to_vec());
        self.readers.walk(move |connection| viewed_pages(connection, &site, &origins))
    }
}

fn drafts(connection: &Connection, site: &str) -> Result<Vec<Draft>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.body, d.at FROM draft d JOIN site s ON s.id = d.site WHERE s.key = ?1 ORDER BY d.name",
    )?;
    let mut rows = statement.query([site])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        drafts.push(Draft { definition: from_json(&row.get::<_, String>(0)?)?, at: time(row, 1)? });
    }
    Ok(drafts)
}

fn put_draft(
    connection: &Connection,
    site: &str,
    definition: Definition,
    now: UnixMillis,
) -> Result<Draft, StoreError> {
    let name = definition.name.as_str();
    match definitions::entry(connection, site, name)? {
        Some(entry) if entry.definition.trigger.is_none() => return Err(StoreError::SentByCode),
        Some(_) => {}
        None if definitions::is_used_up(connection, site, name)? => return Err(StoreError::NameUsedUp),
        None if has_arrived(connection, site, name)? => return Err(StoreError::SentByCode),
        None => {}
    }
    let others: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM draft d JOIN site s ON s.id = d.site WHERE s.key = ?1 AND d.name <> ?2",
        )?
        .query_row([site, name], |row| row.get(0))?;
    if others >= MAX_DRAFTS as i64 {
        return Err(StoreError::TooManyDrafts);
    }
    connection
        .prepare_cached(
            "INSERT INTO draft (site, name, body, at) SELECT id, ?2, ?3, ?4 FROM site WHERE key = ?1
             ON CONFLICT (site, name) DO UPDATE SET body = excluded.body, at = excluded.at",
        )?
        .execute(params![site, name, to_json(&definition)?, millis(now)])?;
    Ok(Draft { definition, at: now })
}

/// Whether an event of this name has arrived.
fn has_arrived(connection: &Connection, site: &str, name: &str) -> Result<bool, StoreError> {
    let find = "SELECT n.id FROM name n JOIN site s ON s.id = n.site
                WHERE s.key = ?1 AND n.name = ?2 AND n.deleted_at IS NULL";
    Ok(number(connection, find, params![site, name])?.is_some())
}

/// Discards a draft; `false` if there is none.
pub(super) fn discard(connection: &Connection, site: &str, name: &str) -> Result<bool, StoreError> {
    let removed = connection
        .prepare_cached("DELETE FROM draft WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2")?
        .execute([site, name])?;
    Ok(removed > 0)
}

/// Forgets what was seen of an event that is about something else from now on.
pub(super) fn forget(connection: &Connection, site: &str, name: &str) -> Result<(), StoreError> {
    for table in ["near_miss", "finding"] {
        let sql =
            format!("DELETE FROM {table} WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2");
        connection.prepare_cached(&sql)?.execute([site, name])?;
    }
    Ok(())
}

fn activity(connection: &Connection, site: &str, name: String) -> Result<Activity, StoreError> {
    let find = "SELECT n.id FROM name n JOIN site s ON s.id = n.site
                WHERE s.key = ?1 AND n.name = ?2 AND n.deleted_at IS NULL";
    let Some(id) = number(connection, find, params![site, name])? else {
        return Ok(Activity { name, ..Activity::default() });
    };
    let mut days = connection.prepare_cached(
        "SELECT day, n FROM rollup_day WHERE site = (SELECT site FROM name WHERE id = ?1) AND name = ?1 AND n > 0
         ORDER BY day DESC LIMIT ?2",
    )?;
    let days = days.query_map(params![id, Activity::DAYS as i64], |row| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    let mut hits = connection.prepare_cached(
        "SELECT e.at, coalesce(p.url, ''), e.element FROM event e LEFT JOIN page p ON p.id = e.page
         WHERE e.name = ?1 ORDER BY e.id DESC LIMIT ?2",
    )?;
    let mut rows = hits.query(params![id, Activity::HITS as i64])?;
    let mut activity = Activity { name, days: days.collect::<Result<_, _>>()?, hits: Vec::new() };
    while let Some(row) = rows.next()? {
        let element = row.get::<_, Option<String>>(2)?;
        let element: Element = element.as_deref().map(from_json).transpose()?.unwrap_or_default();
        activity.hits.push(Hit {
            at: time(row, 0)?,
            url: page_of(&row.get::<_, String>(1)?).to_owned(),
            score: element.score,
            text: element.text,
            href: element.href,
        });
    }
    Ok(activity)
}

/// Before when near misses are forgotten.
fn oldest(now: UnixMillis) -> i64 {
    millis(UnixMillis(now.0.saturating_sub(NearMiss::KEPT.0)))
}

fn note_near_miss(
    connection: &Connection,
    site: &str,
    name: &str,
    miss: &NearMiss,
) -> Result<(), StoreError> {
    let find = "SELECT id FROM site WHERE key = ?1";
    let Some(site) = number(connection, find, params![site])? else { return Ok(()) };
    connection
        .prepare_cached("DELETE FROM near_miss WHERE site = ?1 AND name = ?2 AND at < ?3")?
        .execute(params![site, name, oldest(miss.at)])?;
    connection
        .prepare_cached(
            "INSERT INTO near_miss (site, name, observation, url, score, n, first_at, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (site, name, observation) DO UPDATE
             SET url = excluded.url, score = excluded.score, n = n + excluded.n, at = excluded.at",
        )?
        .execute(params![
            site,
            name,
            miss.observation,
            miss.url,
            miss.score,
            i64::try_from(miss.n).unwrap_or(i64::MAX),
            millis(miss.first_at),
            millis(miss.at)
        ])?;
    // What stood beside the element and what came after it each have room of their own: neither makes the other forgotten.
    let last = last_hit(connection, site, name)?;
    for is_beside in [true, false] {
        connection
            .prepare_cached(
                "DELETE FROM near_miss WHERE site = ?1 AND name = ?2 AND observation IN (
                     SELECT observation FROM near_miss WHERE site = ?1 AND name = ?2 AND (first_at <= ?3) = ?4
                     ORDER BY n DESC, at DESC, score DESC LIMIT -1 OFFSET ?5)",
            )?
            .execute(params![site, name, last, is_beside, NearMiss::MOST as i64])?;
    }
    Ok(())
}

/// When an event of this name last happened, as [`activity`] tells it; 0 if it never did.
fn last_hit(connection: &Connection, site: i64, name: &str) -> Result<i64, StoreError> {
    let find = "SELECT id FROM name WHERE site = ?1 AND name = ?2 AND deleted_at IS NULL";
    let Some(id) = number(connection, find, params![site, name])? else { return Ok(0) };
    let last =
        "SELECT coalesce(max(at), 0) FROM (SELECT at FROM event WHERE name = ?1 ORDER BY id DESC LIMIT ?2)";
    Ok(number(connection, last, params![id, Activity::HITS as i64])?.unwrap_or_default())
}

/// Forgets the near misses and findings that are past their time.
fn forget_old(connection: &Connection, now: UnixMillis) -> Result<(), StoreError> {
    let old = |kept: Millis| millis(UnixMillis(now.0.saturating_sub(kept.0)));
    connection.execute("DELETE FROM near_miss WHERE at < ?1", [old(NearMiss::KEPT)])?;
    connection.execute("DELETE FROM finding WHERE at < ?1", [old(Finding::KEPT)])?;
    Ok(())
}

fn note_finding(connection: &Connection, site: &str, finding: &Finding) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO finding (site, name, url, found, score, at)
             SELECT id, ?2, ?3, ?4, ?5, ?6 FROM site WHERE key = ?1
             ON CONFLICT (site, name, url) DO UPDATE
             SET found = excluded.found, score = excluded.score, at = excluded.at",
        )?
        .execute(params![
            site,
            finding.name,
            finding.url,
            finding.found.code(),
            finding.score,
            millis(finding.at)
        ])?;
    connection
        .prepare_cached(
            "DELETE FROM finding WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2 AND url IN (
                 SELECT f.url FROM finding f JOIN site s ON s.id = f.site WHERE s.key = ?1 AND f.name = ?2
                 ORDER BY f.at DESC, f.url LIMIT -1 OFFSET ?3)",
        )?
        .execute(params![site, finding.name, Finding::MOST as i64])?;
    Ok(())
}

fn viewed_pages(
    connection: &Connection,
    site: &str,
    origins: &[String],
) -> Result<Vec<ViewedPage>, StoreError> {
    let find = "SELECT o.id FROM origin o JOIN site s ON s.id = o.site WHERE s.key = ?1 AND o.origin = ?2";
    let mut latest = connection
        .prepare_cached("SELECT event, page FROM page_view WHERE origin = ?1 ORDER BY event DESC LIMIT ?2")?;
    // A site may name an origin twice.
    let mut known = BTreeSet::new();
    for origin in origins {
        known.extend(number(connection, find, params![site, origin])?);
    }
    let mut views: Vec<(i64, i64)> = Vec::new();
    for origin in known {
        let found = latest.query_map(params![origin, VIEWS as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        views.extend(found.collect::<Result<Vec<_>, _>>()?);
        views.sort_unstable_by_key(|&(event, _)| Reverse(event));
        views.truncate(VIEWS);
    }
    let mut url_of = connection.prepare_cached("SELECT url FROM page WHERE id = ?1")?;
    let mut pages: Vec<ViewedPage> = Vec::new();
    // Where in the list a page stands: by its row, of which an address has many, and by its address.
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut addresses: HashMap<String, usize> = HashMap::new();
    for (_, page) in views {
        let place = match places.get(&page) {
            Some(&place) => place,
            None => {
                let url: String = url_of.query_row([page], |row| row.get(0))?;
                let url = page_of(&url);
                let place = *addresses.entry(url.to_owned()).or_insert(pages.len());
                if place == pages.len() {
                    pages.push(ViewedPage { url: url.to_owned(), views: 0 });
                }
                places.insert(page, place);
                place
            }
        };
        pages[place].views += 1;
    }
    Ok(pages)
}
