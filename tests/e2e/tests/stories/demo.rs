//! The demo shop that the collector serves.

use std::rc::Rc;
use std::time::Instant;

use pugmark_e2e::{World, stories};

stories![adding_to_the_cart_shows_in_the_events_within_two_seconds];

async fn adding_to_the_cart_shows_in_the_events_within_two_seconds(world: Rc<World>) {
    world.open("/demo/").await;
    world.browser.click("a[href*='products/']").await;
    world.browser.click_text("button", "Add to cart").await;
    let clicked = Instant::now();

    let added = world.collector.arrived(1, "added_to_cart").await.remove(0);

    let seconds = clicked.elapsed().as_secs_f32();
    assert!(seconds < 2.0, "it took {seconds} s");
    assert!(added.path().starts_with("/demo/products/"), "{}", added.path());
}
