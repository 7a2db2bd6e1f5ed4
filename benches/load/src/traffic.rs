//! What is sent: batches as a shop's visitors would make them.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Events in a batch.
pub(crate) const EVENTS: u64 = 20;

/// How many tabs are open at once, each sending a batch every few seconds. Judgement (November 2026).
const TABS: u64 = 10_000;

/// How many kinds of events, and how many pages, the shop has.
const NAMES: [&str; 8] = [
    "viewed_page",
    "viewed_product",
    "searched",
    "added_to_cart",
    "removed_from_cart",
    "opened_planner",
    "started_checkout",
    "signed_up",
];
const PAGES: u64 = 500;

/// How long an event may have waited in its browser, in milliseconds.
const WAITED_MS: u64 = 800;

/// The browsers that send.
const BROWSERS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
];

/// How many batches are written out in full; all others are copies of them under another tab, with other ids and times.
/// Measured: a copy costs a tenth of a batch that is written anew, and the generator shares its processors with what it
/// measures.
const TEMPLATES: u64 = 512;

/// Numbers the batches; each is sent under a number of its own.
pub(crate) struct Traffic {
    next: AtomicU64,
    templates: Vec<Template>,
}

/// A batch, ready to go out.
#[derive(Clone)]
pub(crate) struct Message {
    /// Its number.
    pub(crate) number: u64,
    /// The whole HTTP request.
    pub(crate) request: Vec<u8>,
    /// Where the body begins.
    body: usize,
}

impl Message {
    /// The batch as JSON.
    pub(crate) fn body(&self) -> &[u8] {
        &self.request[self.body..]
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self { next: AtomicU64::new(0), templates: (0..TEMPLATES).map(Template::new).collect() }
    }
}

impl Traffic {
    /// The next batch.
    pub(crate) fn message(&self) -> Message {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.templates[(number % TEMPLATES) as usize].message(number, now_ms())
    }

    /// How many batches were made.
    pub(crate) fn made(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }
}

/// A request, and where in it stands what differs from one batch to the next. All of that is of fixed width.
struct Template {
    request: Vec<u8>,
    body: usize,
    sent: usize,
    started: usize,
    /// The last twelve digits of the ids of tab, visitor and session.
    tabs: [usize; 3],
    events: Vec<EventPlaces>,
}

struct EventPlaces {
    id: usize,
    seq: usize,
    waited_ms: u64,
}

/// Width of a time in milliseconds, in decimal digits.
const TIME: usize = 13;

/// Width of an event's number: what is shorter has spaces before it, which JSON allows.
const SEQ: usize = 8;

/// Width of a tab's id, in hexadecimal digits.
const TAB: usize = 12;

