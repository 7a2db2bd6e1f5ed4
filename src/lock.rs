//! Web Locks as proof of life. All of it is in `lock.js`, which is one conversation with the browser.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/lock.js")]
extern "C" {
    /// Whether there are locks at all.
    #[wasm_bindgen(js_name = areKnown)]
    pub(crate) fn are_known() -> bool;

    /// Takes this tab's own lock, or waits for it, and keeps it until [`release_all`].
    #[wasm_bindgen(js_name = holdOwn)]
    pub(crate) fn hold_own(name: &str);

    #[wasm_bindgen(js_name = whenFree)]
    fn call_when_free(name: &str, then: &JsValue);

    /// Gives back every lock.
    #[wasm_bindgen(js_name = releaseAll)]
    pub(crate) fn release_all();

    /// Says whether the page is put away: then it gives back every lock and takes none.
    #[wasm_bindgen(js_name = setAway)]
    pub(crate) fn set_away(yes: bool);
}

/// Calls `then` if nobody holds the lock `name` or waits for it, and keeps it from then on.
pub(crate) fn when_free(name: &str, then: impl FnOnce() + 'static) {
    call_when_free(name, &Closure::once_into_js(then));
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
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

        // Somebody has taken over what is ours, as while we were away: we wait for it, until that is withdrawn.
        hold_own("lock-test");
        when_free("lock-test", count());
        when_free("lock-test-third", count());
        until(|| taken.get() == 3).await;
        release_all();
        until(|| {
            when_free("lock-test", count());
            taken.get() == 4
        })
        .await;

        set_away(true);
        hold_own("lock-test-away");
        set_away(false);
        until(|| {
            when_free("lock-test-away", count());
            taken.get() == 5
        })
        .await;
        release_all();
    }
}
