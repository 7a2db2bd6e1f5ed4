//! The loop between page and engine: inputs in, effects out, one at a time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use gloo_timers::callback::Timeout;
use js_sys::Function;
use pugmark_engine::consent::Consent;
use pugmark_engine::effect::Memory;
use pugmark_engine::{Call, Effect, Input, Moment, Notice, Tracker};
use pugmark_protocol::text::push_decimal;
use pugmark_protocol::time::{Millis, UnixMillis};
use wasm_bindgen::JsValue;

use crate::listener::Listener;
use crate::listeners::{self, Listeners};
use crate::storage::Shelf;
use crate::{boot, console, cookie, hubspot, journal, lock, page, rules, status, transport};

/// Where the session is remembered.
const SESSION_KEY: &str = "session";

/// Where it is remembered that a collector has answered this browser.
pub(crate) const ANSWERED_KEY: &str = "answered";

/// Written when a cookie of ours has changed, so that other tabs look at them again.
pub(crate) const MEMORIES_KEY: &str = "memories";

/// The tracker and everything it is performed with.
pub(crate) struct App {
    pub(crate) tracker: Tracker,
    pub(crate) site: String,
    pub(crate) endpoint: String,
    pub(crate) cookie_domain: Option<String>,
    pub(crate) debug: bool,
    pub(crate) shelf: Shelf,
    pub(crate) listeners: Listeners,
    pub(crate) hubspot: hubspot::State,
    /// The promises of `flush()` that wait.
    pub(crate) flushes: Vec<Function>,
    pub(crate) last_answer: Option<u16>,
    /// What a developer has been told of already.
    pub(crate) told: Vec<String>,
    pub(crate) wake: Option<Timeout>,
    pub(crate) settle: Option<Timeout>,
    /// The next look for journals of tabs that are gone.
    pub(crate) look: Option<Timeout>,
    /// Whether storage has refused the record written last; of one input's effects.
    pub(crate) is_refused: bool,
    /// Kept for their life.
    pub(crate) _ears: Vec<Listener>,
}

thread_local! {
    static APP: RefCell<Option<App>> = const { RefCell::new(None) };
    static INPUTS: RefCell<VecDeque<Input>> = const { RefCell::new(VecDeque::new()) };
    static IS_RUNNING: Cell<bool> = const { Cell::new(false) };
    static CALL_TIME: Cell<u64> = const { Cell::new(0) };
}

/// Installs the tracker and carries out its first effects.
pub(crate) fn start(app: App, first: Vec<Effect>) {
    APP.set(Some(app));
    run(first);
}

/// Whether a tracker is installed.
pub(crate) fn is_installed() -> bool {
    // Somebody can only be looking at it if it is.
    APP.with(|app| app.try_borrow().map_or(true, |app| app.is_some()))
}

/// Looks at the tracker, if there is one. The page's own code must not be called from within.
pub(crate) fn with<R>(look: impl FnOnce(&mut App) -> R) -> Option<R> {
    APP.with(|app| app.try_borrow_mut().ok()?.as_mut().map(look))
}

/// Sets the time of the calls that follow; zero for now.
pub(crate) fn set_call_time(millis: f64) {
    CALL_TIME.set(millis as u64);
}

/// Feeds a call of the page.
pub(crate) fn call(call: Call) {
    let at = match CALL_TIME.get() {
        0 => page::now(),
        millis => UnixMillis(millis),
    };
    feed(Input::Call { call, at });
}

/// Feeds an input and carries out what comes of it. Fed from within, as by a listener that calls us, it waits its turn.
pub(crate) fn feed(input: Input) {
    INPUTS.with_borrow_mut(|inputs| inputs.push_back(input));
    run(Vec::new());
}

/// Carries out effects, and then what comes of the inputs that wait.
fn run(first: Vec<Effect>) {
    if IS_RUNNING.replace(true) {
        return;
    }
    let mut next = Some(first);
    while let Some(effects) = next {
        effects.into_iter().for_each(perform);
        next = handle_next();
    }
    IS_RUNNING.set(false);
    if with(|app| app.tracker.is_idle()) == Some(true) {
        lock::release_all();
    }
    if is_installed() && INPUTS.with_borrow(|inputs| !inputs.is_empty()) {
        // Fed while somebody looked at the tracker, as by a page that has wrapped the storage we write to.
        later(Millis(0), || run(Vec::new())).forget();
    }
}

/// What comes of the next input; none if there is none, or if somebody is looking at the tracker.
fn handle_next() -> Option<Vec<Effect>> {
    with(|app| {
        let input = INPUTS.with_borrow_mut(VecDeque::pop_front)?;
        let moment = Moment { now: page::now(), session: app.shelf.get(SESSION_KEY) };
        app.is_refused = false;
        Some(app.tracker.handle(input, &moment))
    })?
}

