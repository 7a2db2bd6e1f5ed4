//! What a page calls, and what it is told.

use std::rc::Rc;

use pugmark_e2e::{World, stories};
use serde_json::{Value, json};

stories![
    both_forms_of_a_call_and_its_aliases_are_one_call,
    what_does_not_fit_is_cut_to_the_rules_and_told,
    identify_travels_by_itself_and_reaches_back_to_the_first_event,
    reset_makes_a_new_visitor,
    listeners_hear_what_happens_until_they_are_undone,
    flush_and_status_answer,
];

async fn both_forms_of_a_call_and_its_aliases_are_one_call(world: Rc<World>) {
    world.visit("/page.html").await;

    world
        .run(
            r#"pugmark.trackCustomEvent("signed_up", { n: 1 });
            pugmark.trackCustomEvent({ name: "signed_up", properties: { n: 2 } });
            pugmark.trackCustomBehavioralEvent({ name: "signed_up", properties: { n: 3 } });
            pugmark.trackEvent({ id: "signed_up", value: 4 });
            pugmark.push(["trackCustomEvent", "signed_up", { n: 5 }]);
            pugmark.trackCustomEvent("signed_up");"#,
        )
        .await;

    let given: Vec<Value> =
        world.collector.arrived(6, "signed_up").await.iter().map(|event| event.given().into()).collect();
    assert_eq!(
        given,
        [json!({"n":1}), json!({"n":2}), json!({"n":3}), json!({"value":4}), json!({"n":5}), json!({})]
    );
}

async fn what_does_not_fit_is_cut_to_the_rules_and_told(world: Rc<World>) {
    world.visit("/page.html").await;

    // Sixty names of eighty characters, of which the first fifty tell them apart: p00xxx… to p59xxx….
    world
        .run(
            r#"const properties = {};
            for (let i = 59; i >= 0; i--) {
              const name = `P${String(i).padStart(2, "0")}${i === 7 ? "_url" : ""}`.padEnd(80, "x");
              properties[name] = String(i % 10).repeat(3000);
            }
            pugmark.trackCustomEvent("much", properties);"#,
        )
        .await;

    let much = world.collector.arrived(1, "much").await.remove(0);
    let given = much.given();
    assert_eq!(given.len(), 50);
    for i in 0..50 {
        let (infix, length) = if i == 7 { ("_url", 1024) } else { ("", 256) };
        let name = format!("{:x<50}", format!("p{i:02}{infix}"));
        assert_eq!(given[&name], json!((i % 10).to_string().repeat(length)), "{name}");
        assert!(much.adjusted.contains(&format!("property_name:{name}")), "{:?}", much.adjusted);
        assert!(much.adjusted.contains(&format!("value_cut:{name}")), "{:?}", much.adjusted);
    }
    assert!(much.adjusted.contains(&"too_many:10".to_owned()), "{:?}", much.adjusted);
    assert_eq!(much.adjusted.len(), 101);
}

async fn identify_travels_by_itself_and_reaches_back_to_the_first_event(world: Rc<World>) {
    world.visit("/page.html").await;
    world.collector.arrived(1, "page_view").await;

    world.run(r#"pugmark.identify({ email: "ada@example.com" });"#).await;

    let events = world.collector.become_true("the view is Ada's", |events| {
        events[0].identity.as_ref().is_some_and(|identity| identity["email"] == "ada@example.com")
    });
    assert_eq!(events.await.len(), 1, "identify is no event");
}

async fn reset_makes_a_new_visitor(world: Rc<World>) {
    world.visit("/page.html").await;

    world
        .run(
            r#"pugmark.trackCustomEvent("before");
            pugmark.reset();
            pugmark.trackCustomEvent("after");"#,
        )
        .await;

    let before = world.collector.arrived(1, "before").await.remove(0);
    let after = world.collector.arrived(1, "after").await.remove(0);
    assert!(before.visitor.is_some() && after.visitor.is_some());
    assert_ne!(before.visitor, after.visitor);
    assert_ne!(before.session, after.session);
    let cookie = world.run("return document.cookie").await;
    assert_eq!(cookie, json!(format!("pugmark_utk={}", after.visitor.unwrap_or_default())));
}

async fn listeners_hear_what_happens_until_they_are_undone(world: Rc<World>) {
    world.visit("/page.html").await;
    world.collector.arrived(1, "page_view").await;

    world
        .run(
            r#"window.heard = [];
            const undo = pugmark.on("completion", (event) => heard.push(`completion ${event.name} ${event.properties.plan}`));
            pugmark.on("adjusted", (event) => heard.push(`adjusted ${event.name} ${event.changes}`));
            pugmark.on("delivered", () => heard.push("delivered"));
            pugmark.on("completion", () => { throw new Error("a listener's own mistake"); })();
            pugmark.trackCustomEvent("signed_up", { Plan: "pro" });
            undo();
            pugmark.trackCustomEvent("signed_up", { plan: "free" });"#,
        )
        .await;

    world.browser.comes_true(r#"heard.includes("delivered")"#).await;
    let heard = world.run("return heard.filter((line) => line !== 'delivered').sort()").await;
    assert_eq!(heard, json!(["adjusted signed_up property_name:plan", "completion signed_up pro"]));
}

async fn flush_and_status_answer(world: Rc<World>) {
    world.visit("/page.html").await;

    let flushed = world.run(r#"pugmark.trackCustomEvent("signed_up"); return pugmark.flush()"#).await;
    let status = world.run("pugmark.debug(true); pugmark.debug(false); return pugmark.status()").await;

    for count in ["sent", "pending", "lost"] {
        assert!(flushed[count].is_u64(), "{flushed}");
    }
    assert_eq!(flushed["pending"], 0, "{flushed}");
    assert_eq!(world.collector.named("signed_up").await.len(), 1, "a flush ends with the receipt");
    assert!(status.is_object(), "{status}");
}
