//! Several tabs of a site: the living leave each other alone, the dead are inherited.

use std::rc::Rc;

use pugmark_e2e::{World, stories};

use crate::prepared::{FAST_TIMERS, numbers, visit_prepared};

stories![
    two_tabs_that_die_at_once_are_inherited_by_one_that_was_opened_before,
    the_journal_of_a_living_tab_is_left_alone,
    without_web_locks_a_tab_is_inherited_only_after_a_long_silence,
    a_page_load_wakes_no_other_tab,
];

/// Opens a page in a window of its own, as `name`, and waits until it is tracked.
async fn open_window(world: &World, name: &str) {
    world.run(&format!(r#"window.{name} = open("/page.html")"#)).await;
    world.browser.comes_true(&format!("{name}.pugmark?.status?.().pending === 0")).await;
}

/// Counts how often the page looks whether another tab lives.
const NOTE_LOOKS: &str = "window.looks = 0;
    const plainRequest = navigator.locks.request;
    navigator.locks.request = (name, options, ...rest) => {
      if (options.ifAvailable) looks++;
      return plainRequest.call(navigator.locks, name, options, ...rest);
    };";

async fn two_tabs_that_die_at_once_are_inherited_by_one_that_was_opened_before(world: Rc<World>) {
    visit_prepared(&world, FAST_TIMERS).await;
    open_window(&world, "one").await;
    open_window(&world, "other").await;
    world.collector.kill().await;

    world
        .run(
            r#"for (let n = 0; n < 10; n++) (n % 2 ? one : other).pugmark.trackCustomEvent("inherited", { n });
            one.close();
            other.close();"#,
        )
        .await;
    world.collector.restart().await;

    world.collector.arrived(10, "inherited").await;
    assert_eq!(numbers(&world.everything().await, "inherited"), (0..10).collect::<Vec<i64>>());
}

async fn the_journal_of_a_living_tab_is_left_alone(world: Rc<World>) {
    visit_prepared(&world, &[FAST_TIMERS, NOTE_LOOKS].concat()).await;
    open_window(&world, "other").await;
    world.browser.comes_true("pugmark.status().pending === 0").await;
    world.collector.kill().await;

    world.run(r#"other.pugmark.trackCustomEvent("mine"); other.pugmark.trackCustomEvent("mine")"#).await;

    world.browser.comes_true("looks > 3").await;
    assert_eq!(world.run("return pugmark.status().pending").await, 0);
    assert_eq!(world.run("return other.pugmark.status().pending").await, 2);
    world.collector.restart().await;
    world.run("other.pugmark.flush(); return 1").await;
    world.collector.arrived(2, "mine").await;
}

async fn without_web_locks_a_tab_is_inherited_only_after_a_long_silence(world: Rc<World>) {
    let code = "Object.defineProperty(navigator, 'locks', { value: undefined });
        window.ahead = 0;
        window.looks = 0;
        const plainNow = Date.now;
        Date.now = () => plainNow() + ahead;
        const plainKeys = Object.keys;
        Object.keys = (of) => (of === localStorage && looks++, plainKeys(of));";
    visit_prepared(&world, &[FAST_TIMERS, code].concat()).await;
    open_window(&world, "other").await;
    world.collector.kill().await;
    world.run(r#"other.pugmark.trackCustomEvent("silent"); other.pugmark.flush(); other.close()"#).await;
    world.collector.restart().await;

    world.run("looks = 0").await;
    world.browser.comes_true("looks > 6").await;
    assert_eq!(world.run("return pugmark.status().pending").await, 0);
    world.run("ahead = 11 * 60_000").await;

    world.collector.arrived(1, "silent").await;
}

async fn a_page_load_wakes_no_other_tab(world: Rc<World>) {
    visit_prepared(&world, "").await;
    world.collector.arrived(1, "page_view").await;
    world.run("window.woken = []; addEventListener('storage', ({ key }) => woken.push(key))").await;

    open_window(&world, "other").await;

    let woken = world.run("return woken").await.to_string();
    assert!(woken.contains(":1\""), "the other tab's journal is told of: {woken}");
    assert!(!woken.contains("memories"), "{woken}");
}
