//! The event visualizer, from the studio's button to what a visitor's click records, also after the site has changed.

use std::rc::Rc;

use pugmark_e2e::wait::until;
use pugmark_e2e::{Browser, On, Overlay, Stored, World, axe, places, stories};
use serde_json::{Value, json};

stories![
    a_marketer_makes_events_with_the_mouse_and_they_outlive_a_redesign,
    the_same_with_nothing_but_the_keyboard,
    a_bookmark_brings_the_page_one_is_on_to_the_studio,
    who_edits_is_not_counted_and_an_invitation_is_good_once,
    what_an_event_has_become_is_taken_after_its_words_were_shown,
    nothing_keeps_people_from_using_the_overlay,
    odd_elements_are_picked_as_any_other,
    odd_pages_are_picked_from_as_any_other,
    a_pointer_at_rest_leaves_the_keyboard_alone,
    everything_that_can_be_clicked_is_outlined_on_demand,
    an_event_may_know_several_elements,
    of_several_alike_each_click_tells_which_it_was,
    a_frame_of_another_site_is_picked_as_a_whole,
];

const SHOP: &str = "/outdoor/";

fn serve(world: &World, state: &str) {
    world.site.mount(SHOP, &places::fixtures().join("outdoor").join(state));
}

async fn sign_in(world: &World) {
    world.browser.open(&world.collector.sign_in_link()).await;
    world.browser.comes_to("/studio/sites/demo/live").await;
}

/// Opens the visualizer on the shop.
async fn open_visualizer(world: &World) {
    serve(world, "before");
    open_visualizer_on(world, SHOP).await;
}

/// Opens the visualizer on a page, from the studio's button, in a tab of its own.
async fn open_visualizer_on(world: &World, path: &str) {
    sign_in(world).await;
    let browser = &world.browser;
    browser.open(&world.collector.studio_url("/sites/demo/definitions")).await;
    browser.click_text("a", "Create an event").await;
    browser.click_text("a", "Visualizer").await;
    browser.comes_to("/studio/sites/demo/create/visualizer").await;
    browser.type_into("#visualizer-url", &world.site.url(path)).await;
    browser.click_text("button", "Open the page").await;
    // The shop's origin was never opened: it is asked about once.
    browser.click_text("button", "Yes, open it").await;
    browser.has_tabs(2).await;
    browser.show_newest_tab().await;
    // The panel grows by what the collector knows already, and what is pressed would move.
    Overlay::of(browser).says("On this page").await;
    Overlay::of(browser).says("Opened the planner").await;
}

async fn a_marketer_makes_events_with_the_mouse_and_they_outlive_a_redesign(world: Rc<World>) {
    open_visualizer(&world).await;
    let overlay = Overlay::of(&world.browser);
    let press = async |what| overlay.click(On::Overlay, "button", what).await;

    press("A click").await;
    overlay.says("Click what you want to count").await;
    overlay.click(On::Page, "a", "Look at Rain").await;
    overlay.says("1 element on this page").await;
    press("Next").await;
    overlay.says("This page: yes").await;
    press("Next").await;
    overlay.click(On::Overlay, "input", "As it stands in reports").await;
    overlay.type_over("Looked at rain").await;
    let room =
        overlay.look("return [...layer.querySelectorAll('[maxlength]')].map((at) => at.maxLength)").await;
    assert_eq!(room, json!([100, 50, 1_000]), "label, name and description, as a definition has them");
    press("Next").await;
    overlay.click(On::Page, "a", "Look at Rain").await;
    overlay.says("Fires").await;
    press("Save as a draft").await;
    overlay.says("is kept as a draft").await;

    press("Make another").await;
    press("A page view").await;
    overlay.click(On::Overlay, "input", "Address 1").await;
    overlay.type_over("/outdoor/*").await;
    overlay.says("This page: yes").await;
    press("Next").await;
    overlay.click(On::Overlay, "input", "As it stands in reports").await;
    overlay.type_over("Viewed the shop").await;
    press("Next").await;
    press("Save as a draft").await;
    overlay.says("is kept as a draft").await;

    world.browser.show_first_tab().await;
    for _ in 0..2 {
        world.browser.open(&world.collector.studio_url("/sites/demo/definitions")).await;
        world.browser.click_text("button", "Publish").await;
        world.browser.click_text("p", "Published").await;
    }
    a_visitor_is_recorded_before_and_after_the_redesign(&world).await;
}

