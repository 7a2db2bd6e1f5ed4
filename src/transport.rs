//! Sending batches: fetch that outlives the page where it may, a beacon where fetch is refused.

use js_sys::{Array, Date, Object, Promise, Reflect};
use pugmark_engine::Input;
use pugmark_engine::input::Answer;
use pugmark_engine::outbox::{FlightNumber, Way};
use pugmark_protocol::time::Millis;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::promise::then;
use crate::runtime::{feed, with};
use crate::{intake, page};

/// A request without an answer after this long is given up, in milliseconds; the events are sent again.
///
/// Judgement (November 2026): longer than a slow mobile network takes for a batch, shorter than people stay on a page.
const TIMEOUT_MS: u32 = 30_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, options: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_namespace = AbortSignal, js_name = timeout)]
    fn timeout_signal(millis: u32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = navigator, js_name = sendBeacon)]
    fn send_beacon(url: &str, body: &str) -> Result<bool, JsValue>;
}

/// Sends a batch and reports the answer. A body of plain text needs no preflight.
pub(crate) fn send(flight: FlightNumber, body: String, way: Way) {
    if way == Way::Later {
        return answer(flight, Answer::None);
    }
    let keepalive = way == Way::Keepalive;
    let Some(url) = with(|app| [&app.endpoint, "/v1/batch"].concat()) else { return };
    let options = request_options("POST");
    set(&options, "body", &JsValue::from_str(&body));
    set(&options, "keepalive", &keepalive.into());

    let refused_url = url.clone();
    let refused = move || {
        // A page that is being left has one more way out, which brings no answer.
        if keepalive && !page::is_visible() {
            let _ = send_beacon(&refused_url, &body);
        }
        answer(flight, Answer::None);
    };
    match fetch(&url, &options) {
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

/// Fetches a text, revalidating what the browser has; calls `found` only with a good answer.
pub(crate) fn fetch_text(url: &str, found: impl FnOnce(String) + 'static) {
    let options = request_options("GET");
    set(&options, "cache", &"no-cache".into());
    let Ok(promise) = fetch(url, &options) else { return };
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

fn request_options(method: &str) -> Object {
    let options = Object::new();
    set(&options, "method", &method.into());
    set(&options, "credentials", &"omit".into());
    if let Ok(signal) = timeout_signal(TIMEOUT_MS) {
        set(&options, "signal", &signal);
    }
    options
}

fn set(options: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(options, &JsValue::from_str(name), value);
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

fn answer(flight: FlightNumber, answer: Answer) {
    let status = match &answer {
        Answer::Status { status, .. } => *status,
        Answer::None => 0,
    };
    with(|app| app.last_answer = Some(status));
    feed(Input::Answered { flight, answer });
}
