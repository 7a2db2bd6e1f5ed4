//! How batches leave a page, and what becomes of them where a way is closed.

use std::rc::Rc;

use pugmark_e2e::{Engine, World, stories};
use serde_json::json;
use tokio::net::TcpListener;

use crate::prepared::{FAST_TIMERS, HANGING_POSTS, NOTE_POSTS, calls, leave, numbers, visit_prepared};

stories![
    batches_are_packed_and_need_no_preflight,
    a_page_left_while_a_batch_is_being_packed_sends_it_as_it_is,
    where_nothing_can_be_packed_batches_go_as_they_are,
    nothing_is_sent_any_more_when_consent_is_taken_back_while_a_batch_is_being_packed,
    a_request_that_hangs_holds_nothing_up_for_ever,
    what_somebody_else_has_answered_is_no_receipt,
    a_hidden_page_that_reaches_nobody_sends_each_try_once,
    a_page_whose_scripts_use_up_what_may_outlive_it_sends_all_the_same,
    what_a_page_cannot_send_while_it_is_left_goes_by_fetch_later_or_the_next_visit,
    timers_that_come_late_lose_nothing_because_a_hidden_page_sends,
    a_blocked_endpoint_costs_no_error_one_line_at_most_and_little_storage,
    a_page_that_is_frozen_sends_what_waits,
    a_network_that_comes_back_is_tried_at_once,
    a_clock_that_is_wrong_shifts_nothing,
];

async fn batches_are_packed_and_need_no_preflight(world: Rc<World>) {
    visit_prepared(&world, NOTE_POSTS).await;

    world.run(&calls("packed", 30)).await;

    assert_eq!(numbers(&world.everything().await, "packed"), (0..30).collect::<Vec<i64>>());
    let packed = world.run("return sent.filter(({ isPacked }) => isPacked).map(({ bytes }) => bytes)").await;
    let bytes = packed.as_array().and_then(|sizes| sizes.first()?.as_u64()).expect("a batch was packed");
    // Thirty events are some 7,000 bytes as they are.
    assert!(bytes < 3_000, "{bytes}");
    assert!(!world.witness.asked().iter().any(|asked| asked.starts_with("OPTIONS")));
}

/// A packer that never ends.
const SLOW_PACKER: &str = "window.CompressionStream = class extends TransformStream {
      constructor() { super({ transform: () => new Promise(() => {}) }); }
    };";

async fn a_page_left_while_a_batch_is_being_packed_sends_it_as_it_is(world: Rc<World>) {
    visit_prepared(&world, SLOW_PACKER).await;
    world.collector.arrived(1, "page_view").await;

    world.run(&[&calls("unpacked", 30), "pugmark.flush(); return 1"].concat()).await;
    assert!(world.collector.named("unpacked").await.is_empty());
    leave(&world).await;

    world.collector.arrived(30, "unpacked").await;
}

async fn where_nothing_can_be_packed_batches_go_as_they_are(world: Rc<World>) {
    visit_prepared(&world, &["delete window.CompressionStream;", NOTE_POSTS].concat()).await;

    world.run(&calls("plain", 30)).await;

    assert_eq!(numbers(&world.everything().await, "plain").len(), 30);
    assert_eq!(world.run("return sent.some(({ isPacked }) => isPacked)").await, false);
}

async fn nothing_is_sent_any_more_when_consent_is_taken_back_while_a_batch_is_being_packed(world: Rc<World>) {
    visit_prepared(&world, &[SLOW_PACKER, NOTE_POSTS].concat()).await;
    world.collector.arrived(1, "page_view").await;

    world.run(&[&calls("withdrawn", 30), "pugmark.flush(); pugmark.revokeConsent()"].concat()).await;
    world.run("sent.length = 0; dispatchEvent(new Event('pagehide')); return 1").await;

    assert_eq!(world.run("return sent.length").await, 0);
}

async fn a_request_that_hangs_holds_nothing_up_for_ever(world: Rc<World>) {
    // Neither the time limit of the browser's own is there, nor does the request hear that it is aborted.
    visit_prepared(&world, &["delete AbortSignal.timeout;", FAST_TIMERS, HANGING_POSTS].concat()).await;
    world.collector.arrived(1, "page_view").await;

    world.run("hangs = true").await;
    world.run(&[&calls("held_up", 3), "pugmark.flush(); hangs = false; return 1"].concat()).await;

    world.collector.arrived(3, "held_up").await;
}