async fn the_same_with_nothing_but_the_keyboard(world: Rc<World>) {
    serve(&world, "before");
    sign_in(&world).await;
    let browser = &world.browser;
    let overlay = Overlay::of(browser);
    browser.open(&world.collector.studio_url("/sites/demo/definitions")).await;
    overlay.enter_on("Create an event").await;
    browser.comes_to("/studio/sites/demo/create").await;
    overlay.enter_on("Visualizer").await;
    browser.comes_to("/studio/sites/demo/create/visualizer").await;
    overlay.tab_to("Page of your site").await;
    overlay.type_over(&world.site.url(SHOP)).await;
    overlay.press("\u{e007}").await;
    browser.comes_to("/studio/sites/demo/visualizer").await;
    overlay.enter_on("Yes, open it").await;
    browser.has_tabs(2).await;
    browser.show_newest_tab().await;

    overlay.shows("button", "A click").await;
    overlay.enter_on("A click").await;
    overlay.says("Click what you want to count").await;
    for _ in 0..20 {
        if overlay.text().await.contains("Look at Rain") {
            break;
        }
        overlay.press("\u{e004}").await;
    }
    overlay.says("Link “Look at Rain” in Rain. 4 of 6").await;
    overlay.press("\u{e007}").await;
    overlay.says("1 element on this page").await;
    overlay.enter_on("Next").await;
    overlay.says("This page: yes").await;
    overlay.enter_on("Next").await;
    overlay.tab_to("As it stands in reports").await;
    overlay.type_over("Looked at rain").await;
    overlay.enter_on("Next").await;
    overlay.says("Click on the page as a visitor would").await;
    overlay.enter_on("Save as a draft").await;
    overlay.says("is kept as a draft").await;

    overlay.enter_on("Make another").await;
    overlay.enter_on("A page view").await;
    overlay.tab_to("Address 1").await;
    overlay.type_over("/outdoor/*").await;
    overlay.says("This page: yes").await;
    overlay.enter_on("Next").await;
    overlay.tab_to("As it stands in reports").await;
    overlay.type_over("Viewed the shop").await;
    overlay.enter_on("Next").await;
    overlay.enter_on("Save as a draft").await;
    overlay.says("is kept as a draft").await;

    browser.show_first_tab().await;
    for _ in 0..2 {
        browser.open(&world.collector.studio_url("/sites/demo/definitions")).await;
        overlay.enter_on("Publish").await;
        browser.click_text("p", "Published").await;
    }
    a_visitor_is_recorded_before_and_after_the_redesign(&world).await;
}

/// Somebody else looks at boots: in a second browser, with a profile of its own.
async fn a_visitor_is_recorded_before_and_after_the_redesign(world: &World) {
    let visitor = Browser::start(world.browser.engine()).await;
    let looks_at = async |link: &str, path: &str| {
        visitor.open(&world.site.url(SHOP)).await;
        visitor.comes_true("pugmark.status?.()?.rules").await;
        Overlay::of(&visitor).click(On::Page, "a", link).await;
        visitor.arrives_at(path).await;
    };

    looks_at("Look at Rain", "/outdoor/rain.html").await;
    let looked = world.collector.arrived(1, "looked_at_rain").await.remove(0);
    assert_eq!(looked.text("hs_element_text"), "Look at Rain");
    assert_eq!(looked.text("hs_page_title"), "The shop");
    assert_eq!(looked.path(), SHOP);
    assert!(!looked.properties.contains_key("hs_element_match"), "all of it is as it was");
    let viewed = world.collector.arrived(2, "viewed_the_shop").await;
    assert_eq!(viewed.iter().map(Stored::path).collect::<Vec<_>>(), [SHOP, "/outdoor/rain.html"]);

    serve(world, "after");
    looks_at("Look at Snow", "/outdoor/snow.html").await;
    looks_at("Look at Rain", "/outdoor/rain.html").await;
    let looked = world.collector.arrived(2, "looked_at_rain").await;
    assert!(looked.iter().all(|event| event.text("hs_element_text") == "Look at Rain"), "{looked:#?}");
    assert!(looked[1].number("hs_element_match") < 1_000);
    world.collector.arrived(6, "viewed_the_shop").await;
    let events = world.collector.named("looked_at_rain").await;
    assert_eq!(events.len(), 2, "a look at another boot is none: {events:#?}");
}

