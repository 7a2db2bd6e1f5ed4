//! Pages and browsers that refuse WebAssembly: a translation to JavaScript does its work.

use std::fs;
use std::rc::Rc;

use pugmark_e2e::site::Policy;
use pugmark_e2e::{Engine, World, places, stories};
use serde_json::json;
use tempfile::TempDir;

use crate::prepared::visit_prepared;

stories![
    only_a_page_that_refuses_wasm_loads_the_fallback,
    a_page_with_nonces_and_without_trusted_types_is_tracked,
    a_visit_finds_out_once_that_wasm_is_refused,
    the_refusal_is_remembered_only_with_consent,
    a_renamed_library_finds_its_fallback,
    where_the_fallback_is_missing_the_console_says_so_and_nothing_breaks,
    a_browser_without_wasm_is_tracked,
    an_engine_that_compiles_only_in_the_background_is_given_the_wasm,
];

const FALLBACK: &str = "GET /pugmark.fallback.js";

async fn only_a_page_that_refuses_wasm_loads_the_fallback(world: Rc<World>) {
    world.visit("/silence.html").await;

    world.collector.arrived(1, "page_view").await;

    let is_loaded = world.witness.asked().iter().any(|asked| asked == FALLBACK);
    assert_eq!(is_loaded, world.policy != Policy::Open);
}

async fn a_page_with_nonces_and_without_trusted_types_is_tracked(world: Rc<World>) {
    world.visit("/refused.html").await;

    world
        .run(r#"pugmark.trackCustomEvent("signed_up", { plan: "d’ñ 🐾", n: 2 ** 53 - 1, part: -0.125 })"#)
        .await;

    let signed_up = world.collector.arrived(1, "signed_up").await.remove(0);
    assert_eq!(
        json!(signed_up.given()),
        json!({ "plan": "d’ñ 🐾", "n": 9_007_199_254_740_991_i64, "part": -0.125 })
    );
    assert_eq!(world.witness.asked().iter().filter(|asked| *asked == FALLBACK).count(), 1);
    let refused = world.refused().await;
    assert!(refused.iter().all(|what| what == "script-src wasm-eval"), "{refused:?}");
    // WebKit refuses in silence.
    assert_eq!(refused.is_empty(), world.browser.engine() == Engine::WebKit);
    assert_eq!(named(&world.console().await), 1);
}

/// How many lines name what the policy lacks.
fn named(console: &[String]) -> usize {
    console.iter().filter(|line| line.contains("'wasm-unsafe-eval' in script-src")).count()
}

async fn a_visit_finds_out_once_that_wasm_is_refused(world: Rc<World>) {
    world.visit("/refused.html").await;
    assert_eq!(named(&world.console().await), 1);

    world.visit("/refused.html").await;

    world.collector.arrived(2, "page_view").await;
    assert!(world.refused().await.is_empty());
    assert_eq!(named(&world.console().await), 0);
}

async fn the_refusal_is_remembered_only_with_consent(world: Rc<World>) {
    let kept = "return Object.keys(sessionStorage).length";
    world.visit("/refused-consent.html").await;
    assert_eq!(world.run(kept).await, 0);

    world.run("pugmark.setConsent({ analytics: true })").await;
    assert_eq!(world.run(kept).await, 1);
    world.visit("/refused-consent.html").await;
    assert!(world.refused().await.is_empty());
    assert_eq!(named(&world.console().await), 0);

    world.run("pugmark.revokeConsent()").await;
    assert_eq!(world.run(kept).await, 0);
}

/// A folder that holds the library as `stats.4711.js`, and these parts of it.
pub(crate) fn library_copy(parts: &[&str]) -> TempDir {
    let folder = TempDir::with_prefix("pugmark-e2e-assets-").expect("there is room for a folder");
    let copy = |from: &str, to: &str| {
        let from = places::root().join("pkg/dist").join(from);
        fs::copy(from, folder.path().join(to)).expect("the package is built");
    };
    copy("pugmark.js", "stats.4711.js");
    for part in parts {
        copy(&format!("pugmark.{part}.js"), &format!("stats.{part}.js"));
    }
    folder
}

async fn a_renamed_library_finds_its_fallback(world: Rc<World>) {
    let assets = library_copy(&["fallback"]);
    world.site.mount("/assets/", assets.path());

    world.visit("/renamed.html").await;

    world.collector.arrived(1, "page_view").await;
    assert!(world.site.asked().contains(&"/assets/stats.fallback.js".to_owned()));
}

async fn where_the_fallback_is_missing_the_console_says_so_and_nothing_breaks(world: Rc<World>) {
    let assets = library_copy(&[]);
    world.site.mount("/assets/", assets.path());

    world.open("/renamed.html").await;
    world.browser.comes_true(r#"pageLog.console.some((line) => line.includes("nothing is recorded"))"#).await;

    let flushed = world.run(r#"pugmark.trackCustomEvent("unheard"); return pugmark.flush()"#).await;
    assert_eq!(flushed, json!({ "sent": 0, "pending": 0, "lost": 0 }));
    assert!(world.collector.events().await.is_empty());
}

async fn a_browser_without_wasm_is_tracked(world: Rc<World>) {
    visit_prepared(&world, "delete window.WebAssembly").await;

    world.collector.arrived(1, "page_view").await;

    assert!(world.witness.asked().iter().any(|asked| asked == FALLBACK));
}

async fn an_engine_that_compiles_only_in_the_background_is_given_the_wasm(world: Rc<World>) {
    let code = "WebAssembly.Module = new Proxy(WebAssembly.Module, {
          construct() { throw new RangeError('too large for the main thread'); },
        });";
    visit_prepared(&world, code).await;

    world.collector.arrived(1, "page_view").await;

    let is_loaded = world.witness.asked().iter().any(|asked| asked == FALLBACK);
    assert_eq!(is_loaded, world.policy != Policy::Open);
}
