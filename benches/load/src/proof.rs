//! Compares what was acknowledged with what is stored.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};

use crate::traffic::{EVENTS, whose};

/// What was found to be wrong; nothing, if all are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Events that had a receipt and are not stored.
    pub(crate) missing: u64,
    /// Events that are stored more than once, or counted more often than they are stored.
    pub(crate) twice: u64,
    /// Batches of which a part is stored.
    pub(crate) torn: u64,
    /// Batches that were turned away and are stored all the same.
    pub(crate) refused_but_stored: u64,
}

impl Faults {
    /// Adds those of another look.
    pub(crate) fn add(&mut self, other: Self) {
        self.missing += other.missing;
        self.twice += other.twice;
        self.torn += other.torn;
        self.refused_but_stored += other.refused_but_stored;
    }
}

/// What the other side said about batches, by number.
#[derive(Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    /// Those that had a receipt.
    pub(crate) acknowledged: &'a [u64],
    /// Those that were turned away, and not sent again.
    pub(crate) refused: &'a [u64],
}

/// Reads the whole store in `folder`, which may be in use, and compares.
///
/// # Errors
///
/// When the store cannot be read.
pub(crate) fn compare(folder: &Path, said: Said<'_>) -> anyhow::Result<Faults> {
    let store = Connection::open_with_flags(folder.join("pugmark.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
        .context("the store cannot be opened")?;
    let mut seen: HashMap<u64, Places> = HashMap::new();
    let mut faults = Faults::default();
    let mut rows = 0;
    let mut events = store.prepare("SELECT uuid FROM event")?;
    let mut ids = events.query([])?;
    while let Some(row) = ids.next()? {
        let (batch, place) = whose(row.get(0)?);
        let places = seen.entry(batch).or_default();
        faults.twice += u64::from(places.has(place));
        places.add(place);
        rows += 1;
    }
    let counted: i64 = store.query_row("SELECT coalesce(sum(n), 0) FROM rollup_day", [], |row| row.get(0))?;
    let counted = u64::try_from(counted)?;
    faults.twice += counted.saturating_sub(rows);
    faults.missing += rows.saturating_sub(counted);
    for batch in said.acknowledged {
        faults.missing += EVENTS - seen.get(batch).map_or(0, Places::count);
    }
    faults.torn = seen.values().filter(|places| places.count() < EVENTS).count() as u64;
    faults.refused_but_stored = said.refused.iter().filter(|batch| seen.contains_key(batch)).count() as u64;
    Ok(faults)
}

/// Which events of a batch were seen: a bit each.
#[derive(Default)]
struct Places(u32);

impl Places {
    fn has(&self, place: u64) -> bool {
        self.0 & (1 << place) != 0
    }

    fn add(&mut self, place: u64) {
        self.0 |= 1 << place;
    }

    fn count(&self) -> u64 {
        u64::from(self.0.count_ones())
    }
}