async fn a_bookmark_brings_the_page_one_is_on_to_the_studio(world: Rc<World>) {
    serve(&world, "before");
    sign_in(&world).await;
    let browser = &world.browser;
    browser.open(&world.collector.studio_url("/sites/demo/create/visualizer")).await;
    let link = "document.querySelector('a[href^=\"javascript:\"]')";
    let code =
        browser.inspect(&format!("done(decodeURIComponent({link}.href.replace('javascript:', '')))")).await;
    let clicked = format!(
        "addEventListener('securitypolicyviolation', ({{ effectiveDirective }}) => done(effectiveDirective));
        {link}.click();"
    );
    let refused = browser.inspect(&clicked).await;
    assert!(
        refused.as_str().is_some_and(|what| what.starts_with("script-src")),
        "it runs nowhere here: {refused}"
    );
    browser.comes_to("/studio/sites/demo/create/visualizer").await;

    // The shop is another site than the studio.
    let page = world.site.url("/outdoor/?q=a%20b&c=%22d%22#boots");
    browser.open(&page).await;
    browser.fire(code.as_str().expect("it is a text")).await;
    browser.comes_to("/studio/sites/demo/create/visualizer").await;
    browser.holds("#visualizer-url", &page).await;

    browser.click_text("button", "Open the page").await;
    browser.comes_to("/studio/sites/demo/visualizer").await;
    browser.click_text("button", "Yes, open it").await;
    browser.has_tabs(2).await;
    browser.show_newest_tab().await;
    Overlay::of(browser).says("On this page").await;
    assert_eq!(browser.url().await, page);

    // Who must sign in first comes there as well.
    let stranger = Browser::start(browser.engine()).await;
    stranger.open(&page).await;
    stranger.fire(code.as_str().expect("it is a text")).await;
    stranger.comes_to("/studio/sign-in").await;
    // What leads there first has the same address, and no field.
    stranger.holds("#token", "").await;
    let link = world.collector.sign_in_link();
    stranger.type_into("#token", link.split('#').nth(1).expect("it holds the token")).await;
    stranger.click_text("button", "Sign in").await;
    stranger.comes_to("/studio/sites/demo/create/visualizer").await;
    stranger.holds("#visualizer-url", &page).await;
}

async fn who_edits_is_not_counted_and_an_invitation_is_good_once(world: Rc<World>) {
    open_visualizer(&world).await;
    let browser = &world.browser;
    let overlay = Overlay::of(browser);
    overlay.shows("button", "A click").await;
    let address = browser.url().await;
    assert!(!address.contains("pugmark="), "{address}");

    // The overlay comes along.
    overlay.click(On::Page, "a", "About").await;
    browser.arrives_at("/outdoor/about.html").await;
    overlay.shows("button", "A click").await;
    browser.run("pugmark.trackCustomEvent('pressed')").await;
    overlay.click(On::Overlay, "button", "Close").await;
    browser.comes_true("pugmark.status?.()").await;
    assert_eq!(world.names().await, ["page_view"], "from when it was closed");

    // Whoever finds an old link can switch nothing off.
    let code = "0123456789abcdef".repeat(2);
    world.visit(&format!("{SHOP}?again#pugmark={code}")).await;
    overlay.says("studio").await;
    assert_eq!(world.names().await, ["page_view", "page_view"]);
}

