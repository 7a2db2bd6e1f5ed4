//! Sending batches: packed while there is time, by a fetch that outlives the page where it may, and by what else the
//! browser has where fetch is refused.

use gloo_timers::callback::Timeout;
use js_sys::{Array, Date, Promise};
use pugmark_engine::Input;
use pugmark_engine::input::Answer;
use pugmark_engine::outbox::{FlightNumber, Way};
use pugmark_protocol::limits::KIB;
use pugmark_protocol::time::Millis;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Response};

use crate::intake;
use crate::promise::then;
use crate::runtime::{App, feed, later, with};

/// A request without an answer after this long is given up; the events are sent again.
///
/// Judgement (November 2026): longer than a slow mobile network takes for a batch, shorter than people stay on a page.
const PATIENCE: Millis = Millis::seconds(30);

/// The same for a request from before the page was put into the back/forward cache: the browser may have cut it off
/// without a word. Judgement (November 2026): answers that it has kept are told within milliseconds.
const PATIENCE_AFTER_RETURN: Millis = Millis::seconds(3);

/// Bodies longer than this are packed, in bytes.
///
/// Judgement (November 2026): one or two events of ordinary size, which go into one network packet as they are.
const WORTH_PACKING: usize = KIB;

#[wasm_bindgen(module = "/src/transport.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn post(url: &str, body: &JsValue, keepalive: bool, signal: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = postLater)]
    fn post_later(url: &str, body: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    fn packed(text: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch)]
    fn get(url: &str, millis: u32) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = navigator, js_name = sendBeacon)]
    fn send_beacon(url: &str, body: &JsValue) -> Result<bool, JsValue>;
}

/// A batch under way.
pub(crate) struct Request {
    flight: FlightNumber,
    way: Way,
    /// What is still being packed.
    unpacked: Option<String>,
    abort: Option<AbortController>,
    /// Gives it up.
    patience: Timeout,
}

/// Sends a batch and reports the answer.
pub(crate) fn send(flight: FlightNumber, body: String, way: Way) {
    if way == Way::Later {
        hand_over(&JsValue::from(body));
        return feed(Input::Answered { flight, answer: Answer::None });
    }
    let packing = if with(|app| app.is_leaving) == Some(false) && body.len() > WORTH_PACKING {
        packed(&body).ok()
    } else {
        None
    };
    let plain = JsValue::from(&body);
    let unpacked = packing.as_ref().map(|_| body);
    let patience = later(PATIENCE, move || give_up(flight));
    let abort = AbortController::new().ok();
    with(|app| app.requests.push(Request { flight, way, unpacked, abort, patience }));
    match packing {
        Some(bytes) => then(
            &bytes,
            move |bytes| {
                if take_unpacked(flight).is_some() {
                    depart(flight, bytes);
                }
            },
            move || depart_unpacked(flight),
        ),
        None => depart(flight, plain),
    }
}

/// The page is being left: what is still being packed goes as it is.
pub(crate) fn hurry() {
    let packing = with(|app| {
        let packing = app.requests.iter().filter(|request| request.unpacked.is_some());
        packing.map(|request| request.flight).collect::<Vec<_>>()
    });
    packing.unwrap_or_default().into_iter().for_each(depart_unpacked);
}

/// The page is back from the back/forward cache: what was under way is settled soon.
pub(crate) fn settle_soon() {
    with(|app| {
        for request in &mut app.requests {
            let flight = request.flight;
            request.patience = later(PATIENCE_AFTER_RETURN, move || give_up(flight));
        }
    });
}

/// Consent was taken back: nothing leaves any more.
pub(crate) fn withdraw(app: &mut App) {
    for request in app.requests.drain(..) {
        request.cut_off();
    }
}

/// Fetches a text; calls `found` only with a good answer.
pub(crate) fn fetch_text(url: &str, found: impl FnOnce(String) + 'static) {
    let Ok(promise) = get(url, PATIENCE.0 as u32) else { return };
    then(
        &promise,
        |response| {
            let Ok(response) = response.dyn_into::<Response>() else { return };
            if let (true, Ok(text)) = (response.ok(), response.text()) {
                then(&text, |text| found(text.as_string().unwrap_or_default()), || {});
            }
        },
        || {},
    );
}

