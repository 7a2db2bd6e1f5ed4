//! The npm package in an application bundled by Vite.

use std::rc::Rc;

use pugmark_e2e::{World, stories, vite_app};

stories![the_package_tracks_from_an_application_bundled_by_vite];

async fn the_package_tracks_from_an_application_bundled_by_vite(world: Rc<World>) {
    world.site.mount("/vite-app/", vite_app());
    world.visit("/vite-app/").await;

    world.browser.click("#sign-up").await;

    let signed_up = world.collector.arrived(1, "signed_up").await.remove(0);
    assert_eq!(signed_up.text("plan"), "pro");
    assert_eq!(world.names().await, ["page_view", "signed_up"]);
}