async fn what_an_event_has_become_is_taken_after_its_words_were_shown(world: Rc<World>) {
    let definition = json!({ "name": "looked_at_rain", "label": "Looked at rain", "trigger": {
        "type": "CLICKED_ELEMENT", "pages": [{ "match": "prefix", "value": SHOP }], "selector": "a",
        "fingerprint": { "family": "control", "threshold": 800, "alike": 1, "signals": [
            { "kind": "link", "value": "/outdoor/rain.html", "weight": 400 },
            { "kind": "text", "value": "See Rain", "weight": 300 },
            { "kind": "landmark", "value": "main", "weight": 300 } ] } } });
    world.collector.define(&definition).await;
    open_visualizer(&world).await;
    let overlay = Overlay::of(&world.browser);
    overlay.says("Perhaps it has changed").await;
    overlay.says("part of your site’s public configuration: Look at Rain").await;

    overlay.click(On::Overlay, "button", "It is this one").await;

    overlay.says("1 element here").await;
    let studio = world.collector.studio("/sites/demo/definitions").await;
    assert!(studio.contains("public configuration: “Look at Rain”. Look"), "{studio}");
}

async fn nothing_keeps_people_from_using_the_overlay(world: Rc<World>) {
    open_visualizer(&world).await;
    let overlay = Overlay::of(&world.browser);
    overlay.click(On::Overlay, "button", "A click").await;
    overlay.says("Click what you want to count").await;
    assert_eq!(violations(&world).await, Vec::<Value>::new(), "while picking");
    overlay.click(On::Page, "a", "Look at Rain").await;
    overlay.says("1 element on this page").await;
    overlay.click(On::Overlay, "button", "Add one that counts as well").await;
    overlay.says("Click what counts as well").await;
    overlay.click(On::Page, "a", "Look at Snow").await;
    overlay.says("2 elements on this page").await;
    for screen in ["the element", "the pages", "the name"] {
        assert_eq!(violations(&world).await, Vec::<Value>::new(), "{screen}");
        overlay.click(On::Overlay, ".steps button", "Next").await;
    }
    overlay.click(On::Page, "a", "Look at Snow").await;
    overlay.says("Fires").await;
    assert_eq!(violations(&world).await, Vec::<Value>::new(), "the trial");
    overlay.click(On::Overlay, "button", "Help").await;
    assert_eq!(violations(&world).await, Vec::<Value>::new(), "help");
}

/// What axe-core finds in the overlay that is worse than moderate. It looks into open roots only, so what the closed one
/// shows is copied to where it can see it, with its styles.
async fn violations(world: &World) -> Vec<Value> {
    world.browser.inspect(&format!("{}\ndone()", axe())).await;
    let run = "const host = document.createElement('div');
        const copy = host.attachShadow({ mode: 'open' });
        copy.adoptedStyleSheets = layer.getRootNode().adoptedStyleSheets;
        copy.append(layer.cloneNode(true));
        document.body.append(host);
        const { violations, passes } = await axe.run(host, { resultTypes: ['violations'] });
        host.remove();
        return { passed: passes.length, violations: violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) })) };";
    let found = Overlay::of(&world.browser).look(run).await;
    assert!(found["passed"].as_u64() > Some(3), "it has looked at nothing: {found}");
    found["violations"].as_array().expect("it is one").clone()
}

/// Picks an element from a screen on which a button says so, and hears that it alone is meant.
async fn pick(overlay: &Overlay<'_>, button: &str, on: On, selector: &str, text: &str) {
    overlay.click(On::Overlay, "button", button).await;
    overlay.says("use the page").await;
    overlay.click(on, selector, text).await;
    overlay.shows(".picked", text).await;
    overlay.says("1 element on this page").await;
}

async fn odd_elements_are_picked_as_any_other(world: Rc<World>) {
    open_visualizer_on(&world, "/odd/index.html").await;
    let browser = &world.browser;
    let overlay = Overlay::of(browser);
    let mut button = "A click";
    for (on, text) in [
        (On::Page, "First of two"),
        (On::Page, "Second of two"),
        (On::Page, "Send the odd form"),
        (On::Page, "A very long text"),
        (On::Page, "أضف إلى السلة"),
        (On::Page, "加入購物車"),
        (On::Component("odd-card"), "Inside the card"),
        (On::Frame("iframe"), "Inside the frame"),
    ] {
        pick(&overlay, button, on, "button", text).await;
        button = "Pick another";
    }
    overlay.says("It is in a frame, the page /odd/frame.html").await;

    // The tracking code of the frame neither opens an overlay of its own nor counts the visit.
    browser.comes_true("frames[0].pugmark?.isLoaded").await;
    let inside = browser.run("return frames[0].document.querySelector('pugmark-visualizer') !== null").await;
    assert_eq!(inside, false, "one overlay is enough");
    let events = world.collector.events().await;
    assert!(events.is_empty(), "who edits is not counted: {events:#?}");
}

