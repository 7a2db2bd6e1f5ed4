//! Consent, refusal and signals.

use std::rc::Rc;

use pugmark_e2e::{World, stories};
use serde_json::json;

stories![
    before_consent_nothing_is_stored_or_asked_and_afterwards_all_arrives_in_order,
    revoked_consent_erases_what_was_stored,
    do_not_track_is_silence_until_it_is_taken_back,
    global_privacy_control_is_silence,
    a_site_that_asked_itself_may_ignore_the_signal,
    an_anonymous_site_counts_views_without_knowing_whose,
];

/// Cookies, and what the tracker keeps in the page's storage.
const STORED: &str = r#"return {
    cookie: document.cookie,
    kept: Object.keys(localStorage).concat(Object.keys(sessionStorage)).filter((key) => key.startsWith("pm:")),
}"#;

async fn before_consent_nothing_is_stored_or_asked_and_afterwards_all_arrives_in_order(world: Rc<World>) {
    world.visit("/consent.html").await;
    world.run(r#"pugmark.trackCustomEvent("first"); pugmark.trackCustomEvent("second")"#).await;
    world.run("return pugmark.flush()").await;

    assert_eq!(world.run(STORED).await, json!({ "cookie": "", "kept": [] }));
    assert!(world.witness.asked_beside_the_library().is_empty());

    world.run(r#"pugmark.setConsent({ analytics: true }); pugmark.trackCustomEvent("third")"#).await;

    assert_eq!(world.names().await, ["page_view", "first", "second", "third"]);
    let stored = world.run(STORED).await;
    assert!(stored["cookie"].as_str().is_some_and(|cookie| cookie.contains("pugmark_utk=")), "{stored}");
}

async fn revoked_consent_erases_what_was_stored(world: Rc<World>) {
    world.visit("/consent.html").await;
    world.run(r#"pugmark.setConsent({ analytics: true }); pugmark.trackCustomEvent("allowed")"#).await;
    world.everything().await;

    // The collector is away, so the journal holds what is refused a moment later.
    world.collector.kill().await;
    world.run(r#"pugmark.trackCustomEvent("waiting"); pugmark.revokeConsent(); pugmark.trackCustomEvent("refused")"#).await;

    // The answer itself is remembered, and nothing else.
    assert_eq!(world.run(STORED).await, json!({ "cookie": "pugmark_consent=refused", "kept": [] }));
    world.collector.restart().await;
    // The answer holds on other pages, until the visitor changes it; what was erased does not come back.
    world.visit("/page.html").await;
    assert_eq!(world.names().await, ["page_view", "allowed"]);
    world.run(r#"pugmark.setConsent({ analytics: true }); pugmark.trackCustomEvent("again")"#).await;
    let names = world.names().await;
    assert!(names.contains(&"again".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| ["waiting", "refused"].contains(&name.as_str())), "{names:?}");
}

async fn do_not_track_is_silence_until_it_is_taken_back(world: Rc<World>) {
    world.visit("/silence.html").await;
    world.everything().await;
    world.run(r#"pugmark.doNotTrack(); pugmark.trackCustomEvent("unheard"); pugmark.trackPageView()"#).await;
    world.run("return pugmark.flush()").await;
    let asked = world.witness.asked_beside_the_library();

    // It holds on the next page too.
    world.visit("/silence.html").await;
    world.run(r#"pugmark.trackCustomEvent("unheard"); return pugmark.flush()"#).await;
    assert_eq!(world.witness.asked_beside_the_library(), asked);

    world.run(r#"pugmark.doNotTrack({ track: true }); pugmark.trackCustomEvent("heard")"#).await;
    world.collector.arrived(1, "heard").await;
    assert!(world.everything().await.iter().all(|event| event.name != "unheard"));
}

async fn global_privacy_control_is_silence(world: Rc<World>) {
    world.visit("/gpc.html").await;
    world.run(r#"pugmark.trackCustomEvent("unheard"); return pugmark.flush()"#).await;

    assert_eq!(world.run(STORED).await, json!({ "cookie": "", "kept": [] }));
    assert!(world.witness.asked_beside_the_library().is_empty());

    // The signal belongs to the browser, not to the visit: without it the next page counts.
    world.visit("/page.html").await;
    assert_eq!(world.names().await, ["page_view"]);
}

async fn a_site_that_asked_itself_may_ignore_the_signal(world: Rc<World>) {
    world.visit("/gpc-ignored.html").await;

    assert_eq!(world.names().await, ["page_view"]);
}

async fn an_anonymous_site_counts_views_without_knowing_whose(world: Rc<World>) {
    world.visit("/anonymous.html").await;

    let view = world.collector.arrived(1, "page_view").await.remove(0);

    assert_eq!((view.visitor, view.session), (None, None));
    assert_eq!(world.run("return document.cookie").await, "");
}
