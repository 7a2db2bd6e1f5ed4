//! The queries: events whole again, counts from the daily sums, what became of what was made.

use pugmark_protocol::time::{Millis, UnixMillis};
use pugmark_protocol::wire::Element;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::book::Book;
use crate::defaults::complete;
use crate::store::{
    Counts, DayCount, Delivery, EventFilter, EventPage, StoreError, StoredEvent, StoredPage, TabDelivery,
};

/// How many events a page has when nobody says.
const PAGE: u32 = 100;

/// Most events of a page.
const MAX_PAGE: u32 = 1_000;

/// Most tabs told at once.
const MAX_TABS: u32 = 1_000;

/// An event whole again. Joined from the left, so that the log is walked backwards and the rest looked up.
pub(super) const EVENT: &str = "
    SELECT e.id, e.uuid, n.name, e.at, e.received_at, v.key, v.identity, s.key, t.key, e.seq,
           p.url, p.title, p.referrer, c.body, e.element, e.properties, e.adjusted
    FROM event e
    LEFT JOIN name n ON n.id = e.name
    LEFT JOIN visitor v ON v.id = e.visitor
    LEFT JOIN session s ON s.id = e.session
    LEFT JOIN tab t ON t.id = e.tab
    LEFT JOIN page p ON p.id = e.page
    LEFT JOIN context c ON c.id = e.context";

/// Those of a site, unless their definition was deleted.
const OF_SITE: &str = "
    WHERE e.site = ?1 AND e.id < ?2 AND (?3 IS NULL OR e.visitor = ?3) AND n.deleted_at IS NULL";

/// A page of a site's events, newest first.
pub(super) fn events(
    connection: &Connection,
    site: &str,
    filter: &EventFilter,
) -> Result<EventPage, StoreError> {
    let Some(site) = number(connection, "SELECT id FROM site WHERE key = ?1", params![site])? else {
        return Ok(EventPage::default());
    };
    let limit = if filter.limit == 0 { PAGE } else { filter.limit.min(MAX_PAGE) };
    // A cursor that is none starts from the newest.
    let before = filter.after.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or(i64::MAX);
    let visitor = match &filter.visitor {
        None => None,
        Some(key) => {
            let find = "SELECT id FROM visitor WHERE site = ?1 AND key = ?2";
            match number(connection, find, params![site, key])? {
                Some(id) => Some(id),
                None => return Ok(EventPage::default()),
            }
        }
    };
    let name = match &filter.name {
        None => None,
        Some(name) => {
            let find = "SELECT id FROM name WHERE site = ?1 AND name = ?2";
            match number(connection, find, params![site, name])? {
                Some(id) => Some(id),
                None => return Ok(EventPage::default()),
            }
        }
    };

    let condition = if name.is_some() { "AND e.name = ?4" } else { "AND ?4 IS NULL" };
    let sql = format!("{EVENT} {OF_SITE} {condition} ORDER BY e.id DESC LIMIT ?5");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![site, before, visitor, name, limit + 1])?;
    let mut page = EventPage::default();
    let mut last = 0;
    while let Some(row) = rows.next()? {
        if page.events.len() == limit as usize {
            page.next = Some(i64::to_string(&last));
            break;
        }
        last = row.get(0)?;
        page.events.push(event(row)?);
    }
    Ok(page)
}

pub(super) fn event(row: &Row<'_>) -> Result<StoredEvent, StoreError> {
    let page = match row.get::<_, Option<String>>(10)? {
        Some(url) => Some(StoredPage { url, title: row.get(11)?, referrer: row.get(12)? }),
        None => None,
    };
    let context = json(row, 13)?.unwrap_or_default();
    let element: Option<Element> = json(row, 14)?;
    let given = json(row, 15)?.unwrap_or_default();
    Ok(StoredEvent {
        id: uuid_text(row.get(1)?),
        name: row.get(2)?,
        at: time(row, 3)?,
        received_at: time(row, 4)?,
        visitor: row.get(5)?,
        session: row.get(7)?,
        tab: row.get(8)?,
        seq: row.get::<_, i64>(9)?.unsigned_abs(),
        url: page.as_ref().map(|page| page.url.clone()).unwrap_or_default(),
        properties: complete(given, page.as_ref(), &context, element.as_ref()),
        adjusted: json(row, 16)?.unwrap_or_default(),
        identity: json(row, 6)?,
    })
}