async fn odd_pages_are_picked_from_as_any_other(world: Rc<World>) {
    open_visualizer_on(&world, "/odd/dialog.html").await;
    let overlay = Overlay::of(&world.browser);
    pick(&overlay, "A click", On::Page, "button", "Take the offer").await;

    // A page that keeps clicks and keys to itself: with the mouse, then with nothing but the keyboard.
    world.open("/odd/stops.html").await;
    pick(&overlay, "Pick an", On::Page, "button", "Kept to itself").await;
    overlay.enter_on("Pick another").await;
    overlay.says("use the page").await;
    overlay.press("\u{e004}").await;
    overlay.says("Button “Kept to itself”").await;
    overlay.press("\u{e007}").await;
    overlay.shows(".picked", "Kept to itself").await;
    overlay.says("1 element on this page").await;

    world.open("/odd/many.html").await;
    pick(&overlay, "Pick an", On::Page, "a", "Item 3000").await;
}

/// What was chosen with the keyboard is scrolled into view, and with it something else comes under the pointer.
async fn a_pointer_at_rest_leaves_the_keyboard_alone(world: Rc<World>) {
    open_visualizer_on(&world, "/odd/many.html").await;
    let overlay = Overlay::of(&world.browser);
    overlay.click(On::Overlay, "button", "A click").await;
    overlay.says("use the page").await;
    overlay.point_at("a", "Item 3").await;
    overlay.says("Link “Item 3”").await;
    for item in 4..=30 {
        overlay.press("\u{e004}").await;
        overlay.says(&format!("Link “Item {item}”. {item} of 10000")).await;
    }
    let is_shown = "Math.abs(document.links[29].getBoundingClientRect().top - innerHeight / 2) < 20";
    world.browser.comes_true(is_shown).await;
    overlay.press("\u{e004}").await;
    overlay.says("Link “Item 31”. 31 of 10000").await;
    overlay.point_at("a", "Item 36").await;
    overlay.says("Link “Item 36”").await;
}

