//! The journals of tabs that are gone: found in storage, taken over once their tab is proven dead.

use js_sys::JSON;
use pugmark_engine::Input;
use pugmark_engine::adoption::{self, Found, Life};
use pugmark_engine::consent::Consent;
use pugmark_engine::journal::{JournalKey, Record};
use pugmark_protocol::id::TabId;
use pugmark_protocol::time::Millis;

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
        let keys = if allowed { app.shelf.keys() } else { Vec::new() };
        adoption::other_tabs(keys.iter().map(String::as_str), app.tracker.tab())
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
    shelf.own_key(full_key).and_then(JournalKey::parse).is_some()
}

fn when_gone(tab: &TabId, then: impl FnOnce() + 'static) {
    if lock::are_known() {
        if let Some(name) = with(|app| app.shelf.full_key(tab.as_str())) {
            lock::when_free(&name, then);
        }
    } else if Life::silent_since_last(&records(tab)).is_over(page::now()) {
        then();
    }
}

fn adopt(tab: &TabId) {
    feed(Input::Adopted(records(tab)));
}

/// The sound records of a tab. A damaged one is removed, because it would spoil the batch it goes into, and one that
/// another version of the tracker wrote is left to it.
fn records(tab: &TabId) -> Vec<Record> {
    let records = with(|app| {
        let keys = app.shelf.keys().into_iter();
        let keys = keys.filter(|key| JournalKey::parse(key).is_some_and(|key| key.tab == *tab));
        keys.filter_map(|key| sound_record(&app.shelf, &key)).collect()
    });
    records.unwrap_or_default()
}

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
