//! Whatever comes as the body of a batch: it is read or refused, and what is read keeps the limits.

#![no_main]

use axum::http::HeaderMap;
use libfuzzer_sys::fuzz_target;
use pugmark_collector::choices::Definitions;
use pugmark_collector::ingest::{accept, body};
use pugmark_protocol::limits::{MAX_BATCH_EVENTS, MAX_PROPERTIES};
use pugmark_protocol::time::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_795_430_400_000);

fuzz_target!(|wire: &[u8]| {
    let Ok(batch) = body::read(wire.to_vec()) else { return };
    let sent = batch.events.len();
    assert!(sent <= MAX_BATCH_EVENTS);
    let Ok((taken, refused)) = accept::accept(batch, &HeaderMap::new(), &Definitions::new(), NOW) else { return };
    assert_eq!(taken.events.len() + refused.len(), sent, "every event is taken or refused");
    for event in &taken.events {
        assert!(event.properties.read().len() <= MAX_PROPERTIES);
        assert!(event.at <= NOW);
    }
});
