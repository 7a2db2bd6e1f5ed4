//! Delivery under faults: any number of tabs, one storage, one network, one collector, and everything that can go wrong
//! with them, in any order. Every event made ends exactly once as stored, or is lost with a reason.
//!
//! What happens is a plain list, each step of which is possible at any time, so that `proptest` can shrink a failure by
//! leaving steps out. `proptest-state-machine` would want a model of the tracker to run beside it; the collector's books
//! are all the model there is.

mod collector;
mod world;

use proptest::prelude::*;
use world::{End, Storage, World};

#[derive(Clone, Debug)]
enum Step {
    Open,
    Track { page: usize, bytes: usize, named: bool },
    Burst { page: usize, events: usize, bytes: usize },
    Identify(usize),
    Flush(usize),
    Online(usize),
    Consent { page: usize, given: bool },
    Revoke(usize),
    Hide(usize),
    Show(usize),
    Freeze(usize),
    Restore(usize),
    Kill(usize),
    Close(usize),
    Look(usize),
    End { request: usize, end: End },
    Pass(u64),
    SetClock(i64),
    Storage(Storage),
    Clear,
    Corrupt(usize),
}

const DAY: i64 = 24 * 60 * 60 * 1000;

fn end() -> impl Strategy<Value = End> {
    let status = prop::sample::select(vec![302, 400, 403, 404, 408, 413, 413, 425, 429, 500, 502, 503, 503]);
    let retry_after = prop::option::of(prop::sample::select(vec![0, 1, 10, 600, 100_000_000]));
    prop_oneof![
        4 => Just(End::Receipt { refuse: None }),
        1 => (0usize..5).prop_map(|place| End::Receipt { refuse: Some(place) }),
        2 => Just(End::ReceiptLost),
        2 => Just(End::Lost),
        4 => (status, retry_after).prop_map(|(status, retry_after)| End::Status { status, retry_after }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let page = || 0usize..8;
    prop_oneof![
        4 => Just(Step::Open),
        12 => (page(), 0usize..3000, prop::bool::weighted(0.9))
            .prop_map(|(page, bytes, named)| Step::Track { page, bytes, named }),
        2 => (page(), 10usize..40, prop::sample::select(vec![10, 10, 1_000, 1_000, 1_000, 20_000, 70_000]))
            .prop_map(|(page, events, bytes)| Step::Burst { page, events, bytes }),
        2 => page().prop_map(Step::Identify),
        1 => page().prop_map(Step::Flush),
        1 => page().prop_map(Step::Online),
        1 => (page(), prop::bool::weighted(0.7)).prop_map(|(page, given)| Step::Consent { page, given }),
        1 => page().prop_map(Step::Revoke),
        2 => page().prop_map(Step::Hide),
        2 => page().prop_map(Step::Show),
        2 => page().prop_map(Step::Freeze),
        2 => page().prop_map(Step::Restore),
        3 => page().prop_map(Step::Kill),
        3 => page().prop_map(Step::Close),
        2 => page().prop_map(Step::Look),
        14 => (0usize..4, end()).prop_map(|(request, end)| Step::End { request, end }),
        10 => prop::sample::select(vec![1, 100, 800, 1_000, 20_000, 60_000, 300_000, 4_000_000]).prop_map(Step::Pass),
        1 => prop::sample::select(vec![-400 * DAY, -DAY, -1_000, 1_000, DAY, 8 * DAY]).prop_map(Step::SetClock),
        1 => prop::sample::select(vec![Storage::Open, Storage::Full]).prop_map(Step::Storage),
        1 => Just(Step::Clear),
        1 => (0usize..50).prop_map(Step::Corrupt),
    ]
}

fn play(world: &mut World, step: &Step) {
    match *step {
        Step::Open => world.open(),
        Step::Track { page, bytes, named } => world.track(page, bytes, named),
        Step::Burst { page, events, bytes } => (0..events).for_each(|_| world.track(page, bytes, true)),
        Step::Identify(page) => world.identify(page),
        Step::Flush(page) => world.flush(page),
        Step::Online(page) => world.online(page),
        Step::Consent { page, given } => world.consent(page, given),
        Step::Revoke(page) => world.revoke(page),
        Step::Hide(page) => world.hide(page),
        Step::Show(page) => world.show(page),
        Step::Freeze(page) => world.freeze(page),
        Step::Restore(page) => world.restore(page),
        Step::Kill(page) => world.kill(page),
        Step::Close(page) => world.close(page),
        Step::Look(page) => world.look(page),
        Step::End { request, end } => world.end(request, end),
        Step::Pass(millis) => world.pass(millis),
        Step::SetClock(by) => world.set_clock(by),
        Step::Storage(mode) => world.storage(mode),
        Step::Clear => world.clear(),
        Step::Corrupt(place) => world.corrupt(place),
    }
}

fn run(has_locks: bool, requires_consent: bool, steps: &[Step]) -> World {
    let mut world = World::new(has_locks, requires_consent);
    world.open();
    for step in steps {
        play(&mut world, step);
        world.check();
    }
    world.calm();
    world.check_the_end();
    world
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_time: 15_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_ends_once_as_stored_or_is_lost_with_a_reason(
        has_locks in prop::bool::weighted(0.8),
        requires_consent in prop::bool::weighted(0.2),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        run(has_locks, requires_consent, &steps);
    }
}