async fn what_somebody_else_has_answered_is_no_receipt(world: Rc<World>) {
    let foreign = "window.foreign = [];
        window.answered = 0;
        const plainFetch = fetch;
        window.fetch = async (url, options) => {
          const answer = options.method === 'POST' && foreign[answered % foreign.length];
          return answer ? (answered++, answer()) : plainFetch(url, options);
        };";
    visit_prepared(&world, foreign).await;
    world.collector.arrived(1, "page_view").await;

    // The offline page of a service worker, what blockers answer in a collector's place, a proxy without a collector behind it,
    // and another service at the same address.
    world
        .run(
            r#"foreign = [
              () => new Response("<!doctype html><title>Offline</title>", { headers: { "content-type": "text/html" } }),
              () => new Response("{}"),
              () => new Response(null, { status: 204 }),
              () => new Response("<h1>404 Not Found</h1>", { status: 404 }),
              () => Response.json({ error: { code: "forbidden" } }, { status: 403 }),
            ];"#,
        )
        .await;
    world.run(&[&calls("kept", 3), "pugmark.flush(); return 1"].concat()).await;
    world.browser.comes_true("answered >= 5").await;
    assert_eq!(world.run("return pugmark.status().pending").await, 3);

    world.run("foreign = []").await;
    world.collector.arrived(3, "kept").await;
    assert_eq!(numbers(&world.everything().await, "kept"), [0, 1, 2]);
}

