//! The one place that wires: reads the options, starts the engine, listens to the page.

use pugmark_engine::page_view::Navigation;
use pugmark_engine::{Input, Memories, Options, Tracker};
use pugmark_protocol::time::Millis;
use wasm_bindgen::prelude::*;

use crate::runtime::{self, ANSWERED_KEY, App, MEMORIES_KEY, feed, later, prove_life};
use crate::storage::Shelf;
use crate::{click, cookie, intake, journal, listeners, lock, page, transport};

/// A page that has set out for another and is still there after so long proves again that it is alive: what it asked for
/// was a download or a mail, or has no content, or the visitor has stopped it.
///
/// Judgement (November 2026): longer than most servers take to answer, shorter than the pause between two looks of
/// another tab. One that looks in between sends what this one sends, and it is stored once.
const STAYS_AFTER: Millis = Millis::seconds(10);

#[wasm_bindgen(module = "/src/listen.js")]
extern "C" {
    /// Calls back with what happens on the page: a word, and for some a text.
    fn listen(happened: &Closure<dyn Fn(String, Option<String>)>);
}

/// Starts the tracker; a second start is named and changes nothing. `visitor` is whom a link from another domain hands
/// over.
pub(crate) fn start(given: &JsValue, home: &str, visitor: Option<String>) {
    if runtime::is_installed() {
        return listeners::warn("is started already; a second start changes nothing");
    }
    let (options, complaints) = Options::read(&intake::options(given), home);
    complaints.iter().for_each(|complaint| listeners::warn(complaint));
    listeners::explain(options.debug);

    let shelf = Shelf::of(&options.site);
    let mut memories = memories();
    memories.answered = shelf.get(ANSWERED_KEY);
    memories.visitor = memories.visitor.or(visitor);
    let mut app = App {
        tracker: Tracker::new(
            options.clone(),
            page::envelope(&options.site),
            &memories,
            page::page(),
            page::is_visible(),
            page::seed(),
            page::now(),
        ),
        site: options.site,
        endpoint: options.endpoint,
        cookie_domain: options.cookie_domain,
        shelf,
        last_answer: None,
        wake: None,
        settle: None,
        look: None,
        is_refused: false,
    };
    let first = app.tracker.start();
    transport::set_leaving(!page::is_visible());
    let happened = Closure::<dyn Fn(String, Option<String>)>::new(|what: String, text: Option<String>| {
        happened(&what, text.as_deref().unwrap_or_default());
    });
    listen(&happened);
    // The page lives on, and so must what it calls.
    happened.forget();
    click::listen();
    runtime::start(app, first);
}

fn memories() -> Memories {
    Memories {
        visitor: cookie::get(cookie::VISITOR),
        answer: cookie::get(cookie::ANSWER),
        do_not_track: cookie::get(cookie::DO_NOT_TRACK).is_some(),
        gpc: page::signals_gpc(),
        answered: None,
    }
}

/// Something happened on the page: the words are those of `listen.js`.
fn happened(what: &str, text: &str) {
    match what {
        "shown" => show(),
        "hidden" => leave(),
        "away" => {
            leave();
            lock::set_away(true);
        }
        "restored" => restore(),
        "online" => feed(Input::Online),
        "stored" => stored_elsewhere(text),
        "moved" => feed(Input::Navigated { url: page::url(), how: Navigation::Moved }),
        "replaced" => feed(Input::Navigated { url: page::url(), how: Navigation::Replaced }),
        "setting out" => {
            lock::release_all();
            later(STAYS_AFTER, prove_life).forget();
        }
        _ => {}
    }
}

/// Sends what waits: the page may never run again.
fn leave() {
    transport::set_leaving(true);
    feed(Input::Hidden { title: page::title() });
}

/// The page is looked at again.
fn show() {
    transport::set_leaving(false);
    // A page from the back/forward cache hears that it is visible before it hears that it is back.
    recall();
    feed(Input::Shown);
    prove_life();
}