impl Template {
    fn new(chance: u64) -> Self {
        let browser = BROWSERS[chance as usize % BROWSERS.len()];
        let mut chance = chance;
        let page = mixed(&mut chance) % PAGES;
        let mut body = String::with_capacity(5_000);
        body.push_str("{\"v\":1,\"site\":\"demo\",\"sent\":");
        let sent = blank(&mut body, TIME);
        body.push_str(",\"tab\":\"");
        let tab = blank(&mut body, TAB);
        body.push_str("\",\"visitor\":\"00000000000000000000");
        let visitor = blank(&mut body, TAB);
        body.push_str("\",\"session\":{\"id\":\"0000");
        let session = blank(&mut body, TAB);
        body.push_str("\",\"started\":");
        let started = blank(&mut body, TIME);
        let _ = write!(
            body,
            "}},\"device\":{{\"language\":\"nl\",\"screen\":[1440,900]}},\
             \"pages\":[{{\"url\":\"https://shop.example/products/{page}\",\"title\":\"Product {page}\",\
             \"referrer\":\"https://shop.example/\"}}],\"events\":["
        );
        let events = (0..EVENTS).map(|index| event(&mut body, index, mixed(&mut chance))).collect();
        body.push_str("]}");
        let mut request = format!(
            "POST /v1/batch HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: {browser}\r\n\
             accept: */*\r\naccept-language: nl,en;q=0.7\r\naccept-encoding: gzip, deflate, br, zstd\r\n\
             content-type: text/plain;charset=UTF-8\r\norigin: https://shop.example\r\n\
             referer: https://shop.example/\r\nsec-fetch-site: cross-site\r\nsec-fetch-mode: cors\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        let head = request.len();
        request.push_str(&body);
        let tabs = [tab, visitor, session];
        Self { request: request.into_bytes(), body: head, sent, started, tabs, events }
    }

    fn message(&self, number: u64, now_ms: u64) -> Message {
        let mut request = self.request.clone();
        let body = &mut request[self.body..];
        let (tab, turn) = (number % TABS, number / TABS);
        digits(&mut body[self.sent..][..TIME], now_ms, 10);
        digits(&mut body[self.started..][..TIME], now_ms - 60_000, 10);
        for place in self.tabs {
            digits(&mut body[place..][..TAB], tab, 16);
        }
        for (event, index) in self.events.iter().zip(0..) {
            put_id(&mut body[event.id..][..ID], now_ms - event.waited_ms, number, index);
            let seq = &mut body[event.seq..][..SEQ];
            digits(seq, turn * EVENTS + index + 1, 10);
            for zero in seq.iter_mut().take_while(|digit| **digit == b'0') {
                *zero = b' ';
            }
        }
        Message { number, request, body: self.body }
    }
}

fn event(body: &mut String, index: u64, chance: u64) -> EventPlaces {
    // Never 0: as "-0" that is no whole number in JSON.
    let waited_ms = 1 + chance % WAITED_MS;
    body.push_str(if index == 0 { "{\"id\":\"" } else { ",{\"id\":\"" });
    let id = body.len();
    let _ = write!(body, "________-____-7{:03x}-8___-____________", (chance >> 40) & 0xfff);
    body.push_str("\",\"seq\":");
    let seq = blank(body, SEQ);
    let _ = write!(
        body,
        ",\"at\":-{waited_ms},\"name\":\"{}\",\"page\":0,\
         \"properties\":{{\"sku\":\"A-{}\",\"price\":{}.95,\"quantity\":{},\"category\":\"shoes\"}}}}",
        NAMES[(chance >> 16) as usize % NAMES.len()],
        chance % 9_000,
        chance % 200,
        1 + chance % 3,
    );
    EventPlaces { id, seq, waited_ms }
}

/// Room for so many characters, and where it is.
fn blank(text: &mut String, width: usize) -> usize {
    let place = text.len();
    text.extend(std::iter::repeat_n('_', width));
    place
}

/// Width of an event's id.
const ID: usize = 36;

/// A UUID of version 7 that starts with its time, as the tracker makes them; where those are random to the end, this
/// one tells batch and place. What is random of it stands there already.
fn put_id(id: &mut [u8], at_ms: u64, batch: u64, index: u64) {
    digits(&mut id[..8], at_ms >> 16, 16);
    digits(&mut id[9..13], at_ms & 0xffff, 16);
    digits(&mut id[20..23], (batch >> 32) & 0xfff, 16);
    digits(&mut id[24..32], batch & 0xffff_ffff, 16);
    digits(&mut id[32..], index, 16);
}

/// Writes a number into all of `place`, with zeros before it.
fn digits(place: &mut [u8], mut number: u64, base: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number % base) as usize];
        number /= base;
    }
}

/// The batch and the place that an id was made for.
pub(crate) fn whose(id: [u8; 16]) -> (u64, u64) {
    let bits = u128::from_be_bytes(id);
    ((bits >> 16) as u64 & 0xfff_ffff_ffff, bits as u64 & 0xffff)
}

/// SplitMix64: chance that is the same in every run.
pub(crate) fn mixed(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_the_batch_and_the_place_it_was_made_for() {
        let mut text = *b"________-____-7abc-8___-____________";
        put_id(&mut text, 0x0190_0000_0001, 0x123_4567_89ab, 19);
        let text = std::str::from_utf8(&text).expect("is ASCII");
        let bits = u128::from_str_radix(&text.replace('-', ""), 16).expect("is hexadecimal");

        assert_eq!(text, "01900000-0001-7abc-8123-456789ab0013");
        assert_eq!(whose(bits.to_be_bytes()), (0x123_4567_89ab, 19));
    }

    #[test]
    fn a_batch_is_one_that_the_collector_takes_whole() {
        let traffic = Traffic::default();
        traffic.next.store(3 * TABS + 258, Ordering::Relaxed);
        let message = traffic.message();

        let batch = pugmark_collector::ingest::body::read(message.body().to_vec()).expect("is a batch");
        let (batch, refused) = pugmark_collector::ingest::accept::accept(
            batch,
            &axum::http::HeaderMap::new(),
            &pugmark_collector::choices::Definitions::new(),
            pugmark_collector::state::now(),
        )
        .expect("is of the documented form");

        assert_eq!((batch.events.len() as u64, refused.len()), (EVENTS, 0));
        assert_eq!(batch.tab_text(), "000000000102");
        let numbers: Vec<u64> = batch.events.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (61..=80).collect::<Vec<u64>>());
    }
}