async fn a_hidden_page_that_reaches_nobody_sends_each_try_once(world: Rc<World>) {
    let code = "window.tries = 0;
        window.handed = 0;
        window.isOut = false;
        const plainFetch = fetch;
        window.fetch = (url, options) =>
          isOut && options.method === 'POST' ? (tries++, Promise.reject(new TypeError())) : plainFetch(url, options);
        window.fetchLater = () => { handed++ };";
    visit_prepared(&world, code).await;
    world.collector.arrived(1, "page_view").await;

    world.run(r#"isOut = true; pugmark.trackCustomEvent("kept")"#).await;
    world
        .run(
            "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));",
        )
        .await;
    world.browser.comes_true("tries >= 4").await;
    assert_eq!(world.run("return handed").await, 1);

    world.run("isOut = false; delete document.visibilityState").await;
    world.collector.arrived(1, "kept").await;
}

async fn a_page_that_is_frozen_sends_what_waits(world: Rc<World>) {
    visit_prepared(&world, NOTE_POSTS).await;
    world.collector.arrived(1, "page_view").await;

    let sent = world
        .run(
            r#"const before = sent.length;
            pugmark.trackCustomEvent("frozen");
            const waiting = sent.length - before;
            document.dispatchEvent(new Event("freeze"));
            return [waiting, sent.length - before];"#,
        )
        .await;

    assert_eq!(sent, json!([0, 1]), "nothing else of the page runs any more");
    world.collector.arrived(1, "frozen").await;
}

async fn a_network_that_comes_back_is_tried_at_once(world: Rc<World>) {
    visit_prepared(&world, NOTE_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    world.run("window.whole = fetch; window.fetch = () => Promise.reject(new TypeError())").await;
    world.run(r#"pugmark.trackCustomEvent("kept"); pugmark.flush()"#).await;
    // So that the next try is seconds away.
    for _ in 0..5 {
        world.run("return pugmark.flush()").await;
    }
    assert_eq!(world.run("return pugmark.status().retrying").await, true);

    let tried = world
        .run(
            "window.fetch = whole;
            const before = sent.length;
            window.dispatchEvent(new Event('online'));
            return sent.length - before;",
        )
        .await;

    assert_eq!(tried, 1);
    world.collector.arrived(1, "kept").await;
}

async fn a_clock_that_is_wrong_shifts_nothing(world: Rc<World>) {
    for (name, year) in [("past", 1970), ("future", 2100)] {
        let clock = format!(
            "window.realNow = Date.now;
            const wrong = Date.UTC({year}, 5) - realNow();
            Date.now = () => realNow() + wrong;"
        );
        visit_prepared(&world, &clock).await;
        let called = world.run(&format!("pugmark.trackCustomEvent('{name}'); return realNow()")).await;

        let event = world.collector.arrived(1, name).await.remove(0);

        let called = called.as_f64().expect("a number");
        assert!((event.at as f64 - called).abs() < 5_000.0, "{name}: {} and {called}", event.at);
    }
}

/// Whether the browser can send when the page is gone, which Chromium can.
async fn has_later(world: &World) -> bool {
    let has_later = world.run("return 'fetchLater' in window").await == true;
    assert!(has_later || world.browser.engine() != Engine::Chromium);
    has_later
}

/// A server that takes requests and answers none.
async fn mute_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::task::spawn_local(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    address
}

/// Code that uses up what a page may have under way when it is left.
fn use_up(server: &str) -> String {
    format!(
        r#"fetch("{server}", {{ method: "POST", mode: "no-cors", keepalive: true, body: "x".repeat(65_000) }}).catch(() => {{}});"#
    )
}

async fn a_page_whose_scripts_use_up_what_may_outlive_it_sends_all_the_same(world: Rc<World>) {
    visit_prepared(&world, "").await;
    world.collector.arrived(1, "page_view").await;

    world.run(&use_up(&mute_server().await)).await;
    world.run(&calls("ordinary", 20)).await;
    world.collector.arrived(20, "ordinary").await;

    world.run(r#"pugmark.trackCustomEvent("left", { page_url: "x".repeat(1000) })"#).await;
    let has_later = has_later(&world).await;
    leave(&world).await;
    if has_later {
        world.collector.arrived(1, "left").await;
    }
    world.visit("/page.html").await;
    world.collector.arrived(1, "left").await;
    world.everything().await;
    assert_eq!(world.collector.named("left").await.len(), 1);
}

async fn what_a_page_cannot_send_while_it_is_left_goes_by_fetch_later_or_the_next_visit(world: Rc<World>) {
    visit_prepared(&world, HANGING_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    let has_later = has_later(&world).await;

    world
        .browser
        .fire(
            r#"for (let n = 0; n < 80; n++) pugmark.trackCustomEvent("heavy", { n, page_url: "x".repeat(1000) });
            location.href = "/gone.html";"#,
        )
        .await;
    world.browser.arrives_at("/gone.html").await;

    if has_later {
        // Some 110 KB: a page may send 64 as it is left.
        world.collector.arrived(80, "heavy").await;
    }
    world.visit("/page.html").await;
    world.collector.arrived(80, "heavy").await;
    assert_eq!(numbers(&world.everything().await, "heavy"), (0..80).collect::<Vec<i64>>());
}

async fn timers_that_come_late_lose_nothing_because_a_hidden_page_sends(world: Rc<World>) {
    let late = "const plainTimeout = setTimeout;
        const plainClear = clearTimeout;
        window.late = new Map();
        window.setTimeout = (then, millis) => {
          const number = plainTimeout(millis > 100 ? () => {} : then, millis);
          if (millis > 100) late.set(number, then);
          return number;
        };
        window.clearTimeout = (number) => (late.delete(number), plainClear(number));";
    visit_prepared(&world, late).await;
    world.run(&calls("late", 3)).await;
    assert!(world.collector.named("late").await.is_empty());

    world
        .run(
            "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));",
        )
        .await;
    world.collector.arrived(3, "late").await;

    // A minute late they come all at once.
    world.run("for (const [number, then] of [...late]) if (late.delete(number)) then()").await;
    world.run("delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))").await;
    assert_eq!(numbers(&world.everything().await, "late"), [0, 1, 2]);
}

async fn a_blocked_endpoint_costs_no_error_one_line_at_most_and_little_storage(world: Rc<World>) {
    world.visit("/blocked.html").await;
    world
        .run(
            r#"window.tries = 0;
            const plainFetch = fetch;
            window.fetch = (...given) => (tries++, plainFetch(...given));
            window.began = Date.now();
            for (let n = 0; n < 500; n++) pugmark.trackCustomEvent("blocked", { n, page_url: "x".repeat(1000) });"#,
        )
        .await;
    world.browser.comes_true("Date.now() > began + 8_000").await;

    // What the browser itself says of a blocked request is not seen here, and cannot be prevented.
    let lines = world.console().await.iter().filter(|line| line.contains("pugmark")).count();
    assert!(lines <= 1, "{:?}", world.console().await);
    let size =
        "Object.entries(localStorage).reduce((sum, [key, value]) => sum + key.length + value.length, 0)";
    let size = world.run(&format!("return {size}")).await.as_u64().expect("a size");
    assert!(size < 100_000, "{size} bytes");
    let tries = world.run("return tries").await.as_u64().expect("a count");
    assert!((1..=12).contains(&tries), "{tries} tries in eight seconds");
}
