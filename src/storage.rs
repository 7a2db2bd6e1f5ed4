//! Local storage, under keys of our own: `pm:{site}:…`. Refused, full or absent, it takes nothing and gives nothing.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Storage;

use crate::page;

#[wasm_bindgen(module = "/src/storage.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = keysBelow)]
    fn keys_below(storage: &Storage, prefix: &str) -> Result<Array, JsValue>;
}

/// The part of local storage that belongs to one site.
pub(crate) struct Shelf {
    storage: Option<Storage>,
    prefix: String,
}

impl Shelf {
    /// Opens it. Merely asking may be refused.
    pub(crate) fn open(site: &str) -> Self {
        let storage = page::window().and_then(|window| window.local_storage().ok().flatten());
        // A site's key may be anything: the keys of a site "a" must not begin like those of a site "a:b".
        Self { storage, prefix: ["pm:", &site.replace(':', "%3A"), ":"].concat() }
    }

    /// Whether anything can be stored at all.
    pub(crate) fn is_open(&self) -> bool {
        self.storage.is_some()
    }

    /// A key in full.
    pub(crate) fn full_key(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    /// A key in full without the prefix; none if it is not of this site.
    pub(crate) fn own_key<'a>(&self, full_key: &'a str) -> Option<&'a str> {
        full_key.strip_prefix(&self.prefix)
    }

    /// What is stored under a key.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.storage.as_ref()?.get_item(&self.full_key(key)).ok().flatten()
    }

    /// Stores something, and says whether it is stored now.
    pub(crate) fn set(&self, key: &str, value: &str) -> bool {
        let Some(storage) = &self.storage else { return false };
        storage.set_item(&self.full_key(key), value).is_ok()
    }

    /// Removes something.
    pub(crate) fn remove(&self, key: &str) {
        if let Some(storage) = &self.storage {
            let _ = storage.remove_item(&self.full_key(key));
        }
    }

    /// Every key of ours, without the prefix.
    pub(crate) fn keys(&self) -> Vec<String> {
        let keys = self.storage.as_ref().and_then(|storage| keys_below(storage, &self.prefix).ok());
        keys.iter().flat_map(Array::iter).filter_map(|key| key.as_string()).collect()
    }

    /// Removes everything of ours.
    pub(crate) fn clear(&self) {
        for key in self.keys() {
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn sites_whose_keys_begin_alike_keep_apart() {
        let shelves = ["a", "a:b", "a:", "a:b:c", "ab"].map(Shelf::open);
        for shelf in &shelves {
            shelf.set("000000000007:1", "mine");
        }

        for shelf in &shelves {
            assert_eq!(shelf.keys(), ["000000000007:1"]);
            shelf.clear();
            assert!(shelf.keys().is_empty());
        }
    }

    #[wasm_bindgen_test]
    fn ten_thousand_keys_of_the_site_are_no_burden() {
        let storage =
            page::window().and_then(|window| window.local_storage().ok()?).expect("tests have storage");
        let foreign = |n: usize| ["foreign-", &n.to_string()].concat();
        (0..10_000).for_each(|n| storage.set_item(&foreign(n), "theirs").expect("there is room"));
        let shelf = Shelf::open("burden-test");
        shelf.set("ours", "1");

        // The quickest of some, because the machine does other things as well.
        let took = (0..10).map(|_| {
            let before = js_sys::Date::now();
            assert_eq!(shelf.keys(), ["ours"]);
            js_sys::Date::now() - before
        });
        let took = took.fold(f64::INFINITY, f64::min);

        (0..10_000).for_each(|n| storage.remove_item(&foreign(n)).expect("it is there"));
        shelf.clear();
        // It takes some 5 ms.
        assert!(took < 200.0, "{took} ms");
    }
}
