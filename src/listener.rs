//! Event listeners as values: dropped, they no longer listen.

use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

/// A listener on the page.
#[must_use = "a listener that is dropped no longer listens"]
pub(crate) struct Listener {
    target: EventTarget,
    kind: &'static str,
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Listens in the capture phase, before the page's own listeners can stop the event. The callback may be called while
    /// it runs: what it does may make a page's code click again.
    pub(crate) fn new(target: &EventTarget, kind: &'static str, callback: impl Fn(Event) + 'static) -> Self {
        let callback = Closure::<dyn Fn(Event)>::new(callback);
        let _ =
            target.add_event_listener_with_callback_and_bool(kind, callback.as_ref().unchecked_ref(), true);
        Self { target: target.clone(), kind, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback_and_bool(self.kind, callback, true);
    }
}
