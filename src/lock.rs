//! Web Locks as proof of life: a tab that holds its lock is alive, however throttled its timers are.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use crate::promise;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request(name: &str, options: &Object, holder: &Function) -> Result<Promise, JsValue>;
}

thread_local! {
    /// What releases the locks this page holds. Pages that hold locks are kept out of the back/forward cache.
    static RELEASES: RefCell<Vec<Function>> = const { RefCell::new(Vec::new()) };
}

/// Takes the lock `name` and keeps it until [`release_all`].
pub(crate) fn hold(name: &str) {
    ask(name, false, || {});
}

/// Calls `then` if nobody holds the lock `name`, and keeps it from then on.
///
/// Where there are no locks (plain http), nobody can be proven alive: `then` is called at once. Should the tab live
/// after all, its events are sent twice and stored once.
pub(crate) fn when_free(name: &str, then: impl FnOnce() + 'static) {
    ask(name, true, then);
}

/// Gives back every lock, because the page is put away.
pub(crate) fn release_all() {
    for release in RELEASES.take() {
        let _ = release.call0(&JsValue::UNDEFINED);
    }
}

fn ask(name: &str, only_if_free: bool, then: impl FnOnce() + 'static) {
    let then = Rc::new(RefCell::new(Some(then)));
    let granted = Rc::clone(&then);
    let holder = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            return JsValue::UNDEFINED;
        }
        if let Some(then) = granted.take() {
            then();
        }
        // The lock is held for as long as this promise is open.
        let open =
            Promise::new(&mut |resolve, _| RELEASES.with_borrow_mut(|releases| releases.push(resolve)));
        open.into()
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &"ifAvailable".into(), &only_if_free.into());
    match request(name, &options, holder.unchecked_ref()) {
        // Refused later, as in a page that is being left: nothing to be done, and nothing to be printed.
        Ok(promise) => promise::then(&promise, |_| {}, || {}),
        Err(_) => {
            if let Some(then) = then.take() {
                then();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::support::until;

    #[wasm_bindgen_test]
    async fn a_lock_that_is_held_proves_life_until_it_is_released() {
        let taken = Rc::new(Cell::new(0));
        let count = || {
            let taken = Rc::clone(&taken);
            move || taken.set(taken.get() + 1)
        };
        ask("lock-test", false, count());
        until(|| taken.get() == 1).await;

        when_free("lock-test", count());
        when_free("lock-test-other", count());
        until(|| taken.get() == 2).await;

        release_all();
        until(|| {
            when_free("lock-test", count());
            taken.get() == 3
        })
        .await;
    }
}
