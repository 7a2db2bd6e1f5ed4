//! Pages that are left, closed and killed, and a collector that is: everything arrives, once.

use std::rc::Rc;

use pugmark_e2e::{Stored, World, stories};

stories![
    what_is_called_while_leaving_arrives,
    what_is_called_on_a_link_arrives,
    what_is_called_while_closing_arrives_by_the_next_visit,
    more_than_a_leaving_page_may_send_arrives_by_the_next_visit,
    two_tabs_and_a_collector_that_was_away_send_everything_once,
    twenty_calls_of_a_tab_that_is_killed_arrive_at_the_next_visit,
    calls_of_a_killed_tab_wait_for_a_collector_that_is_away,
    a_killed_collector_loses_nothing_and_counts_nothing_twice,
    a_collector_killed_twice_while_events_stream_in_has_each_of_them_once,
];

async fn what_is_called_while_leaving_arrives(world: Rc<World>) {
    world.visit("/leave.html").await;

    world.browser.click("#leave").await;

    let left = world.collector.arrived(1, "left").await.remove(0);
    assert_eq!(left.text("how"), "script");
    assert_eq!(left.path(), "/leave.html");
}

async fn what_is_called_on_a_link_arrives(world: Rc<World>) {
    world.visit("/leave.html").await;

    world.browser.click("#link").await;

    let left = world.collector.arrived(1, "left").await.remove(0);
    assert_eq!(left.text("how"), "link");
}

async fn what_is_called_while_closing_arrives_by_the_next_visit(world: Rc<World>) {
    world.open("/opener.html").await;
    world.browser.click("#open").await;
    world.browser.has_tabs(2).await;
    world.browser.has_tabs(1).await;

    world.visit("/page.html").await;

    world.collector.arrived(1, "closed").await;
    let names = world.names().await;
    assert_eq!(names.iter().filter(|name| *name == "closed").count(), 1, "{names:?}");
}

async fn more_than_a_leaving_page_may_send_arrives_by_the_next_visit(world: Rc<World>) {
    world.visit("/leave.html").await;

    // Some 180 KB: more than the 64 that browsers let a leaving page send, less than the journal keeps.
    world
        .browser
        .fire(
            r#"for (let n = 0; n < 150; n++) {
              pugmark.trackCustomEvent("heavy", { n, page_url: "x".repeat(1000) });
            }
            location.href = "/gone.html";"#,
        )
        .await;
    world.browser.arrives_at("/gone.html").await;
    world.visit("/page.html").await;

    world.collector.arrived(150, "heavy").await;
    assert_eq!(numbers(&world.everything().await, "heavy"), (0..150).collect::<Vec<i64>>());
}

async fn two_tabs_and_a_collector_that_was_away_send_everything_once(world: Rc<World>) {
    world.visit("/page.html").await;
    world.collector.arrived(1, "page_view").await;
    world.collector.kill().await;
    world.run(r#"for (let n = 0; n < 10; n++) pugmark.trackCustomEvent("both", { n })"#).await;
    world.browser.open_tab().await;
    world.open("/queue.html").await;
    world.collector.restart().await;
    world.run("loadLibrary()").await;
    world.browser.comes_true("pugmark.status && pugmark.status()").await;

    world.run(r#"for (let n = 10; n < 20; n++) pugmark.trackCustomEvent("both", { n })"#).await;
    world.everything().await;
    world.browser.show_first_tab().await;

    assert_eq!(numbers(&world.everything().await, "both"), (0..20).collect::<Vec<i64>>());
}

/// Calls `twenty` times twenty, told apart by `n`.
const TWENTY_CALLS: &str = r#"for (let n = 0; n < 20; n++) pugmark.trackCustomEvent("twenty", { n })"#;

/// Twenty are stored, once each.
async fn all_twenty_arrive_once(world: &World) {
    world.collector.arrived(20, "twenty").await;
    assert_eq!(numbers(&world.everything().await, "twenty"), (0..20).collect::<Vec<i64>>());
}

/// The `n` of every event of this name, in order of size.
fn numbers(events: &[Stored], name: &str) -> Vec<i64> {
    let named = events.iter().filter(|event| event.name == name);
    let mut numbers: Vec<i64> = named.map(|event| event.number("n")).collect();
    numbers.sort_unstable();
    numbers
}

async fn twenty_calls_of_a_tab_that_is_killed_arrive_at_the_next_visit(world: Rc<World>) {
    world.browser.open_tab().await;
    world.visit("/page.html").await;
    world.collector.arrived(1, "page_view").await;
    let process = world.browser.page_process().await;

    world.run(TWENTY_CALLS).await;
    process.kill();
    world.browser.recover().await;
    world.visit("/page.html").await;

    all_twenty_arrive_once(&world).await;
}

async fn calls_of_a_killed_tab_wait_for_a_collector_that_is_away(world: Rc<World>) {
    world.browser.open_tab().await;
    world.visit("/page.html").await;
    world.collector.arrived(1, "page_view").await;
    let process = world.browser.page_process().await;

    world.collector.kill().await;
    world.run(TWENTY_CALLS).await;
    process.kill();
    world.browser.recover().await;
    world.collector.restart().await;
    world.visit("/page.html").await;

    all_twenty_arrive_once(&world).await;
}

async fn a_killed_collector_loses_nothing_and_counts_nothing_twice(world: Rc<World>) {
    world.visit("/page.html").await;
    world.run(r#"pugmark.trackCustomEvent("one"); pugmark.flush(); pugmark.trackCustomEvent("two"); pugmark.flush()"#).await;
    world.collector.kill().await;
    world.run(r#"pugmark.trackCustomEvent("three"); pugmark.flush()"#).await;
    world.collector.restart().await;
    world.run(r#"pugmark.trackCustomEvent("four")"#).await;

    assert_eq!(world.names().await, ["page_view", "one", "two", "three", "four"]);
}

async fn a_collector_killed_twice_while_events_stream_in_has_each_of_them_once(world: Rc<World>) {
    world.visit("/page.html").await;
    world
        .run(
            r#"window.ticks = 0;
            window.ticker = setInterval(() => {
              pugmark.trackCustomEvent("tick", { n: ticks++ });
              if (ticks % 5 === 0) pugmark.flush();
            }, 5);"#,
        )
        .await;
    for stored in [20, 60] {
        let enough = |events: &[Stored]| numbers(events, "tick").len() >= stored;
        world.collector.become_true("ticks are stored", enough).await;
        world.collector.kill().await;
        world.collector.restart().await;
    }

    let ticks = world.run("clearInterval(ticker); return ticks").await.as_i64().expect("a count");

    assert_eq!(numbers(&world.everything().await, "tick"), (0..ticks).collect::<Vec<i64>>());
}
