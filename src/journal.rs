//! The journals of tabs that are gone: found in storage, taken over once their tab is proven dead.

use pugmark_engine::Input;

use crate::{lock, runtime};

/// Looks for journals of other tabs and adopts each whose tab holds its lock no longer.
pub(crate) fn adopt_orphans() {
    let Some((own, orphans)) =
        runtime::with(|app| (app.tracker.tab().as_str().to_owned(), tabs(&app.shelf.keys())))
    else {
        return;
    };
    for tab in orphans.into_iter().filter(|tab| *tab != own) {
        let Some(name) = runtime::with(|app| app.shelf.full_key(&tab)) else { return };
        lock::when_free(&name, move || adopt(&tab));
    }
}

fn adopt(tab: &str) {
    let records = runtime::with(|app| {
        let keys = app.shelf.keys().into_iter().filter(|key| tab_of(key) == Some(tab));
        keys.filter_map(|key| app.shelf.get(&key)).collect()
    });
    runtime::feed(Input::Adopted(records.unwrap_or_default()));
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