/// Carries out an effect.
fn perform(effect: Effect) {
    match effect {
        // Written again, and there still. That proves no new life: the page may have set out for another.
        Effect::Write { key, record } if is_written(&key.to_text(), &record) => {}
        Effect::Write { key, record } => {
            with(|app| app.is_refused = !app.shelf.set(&key.to_text(), &record));
            prove_life();
        }
        Effect::Forget { key, record } => {
            let key = key.to_text();
            with(|app| {
                // What a refused record was to replace stays.
                if !app.is_refused && app.shelf.get(&key).as_deref() == Some(&record) {
                    app.shelf.remove(&key);
                }
            });
        }
        Effect::Remember(memory) => remember(&memory),
        Effect::Erase => {
            with(|app| {
                cookie::remove(cookie::VISITOR, app.cookie_domain.as_deref());
                app.shelf.clear();
            });
            transport::withdraw();
        }
        Effect::Begin => begin(),
        Effect::Send { flight, body, way } => transport::send(flight, &body, way),
        Effect::Wake(after) => {
            with(|app| app.wake = Some(later(after, || feed(Input::TimeUp))));
        }
        Effect::Settle(after) => {
            let settle = later(after, || feed(Input::Settled { title: page::title() }));
            with(|app| app.settle = Some(settle));
        }
        Effect::Tell(notice) => tell(&notice),
        Effect::Flushed(report) => {
            for resolve in with(|app| std::mem::take(&mut app.flushes)).unwrap_or_default() {
                let _ = resolve.call1(&JsValue::UNDEFINED, &status::flushed(report));
            }
        }
    }
}

/// Calls `then` after so long, unless the timer is dropped before.
pub(crate) fn later(after: Millis, then: impl FnOnce() + 'static) -> Timeout {
    Timeout::new(u32::try_from(after.0).unwrap_or(u32::MAX), then)
}

fn remember(memory: &Memory) {
    with(|app| {
        let domain = app.cookie_domain.as_deref();
        let shelf = &app.shelf;
        match memory {
            Memory::Visitor(id) => tell_if_changed(cookie::VISITOR, shelf, |name| {
                cookie::set(name, id, domain, shelf);
            }),
            Memory::Session(text) => {
                shelf.set(SESSION_KEY, text);
            }
            Memory::Answer(answer) => tell_if_changed(cookie::ANSWER, shelf, |name| match answer {
                Consent::Awaited => cookie::remove(name, domain),
                answer => cookie::set(name, answer.code(), domain, shelf),
            }),
            Memory::DoNotTrack(yes) => tell_if_changed(cookie::DO_NOT_TRACK, shelf, |name| match yes {
                true => cookie::set(name, "yes", domain, shelf),
                false => cookie::remove(name, domain),
            }),
            Memory::Answered => {
                shelf.set(ANSWERED_KEY, "yes");
            }
        }
    });
    match memory {
        Memory::Visitor(_) => hubspot::identity_known(),
        // Whether a cookie was taken only reading it can tell.
        Memory::Answer(_) | Memory::DoNotTrack(_) => boot::recall(),
        Memory::Session(_) | Memory::Answered => {}
    }
}

/// Cookies change in silence; a change in storage is told to the other tabs. Most often a cookie is only given a longer
/// life, and nobody need wake up for that.
fn tell_if_changed(name: &str, shelf: &Shelf, change: impl FnOnce(&str)) {
    let before = cookie::get(name);
    change(name);
    if cookie::get(name) != before {
        let mut time = String::new();
        push_decimal(&mut time, page::now().0);
        shelf.set(MEMORIES_KEY, &time);
    }
}

fn is_written(key: &str, record: &str) -> bool {
    with(|app| app.shelf.get(key).as_deref() == Some(record)) == Some(true)
}

/// Proves that this tab is alive, if its journal has something in it.
pub(crate) fn prove_life() {
    let name = with(|app| {
        let is_idle = app.tracker.is_idle();
        (!is_idle).then(|| app.shelf.full_key(app.tracker.tab().as_str()))
    });
    if let Some(name) = name.flatten() {
        lock::hold_own(&name);
    }
}

fn begin() {
    journal::look();
    rules::load();
}

fn tell(notice: &Notice) {
    let kind = listeners::kind(notice);
    let Some((debug, listeners)) = with(|app| (app.debug, app.listeners.of(kind))) else { return };
    if debug {
        explain(notice);
    }
    if let Notice::Adjusted { name, changes } = notice {
        warn_once(name, changes);
    }
    if !listeners.is_empty() {
        let payload = listeners::payload(notice);
        for listener in listeners {
            if listener.call1(&JsValue::UNDEFINED, &payload).is_err() {
                console::warn(&["a listener of \"", kind, "\" has thrown"].concat());
            }
        }
    }
    if let Notice::Consent(consent) = notice {
        hubspot::consent_changed(*consent);
    }
}

/// A value that cannot be recorded is a slip in the page's code: it is named, once.
fn warn_once(name: &str, changes: &[String]) {
    for change in changes.iter().filter(|change| change.starts_with("no_value:")) {
        let sentence = [name, ": a value was left out because it cannot be recorded (", change, ")"].concat();
        let is_new = with(|app| {
            let is_new = !app.told.contains(&sentence);
            if is_new {
                app.told.push(sentence.clone());
            }
            is_new
        });
        if is_new == Some(true) {
            console::warn(&sentence);
        }
    }
}

/// What debug mode says.
fn explain(notice: &Notice) {
    match notice {
        Notice::Completion { name, properties, .. } => {
            console::explain(&[name, " recorded ", properties].concat());
        }
        Notice::Adjusted { name, changes } => {
            console::explain(&[name, " was changed to fit: ", &changes.join(", ")].concat());
        }
        Notice::Delivered { .. } => console::explain("a batch was delivered"),
        Notice::Lost { reason, .. } => console::explain(&["events were lost: ", reason.code()].concat()),
        Notice::Consent(consent) => console::explain(&["consent: ", consent.code()].concat()),
        Notice::Identity { known } => console::explain(&["identity: ", known].concat()),
    }
}
