//! Pages that the browser puts away and takes out again: they are kept, and go on.

use std::rc::Rc;

use pugmark_e2e::{World, stories};

use crate::prepared::{HANGING_POSTS, calls, leave, numbers, visit_prepared};

stories![
    a_page_with_the_tracker_is_kept_and_everything_of_it_lives_again,
    a_page_left_with_something_under_way_is_kept_and_holds_no_lock_meanwhile,
    what_was_under_way_when_the_page_was_put_away_is_settled_after_it_is_back,
    a_page_whose_journal_was_adopted_meanwhile_goes_on_and_counts_nothing_twice,
];

/// Goes back, to the same page as it was.
async fn back(world: &World) {
    world.browser.back().await;
    world.browser.comes_true("pageLog.persisted && pageLog.persisted.join() === 'false,true'").await;
}

async fn a_page_with_the_tracker_is_kept_and_everything_of_it_lives_again(world: Rc<World>) {
    visit_prepared(&world, "").await;
    world.collector.arrived(1, "page_view").await;
    world.browser.comes_true("pugmark.status().pending === 0").await;

    // As by the address bar, which no page is told of before.
    world.open("/gone.html").await;
    back(&world).await;

    // The return is a view; timers send it without being asked to.
    world.collector.arrived(2, "page_view").await;
    world.browser.click("#declared").await;
    world.run("history.pushState({}, '', '?moved')").await;
    world.collector.arrived(1, "declared").await;
    world.collector.arrived(3, "page_view").await;
}

async fn a_page_left_with_something_under_way_is_kept_and_holds_no_lock_meanwhile(world: Rc<World>) {
    visit_prepared(&world, HANGING_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    world.run(r#"hangs = true; pugmark.trackCustomEvent("left"); pugmark.flush(); hangs = false"#).await;
    world.run("navigator.locks.query().then(({ held }) => { pageLog.held = held.length })").await;
    world.browser.comes_true("pageLog.held === 1").await;

    leave(&world).await;
    world.run("navigator.locks.query().then(({ held, pending }) => { pageLog.locks = held.length + pending.length })").await;
    world.browser.comes_true("pageLog.locks === 0").await;
    back(&world).await;

    world.run("navigator.locks.query().then(({ held }) => { pageLog.held = held.length })").await;
    world.collector.arrived(1, "left").await;
}

async fn what_was_under_way_when_the_page_was_put_away_is_settled_after_it_is_back(world: Rc<World>) {
    visit_prepared(&world, HANGING_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    world.run("hangs = true").await;
    world.run(&calls("frozen", 3)).await;
    world.run("pugmark.flush(); return 1").await;

    leave(&world).await;
    back(&world).await;
    world.run("hangs = false").await;

    // Sooner than a request is given up on a page that was not away.
    world.collector.arrived(3, "frozen").await;
    assert_eq!(numbers(&world.everything().await, "frozen"), [0, 1, 2]);
}

async fn a_page_whose_journal_was_adopted_meanwhile_goes_on_and_counts_nothing_twice(world: Rc<World>) {
    visit_prepared(&world, HANGING_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    world.run("hangs = true").await;
    world.run(&calls("adopted", 5)).await;
    world.run(r#"setTimeout(() => { location.href = "/page.html"; })"#).await;
    world.collector.arrived(5, "adopted").await;

    back(&world).await;
    world.run("hangs = false").await;
    world.run(&calls("after", 2)).await;

    let events = world.everything().await;
    assert_eq!(numbers(&events, "adopted"), [0, 1, 2, 3, 4]);
    assert_eq!(numbers(&events, "after"), [0, 1]);
}
