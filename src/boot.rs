//! The one place that wires: reads the options, starts the engine, listens to the page.

use pugmark_engine::{Input, Memories, Options, Tracker};
use wasm_bindgen::prelude::*;
use web_sys::{EventTarget, PageTransitionEvent};

use crate::hubspot::State;
use crate::listener::Listener;
use crate::listeners::Listeners;
use crate::runtime::{self, ANSWERED_KEY, App, MEMORIES_KEY, feed};
use crate::storage::Shelf;
use crate::{click, console, cookie, hubspot, intake, journal, lock, navigation, page, transport};

/// Starts the tracker; a second start is named and changes nothing.
pub(crate) fn start(given: &JsValue, home: &str) {
    if runtime::is_installed() {
        return console::warn("is started already; a second start changes nothing");
    }
    let (options, complaints) = Options::read(&named(given), home);
    complaints.iter().for_each(|complaint| console::warn(complaint));

    let shelf = Shelf::open(&options.site);
    let mut memories = memories();
    memories.answered = shelf.get(ANSWERED_KEY).is_some();
    memories.visitor = memories.visitor.or_else(|| hubspot::handed_over(&options));
    let mut tracker = Tracker::new(
        options.clone(),
        page::envelope(&options.site),
        &memories,
        page::page(),
        page::is_visible(),
        page::seed(),
        page::now(),
    );
    let first = tracker.start();
    transport::set_leaving(!page::is_visible());
    navigation::listen();
    let app = App {
        tracker,
        site: options.site,
        endpoint: options.endpoint,
        cookie_domain: options.cookie_domain,
        debug: options.debug,
        shelf,
        listeners: Listeners::default(),
        hubspot: State::default(),
        flushes: Vec::new(),
        last_answer: None,
        told: Vec::new(),
        wake: None,
        settle: None,
        look: None,
        is_refused: false,
        _ears: ears(),
    };
    runtime::start(app, first);
}

fn memories() -> Memories {
    Memories {
        visitor: cookie::get(cookie::VISITOR),
        answer: cookie::get(cookie::ANSWER),
        do_not_track: cookie::get(cookie::DO_NOT_TRACK).is_some(),
        gpc: page::signals_gpc(),
        answered: false,
    }
}

/// The options as (name, value), names as after `data-`: `cookieDomain` is `cookie-domain`.
fn named(given: &JsValue) -> Vec<(String, String)> {
    let names = intake::names(given).unwrap_or_default().into_iter();
    names.filter_map(|name| Some((hyphenated(&name), option_text(&intake::member(given, &name))?))).collect()
}

fn option_text(value: &JsValue) -> Option<String> {
    match value.as_bool() {
        Some(yes) => Some((if yes { "true" } else { "false" }).to_owned()),
        None => intake::text(value),
    }
}

fn hyphenated(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Everything the page tells by events. None of them keeps the page out of the back/forward cache.
fn ears() -> Vec<Listener> {
    let (Some(window), Some(document)) = (page::window(), page::document()) else { return Vec::new() };
    let window: &EventTarget = &window;
    vec![
        Listener::new(&document, "visibilitychange", |_| {
            if page::is_visible() {
                show();
            } else {
                leave();
            }
        }),
        Listener::new(&document, "freeze", |_| leave()),
        Listener::new(window, "pagehide", |_| {
            leave();
            lock::put_away();
        }),
        Listener::new(window, "pageshow", |event| {
            let restored = event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted);
            if restored {
                restore();
            }
        }),
        Listener::new(window, "online", |_| feed(Input::Online)),
        Listener::new(window, "storage", |event| {
            // Told only of what other tabs do.
            if let Some(key) = intake::member(&event, "key").as_string() {
                stored_elsewhere(&key);
            }
        }),
        Listener::new(window, "click", |event| click::clicked(&event)),
    ]
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
    runtime::prove_life();
}

/// Comes back from the back/forward cache.
fn restore() {
    transport::set_leaving(!page::is_visible());
    transport::settle_soon();
    recall();
    lock::take_out();
    runtime::prove_life();
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
    use js_sys::{Function, JSON};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::support::until;
    use crate::{api, intake};

    fn status(name: &str) -> JsValue {
        intake::member(&api::status(), name)
    }

    /// One test, because one page has one tracker.
    #[wasm_bindgen_test]
    async fn a_tracker_without_a_collector_keeps_everything_and_tells_so() {
        // Nobody listens on the discard port.
        let options = JSON::parse(r#"{"site":"boot-test","endpoint":"http://127.0.0.1:9","debug":true}"#);
        start(&options.expect("is JSON"), "");
        start(&JsValue::UNDEFINED, "");
        api::ready();
        api::track_custom_event(&"signed_up".into(), &JsValue::UNDEFINED);
        api::track_custom_event(&JsValue::UNDEFINED, &JsValue::UNDEFINED);

        assert_eq!(status("pending").as_f64(), Some(2.0), "the page view and the call");
        let journalled = || {
            let keys = runtime::with(|app| app.shelf.keys()).unwrap_or_default();
            keys.iter().filter(|key| key.contains(':')).count()
        };
        assert_eq!(journalled(), 2);
        assert!(cookie::get(cookie::VISITOR).is_some());

        // A listener may call us again, and may throw.
        let listener =
            Function::new_no_args("globalThis.heard = (globalThis.heard || 0) + 1; throw new Error('mine')");
        let undo: Function = api::on(&"completion".into(), &listener).unchecked_into();
        api::track_custom_event(&"heard".into(), &JsValue::UNDEFINED);
        undo.call0(&JsValue::UNDEFINED).expect("it does not throw");
        api::track_custom_event(&"unheard".into(), &JsValue::UNDEFINED);
        assert_eq!(intake::member(&js_sys::global(), "heard").as_f64(), Some(1.0));

        let _ = api::flush();
        until(|| status("lastAnswer").as_f64() == Some(0.0)).await;
        until(|| status("retrying").is_truthy()).await;
        assert_eq!(status("pending").as_f64(), Some(4.0));

        api::revoke_consent();
        assert_eq!(status("pending").as_f64(), Some(0.0));
        assert_eq!(journalled(), 0);
        assert_eq!(cookie::get(cookie::VISITOR), None);
        cookie::remove(cookie::ANSWER, None);
    }
}
