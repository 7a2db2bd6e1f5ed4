//! Pages that the browser puts away and takes out again: they are kept, and go on.

use std::rc::Rc;
use std::time::Duration;

use pugmark_e2e::{World, stories};
use tokio::time::sleep;

use crate::prepared::{HANGING_POSTS, NOTE_POSTS, calls, leave, numbers, visit_prepared};

stories![
    a_page_with_the_tracker_is_kept_and_everything_of_it_lives_again,
    a_page_left_with_something_under_way_is_kept_and_holds_no_lock_meanwhile,
    a_page_that_sets_out_and_stays_holds_its_lock_again,
    what_was_under_way_when_the_page_was_put_away_is_settled_after_it_is_back,
    a_page_whose_journal_was_adopted_meanwhile_goes_on_and_counts_nothing_twice,
    a_page_that_was_away_while_consent_was_taken_back_keeps_and_sends_nothing,
];

/// As long as a person takes at least from the last thing that happens to leaving. Firefox keeps no page that is left some
/// milliseconds after a request of it has ended, as a driver does.
async fn a_moment_passes() {
    sleep(Duration::from_millis(300)).await;
}

/// Goes back, to the same page as it was.
async fn back(world: &World) {
    world.browser.back().await;
    world.browser.comes_true("pageLog.persisted && pageLog.persisted.join() === 'false,true'").await;
}

async fn a_page_with_the_tracker_is_kept_and_everything_of_it_lives_again(world: Rc<World>) {
    visit_prepared(&world, "").await;
    world.collector.arrived(1, "page_view").await;
    world.browser.comes_true("pugmark.status().pending === 0").await;

    a_moment_passes().await;
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

    a_moment_passes().await;
    leave(&world).await;
    world.run("navigator.locks.query().then(({ held, pending }) => { pageLog.locks = held.length + pending.length })").await;
    world.browser.comes_true("pageLog.locks === 0").await;
    back(&world).await;

    world.run("navigator.locks.query().then(({ held }) => { pageLog.held = held.length })").await;
    world.collector.arrived(1, "left").await;
}

async fn a_page_that_sets_out_and_stays_holds_its_lock_again(world: Rc<World>) {
    let soon = "const plainTimeout = setTimeout;
        window.setTimeout = (then, millis) => plainTimeout(then, millis === 10_000 ? 1_000 : millis);";
    visit_prepared(&world, &[soon, HANGING_POSTS].concat()).await;
    world.collector.arrived(1, "page_view").await;
    let look = "navigator.locks.query().then(({ held }) => { pageLog.held = held.length })";
    world.run(r#"hangs = true; pugmark.trackCustomEvent("mine"); pugmark.flush(); return 1"#).await;
    world.run(look).await;
    world.browser.comes_true("pageLog.held === 1").await;

    // As a visitor who stops it, or a server that has no content.
    world
        .run(
            r#"window.navigation?.addEventListener("navigate", (event) => event.preventDefault());
            if (window.navigation) setTimeout(() => { location.href = "/gone.html"; });
            setInterval(() => { hasSetOut ||= pageLog.held === 0; }, 10);
            window.hasSetOut = !window.navigation;"#,
        )
        .await;
    world.run(&format!("setInterval(() => {look}, 50)")).await;

    world.browser.comes_true("hasSetOut").await;
    world.browser.comes_true("pageLog.held === 1").await;
}

async fn what_was_under_way_when_the_page_was_put_away_is_settled_after_it_is_back(world: Rc<World>) {
    visit_prepared(&world, HANGING_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    world.run("hangs = true").await;
    world.run(&calls("frozen", 3)).await;
    world.run("pugmark.flush(); return 1").await;

    a_moment_passes().await;
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
    a_moment_passes().await;
    world.run(r#"setTimeout(() => { location.href = "/page.html"; })"#).await;
    world.collector.arrived(5, "adopted").await;

    back(&world).await;
    world.run("hangs = false").await;
    world.run(&calls("after", 2)).await;

    let events = world.everything().await;
    assert_eq!(numbers(&events, "adopted"), [0, 1, 2, 3, 4]);
    assert_eq!(numbers(&events, "after"), [0, 1]);
}

async fn a_page_that_was_away_while_consent_was_taken_back_keeps_and_sends_nothing(world: Rc<World>) {
    visit_prepared(&world, NOTE_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    world.browser.comes_true("pugmark.status().pending === 0").await;
    world.run("sent.length = 0").await;
    a_moment_passes().await;
    world.visit("/page.html").await;
    world.collector.arrived(2, "page_view").await;
    world.run("pugmark.revokeConsent()").await;

    back(&world).await;
    world.run(r#"pugmark.trackCustomEvent("unwanted"); return pugmark.flush()"#).await;

    assert_eq!(world.run("return sent").await.to_string(), "[]");
    assert_eq!(world.run("return pugmark.status().consent").await, "refused");
    assert_eq!(world.run("return document.cookie").await, "pugmark_consent=refused");
    assert_eq!(
        world.run("return Object.keys(localStorage).filter((key) => /:[0-9]+$/.test(key)).length").await,
        0
    );
}
