//! Options on the tag, and browsers that refuse what they are asked for.

use std::rc::Rc;

use pugmark_e2e::{World, stories};

stories![
    a_wrong_option_is_named_on_the_console_once_and_its_default_is_used,
    without_storage_and_cookies_the_page_is_tracked_from_memory,
    a_strict_page_that_allows_wasm_is_tracked,
];

async fn a_wrong_option_is_named_on_the_console_once_and_its_default_is_used(world: Rc<World>) {
    world.visit("/wrong-option.html").await;
    world.collector.arrived(1, "page_view").await;

    let console = world.console().await;

    let named: Vec<&String> = console.iter().filter(|line| line.contains("pageviews")).collect();
    let [line] = named[..] else { panic!("not one line names the option: {console:?}") };
    assert!(line.contains("sometimes") && line.contains("auto") && line.contains("manual"), "{line}");
}

async fn without_storage_and_cookies_the_page_is_tracked_from_memory(world: Rc<World>) {
    world.visit("/storage-refused.html").await;

    world.run(r#"pugmark.trackCustomEvent("signed_up", { plan: "pro" })"#).await;

    let signed_up = world.collector.arrived(1, "signed_up").await.remove(0);
    assert_eq!(signed_up.text("plan"), "pro");
    let view = world.collector.arrived(1, "page_view").await.remove(0);
    assert_eq!(view.visitor, signed_up.visitor);
}

async fn a_strict_page_that_allows_wasm_is_tracked(world: Rc<World>) {
    // No code of the story's can run on such a page; that it is tracked says enough.
    world.open("/csp.html").await;

    let view = world.collector.arrived(1, "page_view").await.remove(0);
    assert_eq!(view.path(), "/csp.html");
}
