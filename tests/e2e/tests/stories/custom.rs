//! The site's custom script: what an admin has the tracker run on the site's pages.

use std::rc::Rc;

use pugmark_e2e::wait::until;
use pugmark_e2e::{World, stories, vite_app};

use crate::prepared::visit_prepared;

stories![
    the_custom_script_runs_once_on_each_page_after_the_tracker,
    a_script_that_is_off_is_not_even_asked_for,
    what_the_script_throws_is_caught_and_shown_in_the_studio,
    code_that_is_no_code_is_caught_as_well,
    before_consent_nothing_of_it_runs,
    a_configuration_that_comes_after_a_refusal_runs_nothing,
    a_page_with_nonces_and_without_trusted_types_runs_it,
    the_npm_package_runs_it_too,
];

const SENDS: &str = r#"
window.runs = (window.runs ?? 0) + 1;
pugmark.push(["trackCustomEvent", "sent_by_the_script", { runs }]);
"#;

/// Whether anything of a custom script was asked for, by pages that load the tracker through the witness.
fn is_asked_for(world: &World) -> bool {
    world.witness.asked().iter().any(|asked| asked.contains("/custom"))
}

/// Waits until the page has said that the script has failed, with these words.
async fn failed(world: &World, words: &str) {
    let said = format!("line.startsWith('error: pugmark: the site') && line.includes({words:?})");
    world.browser.comes_true(&format!("pageLog.console.some((line) => {said})")).await;
}

/// Waits until the studio shows that the script has failed, with these words.
async fn shown(world: &World, words: &str) {
    until(&format!("{words} in the studio"), async || {
        let page = world.collector.studio("/sites/demo/settings").await;
        if page.contains(words) { Ok(()) } else { Err(page) }
    })
    .await;
}

async fn the_custom_script_runs_once_on_each_page_after_the_tracker(world: Rc<World>) {
    world.collector.keep_custom_script(SENDS, true).await;

    for views in 1..=2 {
        world.visit("/page.html").await;
        world.collector.arrived(views, "sent_by_the_script").await;
    }

    let sent = world.collector.named("sent_by_the_script").await;
    assert!(sent.iter().all(|event| event.number("runs") == 1), "{sent:?}");
}

async fn a_script_that_is_off_is_not_even_asked_for(world: Rc<World>) {
    world.collector.keep_custom_script(SENDS, true).await;
    world.visit("/silence.html").await;
    world.collector.arrived(1, "sent_by_the_script").await;
    assert!(is_asked_for(&world));
    let before = world.witness.asked().len();

    world.collector.keep_custom_script(SENDS, false).await;
    world.visit("/silence.html").await;
    world.collector.arrived(2, "page_view").await;

    let later = world.witness.asked().split_off(before);
    assert!(!later.iter().any(|asked| asked.contains("/custom")), "{later:?}");
    assert_eq!(world.run("return window.runs ?? 0").await, 0);
}

async fn what_the_script_throws_is_caught_and_shown_in_the_studio(world: Rc<World>) {
    world.collector.keep_custom_script("// The second line is wrong.\nundefinedFunction();", true).await;

    world.visit("/page.html").await;

    failed(&world, "undefinedFunction").await;
    // Each engine says something else for the column.
    failed(&world, "(line 2:").await;
    shown(&world, "undefinedFunction").await;
    // That the page saw no error every story asks for at its end.
    world.run(r#"pugmark.trackCustomEvent("still_alive")"#).await;
    world.collector.arrived(1, "still_alive").await;
}

async fn code_that_is_no_code_is_caught_as_well(world: Rc<World>) {
    world.collector.keep_custom_script("}); this is no code", true).await;

    world.visit("/page.html").await;

    failed(&world, "SyntaxError").await;
    shown(&world, "SyntaxError").await;
}

async fn before_consent_nothing_of_it_runs(world: Rc<World>) {
    world.collector.keep_custom_script(SENDS, true).await;

    world.visit("/consent.html").await;
    world.run("return pugmark.flush()").await;
    assert!(!is_asked_for(&world));

    world.run("pugmark.setConsent({ analytics: true })").await;
    world.collector.arrived(1, "sent_by_the_script").await;
}

async fn a_configuration_that_comes_after_a_refusal_runs_nothing(world: Rc<World>) {
    world.collector.keep_custom_script(SENDS, true).await;
    let code = "const plainFetch = fetch;
        window.fetch = async (url, options) => {
          if (!String(url).includes('config.json')) return plainFetch(url, options);
          await new Promise((release) => { window.release = release; });
          const text = await (await plainFetch(url, options)).text();
          window.hasCome = true;
          return new Response(text);
        };";
    visit_prepared(&world, code).await;
    world.browser.comes_true("window.release").await;

    world.run("pugmark.revokeConsent(); release()").await;

    world.browser.comes_true("window.hasCome").await;
    assert_eq!(
        world.run("return Object.keys(localStorage).filter((key) => key.endsWith(':config')).length").await,
        0
    );
    assert!(!is_asked_for(&world));
    assert!(world.collector.named("sent_by_the_script").await.is_empty());
}

async fn a_page_with_nonces_and_without_trusted_types_runs_it(world: Rc<World>) {
    world.collector.keep_custom_script(SENDS, true).await;

    world.visit("/refused.html").await;

    world.collector.arrived(1, "sent_by_the_script").await;
}

async fn the_npm_package_runs_it_too(world: Rc<World>) {
    world.collector.keep_custom_script(SENDS, true).await;
    world.site.mount("/vite-app/", vite_app());

    world.visit("/vite-app/").await;

    world.collector.arrived(1, "sent_by_the_script").await;
}
