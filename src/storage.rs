//! Local storage, under keys of our own: `pm:{site}:…`. Refused, full or absent, it takes nothing and gives nothing.

use web_sys::Storage;

use crate::page;

/// The part of local storage that belongs to one site.
pub(crate) struct Shelf {
    storage: Option<Storage>,
    prefix: String,
}

impl Shelf {
    /// Opens it. Merely asking may be refused.
    pub(crate) fn open(site: &str) -> Self {
        let storage = page::window().and_then(|window| window.local_storage().ok().flatten());
        Self { storage, prefix: ["pm:", site, ":"].concat() }
    }

    /// Whether anything can be stored at all.
    pub(crate) fn is_open(&self) -> bool {
        self.storage.is_some()
    }

    /// A key in full.
    pub(crate) fn full_key(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    /// What is stored under a key.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.storage.as_ref()?.get_item(&self.full_key(key)).ok().flatten()
    }

    /// Stores something, if it can be.
    pub(crate) fn set(&self, key: &str, value: &str) {
        if let Some(storage) = &self.storage {
            let _ = storage.set_item(&self.full_key(key), value);
        }
    }

    /// Removes something.
    pub(crate) fn remove(&self, key: &str) {
        if let Some(storage) = &self.storage {
            let _ = storage.remove_item(&self.full_key(key));
        }
    }

    /// Every key of ours, without the prefix.
    pub(crate) fn keys(&self) -> Vec<String> {
        let Some(storage) = &self.storage else { return Vec::new() };
        let all = (0..storage.length().unwrap_or(0)).filter_map(|i| storage.key(i).ok().flatten());
        all.filter_map(|key| key.strip_prefix(&self.prefix).map(str::to_owned)).collect()
    }

    /// Removes everything of ours.
    pub(crate) fn clear(&self) {
        for key in self.keys() {
            self.remove(&key);
        }
    }
}
