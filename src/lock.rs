//! Web Locks as proof of life: a tab that holds its lock is alive, however throttled its timers are.
//!
//! A tab holds it only while its journal has something in it, and gives it back when a navigation begins: Firefox puts
//! no page into its back/forward cache that holds a lock then, even one released on `pagehide` (Firefox 153).

use std::cell::{Cell, RefCell};

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use crate::intake::member;
use crate::{page, promise};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request(name: &str, options: &Object, holder: &Function) -> Result<Promise, JsValue>;
}

thread_local! {
    /// What releases the locks this page holds.
    static RELEASES: RefCell<Vec<Function>> = const { RefCell::new(Vec::new()) };
    /// Whether this tab's own lock is held or asked for.
    static HOLDS_OWN: Cell<bool> = const { Cell::new(false) };
    /// Whether the page is put away. A lock asked for now would keep it out of the back/forward cache.
    static IS_AWAY: Cell<bool> = const { Cell::new(false) };
}

/// Whether there are locks at all. There are none on pages of plain http.
pub(crate) fn are_known() -> bool {
    page::window().is_some_and(|window| member(&window.navigator(), "locks").is_object())
}

/// Takes this tab's own lock and keeps it until [`release_all`]. Another tab that took it while this one was away loses
/// it.
pub(crate) fn hold_own(name: &str) {
    if !IS_AWAY.get() && !HOLDS_OWN.replace(true) {
        ask(name, "steal", || HOLDS_OWN.get(), || {});
    }
}

/// Calls `then` if nobody holds the lock `name`, and keeps it from then on.
pub(crate) fn when_free(name: &str, then: impl FnOnce() + 'static) {
    ask(name, "ifAvailable", || !IS_AWAY.get(), then);
}

/// Gives back every lock.
pub(crate) fn release_all() {
    HOLDS_OWN.set(false);
    for release in RELEASES.take() {
        let _ = release.call0(&JsValue::UNDEFINED);
    }
}

/// Gives back every lock and takes none until the page is shown again.
pub(crate) fn put_away() {
    IS_AWAY.set(true);
    release_all();
}

/// The page is shown again.
pub(crate) fn take_out() {
    IS_AWAY.set(false);
}

/// Asks for a lock; when it is granted and `wanted` still, keeps it and calls `then`.
fn ask(name: &str, how: &str, wanted: fn() -> bool, then: impl FnOnce() + 'static) {
    let holder = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() || !wanted() {
            return JsValue::UNDEFINED;
        }
        // The lock is held for as long as this promise is open.
        let open =
            Promise::new(&mut |resolve, _| RELEASES.with_borrow_mut(|releases| releases.push(resolve)));
        then();
        open.into()
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &how.into(), &JsValue::TRUE);
    // Refused at once where there are no locks, later in a page that is being left, or stolen by the tab whose lock it
    // is: nothing to be done, and nothing to be printed.
    if let Ok(promise) = request(name, &options, holder.unchecked_ref()) {
        promise::then(&promise, |_| {}, || {});
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::support::until;

    /// One test, because one page has one set of locks.
    #[wasm_bindgen_test]
    async fn a_lock_that_is_held_proves_life_until_it_is_released() {
        let taken = Rc::new(Cell::new(0));
        let count = || {
            let taken = Rc::clone(&taken);
            move || taken.set(taken.get() + 1)
        };
        hold_own("lock-test");
        when_free("lock-test", count());
        when_free("lock-test-other", count());
        until(|| taken.get() == 1).await;

        release_all();
        until(|| {
            when_free("lock-test", count());
            taken.get() == 2
        })
        .await;

        // Somebody has taken over what is ours, as while we were away.
        hold_own("lock-test");
        when_free("lock-test", count());
        when_free("lock-test-third", count());
        until(|| taken.get() == 3).await;

        put_away();
        hold_own("lock-test-away");
        take_out();
        until(|| {
            when_free("lock-test-away", count());
            taken.get() == 4
        })
        .await;
        release_all();
    }
}
