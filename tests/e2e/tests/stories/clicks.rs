//! Codeless events: clicks and views that complete an event nobody wrote code for.

use std::rc::Rc;
use std::time::Duration;

use fantoccini::key::Key;
use pugmark_e2e::{World, stories};
use serde_json::json;

stories![
    a_click_on_a_child_counts_for_the_button_that_is_meant,
    a_click_on_another_page_or_another_text_does_not_count,
    a_disabled_control_does_not_count,
    enter_on_a_button_counts_once,
    a_view_of_a_page_completes_its_event,
    an_element_can_declare_its_event_itself,
    a_click_in_an_open_shadow_root_counts,
    a_click_into_a_frame_of_another_site_counts_for_the_frame,
    what_is_private_is_counted_but_never_read,
    an_element_that_has_changed_counts_by_what_is_left_of_it,
    what_only_comes_near_is_told_once_a_page_and_nothing_of_what_is_private,
];

/// A definition of clicks on buttons that say *Buy*, in the shop.
async fn define_bought(world: &World, pages: &str) {
    let definition = json!({
        "name": "bought",
        "label": "Bought",
        "object": "CONTACT",
        "trigger": {
            "type": "CLICKED_ELEMENT",
            "pages": [{ "match": "wildcard", "value": pages }],
            "selector": "button.button",
            "text": { "match": "contains", "value": "Buy" },
        },
    });
    world.collector.define(&definition).await;
}

async fn a_click_on_a_child_counts_for_the_button_that_is_meant(world: Rc<World>) {
    define_bought(&world, "/shop/*").await;
    world.visit("/shop/boots.html").await;

    world.browser.click("#buy-label").await;

    let bought = world.collector.arrived(1, "bought").await.remove(0);
    assert_eq!(bought.text("hs_element_id"), "buy");
    assert_eq!(bought.text("hs_element_text"), "Buy now");
    assert_eq!(bought.text("hs_element_class"), "button");
    assert_eq!(bought.text("hs_page_title"), "Boots");
    assert_eq!(bought.path(), "/shop/boots.html");
}

async fn a_click_on_another_page_or_another_text_does_not_count(world: Rc<World>) {
    define_bought(&world, "/elsewhere/*").await;
    world.visit("/shop/boots.html").await;
    world.browser.comes_true("pugmark.status().rules").await;
    world.browser.click("#buy").await;
    world.browser.click("#keep").await;
    assert_eq!(world.names().await, ["page_view"]);
}

async fn a_disabled_control_does_not_count(world: Rc<World>) {
    define_bought(&world, "/shop/*").await;
    world.visit("/shop/boots.html").await;

    world.browser.click("#sold-out-label").await;
    world.browser.click("#sold-out").await;
    world.browser.click("#keep").await;
    world.browser.click("#buy").await;

    world.collector.arrived(1, "bought").await;
    assert_eq!(world.names().await, ["page_view", "bought"]);
}

async fn enter_on_a_button_counts_once(world: Rc<World>) {
    define_bought(&world, "/shop/*").await;
    world.visit("/shop/boots.html").await;

    world.browser.press(Key::Enter, "#buy").await;

    world.collector.arrived(1, "bought").await;
    assert_eq!(world.names().await, ["page_view", "bought"]);
}

async fn a_view_of_a_page_completes_its_event(world: Rc<World>) {
    let pages = json!([{ "match": "prefix", "value": "/shop/" }]);
    let trigger = json!({ "type": "VISITED_URL", "pages": pages });
    world.collector.define(&json!({ "name": "saw_the_shop", "trigger": trigger })).await;

    world.visit("/page.html").await;
    world.browser.comes_true("pugmark.status().rules").await;
    world.everything().await;
    world.visit("/shop/boots.html").await;

    let saw = world.collector.arrived(1, "saw_the_shop").await.remove(0);
    assert_eq!(saw.path(), "/shop/boots.html");
}

async fn an_element_can_declare_its_event_itself(world: Rc<World>) {
    world.visit("/declared.html").await;

    world.browser.click("#inside").await;

    let opened = world.collector.arrived(1, "opened_size_guide").await.remove(0);
    assert_eq!(opened.given()["product"], "Boots");
    assert_eq!(opened.given()["max_size"], "47");
    assert_eq!(opened.text("hs_element_id"), "declared");
}

/// A definition of clicks on anything of the class `button`, on every page.
async fn define_pressed(world: &World) {
    let trigger = json!({ "type": "CLICKED_ELEMENT", "selector": ".button" });
    world.collector.define(&json!({ "name": "pressed", "trigger": trigger })).await;
}

