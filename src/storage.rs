//! Local storage, under keys of our own: `pm:{site}:…`. Refused, full or absent, it takes nothing and gives nothing.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/storage.js")]
extern "C" {
    /// Whether anything can be stored at all.
    #[wasm_bindgen(js_name = isOpen)]
    pub(crate) fn is_open() -> bool;

    fn get(key: &str) -> Option<String>;
    fn set(key: &str, value: &str) -> bool;
    #[wasm_bindgen(js_name = setAnew)]
    fn set_anew(key: &str, value: &str) -> Option<bool>;
    fn remove(key: &str);
    #[wasm_bindgen(js_name = removeThis)]
    fn remove_this(key: &str, value: &str);

    #[wasm_bindgen(js_name = keysBelow)]
    fn keys_below(prefix: &str) -> String;
}

/// The part of local storage that belongs to one site.
pub(crate) struct Shelf {
    prefix: String,
}

impl Shelf {
    /// The part of a site. Its key may be anything: the keys of a site "a" must not begin like those of a site "a:b".
    pub(crate) fn of(site: &str) -> Self {
        let mut prefix = "pm:".to_owned();
        for c in site.chars() {
            if c == ':' { prefix.push_str("%3A") } else { prefix.push(c) }
        }
        prefix.push(':');
        Self { prefix }
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
        get(&self.full_key(key))
    }

    /// Stores something, and says whether it is stored now.
    pub(crate) fn set(&self, key: &str, value: &str) -> bool {
        set(&self.full_key(key), value)
    }

    /// As [`Shelf::set`]; none if exactly this is stored already.
    pub(crate) fn set_anew(&self, key: &str, value: &str) -> Option<bool> {
        set_anew(&self.full_key(key), value)
    }

    /// Removes something.
    pub(crate) fn remove(&self, key: &str) {
        remove(&self.full_key(key));
    }

    /// Removes what is stored under a key if it is exactly this.
    pub(crate) fn remove_this(&self, key: &str, value: &str) {
        remove_this(&self.full_key(key), value);
    }

    /// Every key of ours, without the prefix, one a line.
    pub(crate) fn keys(&self) -> String {
        keys_below(&self.prefix)
    }

    /// Removes everything of ours.
    pub(crate) fn clear(&self) {
        for key in self.keys().split('\n') {
            self.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn sites_whose_keys_begin_alike_keep_apart() {
        let shelves = ["a", "a:b", "a:", "a:b:c", "ab"].map(Shelf::of);
        for shelf in &shelves {
            shelf.set("000000000007:1", "mine");
        }

        for shelf in &shelves {
            assert_eq!(shelf.keys(), "000000000007:1");
            shelf.clear();
            assert!(shelf.keys().is_empty());
        }
    }

    #[wasm_bindgen_test]
    fn ten_thousand_keys_of_the_site_are_no_burden() {
        let foreign = |n: usize| ["foreign-", &n.to_string()].concat();
        (0..10_000).for_each(|n| assert!(set(&foreign(n), "theirs"), "there is room"));
        let shelf = Shelf::of("burden-test");
        shelf.set("ours", "1");

        // The quickest of some, because the machine does other things as well.
        let took = (0..10).map(|_| {
            let before = js_sys::Date::now();
            assert_eq!(shelf.keys(), "ours");
            js_sys::Date::now() - before
        });
        let took = took.fold(f64::INFINITY, f64::min);

        (0..10_000).for_each(|n| remove(&foreign(n)));
        shelf.clear();
        // It takes some 5 ms.
        assert!(took < 200.0, "{took} ms");
    }
}