impl Request {
    fn cut_off(&self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

fn take_unpacked(flight: FlightNumber) -> Option<String> {
    with(|app| app.requests.iter_mut().find(|request| request.flight == flight)?.unpacked.take()).flatten()
}

fn depart_unpacked(flight: FlightNumber) {
    if let Some(body) = take_unpacked(flight) {
        depart(flight, body.into());
    }
}

fn depart(flight: FlightNumber, body: JsValue) {
    let ready = with(|app| {
        let request = app.requests.iter().find(|request| request.flight == flight)?;
        let keepalive = request.way == Way::Keepalive && (app.is_leaving || !app.avoids_keepalive);
        let signal = request.abort.as_ref().map_or(JsValue::UNDEFINED, |abort| abort.signal().into());
        Some((batch_url(app), keepalive, signal))
    });
    let Some((url, keepalive, signal)) = ready.flatten() else { return };
    let answered = post(&url, &body, keepalive, &signal);
    let refused = move || refused(flight, keepalive, &body);
    match answered {
        Ok(promise) => then(
            &promise,
            move |response| match response.dyn_into() {
                Ok(response) => read(flight, &response),
                Err(_) => answer(flight, Answer::None),
            },
            refused,
        ),
        Err(_) => refused(),
    }
}

/// Fetch refused: there is no network, or the other scripts of the page have used up what may be under way when a page
/// is left. The page that is being left has other ways out; the next batch of one that stays goes as an ordinary request.
fn refused(flight: FlightNumber, keepalive: bool, body: &JsValue) {
    let is_leaving = with(|app| {
        // One that was given up or withdrawn is refused as well.
        app.requests.iter().find(|request| request.flight == flight)?;
        app.avoids_keepalive = keepalive;
        Some(app.is_leaving)
    });
    if is_leaving.flatten() == Some(true) {
        hand_over(body);
    }
    answer(flight, Answer::None);
}

/// Gives a body to what sends it whatever becomes of the page, and tells nobody.
fn hand_over(body: &JsValue) {
    let Some(url) = with(|app| batch_url(app)) else { return };
    if post_later(&url, body).is_err() {
        let _ = send_beacon(&url, body);
    }
}

fn batch_url(app: &App) -> String {
    [&app.endpoint, "/v1/batch"].concat()
}

fn give_up(flight: FlightNumber) {
    with(|app| app.requests.iter().filter(|request| request.flight == flight).for_each(Request::cut_off));
    answer(flight, Answer::None);
}

/// Reads the answer, and of a receipt how many events it refuses.
fn read(flight: FlightNumber, response: &Response) {
    let status = response.status();
    let retry_after = retry_after(response);
    let told = move |refused| answer(flight, Answer::Status { status, retry_after, refused });
    let Ok(receipt) = response.json() else { return told(0) };
    then(
        &receipt,
        move |receipt| {
            let refused = intake::member(&receipt, "refused").dyn_ref::<Array>().map_or(0, Array::length);
            told(u64::from(refused));
        },
        move || told(0),
    );
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(response: &Response) -> Option<Millis> {
    let text = response.headers().get("retry-after").ok().flatten()?;
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(Millis::seconds(u64::from(seconds)));
    }
    let until = Date::parse(&text);
    (!until.is_nan()).then(|| Millis((until - Date::now()).max(0.0) as u64))
}

/// Reports the first answer to a request; there may come a second one when it was given up.
fn answer(flight: FlightNumber, answer: Answer) {
    let status = match &answer {
        Answer::Status { status, .. } => *status,
        Answer::None => 0,
    };
    let under_way = with(|app| {
        let place = app.requests.iter().position(|request| request.flight == flight)?;
        app.last_answer = Some(status);
        if status != 0 {
            app.avoids_keepalive = false;
        }
        Some(app.requests.remove(place))
    });
    if under_way.flatten().is_some() {
        feed(Input::Answered { flight, answer });
    }
}
