//! Bytes off the wire: unpacked, checked, read.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use pugmark_protocol::limits::{KIB, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_WIRE_BYTES};
use pugmark_protocol::text::cut;
use pugmark_protocol::wire::{Batch, VERSION};

use super::{Unreadable, scan};

/// How many bytes of memory a byte of JSON takes once it is read.
///
/// An event of 200 bytes with a property or two becomes two tree nodes of 630 bytes and a dozen small texts, about
/// 1.7 KB together. Judgement (November 2026).
const PARSED: usize = 8;

/// How gzip begins. JSON cannot begin so, and a header that says it would cost a preflight.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How many bytes are unpacked before more room is asked for.
const STEP: usize = 64 * KIB;

/// Longest sentence about an error, in UTF-16 code units.
const MAX_SENTENCE: usize = 200;

/// Reads a batch.
///
/// # Errors
///
/// Says what is wrong with the whole; single bad events are for [`super::accept`].
pub fn read(wire: Vec<u8>) -> Result<Batch, Unreadable> {
    read_within(wire, &mut |_| true)
}

/// Reads a batch as far as there is room: `room` is asked for so many bytes more each time before they are used.
///
/// # Errors
///
/// As [`read`], and [`Unreadable::NoRoom`].
pub fn read_within(wire: Vec<u8>, room: &mut dyn FnMut(usize) -> bool) -> Result<Batch, Unreadable> {
    if wire.len() > MAX_WIRE_BYTES {
        return Err(Unreadable::TooLarge { limit: MAX_WIRE_BYTES, unpacked: false });
    }
    let mut json = if is_packed(&wire) { unpack(&wire, room)? } else { wire };
    if !room(json.len() * PARSED) {
        return Err(Unreadable::NoRoom);
    }
    if let Err(error) = std::str::from_utf8(&json) {
        return Err(Unreadable::NotUtf8(error.valid_up_to()));
    }
    scan::scan(&mut json)?;
    let batch: Batch =
        serde_json::from_slice(&json).map_err(|error| Unreadable::NotABatch(in_short(&error)))?;
    if batch.v != VERSION {
        return Err(Unreadable::Version(batch.v));
    }
    let losses = batch.lost.values().map(Vec::len).sum();
    if batch.events.len().max(batch.pages.len()).max(losses) > MAX_BATCH_EVENTS {
        return Err(Unreadable::TooMany);
    }
    Ok(batch)
}

/// What is wrong and where. An error may quote what was sent, however long that is.
fn in_short(error: &serde_json::Error) -> String {
    let sentence = error.to_string();
    let short = cut(&sentence, MAX_SENTENCE);
    if short.len() == sentence.len() {
        return sentence;
    }
    format!("{short}… at line {} column {}", error.line(), error.column())
}

/// Whether a body says that it is gzip.
pub fn is_packed(wire: &[u8]) -> bool {
    wire.starts_with(&GZIP)
}

/// Unpacks gzip, never further than [`MAX_BATCH_BYTES`].
fn unpack(wire: &[u8], room: &mut dyn FnMut(usize) -> bool) -> Result<Vec<u8>, Unreadable> {
    let mut json = Vec::with_capacity(wire.len() * 4);
    let mut decoder = MultiGzDecoder::new(wire);
    loop {
        if !room(STEP) {
            return Err(Unreadable::NoRoom);
        }
        let mut step = decoder.by_ref().take(STEP as u64);
        let n = step.read_to_end(&mut json).map_err(|error| Unreadable::Gzip(error.to_string()))?;
        if json.len() > MAX_BATCH_BYTES {
            return Err(Unreadable::TooLarge { limit: MAX_BATCH_BYTES, unpacked: true });
        }
        if n < STEP {
            return Ok(json);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("a Vec takes everything");
        encoder.finish().expect("a Vec takes everything")
    }

    const EMPTY: &str = r#"{"v":1,"site":"demo","sent":1,"tab":"0123456789ab"}"#;

    fn code(wire: &[u8]) -> &'static str {
        read(wire.to_vec()).expect_err("is unreadable").code()
    }

    #[test]
    fn plain_and_packed_bodies_are_the_same() {
        assert_eq!(read(EMPTY.into()).expect("is a batch").site, "demo");
        assert_eq!(read(gzip(EMPTY.as_bytes())).expect("is a batch").site, "demo");
    }

    #[test]
    fn what_is_no_batch_is_refused_with_its_reason() {
        for (wire, expected) in [
            (&b""[..], "not_a_batch"),
            (b"null", "not_a_batch"),
            (b"{'v':1}", "not_a_batch"),
            (b"\xef\xbb\xbf{}", "not_a_batch"),
            (br#"{"v":1,"site":"demo","sent":1,"tab":"x"} trailing"#, "not_a_batch"),
            (br#"{"v":2,"site":"demo","sent":1,"tab":"x"}"#, "unknown_version"),
            (b"{\"v\":1,\"site\":\"\xff\"}", "not_utf8"),
            (b"\x1f\x8bnonsense", "bad_gzip"),
        ] {
            assert_eq!(code(wire), expected, "{}", String::from_utf8_lossy(wire));
        }
    }

    #[test]
    fn broken_json_is_refused_with_its_position() {
        let error = read(br#"{"v":1,"site":"demo",}"#.to_vec()).expect_err("is broken").to_string();

        assert!(error.contains("line 1 column 22"), "{error}");
    }

    #[test]
    fn a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
        let padded = |n: usize| [EMPTY.as_bytes(), &vec![b' '; n - EMPTY.len()]].concat();

        assert!(read(padded(MAX_WIRE_BYTES)).is_ok());
        assert_eq!(code(&padded(MAX_WIRE_BYTES + 1)), "too_large");
        assert!(read(gzip(&padded(MAX_BATCH_BYTES))).is_ok());
        assert_eq!(code(&gzip(&padded(MAX_BATCH_BYTES + 1))), "too_large");
    }

    #[test]
    fn a_gzip_bomb_is_defused() {
        let bomb = gzip(&vec![b'['; 20 * MAX_BATCH_BYTES]);
        assert!(bomb.len() < MAX_WIRE_BYTES);

        assert_eq!(code(&bomb), "too_large");
    }

    #[test]
    fn five_hundred_events_pass_and_one_more_does_not() {
        let with = |n: usize| {
            let events = vec!["{}"; n].join(",");
            format!(r#"{{"v":1,"site":"demo","sent":1,"tab":"x","events":[{events}]}}"#).into_bytes()
        };

        assert!(read(with(500)).is_ok());
        assert_eq!(code(&with(501)), "too_many_events");
    }
}
