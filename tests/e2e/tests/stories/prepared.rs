//! Pages prepared by a story: what runs before the tracker, and pieces of such code.

use pugmark_e2e::{Stored, World};

/// Opens the prepared page; `code` runs before the tracker.
pub(crate) async fn visit_prepared(world: &World, code: &str) {
    world.open("/gone.html").await;
    let code = serde_json::Value::from(code);
    world.run(&format!("sessionStorage.setItem('prepare', {code})")).await;
    world.visit("/prepared.html").await;
}

/// Leaves the page as a person does with a link.
pub(crate) async fn leave(world: &World) {
    world.run(r#"setTimeout(() => { location.href = "/gone.html"; })"#).await;
    world.browser.arrives_at("/gone.html").await;
}

/// Calls `count` times with this name, told apart by `n`.
pub(crate) fn calls(name: &str, count: i64) -> String {
    format!(r#"for (let n = 0; n < {count}; n++) pugmark.trackCustomEvent("{name}", {{ n }});"#)
}

/// The `n` of every event of this name, in order of size.
pub(crate) fn numbers(events: &[Stored], name: &str) -> Vec<i64> {
    let named = events.iter().filter(|event| event.name == name);
    let mut numbers: Vec<i64> = named.map(|event| event.number("n")).collect();
    numbers.sort_unstable();
    numbers
}

/// Timers of half a minute and more come due a hundred times sooner.
pub(crate) const FAST_TIMERS: &str = "const plainTimeout = setTimeout;
    window.setTimeout = (then, millis, ...rest) => plainTimeout(then, millis >= 30_000 ? millis / 100 : millis, ...rest);";

/// Notes what is posted in `sent`.
pub(crate) const NOTE_POSTS: &str = "window.sent = [];
    const plainFetch = fetch;
    window.fetch = (url, options) => {
      if (options.method === 'POST') {
        const { body, keepalive } = options;
        sent.push({ at: Date.now(), keepalive, isPacked: typeof body !== 'string', bytes: body.length ?? body.byteLength });
      }
      return plainFetch(url, options);
    };";

/// While `hangs`, requests are never answered, and nobody can abort them.
pub(crate) const HANGING_POSTS: &str = "window.hangs = false;
    const plainFetch = fetch;
    window.fetch = (url, options) =>
      hangs && options.method === 'POST' ? new Promise(() => {}) : plainFetch(url, options);";
