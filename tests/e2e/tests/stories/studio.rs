//! The studio in a browser: creating an event, and whether everybody can use the pages for it.

use std::rc::Rc;

use fantoccini::key::Key;
use pugmark_e2e::{World, axe, stories};
use serde_json::{Value, json};

stories![
    an_event_is_created_by_form_and_its_snippet_runs_on_the_site,
    nothing_keeps_people_from_using_the_pages_for_creating_an_event,
    the_studio_opens_the_sites_page_in_a_tab_that_knows_nothing_of_it,
    nothing_keeps_people_from_using_the_pages_of_events_without_code,
];

async fn sign_in(world: &World) {
    world.browser.open(&world.collector.sign_in_link()).await;
    world.browser.comes_to("/studio/sites/demo/live").await;
}

async fn an_event_is_created_by_form_and_its_snippet_runs_on_the_site(world: Rc<World>) {
    let browser = &world.browser;
    sign_in(&world).await;
    browser.open(&world.collector.studio_url("/sites/demo/definitions")).await;
    browser.click_text("a", "Create an event").await;
    browser.click_text("a", "JavaScript snippet").await;
    browser.comes_to("/studio/sites/demo/create/snippet").await;

    browser.type_into("#label", "Pressed it").await;
    browser.type_into("[name=property_label]", "Plan").await;
    // Enter creates the event, whichever button comes first.
    browser.press(Key::Enter, "#label").await;
    let created = browser.comes_to("/studio/sites/demo/events/pressed_it/snippet").await;
    assert_eq!(created, "created");
    browser
        .inspect(
            "const piece = document.getElementById('piece');
            piece.value = piece.value.replace('#put-your-selector-here', 'h1');
            done();",
        )
        .await;
    browser.click_text("button", "Add to the tracking code").await;
    browser.comes_to("/studio/sites/demo/settings").await;
    browser.click("[name=is_on]").await;
    browser.click_text("button", "Save").await;
    browser.click_text("p", "Pages run it").await;

    world.visit("/page.html").await;
    // The script comes after the tracker; until it is there, a click says nothing.
    browser
        .comes_true(
            "(document.querySelector('h1').click(), pugmark.status().sent + pugmark.status().pending > 1)",
        )
        .await;
    let events = world.collector.become_true("the press", |events| {
        events.iter().any(|event| event.name == "pressed_it" && event.given()["plan"] == "some text")
    });
    events.await;
}

async fn nothing_keeps_people_from_using_the_pages_for_creating_an_event(world: Rc<World>) {
    let definition = json!({ "name": "signed_up", "label": "Signed up", "properties": [
        { "name": "plan", "type": "enumeration", "options": [{ "value": "free" }, { "value": "pro" }] },
    ] });
    world.collector.define(&definition).await;
    world.collector.keep_custom_script("undefinedFunction()", true).await;
    world.visit("/page.html").await;
    world
        .browser
        .comes_true("pageLog.console.some((line) => line.includes('custom script has failed'))")
        .await;
    sign_in(&world).await;

    for path in [
        "/sites/demo/definitions",
        "/sites/demo/create",
        "/sites/demo/create/api",
        "/sites/demo/create/snippet",
        "/sites/demo/events/signed_up",
        "/sites/demo/events/signed_up/api?created",
        "/sites/demo/events/signed_up/snippet",
        "/sites/demo/settings?saved",
    ] {
        world.browser.open(&world.collector.studio_url(path)).await;
        let found = violations(&world).await;
        assert!(found.is_empty(), "{path}: {found:#?}");
    }

    // The same for what a form says that cannot be taken.
    world.browser.open(&world.collector.studio_url("/sites/demo/create/api")).await;
    world.browser.type_into("#label", "Signed up").await;
    world.browser.press(Key::Enter, "#label").await;
    world.browser.click_text("p", "This cannot be created yet").await;
    assert_eq!(violations(&world).await, Vec::<Value>::new());

    // What is wrong would be found.
    world.browser.inspect("document.querySelector('label[for=label]').remove(); done()").await;
    let found = violations(&world).await;
    assert!(found.iter().any(|found| found["id"] == "label"), "{found:?}");
}

