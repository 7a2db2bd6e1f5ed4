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

/// Numbers the batches; each is sent under a number of its own.
#[derive(Default)]
pub(crate) struct Traffic {
    next: AtomicU64,
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

impl Traffic {
    /// The next batch.
    pub(crate) fn message(&self) -> Message {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let body = body(number, now_ms());
        let mut request = String::with_capacity(body.len() + 512);
        let browser = BROWSERS[(number % TABS) as usize % BROWSERS.len()];
        let _ = write!(
            request,
            "POST /v1/batch HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: {browser}\r\n\
             accept: */*\r\naccept-language: nl,en;q=0.7\r\naccept-encoding: gzip, deflate, br, zstd\r\n\
             content-type: text/plain;charset=UTF-8\r\norigin: https://shop.example\r\n\
             referer: https://shop.example/\r\nsec-fetch-site: cross-site\r\nsec-fetch-mode: cors\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        let head = request.len();
        request.push_str(&body);
        Message { number, request: request.into_bytes(), body: head }
    }

    /// How many batches were made.
    pub(crate) fn made(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }
}

fn body(number: u64, now_ms: u64) -> String {
    let mut chance = number;
    let (tab, turn) = (number % TABS, number / TABS);
    let page = mixed(&mut chance) % PAGES;
    let mut body = String::with_capacity(4_500);
    let _ = write!(
        body,
        "{{\"v\":1,\"site\":\"demo\",\"sent\":{now_ms},\"tab\":\"{tab:012x}\",\"visitor\":\"{tab:032x}\",\
         \"session\":{{\"id\":\"{tab:016x}\",\"started\":{}}},\
         \"device\":{{\"language\":\"nl\",\"screen\":[1440,900]}},\
         \"pages\":[{{\"url\":\"https://shop.example/products/{page}\",\"title\":\"Product {page}\",\
         \"referrer\":\"https://shop.example/\"}}],\"events\":[",
        now_ms - 60_000
    );
    for index in 0..EVENTS {
        let chance = mixed(&mut chance);
        // Never 0: as "-0" that is no whole number in JSON.
        let waited = 1 + chance % WAITED_MS;
        let at = now_ms - waited;
        let name = NAMES[(chance >> 16) as usize % NAMES.len()];
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(
            body,
            "{comma}{{\"id\":\"{}\",\"seq\":{},\"at\":-{waited},\"name\":\"{name}\",\"page\":0,\
             \"properties\":{{\"sku\":\"A-{}\",\"price\":{}.95,\"quantity\":{},\"category\":\"shoes\"}}}}",
            id(at, chance >> 40, number, index),
            turn * EVENTS + index + 1,
            chance % 9_000,
            chance % 200,
            1 + chance % 3,
        );
    }
    body.push_str("]}");
    body
}

/// A UUID of version 7 that starts with its time, as the tracker makes them; where those are random to the end, this
/// one tells batch and place.
fn id(at_ms: u64, random: u64, batch: u64, index: u64) -> String {
    format!(
        "{:08x}-{:04x}-7{:03x}-8{:03x}-{:08x}{:04x}",
        at_ms >> 16,
        at_ms & 0xffff,
        random & 0xfff,
        (batch >> 32) & 0xfff,
        batch & 0xffff_ffff,
        index
    )
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
        let text = id(0x0190_0000_0001, 0xabc, 0x123_4567_89ab, 19);
        let digits = text.replace('-', "");
        let bits = u128::from_str_radix(&digits, 16).expect("is hexadecimal");

        assert_eq!(text, "01900000-0001-7abc-8123-456789ab0013");
        assert_eq!(whose(bits.to_be_bytes()), (0x123_4567_89ab, 19));
    }

    #[test]
    fn a_batch_is_one_that_the_collector_takes_whole() {
        let message = Traffic::default().message();

        let batch = pugmark_collector::ingest::body::read(message.body().to_vec()).expect("is a batch");

        assert_eq!(batch.events.len() as u64, EVENTS);
    }
}
