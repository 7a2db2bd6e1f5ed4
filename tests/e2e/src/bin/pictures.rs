//! Takes the pictures of the documentation: somebody opens the visualizer on the demo shop, makes an event and publishes it.
//!
//! `cargo run -p pugmark-e2e --bin pictures -- docs/images`, or `./build.sh pictures`.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use pugmark_e2e::site::Policy;
use pugmark_e2e::wait::until;
use pugmark_e2e::{Browser, Engine, On, Overlay, World};
use tokio::task::LocalSet;

/// As large as a page of a document shows it well.
const WINDOW: [u32; 2] = [1280, 860];

const SHOP: &str = "/demo/products/scree-boots.html";

fn main() {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("docs/images"), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it starts");
    LocalSet::new().block_on(&runtime, async {
        let world = Rc::new(World::start(Engine::Chromium, Policy::Open).await);
        take_all(&world, &folder).await;
        world.browser.end().await;
    });
}

async fn take_all(world: &World, folder: &Path) {
    let browser = &world.browser;
    browser.resize(WINDOW).await;
    let take = async |name: &str| browser.picture(&folder.join(name)).await;
    let studio = async |path: &str| browser.open(&world.collector.studio_url(path)).await;

    // Somebody has looked around already.
    let pages = ["/demo/", "/demo/products.html", SHOP, "/demo/products/peat-mug.html", "/demo/about.html"];
    for path in pages {
        world.open(path).await;
        knows_rules(browser).await;
    }
    world.collector.arrived(pages.len(), "page_view").await;

    browser.open(&world.collector.sign_in_link()).await;
    browser.comes_to("/studio/sites/demo/live").await;
    studio("/sites/demo/create").await;
    browser.click_text("a", "Visualizer").await;
    browser.comes_to("/studio/sites/demo/create/visualizer").await;
    browser.fill("#visualizer-url", &world.site.url(SHOP)).await;
    browser.click_text("button", "Open the page").await;
    browser.click_text("button", "Yes, open it").await;
    browser.has_tabs(2).await;
    browser.show_newest_tab().await;
    browser.resize(WINDOW).await;

    let overlay = Overlay::of(browser);
    let press = async |what| overlay.click(On::Overlay, "button", what).await;
    overlay.says("On this page").await;
    overlay.says("Opened the planner").await;
    press("A click").await;
    overlay.says("Pick an element").await;
    overlay.point_at("button", "Add to cart").await;
    overlay.says("Add to cart").await;
    take("visualizer-pick.png").await;
    overlay.click(On::Page, "button", "Add to cart").await;
    overlay.says("1 element on this page").await;
    take("visualizer-element.png").await;
    press("Next").await;
    overlay.says("This page").await;
    press("Pages like this one").await;
    overlay.says("seen lately").await;
    take("visualizer-pages.png").await;
    press("Next").await;
    overlay.click(On::Overlay, "input", "As it stands in reports").await;
    overlay.type_over("Pressed add to cart").await;
    press("Next").await;
    overlay.click(On::Page, "button", "Add to cart").await;
    overlay.says("Fires").await;
    take("visualizer-trial.png").await;
    press("Save as a draft").await;
    overlay.says("is kept as a draft").await;

    browser.show_first_tab().await;
    studio("/sites/demo/definitions").await;
    take("drafts.png").await;
    browser.click_text("button", "Publish").await;
    browser.click_text("p", "Published").await;

    let visitor = Browser::start(Engine::Chromium).await;
    for _ in 0..3 {
        visitor.open(&world.site.url(SHOP)).await;
        knows_rules(&visitor).await;
        visitor.click_text("button", "Add to cart").await;
    }
    world.collector.arrived(3, "pressed_add_to_cart").await;
    visitor.end().await;
    studio("/sites/demo/events/pressed_add_to_cart").await;
    take("event.png").await;
}

/// Waits until the tracker runs on a page of the shop and has the site's rules.
async fn knows_rules(browser: &Browser) {
    until("the tracker", async || {
        match browser.inspect("done(Boolean(window.pugmark?.status?.()?.rules))").await {
            serde_json::Value::Bool(true) => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
}