async fn everything_that_can_be_clicked_is_outlined_on_demand(world: Rc<World>) {
    open_visualizer_on(&world, "/odd/many.html").await;
    let browser = &world.browser;
    let overlay = Overlay::of(browser);
    let outlined = async || {
        let boxes = overlay.look("return layer.querySelectorAll('.clickable:not([hidden])').length").await;
        boxes.as_u64().expect("it is open")
    };
    let come_to = async |what: &str, is_right: &dyn Fn(u64, u64) -> bool| {
        until(what, async || {
            let in_view = "[...document.links].filter((link) => {
                const { top, bottom } = link.getBoundingClientRect();
                return top < innerHeight && bottom > 0;
            }).length";
            let in_view = browser.run(&format!("return {in_view}")).await.as_u64().expect("it is a number");
            let outlined = outlined().await;
            if is_right(outlined, in_view) { Ok(()) } else { Err(format!("{outlined} of {in_view}")) }
        })
        .await;
    };
    let all_in_view = |outlined, in_view| outlined > 5 && outlined == in_view;
    let none = |outlined, _| outlined == 0;

    overlay.click(On::Overlay, "button", "A click").await;
    overlay.says("use the page").await;
    come_to("nothing to be outlined", &none).await;
    overlay.press("a").await;
    come_to("all in view to be outlined", &all_in_view).await;
    browser.run("scrollBy(0, 5000)").await;
    come_to("what has come into view to be outlined", &all_in_view).await;
    overlay.click(On::Overlay, "label", "Outline everything that can be clicked").await;
    come_to("the outlines to go", &none).await;
    overlay.click(On::Overlay, "label", "Outline everything that can be clicked").await;
    come_to("all in view to be outlined again", &all_in_view).await;
    // Of so many that the page could not be seen for outlines, the panel says how many it has left out.
    let crowded =
        "document.querySelector('ul').style = 'display: flex; flex-wrap: wrap; gap: 2px; font-size: 5px'";
    browser.run(crowded).await;
    come_to("most of what is in view to be outlined", &|outlined, in_view| outlined == 200 && in_view > 200)
        .await;
    overlay.says("200 of ").await;
    browser.run("document.querySelector('ul').style = ''").await;
    come_to("all in view to be outlined once more", &all_in_view).await;
    overlay.click(On::Page, "a", "Item 500").await;
    overlay.says("1 element on this page").await;
    come_to("the outlines to go with the pick", &none).await;

    // The same of what is meant.
    let alike = "[...document.querySelectorAll('li')].forEach((item, place) => {
        if (place >= 1234) item.remove();
        Object.assign(item.firstChild, { href: '/odd/item.html', textContent: 'Item' });
    })";
    browser.run(alike).await;
    overlay.says("Nothing on this page").await;
    overlay.click(On::Overlay, "button", "Pick another").await;
    overlay.says("use the page").await;
    overlay.click(On::Page, "a", "Item").await;
    overlay.says("1,234 elements on this page\n").await;
    overlay.says("\n200 of 1,234 outlined\n").await;
    // Aloud, too.
    overlay.says("1,234 elements on this page. 200 of 1,234 outlined.").await;
    let boxes = overlay.look("return layer.querySelectorAll('.match').length").await;
    assert_eq!(boxes, 200);

    world.open("/odd/index.html").await;
    overlay.click(On::Overlay, "button", "Pick an").await;
    overlay.says("use the page").await;
    overlay.press("a").await;
    for inside in ["odd-card').shadowRoot", "iframe').contentDocument"] {
        let is_outlined = format!(
            "const inner = document.querySelector('{inside}.querySelector('button');
            const frame = inner.ownerDocument.defaultView.frameElement;
            (frame ?? inner).scrollIntoView({{ behavior: 'instant' }});
            const around = frame?.getBoundingClientRect() ?? {{ x: 0, y: 0 }};
            const {{ x, y }} = inner.getBoundingClientRect();
            return [...layer.querySelectorAll('.clickable:not([hidden])')].some((box) => {{
                const at = box.getBoundingClientRect();
                return Math.hypot(at.x - around.x - x, at.y - around.y - y) < 10;
            }});"
        );
        until(&format!("what is inside {inside} to be outlined"), async || {
            match overlay.look(&is_outlined).await {
                Value::Bool(true) => Ok(()),
                other => Err(other.to_string()),
            }
        })
        .await;
    }
}