/// Comes back from the back/forward cache.
fn restore() {
    lock::set_away(false);
    transport::set_leaving(!page::is_visible());
    transport::settle_soon();
    recall();
    prove_life();
    feed(Input::Restored);
    journal::look();
}

/// Looks what is remembered: of what other tabs do, a page that is put away is not told.
pub(crate) fn recall() {
    feed(Input::MemoriesChanged(memories()));
}

fn stored_elsewhere(key: &str) {
    if runtime::with(|app| app.shelf.own_key(key) == Some(MEMORIES_KEY)) == Some(true) {
        recall();
    } else if runtime::with(|app| journal::is_record(&app.shelf, key)) == Some(true) {
        journal::look_later();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use js_sys::{Function, JSON};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::support::until;
    use crate::{api, intake};

    fn status(name: &str) -> JsValue {
        intake::member(&api::status(), name)
    }

    #[wasm_bindgen(module = "/src/listen.js")]
    extern "C" {
        #[wasm_bindgen(js_name = onNavigated)]
        fn on_navigated(happened: &Closure<dyn Fn(String)>);
    }

    #[wasm_bindgen_test]
    async fn every_way_to_change_the_address_is_told() {
        let told = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&told);
        let callback = Closure::<dyn Fn(String)>::new(move |how| heard.borrow_mut().push(how));
        on_navigated(&callback);
        let history = web_sys::window().expect("tests run in a page").history().expect("it has a history");
        let before = page::url();

        history.push_state_with_url(&JsValue::NULL, "", Some("?pushed")).expect("is the same origin");
        history.replace_state_with_url(&JsValue::NULL, "", Some("?replaced")).expect("is the same origin");
        assert_eq!(*told.borrow(), ["moved", "replaced"], "at once");
        assert!(page::url().ends_with("?replaced"));

        history.back().expect("there is an entry");
        until(|| told.borrow().len() > 2).await;
        assert_eq!(told.borrow()[2], "moved");
        assert_eq!(page::url(), before);
        // The page lives on, and so must what it calls.
        callback.forget();
    }

    /// One test, because one page has one tracker.
    #[wasm_bindgen_test]
    async fn a_tracker_without_a_collector_keeps_everything_and_tells_so() {
        // Nobody listens on the discard port.
        let options = JSON::parse(r#"{"site":"boot-test","endpoint":"http://127.0.0.1:9","debug":true}"#);
        start(&options.expect("is JSON"), "", None);
        start(&JsValue::UNDEFINED, "", None);
        api::ready();
        api::track_custom_event(&"signed_up".into(), &JsValue::UNDEFINED);
        api::track_custom_event(&JsValue::UNDEFINED, &JsValue::UNDEFINED);

        assert_eq!(status("pending").as_f64(), Some(2.0), "the page view and the call");
        let journalled = || {
            let keys = runtime::with(|app| app.shelf.keys()).unwrap_or_default();
            keys.split('\n').filter(|key| key.contains(':')).count()
        };
        assert_eq!(journalled(), 2);
        assert!(cookie::get(cookie::VISITOR).is_some());

        // A listener may call us again, and may throw.
        let listener =
            Function::new_no_args("globalThis.heard = (globalThis.heard || 0) + 1; throw new Error('mine')");
        let undo = api::on(&"completion".into(), &listener);
        api::track_custom_event(&"heard".into(), &JsValue::UNDEFINED);
        undo.call0(&JsValue::UNDEFINED).expect("it does not throw");
        api::track_custom_event(&"unheard".into(), &JsValue::UNDEFINED);
        assert_eq!(intake::member(&js_sys::global(), "heard").as_f64(), Some(1.0));

        let _ = api::flush();
        until(|| status("lastAnswer").as_f64() == Some(0.0)).await;
        until(|| status("retrying").is_truthy()).await;
        assert_eq!(status("pending").as_f64(), Some(4.0));

        api::revoke_consent(true);
        assert_eq!(status("pending").as_f64(), Some(0.0));
        assert_eq!(journalled(), 0);
        assert_eq!(cookie::get(cookie::VISITOR), None);
        cookie::remove(cookie::ANSWER, None);
    }
}
