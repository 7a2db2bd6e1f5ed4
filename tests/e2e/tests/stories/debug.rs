//! Debug mode: what does not fit the site's definitions is said on the console.

use std::rc::Rc;

use pugmark_e2e::{World, stories, vite_app};
use serde_json::json;

use crate::fallback::library_copy;

stories![
    what_does_not_fit_the_definitions_is_named_once_a_name,
    what_is_defined_now_is_known_within_the_minute,
    without_debug_mode_nothing_more_is_loaded_and_nothing_said,
    debug_mode_can_be_switched_on_and_off_by_call,
    where_the_part_is_missing_nothing_happens,
    the_npm_package_has_debug_mode_too,
];

const PART: &str = "GET /pugmark.debug.js";

/// What the site defines.
async fn define(world: &World) {
    let definition = json!({ "name": "signed_up", "properties": [
        { "name": "plan", "type": "enumeration", "options": [{ "value": "free" }, { "value": "pro" }] },
        { "name": "seats", "type": "number" },
    ] });
    world.collector.define(&definition).await;
}

/// What debug mode has warned of.
async fn warnings(world: &World) -> Vec<String> {
    let console = world.console().await;
    let lines = console.iter().filter_map(|line| line.strip_prefix("warn: pugmark: "));
    // Where the page refuses WebAssembly, that is said, too.
    lines.filter(|line| !line.contains("WebAssembly")).map(str::to_owned).collect()
}

/// Waits until debug mode has warned with these words.
async fn warned(world: &World, words: &str) {
    let said = format!("line.startsWith('warn: pugmark: ') && line.includes('{words}')");
    world.browser.comes_true(&format!("pageLog.console.some((line) => {said})")).await;
}

async fn what_does_not_fit_the_definitions_is_named_once_a_name(world: Rc<World>) {
    define(&world).await;
    world.visit("/debug.html").await;

    world
        .run(
            r#"for (let again = 0; again < 2; again++) {
              pugmark.trackCustomEvent("signed_up", { pln: "free", seats: "3", plan: "free;gold" });
              pugmark.trackCustomEvent("signed_up", { plan: ["free", "pro"], seats: 3 });
            }
            pugmark.trackCustomEvent("bought");"#,
        )
        .await;

    warned(&world, "bought").await;
    assert_eq!(
        warnings(&world).await,
        [
            r#"the event "signd_up" is not defined; did you mean "signed_up"?"#,
            r#"signed_up: the property "plan" has no value "gold"; its values are free, pro"#,
            r#"signed_up: the property "pln" is not defined; did you mean "plan"?"#,
            r#"signed_up: the property "seats" is a number, not the text "3""#,
            r#"the event "bought" is not defined"#,
        ]
    );
    world.collector.arrived(4, "signed_up").await;
    let asked = world.witness.asked();
    assert_eq!(asked.iter().filter(|asked| *asked == PART).count(), 1, "{asked:?}");
}

async fn what_is_defined_now_is_known_within_the_minute(world: Rc<World>) {
    world.visit("/debug.html").await;
    warned(&world, "signd_up").await;
    define(&world).await;

    world
        .run(
            r#"const now = performance.now.bind(performance);
            performance.now = () => now() + 30_001;
            pugmark.trackCustomEvent("signed_up", { seats: true });"#,
        )
        .await;

    warned(&world, "seats").await;
    assert_eq!(
        warnings(&world).await,
        [
            r#"the event "signd_up" is not defined"#,
            r#"signed_up: the property "seats" is a number, not true"#,
        ]
    );
}

async fn without_debug_mode_nothing_more_is_loaded_and_nothing_said(world: Rc<World>) {
    define(&world).await;
    world.visit("/silence.html").await;

    world.run(r#"pugmark.trackCustomEvent("signd_up")"#).await;

    world.collector.arrived(1, "signd_up").await;
    let asked = world.witness.asked();
    assert!(!asked.iter().any(|asked| asked == PART), "{asked:?}");
    assert!(warnings(&world).await.is_empty());
}

async fn debug_mode_can_be_switched_on_and_off_by_call(world: Rc<World>) {
    define(&world).await;
    world.visit("/silence.html").await;

    world.run(r#"pugmark.debug(); pugmark.trackCustomEvent("signd_up")"#).await;
    warned(&world, "signd_up").await;
    world
        .run(
            r#"pugmark.debug(false); pugmark.trackCustomEvent("unheard");
            pugmark.debug(true); pugmark.trackCustomEvent("heard");"#,
        )
        .await;

    warned(&world, "heard").await;
    let warnings = warnings(&world).await;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

async fn where_the_part_is_missing_nothing_happens(world: Rc<World>) {
    let assets = library_copy(&["fallback"]);
    world.site.mount("/assets/", assets.path());

    world.visit("/debug-missing.html").await;
    world.run(r#"pugmark.trackCustomEvent("still_alive")"#).await;

    world.collector.arrived(1, "still_alive").await;
    assert!(warnings(&world).await.is_empty());
}

async fn the_npm_package_has_debug_mode_too(world: Rc<World>) {
    define(&world).await;
    world.site.mount("/vite-app/", vite_app());
    world.visit("/vite-app/").await;

    world.run(r#"pugmark.debug(); pugmark.trackCustomEvent("signd_up")"#).await;

    warned(&world, "signd_up").await;
    assert_eq!(warnings(&world).await, [r#"the event "signd_up" is not defined; did you mean "signed_up"?"#]);
}
