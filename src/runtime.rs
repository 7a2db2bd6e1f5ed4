//! The loop between page and engine: inputs in, effects out, one at a time.

use std::cell::{Cell, RefCell, RefMut};

use gloo_timers::callback::Timeout;
use pugmark_engine::consent::Consent;
use pugmark_engine::effect::Memory;
use pugmark_engine::{Call, Effect, Input, Moment, Tracker};
use pugmark_protocol::text::push_decimal;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::storage::Shelf;
use crate::{boot, cookie, journal, listeners, lock, page, rules, transport};

/// Where the session is remembered.
const SESSION_KEY: &str = "session";

/// Where it is remembered when a collector has last answered this browser.
pub(crate) const ANSWERED_KEY: &str = "answered";

/// Written when a cookie of ours has changed, so that other tabs look at them again.
pub(crate) const MEMORIES_KEY: &str = "memories";

/// The tracker and everything it is performed with.
pub(crate) struct App {
    pub(crate) tracker: Tracker,
    pub(crate) site: String,
    pub(crate) endpoint: String,
    pub(crate) cookie_domain: Option<String>,
    pub(crate) shelf: Shelf,
    pub(crate) last_answer: Option<u16>,
    pub(crate) wake: Option<Timeout>,
    pub(crate) settle: Option<Timeout>,
    /// The next look for journals of tabs that are gone.
    pub(crate) look: Option<Timeout>,
    /// Whether storage has refused the record written last; of one input's effects.
    pub(crate) is_refused: bool,
}

thread_local! {
    /// Lives as long as the page.
    static APP: Cell<Option<&'static RefCell<App>>> = const { Cell::new(None) };
    static INPUTS: RefCell<Vec<Input>> = const { RefCell::new(Vec::new()) };
    static IS_RUNNING: Cell<bool> = const { Cell::new(false) };
    static CALL_TIME: Cell<u64> = const { Cell::new(0) };
}

/// Installs the tracker and carries out its first effects.
pub(crate) fn start(app: App, first: Vec<Effect>) {
    APP.set(Some(Box::leak(Box::new(RefCell::new(app)))));
    run(first);
}

/// Whether a tracker is installed.
pub(crate) fn is_installed() -> bool {
    APP.get().is_some()
}

/// Looks at the tracker, if there is one. The page's own code must not be called from within.
pub(crate) fn with<R>(look: impl FnOnce(&mut App) -> R) -> Option<R> {
    app().map(|mut app| look(&mut app))
}

/// Apart from [`with`], and not part of its many copies.
#[inline(never)]
fn app() -> Option<RefMut<'static, App>> {
    APP.get()?.try_borrow_mut().ok()
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
    INPUTS.with_borrow_mut(|inputs| inputs.push(input));
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
        let input =
            INPUTS.with_borrow_mut(|inputs| if inputs.is_empty() { None } else { Some(inputs.remove(0)) })?;
        let moment = Moment { now: page::now(), session: app.shelf.get(SESSION_KEY) };
        app.is_refused = false;
        Some(app.tracker.handle(input, &moment))
    })?
}

/// Carries out an effect.
fn perform(effect: Effect) {
    match effect {
        Effect::Write { key, record } => {
            let is_new = with(|app| {
                let is_stored = app.shelf.set_anew(&key.to_text(), &record);
                app.is_refused = is_stored == Some(false);
                is_stored.is_some()
            });
            // Written again, and there still: that proves no new life, the page may have set out for another.
            if is_new == Some(true) {
                prove_life();
            }
        }
        Effect::Forget { key, record } => {
            with(|app| {
                // What a refused record was to replace stays; its `Forget` follows at once.
                if !app.is_refused {
                    app.shelf.remove_this(&key.to_text(), &record);
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
        Effect::ReportNearMiss(body) => transport::report_near_miss(&body),
        Effect::Send { flight, body, way } => transport::send(flight, &body, way),
        Effect::Wake(after) => {
            with(|app| app.wake = Some(later(after, || feed(Input::TimeUp))));
        }
        Effect::Settle(after) => {
            let settle = later(after, || feed(Input::Settled { title: page::title() }));
            with(|app| app.settle = Some(settle));
        }
        Effect::Tell(notice) => listeners::tell(notice.kind(), &notice.to_json()),
        Effect::Flushed(report) => listeners::flushed(&report.to_json()),
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
            Memory::Visitor(id) => bake(cookie::VISITOR, &id.to_text(), domain, shelf),
            Memory::Session(text) => {
                shelf.set(SESSION_KEY, text);
            }
            Memory::Answer(Consent::Awaited) => bake(cookie::ANSWER, "", domain, shelf),
            Memory::Answer(answer) => bake(cookie::ANSWER, answer.code(), domain, shelf),
            Memory::DoNotTrack(yes) => {
                bake(cookie::DO_NOT_TRACK, if *yes { "yes" } else { "" }, domain, shelf);
            }
            Memory::Answered(at) => {
                shelf.set(ANSWERED_KEY, &decimal(*at));
            }
        }
    });
    match memory {
        Memory::Visitor(_) => listeners::tell("visitor", "{}"),
        // Whether a cookie was taken only reading it can tell.
        Memory::Answer(_) | Memory::DoNotTrack(_) => boot::recall(),
        Memory::Session(_) | Memory::Answered(_) => {}
    }
}

/// Writes a cookie, or removes it where the value is empty.
///
/// Cookies change in silence; a change in storage is told to the other tabs. Most often a cookie is only given a longer
/// life, and nobody need wake up for that.
fn bake(name: &str, value: &str, domain: Option<&str>, shelf: &Shelf) {
    let before = cookie::get(name).unwrap_or_default();
    if value.is_empty() {
        cookie::remove(name, domain);
    } else {
        cookie::set(name, value, domain, shelf);
    }
    if value != before {
        shelf.set(MEMORIES_KEY, &decimal(page::now()));
    }
}

fn decimal(time: UnixMillis) -> String {
    let mut text = String::new();
    push_decimal(&mut text, time.0);
    text
}

/// Proves that this tab is alive, if its journal has something in it.
pub(crate) fn prove_life() {
    let name = with(|app| {
        let is_idle = app.tracker.is_idle();
        (!is_idle).then(|| app.shelf.full_key(&app.tracker.tab().to_text()))
    });
    if let Some(name) = name.flatten() {
        lock::hold_own(&name);
    }
}

fn begin() {
    journal::look();
    rules::load();
}
