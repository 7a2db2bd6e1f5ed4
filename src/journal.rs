//! The journals of tabs that are gone: found in storage, taken over once their tab is proven dead.

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
        let keys = if app.tracker.consent() == Consent::Granted { app.shelf.keys() } else { String::new() };
        adoption::other_tabs(&keys, app.tracker.tab())
    });
    for tab in others.unwrap_or_default() {
        look_later();
        if !lock::are_known() {
            let records = records(tab);
            if Life::silent_since_last(&records).is_over(page::now()) {
                feed(Input::Adopted(records));
            }
        } else if let Some(name) = with(|app| app.shelf.full_key(&tab.to_text())) {
            lock::when_free(&name, move || feed(Input::Adopted(records(tab))));
        }
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

/// The sound records of a tab. A damaged one is removed, because it would spoil the batch it goes into, and one that
/// another version of the tracker wrote is left to it.
fn records(tab: TabId) -> Vec<Record> {
    let mut records = Vec::new();
    with(|app| {
        for key in app.shelf.keys().split('\n') {
            if JournalKey::parse(key).is_none_or(|key| key.tab != tab) {
                continue;
            }
            let Some(text) = app.shelf.get(key) else { continue };
            match adoption::read(key, &text, page::is_json) {
                Found::Record(record) => records.push(record),
                Found::Damaged => app.shelf.remove(key),
                Found::Foreign => {}
            }
        }
    });
    records
}
