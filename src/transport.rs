//! Sending batches: packed while there is time, by a fetch that outlives the page where it may, and by what else the
//! browser has where fetch is refused. All of that is in `transport.js`: the same in Rust was 1.9 KB larger (brotli), and
//! harder to read, since it is all promises.

use pugmark_engine::Input;
use pugmark_engine::input::Answer;
use pugmark_engine::outbox::{FlightNumber, Way};
use pugmark_protocol::time::Millis;
use wasm_bindgen::prelude::*;

use crate::runtime::{feed, with};

#[wasm_bindgen(module = "/src/transport.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = send)]
    fn send_batch(url: &str, body: &str, outlives: bool, done: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = handOver)]
    fn hand_over(url: &str, body: &str) -> Result<(), JsValue>;

    /// Tells something that may be lost.
    fn mention(url: &str, body: &str);

    /// Says whether the page is hidden or put away: it may never run again.
    #[wasm_bindgen(js_name = setLeaving)]
    pub(crate) fn set_leaving(is_leaving: bool);

    /// The page is back from the back/forward cache: what was under way is settled soon.
    #[wasm_bindgen(js_name = settleSoon)]
    pub(crate) fn settle_soon();

    /// Consent was taken back: nothing leaves any more, and no answer is reported.
    pub(crate) fn withdraw();
}

/// Sends a batch and reports the answer.
pub(crate) fn send(flight: FlightNumber, body: &str, way: Way) {
    let Some(url) = with(|app| [&app.endpoint, "/v1/batch"].concat()) else { return };
    if way == Way::Later {
        let _ = hand_over(&url, body);
        return feed(Input::Answered { flight, answer: Answer::None });
    }
    let done = Closure::once_into_js(move |status: u16, pause: Option<f64>, refused: u32| {
        answered(flight, status, pause.map(|millis| Millis(millis as u64)), u64::from(refused));
    });
    if send_batch(&url, body, way == Way::Keepalive, &done).is_err() {
        answered(flight, 0, None, 0);
    }
}

/// Hands the collector a near miss; whether it arrives is not asked.
pub(crate) fn report_near_miss(body: &str) {
    if let Some(url) = with(|app| [&app.endpoint, "/v1/sites/", &app.site, "/near"].concat()) {
        mention(&url, body);
    }
}

/// Reports an answer; the status is 0 where none came.
fn answered(flight: FlightNumber, status: u16, retry_after: Option<Millis>, refused: u64) {
    with(|app| app.last_answer = Some(status));
    let answer = match status {
        0 => Answer::None,
        status => Answer::Status { status, retry_after, refused },
    };
    feed(Input::Answered { flight, answer });
}
