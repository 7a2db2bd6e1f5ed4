//! Whatever comes as the body of a batch: it is read, or refused for a reason that has a name, within bounded memory,
//! and nothing panics. `fuzz/` throws many more bytes at the same door.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::alloc::System;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use cap::Cap;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use pugmark_collector::choices::Definitions;
use pugmark_collector::ingest::{accept, body};
use pugmark_protocol::limits::{KIB, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_PROPERTIES, MAX_WIRE_BYTES};
use pugmark_protocol::time::UnixMillis;

/// Counts what is allocated, and ends the process past the limit that is set.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// Most memory that one batch may need while it is read, beside its own bytes.
const MOST_BYTES: usize = 64 * KIB * KIB;

/// Longest sentence that a sender is told.
const MOST_SAID: usize = KIB;

const NOW: UnixMillis = UnixMillis(1_795_430_400_000);

const WHOLE: &[u8] = include_bytes!("../fuzz/seeds/whole");

/// What became of a body: how many events were taken and refused, or the code of the refusal of all.
fn decoded(wire: &[u8]) -> Result<(usize, usize), &'static str> {
    // One at a time, so that the memory is that of this one.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let wire = wire.to_vec();
    MEMORY.set_limit(MEMORY.allocated() + MOST_BYTES).unwrap();
    let result = body::read(wire).and_then(|batch| {
        let sent = batch.events.len();
        assert!(sent <= MAX_BATCH_EVENTS);
        let (taken, refused) = accept::accept(batch, &HeaderMap::new(), &Definitions::new(), NOW)?;
        assert_eq!(taken.events.len() + refused.len(), sent, "every event is taken or refused");
        assert!(
            taken
                .events
                .iter()
                .all(|event| event.properties.read().len() <= MAX_PROPERTIES && event.at <= NOW)
        );
        Ok((taken.events.len(), refused.len()))
    });
    MEMORY.set_limit(usize::MAX).unwrap();
    result.map_err(|error| {
        let said = error.to_string();
        assert!(said.len() > 10 && said.len() <= MOST_SAID, "{} bytes: {said:.200}", said.len());
        error.code()
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A batch with this field besides, or instead.
fn with(field: &str) -> Vec<u8> {
    format!(r#"{{"v":1,"site":"demo","sent":1,"tab":"0123456789ab",{field}}}"#).into_bytes()
}

/// A batch with this as its only event's only property.
fn with_value(value: &str) -> Vec<u8> {
    let id = "01900000-0000-7000-8000-000000000001";
    with(&format!(r#""events":[{{"id":"{id}","name":"a","properties":{{"x":{value}}}}}]"#))
}

/// `piece`, as often as fits into what a batch may have unpacked.
fn as_often_as_fits(piece: &str) -> String {
    piece.repeat((MAX_BATCH_BYTES - KIB) / piece.len())
}

#[test]
fn bodies_made_to_break_a_decoder_are_read_or_refused_by_name() {
    let taken = Ok((1, 0));
    let no_batch = Err("not_a_batch");
    let nested = |open: &str, close: &str, n: usize| with_value(&(open.repeat(n) + "1" + &close.repeat(n)));
    for (name, wire, expected) in [
        ("nothing", Vec::new(), no_batch),
        ("a batch", WHOLE.to_vec(), Ok((1, 2))),
        ("a batch, packed", gzip(WHOLE), Ok((1, 2))),
        ("a batch, packed twice", gzip(&gzip(WHOLE)), Err("not_utf8")),
        ("two packed parts", [gzip(&WHOLE[..99]), gzip(&WHOLE[99..])].concat(), Ok((1, 2))),
        ("a packed part and rubbish", [gzip(WHOLE), b"rubbish".to_vec()].concat(), Err("bad_gzip")),
        ("the head of gzip", gzip(WHOLE)[..10].to_vec(), Err("bad_gzip")),
        ("nested as deep as allowed", nested("[", "]", 12), taken),
        ("nested too deep, lists", nested("[", "]", 50_000), Err("too_deep")),
        ("nested too deep, objects", nested(r#"{"a":"#, "}", 50_000), Err("too_deep")),
        ("only opened", [b'['; 50_000].to_vec(), Err("too_deep")),
        ("only closed", [b']'; 50_000].to_vec(), no_batch),
        ("half a surrogate", with_value(r#""\ud83d""#), taken),
        ("the other half", with_value(r#""\udc3e\ud83d""#), taken),
        ("an escape that ends", with_value(r#""\u12""#), no_batch),
        ("an escape at the end", b"\"\\".to_vec(), no_batch),
        ("nothing but NUL", with_value(r#""\u0000\u0000""#), taken),
        ("a real NUL", with_value("\"\0\""), no_batch),
        ("the same key twice", with_value(r#"1,"x":2,"x":{"x":3}"#), taken),
        ("the same field twice", with(r#""v":1"#), no_batch),
        ("a number below the smallest", with_value("1e-400"), taken),
        ("minus nothing", with_value("-0"), taken),
        ("a number with much behind the point", with_value(&format!("0.{}", "1".repeat(10_000))), taken),
        ("a time before all times", with(r#""sent":-1"#), no_batch),
        ("prototypes", with_value(r#"1,"__proto__":{"a":1},"constructor":2"#), taken),
        ("a name without end", with(&format!(r#""tab":"{}""#, "x".repeat(500_000))), no_batch),
        ("a text where a number is due", with(&format!(r#""lost":"{}""#, "x".repeat(500_000))), no_batch),
        ("ranges backwards", with(r#""lost":{"outbox_full":[[9,1],[18446744073709551615,0]]}"#), Ok((0, 0))),
        ("ranges of everything", with(r#""lost":{"outbox_full":[[0,18446744073709551615]]}"#), Ok((0, 0))),
        ("too much", vec![b' '; MAX_WIRE_BYTES + 1], Err("too_large")),
        ("too much when unpacked", gzip(&vec![b' '; 2 * MAX_BATCH_BYTES]), Err("too_large")),
    ] {
        assert_eq!(decoded(&wire), expected, "{name}");
    }
}

#[test]
fn a_small_body_that_unpacks_to_millions_of_values_needs_no_memory_for_them() {
    for (name, field) in [
        ("numbers", with_value(&format!("[{}0]", as_often_as_fits("0,")))),
        ("lists", with_value(&format!("[{}0]", as_often_as_fits("[],")))),
        ("texts", with_value(&format!("[{}0]", as_often_as_fits(r#""a","#)))),
        ("events", with(&format!(r#""events":[{}0]"#, as_often_as_fits("0,")))),
        ("pages", with(&format!(r#""pages":[{}{{}}]"#, as_often_as_fits("{},")))),
        ("losses", with(&format!(r#""lost":{{"too_old":[{}[1,1]]}}"#, as_often_as_fits("[1,1],")))),
        ("what nobody knows", with(&format!(r#""extra":[{}0]"#, as_often_as_fits("0,")))),
        ("escapes", with_value(&format!("\"{}\"", as_often_as_fits(r"\u0001")))),
    ] {
        let packed = gzip(&field);
        assert!(packed.len() < MAX_WIRE_BYTES / 4, "{name}");

        // The allocator ends the process if it needs too much.
        let _ = decoded(&packed);
    }
    // Each a node of a map and a text of its own.
    let keys: String = (0..700_000).map(|n| format!(r#""k{n:x}":0,"#)).collect();
    let _ = decoded(&gzip(&with_value(&format!(r#"{{{keys}"z":0}}"#))));
}

#[test]
fn a_batch_cut_off_at_any_byte_is_refused_by_name() {
    let packed = gzip(WHOLE);
    for cut in 0..WHOLE.len() {
        assert_eq!(decoded(&WHOLE[..cut]), Err("not_a_batch"), "{cut}");
    }
    for cut in 2..packed.len() {
        assert_eq!(decoded(&packed[..cut]), Err("bad_gzip"), "{cut}");
    }
}

/// One change to a body.
#[derive(Clone, Debug)]
enum Change {
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let token = prop::sample::select(vec![
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "-",
        "0",
        "1e400",
        "null",
        "true",
        "\\ud800",
        "\\u0000",
        "\"v\":2",
        "\"id\":",
        "\u{feff}",
        "\u{202e}",
        "🐾",
        "18446744073709551616",
        "[[1,2],[3,4]]",
        "\"properties\":{",
    ]);
    let bytes = prop_oneof![
        token.prop_map(|token| token.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (any::<usize>(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<usize>(), 0..40_usize).prop_map(|(at, n)| Change::Remove(at, n)),
        (any::<usize>(), 0..300_usize).prop_map(|(at, n)| Change::Repeat(at, n)),
    ]
}

fn changed(mut body: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for change in changes {
        let place = |at: usize| at % (body.len() + 1);
        match change {
            Change::Flip(at, bits) => {
                let at = place(at);
                if let Some(byte) = body.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Change::Insert(at, bytes) => {
                let at = place(at);
                body.splice(at..at, bytes);
            }
            Change::Remove(at, n) => {
                let at = place(at);
                body.drain(at..(at + n).min(body.len()));
            }
            Change::Repeat(at, n) => {
                let at = place(at);
                let piece = body[at..(at + n).min(body.len())].to_vec();
                body.splice(at..at, piece);
            }
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_with_anything_changed_is_read_or_refused(
        changes in prop::collection::vec(change(), 1..8),
        is_packed in any::<bool>(),
        more in prop::collection::vec(change(), 0..3),
    ) {
        let body = changed(WHOLE.to_vec(), changes);

        let _ = decoded(&if is_packed { changed(gzip(&body), more) } else { body });
    }
}