/// Every event's count, and those of the days from `from` on.
pub(super) fn counts(connection: &Connection, site: &str, from: i64) -> Result<Vec<Counts>, StoreError> {
    let mut totals = connection.prepare_cached(
        "SELECT n.id, n.name, n.last_received_at, sum(r.n)
         FROM site s JOIN rollup_day r ON r.site = s.id JOIN name n ON n.id = r.name
         WHERE s.key = ?1 AND n.deleted_at IS NULL GROUP BY n.id ORDER BY sum(r.n) DESC, n.name",
    )?;
    let mut days = connection.prepare_cached(
        "SELECT date(r.day * 86400, 'unixepoch'), r.n FROM site s JOIN rollup_day r ON r.site = s.id
         WHERE s.key = ?1 AND r.name = ?2 AND r.day >= ?3 ORDER BY r.day",
    )?;
    let mut rows = totals.query([site])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        let name: i64 = row.get(0)?;
        let on_days = days.query_map(params![site, name, from], |row| {
            Ok(DayCount { day: row.get(0)?, n: row.get::<_, i64>(1)?.unsigned_abs() })
        })?;
        counts.push(Counts {
            name: row.get(1)?,
            last_received_at: time(row, 2)?,
            total: row.get::<_, i64>(3)?.unsigned_abs(),
            days: on_days.collect::<Result<_, _>>()?,
        });
    }
    Ok(counts)
}

/// What became of what was made: of a site, or of one visitor.
pub(super) fn delivery(
    connection: &Connection,
    site: &str,
    visitor: Option<&str>,
) -> Result<Delivery, StoreError> {
    let Some(site) = number(connection, "SELECT id FROM site WHERE key = ?1", params![site])? else {
        return Ok(Delivery::default());
    };
    let Some(key) = visitor else {
        let tabs = tabs(connection, "t.site = ?1 AND t.made > t.stored", params![site, MAX_TABS])?;
        return Ok(Delivery { tabs, ..totals(connection, site)? });
    };
    let find = "SELECT id FROM visitor WHERE site = ?1 AND key = ?2";
    let Some(visitor) = number(connection, find, params![site, key])? else {
        return Ok(Delivery::default());
    };
    let mut delivery = Delivery {
        tabs: tabs(connection, "t.visitor = ?1", params![visitor, MAX_TABS])?,
        ..Delivery::default()
    };
    for tab in &delivery.tabs {
        delivery.made += tab.made;
        delivery.stored += tab.stored;
        delivery.missing += tab.missing;
        for (reason, n) in &tab.lost {
            *delivery.totals.entry(reason.clone()).or_default() += n;
        }
    }
    Ok(delivery)
}

/// A site's sums.
fn totals(connection: &Connection, site: i64) -> Result<Delivery, StoreError> {
    let mut statement = connection.prepare_cached("SELECT what, n FROM tally WHERE site = ?1 AND n > 0")?;
    let mut rows = statement.query([site])?;
    let mut delivery = Delivery::default();
    while let Some(row) = rows.next()? {
        let n = row.get::<_, i64>(1)?.unsigned_abs();
        match row.get::<_, String>(0)?.as_str() {
            "made" => delivery.made = n,
            "stored" => delivery.stored = n,
            reason => drop(delivery.totals.insert(reason.to_owned(), n)),
        }
    }
    let known = delivery.stored + delivery.totals.values().sum::<u64>();
    delivery.missing = delivery.made.saturating_sub(known);
    Ok(delivery)
}

/// Some tabs, seen last first; the condition's parameter is the first, the most there may be the second.
fn tabs(
    connection: &Connection,
    condition: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<Vec<TabDelivery>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT t.key, v.key, t.last_received_at, t.made, t.stored, t.lost, t.book
         FROM tab t LEFT JOIN visitor v ON v.id = t.visitor
         WHERE {condition} ORDER BY t.last_received_at DESC LIMIT ?2"
    ))?;
    let mut rows = statement.query(params)?;
    let mut tabs = Vec::new();
    while let Some(row) = rows.next()? {
        let n = |column| Ok::<_, StoreError>(row.get::<_, i64>(column)?.unsigned_abs());
        let (made, stored, lost) = (n(3)?, n(4)?, n(5)?);
        tabs.push(TabDelivery {
            tab: row.get(0)?,
            visitor: row.get(1)?,
            last_received_at: time(row, 2)?,
            made,
            stored,
            lost: json::<Book>(row, 6)?.unwrap_or_default().sums().lost,
            missing: made.saturating_sub(stored + lost),
        });
    }
    Ok(tabs)
}

/// The day (UTC) of a point in time, counted from 1 January 1970.
pub(super) fn day_of(time: UnixMillis) -> i64 {
    i64::try_from(time.0 / Millis::days(1).0).unwrap_or(i64::MAX)
}

pub(super) fn number(
    connection: &Connection,
    sql: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<Option<i64>, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()?)
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<UnixMillis, StoreError> {
    Ok(UnixMillis(row.get::<_, i64>(column)?.unsigned_abs()))
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>, StoreError> {
    let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| StoreError::Failed(error.to_string()))
}

fn uuid_text(bytes: [u8; 16]) -> String {
    let hex = crate::auth::hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
