//! Calls made before the library is there.

use std::rc::Rc;

use pugmark_e2e::{World, stories};

stories![
    calls_in_the_array_arrive_in_call_order_with_their_own_times,
    the_stub_makes_the_methods_callable_before_the_library,
];

const HOUR_MS: i64 = 3_600_000;

/// Between a call and its time as the collector reckons it: what a request takes on a busy machine.
const TRAVEL_MS: i64 = 5_000;

async fn calls_in_the_array_arrive_in_call_order_with_their_own_times(world: Rc<World>) {
    world.open("/queue.html").await;

    world.run("loadLibrary()").await;

    let first = world.collector.arrived(1, "first").await.remove(0);
    let second = world.collector.arrived(1, "second").await.remove(0);
    let third = world.collector.arrived(1, "third").await.remove(0);
    assert_eq!([first.number("n"), second.number("n"), third.number("n")], [1, 2, 3]);
    assert!(first.seq < second.seq && second.seq < third.seq, "the order of the calls");
    assert_eq!(first.path(), "/before");
    let ago = first.at - second.at;
    assert!((HOUR_MS - TRAVEL_MS..=HOUR_MS + TRAVEL_MS).contains(&ago), "{ago} ms, not an hour");
}

async fn the_stub_makes_the_methods_callable_before_the_library(world: Rc<World>) {
    world.open("/stub.html").await;
    world.run(r#"call("second")"#).await;

    world.run("loadLibrary()").await;
    world.browser.comes_true("pugmark.status && pugmark.status()").await;
    world.run(r#"call("third")"#).await;

    let mut events = Vec::new();
    for name in ["first", "second", "third"] {
        events.push(world.collector.arrived(1, name).await.remove(0));
    }
    assert!(events.is_sorted_by_key(|event| event.seq));
    let called = world.run("return calledAt").await;
    for (i, event) in events.iter().enumerate() {
        let called = called[i].as_i64().expect("a time in milliseconds");
        assert!((0..TRAVEL_MS).contains(&(event.at - called).abs()), "{} ms off", event.at - called);
    }
    // Two calls of one batch keep their distance to the millisecond.
    let distance = |i: usize| called[i].as_i64().zip(called[0].as_i64()).map(|(a, b)| a - b);
    let off = distance(1).expect("times") - (events[1].at - events[0].at);
    assert!(off.abs() <= 2, "{off} ms off, called at {called}");
}
