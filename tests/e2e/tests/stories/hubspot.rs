//! Pages written for HubSpot's queue.

use std::rc::Rc;

use pugmark_e2e::{World, stories, vite_app};
use serde_json::json;

stories![
    every_documented_command_is_answered,
    listeners_of_the_queue_are_called,
    undocumented_commands_are_ignored_quietly,
    do_not_track_on_the_queue_is_silence_until_it_is_taken_back,
    revoking_the_cookie_erases_it,
    hubspots_consent_is_ours,
    the_npm_client_analytics_with_its_hubspot_plugin_is_answered,
];

async fn every_documented_command_is_answered(world: Rc<World>) {
    world.visit("/hubspot.html").await;
    world.collector.arrived(1, "page_view").await;
    assert_eq!(world.run("return _hsq.push !== Array.prototype.push").await, json!(true));

    world
        .run(
            r#"_hsq.push(["setPath", "/pricing#plans"]);
            document.title = "Pricing";
            _hsq.push(["trackPageView"]);
            _hsq.push(["trackCustomBehavioralEvent", { name: "pe1234567_watched", properties: { seconds: 12 } }]);
            _hsq.push(["trackEvent", { id: "bought", value: 24.5 }]);
            _hsq.push(["refreshPageHandlers"]);"#,
        )
        .await;

    let events = world.everything().await;
    let told: Vec<(&str, &str)> = events.iter().map(|event| (event.name.as_str(), event.path())).collect();
    assert_eq!(
        told,
        [
            ("page_view", "/landing?offer=1"),
            ("page_view", "/pricing#plans"),
            ("watched", "/pricing#plans"),
            ("bought", "/pricing#plans"),
        ]
    );
    assert_eq!(events[1].text("hs_page_title"), "Pricing");
    assert_eq!(json!(events[2].given()), json!({ "seconds": 12 }));
    assert_eq!(json!(events[3].given()), json!({ "value": 24.5 }));
    for event in &events {
        let identity = event.identity.as_ref().expect("the page has said who it is");
        assert_eq!(identity["email"], "ada@example.com");
    }
}

async fn listeners_of_the_queue_are_called(world: Rc<World>) {
    world.visit("/hubspot.html").await;

    world
        .run(
            r#"window.told = {};
            _hsq.push(["addIdentityListener", (...identity) => { told.identity = identity; }]);
            _hsq.push(["addPrivacyConsentListener", (consent) => { told.consent = consent; }]);"#,
        )
        .await;

    world.browser.comes_true("told.identity && told.consent").await;
    let told = world.run("return told").await;
    let identity = told["identity"].as_array().expect("the arguments");
    assert_eq!(identity.len(), 3, "{told}");
    assert!(identity.iter().all(serde_json::Value::is_string), "{told}");
    assert_eq!(told["consent"]["allowed"], true, "{told}");
    assert_eq!(told["consent"]["categories"]["analytics"], true, "{told}");
}

async fn undocumented_commands_are_ignored_quietly(world: Rc<World>) {
    world.visit("/hubspot.html").await;
    let before = world.console().await;

    world
        .run(
            r#"_hsq.push(["setContentType", "standard-page"], ["setCanonicalUrl", "https://example.com/"]);
            _hsq.push(["setPageId", "1"]);
            _hsq.push(["addEnabledFeatureListener", () => {}]);
            _hsq.push(["whatever"]);
            _hsq.push([]);
            _hsq.push("text", null, undefined, 1);
            _hsq.push(["trackCustomBehavioralEvent", { name: "still_alive" }]);"#,
        )
        .await;

    world.collector.arrived(1, "still_alive").await;
    assert_eq!(world.console().await, before);
}

async fn do_not_track_on_the_queue_is_silence_until_it_is_taken_back(world: Rc<World>) {
    world.visit("/hubspot.html").await;
    world.everything().await;

    world
        .run(
            r#"_hsq.push(["doNotTrack"]);
            _hsq.push(["trackEvent", { id: "unheard" }]);
            _hsq.push(["doNotTrack", { track: true }]);
            _hsq.push(["trackEvent", { id: "heard" }]);"#,
        )
        .await;

    world.collector.arrived(1, "heard").await;
    assert_eq!(world.names().await, ["page_view", "heard"]);
}

async fn revoking_the_cookie_erases_it(world: Rc<World>) {
    world.visit("/hubspot.html").await;
    world.everything().await;
    world.browser.comes_true(r#"document.cookie.includes("pugmark_utk")"#).await;

    world.run(r#"_hsq.push(["revokeCookieConsent"])"#).await;

    world.browser.comes_true(r#"!document.cookie.includes("pugmark_utk")"#).await;
}

async fn hubspots_consent_is_ours(world: Rc<World>) {
    world.visit("/hubspot-consent.html").await;
    world.run(r#"pugmark.trackCustomEvent("waiting"); return pugmark.flush()"#).await;
    assert!(world.witness.asked_beside_the_library().is_empty());

    world.run(r#"_hsp.push(["setHubSpotConsent", { analytics: true, advertisement: false, functionality: true }])"#).await;

    world.collector.arrived(1, "waiting").await;
    world.browser.comes_true("told.some((consent) => consent.categories.analytics)").await;
    world.run(r#"_hsp.push(["revokeCookieConsent"]); _hsp.push(["showBanner"])"#).await;
    world.browser.comes_true(r#"!document.cookie.includes("pugmark_utk")"#).await;
}

async fn the_npm_client_analytics_with_its_hubspot_plugin_is_answered(world: Rc<World>) {
    world.site.mount("/vite-app/", vite_app());
    world.visit("/vite-app/analytics.html").await;
    world.collector.arrived(1, "page_view").await;

    for button in ["#pricing", "#sign-in", "#buy"] {
        world.browser.click(button).await;
    }

    assert_eq!(world.run("return document.getElementById('hs-script-loader')").await, json!(null));
    let bought = world.collector.arrived(1, "bought").await.remove(0);
    assert_eq!(json!(bought.given()), json!({ "price": 24.5, "plan_name": "pro" }));
    let events = world.everything().await;
    let told: Vec<(&str, &str)> = events.iter().map(|event| (event.name.as_str(), event.path())).collect();
    assert_eq!(
        told,
        [("page_view", "/vite-app/analytics.html"), ("page_view", "/pricing"), ("bought", "/pricing")]
    );
    for event in &events {
        let identity = event.identity.as_ref().expect("the page has said who it is");
        assert_eq!(json!(identity), json!({ "email": "ada@example.com", "id": "ada-1", "firstname": "Ada" }));
    }
    let contacts = world.collector.contacts().await;
    let [ada] = &contacts[..] else { panic!("not one contact: {contacts:?}") };
    assert_eq!((&ada["email"], &ada["known_id"]), (&json!("ada@example.com"), &json!("ada-1")));
    assert_eq!(ada["utks"], json!([bought.visitor]));
}