async fn a_click_in_an_open_shadow_root_counts(world: Rc<World>) {
    define_pressed(&world).await;
    world.visit("/private.html").await;

    world.run("clickShadowed()").await;

    let pressed = world.collector.arrived(1, "pressed").await.remove(0);
    assert_eq!(pressed.text("hs_element_id"), "shadowed");
    assert_eq!(pressed.text("hs_element_text"), "In the shadow");
}

/// As long as what the focus does comes of what was done on the page, and a little more: see `src/click.js`.
const SAME_DEED: Duration = Duration::from_millis(1_100);

async fn a_click_into_a_frame_of_another_site_counts_for_the_frame(world: Rc<World>) {
    let trigger = json!({ "type": "CLICKED_ELEMENT", "selector": "#film" });
    world.collector.define(&json!({ "name": "played", "trigger": trigger })).await;
    world.visit("/frame.html").await;
    world.browser.comes_true("pugmark.status().rules").await;

    // What a button puts there and focuses was not clicked, nor what a key leads to.
    world
        .run(
            "const film = document.getElementById('film');
            document.getElementById('outside').addEventListener('click', () => film.focus(), { once: true })",
        )
        .await;
    world.browser.click("#outside").await;
    world.browser.click("#outside").await;
    world.browser.press(Key::Tab, "#outside").await;
    world.browser.click("#outside").await;
    tokio::time::sleep(SAME_DEED).await;
    world.browser.click("#film").await;
    // Within the frame the page hears of nothing.
    world.browser.click("#film").await;
    world.browser.click("#outside").await;

    let played = world.collector.arrived(1, "played").await.remove(0);
    assert_eq!(played.text("hs_element_id"), "film");
    assert_eq!(world.names().await, ["page_view", "played"]);
}

async fn what_is_private_is_counted_but_never_read(world: Rc<World>) {
    define_pressed(&world).await;
    world.visit("/private.html").await;

    world.browser.click("#account").await;
    // Two in the same moment would be one.
    world.collector.arrived(1, "pressed").await;
    world.browser.click("#letter").await;

    let pressed = world.collector.arrived(2, "pressed").await;
    for event in pressed {
        let everything = format!("{event:?}");
        assert!(!everything.contains("4711") && !everything.contains("diary"), "{everything}");
    }
}

/// A button by fingerprint, of which the page has everything but the text.
fn by_fingerprint(threshold: u32) -> serde_json::Value {
    let signal =
        |kind: &str, value: &str, weight: u32| json!({ "kind": kind, "value": value, "weight": weight });
    json!({
        "name": "bought",
        "label": "Bought",
        "trigger": {
            "type": "CLICKED_ELEMENT",
            "selector": "button",
            "fingerprint": { "family": "control", "threshold": threshold, "alike": 1, "signals": [
                signal("text", "Add to cart", 300),
                signal("class", "buy-button", 350),
                signal("attribute", "type=button", 100),
                signal("heading", "Nearly", 100),
                signal("landmark", "main", 100),
                signal("tag", "button", 50),
            ] },
        },
    })
}

async fn an_element_that_has_changed_counts_by_what_is_left_of_it(world: Rc<World>) {
    world.collector.define(&by_fingerprint(600)).await;
    world.visit("/near.html").await;
    world.browser.comes_true("pugmark.status().rules").await;

    world.browser.click("#buy").await;

    let bought = world.collector.arrived(1, "bought").await.remove(0);
    assert_eq!(bought.text("hs_element_text"), "Take it home");
    assert_eq!(bought.number("hs_element_match"), 700);
    let asked = world.witness.asked();
    assert!(!asked.contains(&NEAR.to_owned()), "{asked:?}");
}

/// The door for near misses, as the witness tells it.
const NEAR: &str = "POST /v1/sites/demo/near";

async fn what_only_comes_near_is_told_once_a_page_and_nothing_of_what_is_private(world: Rc<World>) {
    world.collector.define(&by_fingerprint(900)).await;
    world.visit("/near.html").await;
    world.browser.comes_true("pugmark.status().rules").await;

    for button in ["#mine", "#buy", "#buy"] {
        world.browser.click(button).await;
    }
    assert_eq!(world.names().await, ["page_view"], "none of them is the event");
    world
        .browser
        .comes_true("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/near'))")
        .await;
    let told = world.witness.asked().into_iter().filter(|asked| asked == NEAR).count();
    assert_eq!(told, 1);
}
