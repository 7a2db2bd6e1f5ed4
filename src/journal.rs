//! The journals of tabs that are gone: found in storage, taken over once their tab is proven dead.

use js_sys::JSON;
use pugmark_engine::Input;
use pugmark_engine::adoption::{self, Found, Life};
use pugmark_engine::consent::Consent;
use pugmark_engine::journal::{JournalKey, Record};
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::runtime::{feed, later, with};
use crate::storage::Shelf;
use crate::{lock, page};

/// How long until journals are looked for again while there are any of other tabs, and after another tab has written.
///
/// Judgement (November 2026): a dead tab's events can wait that long, and a look costs well under a millisecond.
const LOOK_AGAIN: Millis = Millis::minutes(1);

/// Looks for journals of other tabs, adopts each whose tab is gone, and looks again while there are any.
pub(crate) fn look() {
    let others = with(|app| {
        app.look = None;
        // A look may come due after consent was taken back.
        let allowed = app.tracker.status().consent == Consent::Granted;
        let own = app.tracker.tab().as_str();
        let tabs = if allowed { tabs(&app.shelf.keys()) } else { Vec::new() };
        tabs.into_iter().filter(|tab| tab != own).collect::<Vec<_>>()
    });
    let others = others.unwrap_or_default();
    if !others.is_empty() {
        look_later();
    }
    for tab in others {
        when_gone(&tab.clone(), move || adopt(&tab));
    }
}

/// Looks in a while.
pub(crate) fn look_later() {
    with(|app| {
        if app.look.is_none() {
            app.look = Some(later(LOOK_AGAIN, look));
        }
    });
}

/// Whether a key in full is that of a record of this site.
pub(crate) fn is_record(shelf: &Shelf, full_key: &str) -> bool {
    shelf.own_key(full_key).is_some_and(|key| tab_of(key).is_some())
}

fn when_gone(tab: &str, then: impl FnOnce() + 'static) {
    if lock::are_known() {
        if let Some(name) = with(|app| app.shelf.full_key(tab)) {
            lock::when_free(&name, then);
        }
    } else if with(|app| is_silent(&app.shelf, tab, page::now())) == Some(true) {
        then();
    }
}

/// Whether the last record of a tab is so old that the tab is taken for dead.
fn is_silent(shelf: &Shelf, tab: &str, now: UnixMillis) -> bool {
    let number = |key: &String| key.rsplit(':').next().and_then(|number| number.parse::<u64>().ok());
    let keys = shelf.keys().into_iter().filter(|key| tab_of(key) == Some(tab));
    let last = keys.max_by_key(number).and_then(|key| read(&key, &shelf.get(&key)?));
    last.is_none_or(|last| Life::Silent(last.at).is_over(now))
}

fn adopt(tab: &str) {
    let records = with(|app| {
        let keys = app.shelf.keys().into_iter().filter(|key| tab_of(key) == Some(tab));
        keys.filter_map(|key| sound_record(&app.shelf, &key)).collect()
    });
    feed(Input::Adopted(records.unwrap_or_default()));
}

/// Reads a record; a damaged one is removed, because it would spoil the batch it goes into, and one that another
/// version of the tracker wrote is left to it.
fn sound_record(shelf: &Shelf, key: &str) -> Option<Record> {
    match adoption::read(key, &shelf.get(key)?, |part| JSON::parse(part).is_ok()) {
        Found::Record(record) => Some(record),
        Found::Damaged => {
            shelf.remove(key);
            None
        }
        Found::Foreign => None,
    }
}

fn read(key: &str, text: &str) -> Option<Record> {
    Record::parse(JournalKey::parse(key)?, text)
}

fn tabs(keys: &[String]) -> Vec<String> {
    let mut tabs: Vec<String> = keys.iter().filter_map(|key| tab_of(key)).map(str::to_owned).collect();
    tabs.sort();
    tabs.dedup();
    tabs
}

/// The tab of a record's key, `tab:number`.
fn tab_of(key: &str) -> Option<&str> {
    JournalKey::parse(key)?;
    key.split_once(':').map(|(tab, _)| tab)
}
