//! A storage that is full, emptied, damaged or shared: the page notices nothing, and events go out.

use std::rc::Rc;

use pugmark_e2e::{World, stories};

use crate::prepared::{HANGING_POSTS, calls, leave, numbers, visit_prepared};

stories![
    a_storage_emptied_by_another_script_takes_no_event_along,
    a_full_storage_is_no_obstacle,
    calls_from_within_our_own_writing_are_recorded,
    a_damaged_record_is_removed_and_the_others_go_out,
    two_sites_on_one_origin_leave_each_other_alone,
];

async fn a_storage_emptied_by_another_script_takes_no_event_along(world: Rc<World>) {
    visit_prepared(&world, HANGING_POSTS).await;
    world.collector.arrived(1, "page_view").await;

    world.run("hangs = true").await;
    world.run(&calls("kept", 5)).await;
    world.run("localStorage.clear(); hangs = false").await;

    world.run(r#"pugmark.trackCustomEvent("next")"#).await;
    world.collector.arrived(1, "next").await;
    assert_eq!(numbers(&world.everything().await, "kept"), [0, 1, 2, 3, 4]);
}

async fn a_full_storage_is_no_obstacle(world: Rc<World>) {
    let fill = "try { for (let size = 1 << 20; size; size >>= 1) {
        for (let n = 0; n < 20; n++) try { localStorage.setItem(`fill-${size}-${n}`, 'x'.repeat(size)) } catch { break }
      } } catch {}";
    visit_prepared(&world, fill).await;

    world.run(&calls("unwritten", 5)).await;

    assert_eq!(
        world.run("return Object.keys(localStorage).filter((key) => /:\\d+$/.test(key)).length").await,
        0
    );
    assert_eq!(numbers(&world.everything().await, "unwritten"), [0, 1, 2, 3, 4]);
}

async fn calls_from_within_our_own_writing_are_recorded(world: Rc<World>) {
    let wrapped = "window.made = 0;
        const plainSet = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
          plainSet.call(this, key, value);
          if (key.startsWith('pm:') && made < 20) pugmark.trackCustomEvent('within', { n: made++ });
        };";
    visit_prepared(&world, wrapped).await;
    world.run(r#"pugmark.trackCustomEvent("outside")"#).await;

    world.browser.comes_true("made === 20").await;
    assert_eq!(numbers(&world.everything().await, "within"), (0..20).collect::<Vec<i64>>());
}

/// The keys of the journal's records.
const RECORDS: &str =
    "Object.keys(localStorage).filter((key) => /^pm:.*:[0-9a-f]{12}:[0-9]+$/.test(key)).sort()";

async fn a_damaged_record_is_removed_and_the_others_go_out(world: Rc<World>) {
    visit_prepared(&world, HANGING_POSTS).await;
    world.collector.arrived(1, "page_view").await;
    world.run("hangs = true").await;
    world.run(&calls("sound", 5)).await;
    leave(&world).await;
    world
        .run(&format!(
            r#"const keys = {RECORDS};
            const [cut, spoilt, ...sound] = keys.filter((key) => localStorage[key].includes("sound"));
            localStorage[cut] = localStorage[cut].slice(0, 60);
            localStorage[spoilt] = localStorage[spoilt].replace("sound", '"');
            localStorage[cut.replace(/\d+$/, "777")] = "what another script has put here";
            localStorage[cut.replace(/\d+$/, "no number")] = "no record";"#
        ))
        .await;

    world.visit("/page.html").await;

    world.collector.arrived(3, "sound").await;
    world.everything().await;
    assert_eq!(world.run(&format!("return {RECORDS}")).await.to_string(), "[]");
}

async fn two_sites_on_one_origin_leave_each_other_alone(world: Rc<World>) {
    world.open("/gone.html").await;
    world.run("sessionStorage.setItem('site', 'demo:b')").await;
    visit_prepared(&world, HANGING_POSTS).await;
    world.run("hangs = true").await;
    world.run(&calls("theirs", 3)).await;
    leave(&world).await;
    let theirs = world.run(&format!("return {RECORDS}")).await;
    assert!(theirs.as_array().is_some_and(|keys| keys.len() >= 3), "{theirs}");

    world.visit("/page.html").await;
    world.run(&calls("ours", 3)).await;
    let events = world.everything().await;
    world.run("pugmark.revokeConsent()").await;

    assert_eq!(numbers(&events, "ours"), [0, 1, 2]);
    assert!(numbers(&events, "theirs").is_empty());
    assert_eq!(world.run(&format!("return {RECORDS}")).await, theirs);
}
