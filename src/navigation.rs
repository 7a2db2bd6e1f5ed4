//! Changes of the address without a load.

use pugmark_engine::Input;
use pugmark_engine::page_view::Navigation;
use pugmark_protocol::time::Millis;
use wasm_bindgen::prelude::*;

use crate::runtime::{feed, later, prove_life};
use crate::{lock, page};

/// A page that has set out for another and is still there after so long proves again that it is alive: what it asked for
/// was a download or a mail, or has no content, or the visitor has stopped it.
///
/// Judgement (November 2026): longer than most servers take to answer, shorter than the pause between two looks of
/// another tab. One that looks in between sends what this one sends, and it is stored once.
const STAYS_AFTER: Millis = Millis::seconds(10);

#[wasm_bindgen(module = "/src/navigation.js")]
extern "C" {
    /// Calls back after each change of the address with whether an entry of the history was replaced.
    #[wasm_bindgen(js_name = onNavigated)]
    fn on_navigated(callback: &Closure<dyn Fn(bool)>);

    /// Calls back when the page sets out for another one, where that is told. It may stay all the same.
    #[wasm_bindgen(js_name = onSettingOut)]
    fn on_setting_out(callback: &Closure<dyn Fn()>);
}

/// Listens, for as long as the page lives.
pub(crate) fn listen() {
    let callback = Closure::<dyn Fn(bool)>::new(|replaced| {
        let how = if replaced { Navigation::Replaced } else { Navigation::Moved };
        feed(Input::Navigated { url: page::url(), how });
    });
    on_navigated(&callback);
    callback.forget();
    let callback = Closure::<dyn Fn()>::new(|| {
        lock::release_all();
        later(STAYS_AFTER, prove_life).forget();
    });
    on_setting_out(&callback);
    callback.forget();
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use wasm_bindgen::JsValue;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::support::until;

    #[wasm_bindgen_test]
    async fn every_way_to_change_the_address_is_told() {
        let told = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&told);
        let callback = Closure::<dyn Fn(bool)>::new(move |replaced| heard.borrow_mut().push(replaced));
        on_navigated(&callback);
        let history = page::window().expect("tests run in a page").history().expect("it has a history");
        let before = page::url();

        history.push_state_with_url(&JsValue::NULL, "", Some("?pushed")).expect("is the same origin");
        history.replace_state_with_url(&JsValue::NULL, "", Some("?replaced")).expect("is the same origin");
        assert_eq!(*told.borrow(), [false, true], "at once");
        assert!(page::url().ends_with("?replaced"));

        history.back().expect("there is an entry");
        until(|| told.borrow().len() > 2).await;
        assert!(!told.borrow()[2]);
        assert_eq!(page::url(), before);
        // The page lives on, and so must what it calls.
        callback.forget();
    }
}