async fn the_studio_opens_the_sites_page_in_a_tab_that_knows_nothing_of_it(world: Rc<World>) {
    let browser = &world.browser;
    sign_in(&world).await;
    browser.open(&world.collector.studio_url("/sites/demo/create")).await;
    browser.click_text("a", "Visualizer").await;
    browser.comes_to("/studio/sites/demo/create/visualizer").await;
    let open = |url: String| async move {
        let fill = format!("document.getElementById('visualizer-url').value = {}; done()", json!(url));
        browser.inspect(&fill).await;
        browser.click_text("button", "Open the page").await;
    };

    open("shop.example/cart".to_owned()).await;
    assert_eq!(
        browser.inspect("done(document.querySelector('#visualizer-url').validity.valid)").await,
        false
    );
    open("ftp://shop.example/".to_owned()).await;
    browser.click_text("p", "Give the whole address").await;
    browser.has_tabs(1).await;

    // A page without the tracking code leaves the code in its address.
    open(format!("{}/healthz?size=42#/boots", world.collector.address())).await;
    browser.has_tabs(2).await;
    browser.show_newest_tab().await;
    assert_eq!(browser.comes_to("/healthz").await, "size=42");
    let address = browser.url().await;
    let code = address.split_once("#/boots&pugmark=").map(|(_, code)| code.len());
    assert_eq!(code, Some(32), "{address}");
    assert_eq!(browser.inspect("done(opener === null)").await, true);
}

async fn nothing_keeps_people_from_using_the_pages_of_events_without_code(world: Rc<World>) {
    let known = |text: &str| {
        json!({ "name": "bought", "label": "Bought", "trigger": {
            "type": "CLICKED_ELEMENT", "pages": [{ "match": "prefix", "value": "/shop" }], "selector": "#buy",
            "fingerprint": { "family": "control", "threshold": 600, "alike": 1, "signals": [
                { "kind": "text", "value": text, "weight": 600 }, { "kind": "class", "value": "buy", "weight": 400 } ] },
            "alternatives": [{ "selector": "li:nth-child(2) button" }] } })
    };
    world.collector.define(&known("Buy")).await;
    sign_in(&world).await;
    // As the overlay does, on a page of the collector's own.
    let keep = format!(
        "(async () => {{
            const invited = await fetch('/studio/sites/demo/visualizer', {{ method: 'POST', headers: {{ accept: 'application/json' }},
                body: new URLSearchParams({{ url: location.origin + '/demo/', confirmed: location.origin }}) }});
            const code = (await invited.json()).address.split('pugmark=')[1];
            const opened = await fetch('/v1/visualizer/session', {{ method: 'POST', body: JSON.stringify({{ code }}) }});
            const {{ token }} = await opened.json();
            const kept = await fetch('/v1/visualizer/drafts/bought', {{ method: 'PUT', body: JSON.stringify({}),
                headers: {{ authorization: 'Bearer ' + token }} }});
            return kept.status;
        }})().then(done, (error) => done(String(error)))",
        known("Pay")
    );
    assert_eq!(world.browser.inspect(&keep).await, 200);

    for path in [
        "/sites/demo/definitions?done=discarded",
        "/sites/demo/create/visualizer",
        "/sites/demo/events/bought?done=paused",
        "/sites/demo/events/viewed_cart",
    ] {
        world.browser.open(&world.collector.studio_url(path)).await;
        world
            .browser
            .inspect("document.querySelectorAll('details').forEach((it) => (it.open = true)); done()")
            .await;
        let found = violations(&world).await;
        assert!(found.is_empty(), "{path}: {found:#?}");
    }

    world.browser.open(&world.collector.studio_url("/sites/demo/definitions")).await;
    world.browser.click_text("button", "Publish").await;
    world.browser.comes_to("/studio/sites/demo/events/bought").await;
    world.browser.click_text("p", "Published").await;
}

/// What axe-core finds that is worse than moderate.
async fn violations(world: &World) -> Vec<Value> {
    let run = "axe.run({ resultTypes: ['violations'] }).then(
        ({ violations, passes }) => done({ passed: passes.length, violations: violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) })) }),
        (error) => done({ error: String(error) }));";
    let found = world.browser.inspect(&format!("{}\n{run}", axe())).await;
    assert!(found["passed"].as_u64() > Some(10), "it has looked at nothing: {found}");
    found["violations"].as_array().expect("it is one").clone()
}
