//! Page views, on pages and in applications of one page.

use std::rc::Rc;

use pugmark_e2e::{World, stories};
use serde_json::json;

stories![
    a_script_tag_sends_a_page_view,
    a_visitor_who_returns_is_the_same_visitor,
    each_new_route_is_one_view_with_its_own_title,
    replacing_the_address_counts_when_the_path_changes,
    the_back_button_is_a_view,
    a_fragment_is_no_page,
    a_fragment_is_a_page_where_the_site_routes_by_it,
    a_manual_page_sends_a_view_only_when_asked,
];

async fn a_script_tag_sends_a_page_view(world: Rc<World>) {
    world.visit("/page.html?utm_source=news").await;

    let view = world.collector.arrived(1, "page_view").await.remove(0);
    assert_eq!(view.path(), "/page.html?utm_source=news");
    assert_eq!(view.text("hs_page_title"), "A page");
    assert_eq!(view.text("hs_utm_source"), "news");
    let cookie = world.run("return document.cookie").await;
    let visitor = view.visitor.expect("a visitor has an id");
    assert_eq!(cookie, json!(format!("pugmark_utk={visitor}")));
    assert!(visitor.len() == 32 && visitor.bytes().all(|b| b.is_ascii_hexdigit()), "{visitor}");
    assert_eq!(world.site.asked(), ["/page.html", "/page-log.js"], "the site itself is asked for nothing");
}

async fn a_visitor_who_returns_is_the_same_visitor(world: Rc<World>) {
    world.visit("/page.html").await;
    world.everything().await;

    world.browser.restart().await;
    world.visit("/page.html").await;

    let views = world.collector.arrived(2, "page_view").await;
    assert_eq!(views[0].visitor, views[1].visitor);
    assert_eq!(views[0].session, views[1].session, "closing the browser ends no session");
    assert_ne!(views[0].tab, views[1].tab);
}

/// Paths and titles of all views, oldest first.
async fn views(world: &World) -> Vec<(String, String)> {
    let mut events = world.everything().await;
    events.retain(|event| event.name == "page_view");
    events.iter().map(|event| (event.path().to_owned(), event.text("hs_page_title").to_owned())).collect()
}

/// Changes the route and waits until its view is on its way.
async fn show(world: &World, path: &str, title: &str) {
    let before = world.collector.named("page_view").await.len();
    world.run(&format!("show({path:?}, {title:?})")).await;
    world.collector.arrived(before + 1, "page_view").await;
}

async fn each_new_route_is_one_view_with_its_own_title(world: Rc<World>) {
    world.visit("/spa.html").await;
    world.collector.arrived(1, "page_view").await;

    show(&world, "/inbox", "Inbox").await;
    world.run(r#"show("/inbox", "Inbox (1)")"#).await;
    show(&world, "/inbox?page=2", "Inbox, page 2").await;

    let expected = [("/spa.html", "Home"), ("/inbox", "Inbox"), ("/inbox?page=2", "Inbox, page 2")];
    assert_eq!(views(&world).await, expected.map(owned));
}

async fn replacing_the_address_counts_when_the_path_changes(world: Rc<World>) {
    world.visit("/spa.html").await;
    world.collector.arrived(1, "page_view").await;

    world.run(r#"history.replaceState({}, "", "/spa.html?sort=price")"#).await;
    world.everything().await;
    world.run(r#"history.replaceState({}, "", "/start")"#).await;
    world.collector.arrived(2, "page_view").await;

    assert_eq!(views(&world).await, [("/spa.html", "Home"), ("/start", "Home")].map(owned));
}

async fn the_back_button_is_a_view(world: Rc<World>) {
    world.visit("/spa.html").await;
    world.collector.arrived(1, "page_view").await;
    show(&world, "/inbox", "Inbox").await;

    world.browser.back().await;

    world.collector.arrived(3, "page_view").await;
    assert_eq!(views(&world).await[2].0, "/spa.html");
}

async fn a_fragment_is_no_page(world: Rc<World>) {
    world.visit("/spa.html").await;
    world.collector.arrived(1, "page_view").await;

    world.run(r##"location.hash = "#reviews"; show("/spa.html#top", "Top")"##).await;
    show(&world, "/next", "Next").await;

    let paths: Vec<String> = views(&world).await.into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["/spa.html", "/next"]);
}

async fn a_fragment_is_a_page_where_the_site_routes_by_it(world: Rc<World>) {
    world.visit("/spa-hash.html").await;
    world.collector.arrived(1, "page_view").await;

    world.run(r##"location.hash = "#/inbox"; document.title = "Inbox""##).await;
    world.collector.arrived(2, "page_view").await;
    show(&world, "#/settings", "Settings").await;

    let expected = [
        ("/spa-hash.html", "Home"),
        ("/spa-hash.html#/inbox", "Inbox"),
        ("/spa-hash.html#/settings", "Settings"),
    ];
    assert_eq!(views(&world).await, expected.map(owned));
}

async fn a_manual_page_sends_a_view_only_when_asked(world: Rc<World>) {
    world.visit("/manual.html").await;
    world.run(r#"history.pushState({}, "", "/elsewhere"); pugmark.trackCustomEvent("signed_up")"#).await;
    assert_eq!(world.names().await, ["signed_up"]);

    world
        .run(r#"pugmark.setPath("/pricing?plan=pro"); document.title = "Pricing"; pugmark.trackPageView()"#)
        .await;

    assert_eq!(views(&world).await, [("/pricing?plan=pro", "Pricing")].map(owned));
}

fn owned((path, title): (&str, &str)) -> (String, String) {
    (path.to_owned(), title.to_owned())
}
