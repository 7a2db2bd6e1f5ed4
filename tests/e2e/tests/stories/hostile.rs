//! What a page may pass in by mistake or malice: nothing is thrown, and the rest is tracked.

use std::rc::Rc;

use pugmark_e2e::{World, stories};
use serde_json::json;

stories![hostile_properties_throw_nothing_and_the_rest_is_tracked, nonsense_calls_throw_nothing];

async fn hostile_properties_throw_nothing_and_the_rest_is_tracked(world: Rc<World>) {
    world.visit("/page.html").await;

    world
        .run(
            r#"const cycle = {}; cycle.self = cycle;
            Object.prototype.polluted = "by another script";
            pugmark.trackCustomEvent("hostile", {
              plan: "pro",
              absent: undefined,
              nothing: null,
              cycle,
              method: () => 1,
              get trap() { throw new Error("a trap"); },
              symbol: Symbol("s"),
              [Symbol("key")]: 1,
              not_a_number: NaN,
              endless: Infinity,
              huge: "x".repeat(5_000_000),
              big: 12345678901234567890n,
              date: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)),
              no_date: new Date(NaN),
              list: ["a", 1, true, null, "b"],
              object: { a: 1 },
              map: new Map([["a", 1]]),
              text_that_throws: { toString() { throw new Error("no text"); }, toJSON() { throw new Error("no json"); } },
              proxy: new Proxy({}, { ownKeys() { throw new Error("no keys"); } }),
              lone: "a\ud800b",
              number: 12.5,
              yes: true,
            });
            delete Object.prototype.polluted;
            pugmark.trackCustomEvent("hostile", new Proxy({}, { ownKeys() { throw new Error("no keys"); } }));
            pugmark.trackCustomEvent("hostile", { ["__proto__"]: "own", constructor: "mine" });"#,
        )
        .await;

    let events = world.collector.arrived(3, "hostile").await;
    let mut given = events[0].given();
    given.remove("map");
    let huge = "x".repeat(256);
    assert_eq!(
        given.remove("lone").and_then(|lone| lone.as_str().map(|lone| lone.starts_with('a'))),
        Some(true)
    );
    assert_eq!(
        json!(given),
        json!({
            "plan": "pro",
            "huge": huge,
            "big": "12345678901234567890",
            "date": "2026-01-02T03:04:05.006Z",
            "list": "a;1;true;b",
            "object": r#"{"a":1}"#,
            "number": 12.5,
            "yes": true,
        })
    );
    let dropped = [
        "cycle",
        "method",
        "trap",
        "symbol",
        "not_a_number",
        "endless",
        "no_date",
        "text_that_throws",
        "proxy",
    ];
    for name in dropped {
        assert!(events[0].adjusted.contains(&format!("no_value:{name}")), "{name}: {:?}", events[0].adjusted);
    }
    assert_eq!(events[2].given()["constructor"], "mine");
}

async fn nonsense_calls_throw_nothing(world: Rc<World>) {
    world.visit("/page.html").await;

    world
        .run(
            r#"const trap = new Proxy({}, { get() { throw new Error("a trap"); } });
            const nonsense = [undefined, null, 0, NaN, "", "9", {}, [], trap, () => { throw new Error("called"); }, Symbol("s"), 1n];
            const names = ["trackCustomEvent", "trackCustomBehavioralEvent", "trackEvent", "setPath", "identify",
              "setConsent", "on", "push", "debug"];
            for (const name of names) {
              for (const one of nonsense) {
                try {
                  pugmark[name](one, one);
                } catch (error) {
                  pageLog.errors.push(`${name}(${typeof one}): ${error}`);
                }
              }
            }
            pugmark.push(["noSuchCommand"]);
            pugmark.push(["__proto__"]);
            pugmark.push(["constructor", "return 1"]);
            pugmark.debug(false);
            pugmark.trackCustomEvent("still_alive");"#,
        )
        .await;

    world.collector.arrived(1, "still_alive").await;
}
