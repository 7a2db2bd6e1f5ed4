//! The journals of tabs that are gone: found in storage, taken over once their tab is proven dead.

use js_sys::JSON;
use pugmark_engine::Input;
use pugmark_engine::journal::{JournalKey, Record};

use crate::lock;
use crate::runtime::{feed, with};
use crate::storage::Shelf;

/// Looks for journals of other tabs and adopts each whose tab holds its lock no longer.
pub(crate) fn adopt_orphans() {
    let Some((own, orphans)) = with(|app| (app.tracker.tab().as_str().to_owned(), tabs(&app.shelf.keys())))
    else {
        return;
    };
    for tab in orphans.into_iter().filter(|tab| *tab != own) {
        let Some(name) = with(|app| app.shelf.full_key(&tab)) else { return };
        lock::when_free(&name, move || adopt(&tab));
    }
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
    let text = shelf.get(key)?;
    let record = JournalKey::parse(key)
        .and_then(|key| Record::parse(key, &text))
        .filter(|record| record.json_parts().iter().all(|part| JSON::parse(part).is_ok()));
    if record.is_none() && Record::is_ours(&text) {
        shelf.remove(key);
    }
    record
}

fn tabs(keys: &[String]) -> Vec<String> {
    let mut tabs: Vec<String> = keys.iter().filter_map(|key| tab_of(key)).map(str::to_owned).collect();
    tabs.sort();
    tabs.dedup();
    tabs
}

/// The tab of a record's key, `tab:number`.
fn tab_of(key: &str) -> Option<&str> {
    key.split_once(':').map(|(tab, _)| tab)
}