async fn an_event_may_know_several_elements(world: Rc<World>) {
    let many: Vec<Value> = (1..=20).map(|n| json!({ "selector": format!("#old-{n}") })).collect();
    let trigger = json!({ "type": "CLICKED_ELEMENT", "selector": "#new", "alternatives": many });
    world.collector.define(&json!({ "name": "full", "label": "Full", "trigger": trigger })).await;
    open_visualizer(&world).await;
    let overlay = Overlay::of(&world.browser);
    let press = async |what| overlay.click(On::Overlay, "button", what).await;

    pick(&overlay, "A click", On::Page, "a", "Look at Rain").await;
    world.open("/outdoor/rain.html").await;
    overlay.says("On pages you have looked at: /outdoor/ 1").await;
    world.open(SHOP).await;
    overlay.says("On pages you have looked at: /outdoor/rain.html none").await;

    for (link, expected) in
        [("Look at Snow", "2 elements on this page"), ("Look at Snow", "This one counts already")]
    {
        press("Add one that counts as well").await;
        overlay.says("Click what counts as well").await;
        overlay.click(On::Page, "a", link).await;
        overlay.says(expected).await;
    }
    let told = overlay.text().await;
    assert!(told.contains("A link that says Look at Snow under Snow 1 here"), "{told}");
    assert!(!told.contains("pages you have looked at"), "there it meant something else: {told}");

    // It has the switches of the first one.
    let address = "It leads to /outdoor/snow.html";
    overlay.click(On::Overlay, ".alternatives summary", "How it is known again").await;
    overlay.click(On::Overlay, ".alternatives .switch", address).await;
    overlay.says(&format!("{address}\nNot asked")).await;
    overlay.says("2 elements on this page").await;
    assert_eq!(violations(&world).await, Vec::<Value>::new(), "what also counts");

    overlay.click(On::Overlay, ".steps button", "Next").await;
    overlay.says("This page: yes").await;
    press("Next").await;
    overlay.click(On::Overlay, "input", "As it stands in reports").await;
    overlay.type_over("Looked at wet boots").await;
    press("Next").await;
    for link in ["Look at Rain", "Look at Snow"] {
        overlay.click(On::Page, "a", link).await;
        overlay.says(&format!("It is: A link that says “{link}”")).await;
    }
    press("Save as a draft").await;
    overlay.says("is kept as a draft").await;
    press("Make another").await;

    world.browser.show_first_tab().await;
    world.browser.open(&world.collector.studio_url("/sites/demo/definitions")).await;
    world.browser.click_text("button", "Publish").await;
    world.browser.click_text("p", "Published").await;
    let visitor = Browser::start(world.browser.engine()).await;
    for link in ["Look at Snow", "Look at Trail", "Look at Rain"] {
        visitor.open(&world.site.url(SHOP)).await;
        visitor.comes_true("pugmark.status?.()?.rules").await;
        Overlay::of(&visitor).click(On::Page, "a", link).await;
    }
    let looked = world.collector.arrived(2, "looked_at_wet_boots").await;
    assert_eq!(
        looked.iter().map(|event| event.text("hs_element_text")).collect::<Vec<_>>(),
        ["Look at Snow", "Look at Rain"]
    );

    world.browser.show_newest_tab().await;
    press("Edit Looked at wet boots").await;
    overlay.says("Look at Snow under Snow").await;
    let known = overlay.look("return layer.querySelector('.alternatives .conditions').textContent").await;
    let known = known.as_str().expect("it has conditions");
    assert!(known.contains("It says Look at Snow") && !known.contains("It leads to"), "{known}");
    press("Remove: A link that says “Look at Snow”").await;
    overlay.says("Nothing else yet").await;
    overlay.says("1 element on this page").await;
    world.open(SHOP).await;
    overlay.says("Nothing else yet").await;
    press("Cancel").await;
    press("Throw it away").await;
    press("Edit Full").await;
    overlay.says("An event knows 20 others at most").await;
}

async fn of_several_alike_each_click_tells_which_it_was(world: Rc<World>) {
    open_visualizer_on(&world, "/odd/alike.html").await;
    let overlay = Overlay::of(&world.browser);
    let press = async |what| overlay.click(On::Overlay, "button", what).await;

    for place in 1..=3 {
        press(if place == 1 { "A click" } else { "Pick another" }).await;
        overlay.says("use the page").await;
        overlay.click(On::Page, &format!("li:nth-child({place}) button"), "Remove").await;
        overlay.says("3 elements look the same").await;
        overlay.says("each click tells which of them it was").await;
        overlay.click(On::Overlay, "summary", "What will be recorded").await;
        overlay.says(&format!("hs_element_position\n{place}")).await;
    }

    // What there is but once tells it as well, and the panel shows what is recorded.
    press("Pick another").await;
    overlay.says("use the page").await;
    overlay.click(On::Page, "button", "Pay").await;
    overlay.says("1 element on this page").await;
    overlay.click(On::Overlay, "summary", "What will be recorded").await;
    overlay.says("hs_element_position\n1").await;
}

async fn a_frame_of_another_site_is_picked_as_a_whole(world: Rc<World>) {
    open_visualizer_on(&world, "/frame.html").await;
    let overlay = Overlay::of(&world.browser);
    overlay.click(On::Overlay, "button", "A click").await;
    overlay.says("use the page").await;
    overlay.click(On::Page, "iframe", "").await;
    overlay.shows(".picked", "A film").await;
    overlay.says("1 element on this page").await;
}
