//! Pages that are left, closed, killed and put away.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::{SEED, scenarios, with_back_forward_cache};
use crate::lab::TO_DISK;
use crate::{Fault, Lab, Plan};

scenarios![
    navigate: "navigate at once",
    close: "close the tab at once",
    many: "200 events of 1 KB, then leave",
    large: "one event of 129 KB, 75 KB packed, at leaving",
    cache: "back/forward cache, there and back" with with_back_forward_cache,
    tabs: "three tabs, closed at random, answers and requests lost",
    killpage: "kill -9 of the page's process, collector away",
    killbrowser: "kill -9 of the browser, collector reachable",
    killanswer: "kill -9 of the browser, answers lost",
    killaway: "kill -9 of the browser, collector away",
];

/// Twenty events and off to the next page in the same task.
async fn navigate(lab: Rc<Lab>) {
    for _ in 0..lab.rounds(50) {
        lab.visit("/page").await;
        lab.leave_after(&lab.making(20)).await;
    }
}

/// Twenty events in a tab that closes itself in the same task.
async fn close(lab: Rc<Lab>) {
    lab.browser.open(&lab.pages.url("/gone")).await;
    for _ in 0..lab.rounds(50) {
        lab.open_tab_that_may_close().await;
        lab.browser.fire(&format!("{} window.close();", lab.making(20))).await;
        lab.browser.has_tabs(1).await;
        lab.browser.show_first_tab().await;
    }
}

/// More than a page that is left may send: the next visit has time to send the rest.
async fn many(lab: Rc<Lab>) {
    for _ in 0..lab.rounds(6) {
        lab.visit("/page").await;
        lab.leave_after(&lab.making_with(200, "fault.small")).await;
        lab.visit("/page").await;
        lab.settles_within(Duration::from_secs(10)).await;
    }
}

/// Nineteen events of the page's life, then one that is larger than a page that is left may send, made while it is
/// left or put away. The next visit has time to send it.
async fn large(lab: Rc<Lab>) {
    for round in 0..lab.rounds(50) {
        lab.visit("/page").await;
        lab.make(19).await;
        let large = match round % 2 {
            0 => lab.making_with(1, "fault.large"),
            _ => lab.making_at_pagehide(1, "fault.large"),
        };
        lab.leave_after(&large).await;
        lab.visit("/page").await;
        lab.settles_within(Duration::from_secs(5)).await;
    }
    lab.remark("made in the task that leaves, or in its pagehide");
}

/// Forty events, away and back, forty more that have to arrive by themselves; longer than a request from before is
/// waited for. A busy browser may throw any page out of its cache, so there are more rounds until one has come back.
async fn cache(lab: Rc<Lab>) {
    let (mut restored, mut alive, mut why_not) = (0, 0, String::new());
    let least = lab.rounds(13);
    let most = if lab.subject.is_pugmark() { 3 * least } else { least };
    let mut rounds = 0;
    while rounds < least || (restored == 0 && rounds < most) {
        rounds += 1;
        lab.visit("/page").await;
        lab.leave_after(&lab.making(40)).await;
        lab.browser.back().await;
        lab.ready().await;
        match lab.browser.run("return fault.restored > 0 || fault.notRestoredReasons()").await {
            Value::Bool(true) => restored += 1,
            reasons => why_not = reasons.to_string(),
        }
        lab.make(40).await;
        alive += usize::from(lab.settles_within(Duration::from_secs(8)).await);
    }
    lab.demand(restored > 0, &format!("no page came back from the cache: {why_not}"));
    let why_not =
        if restored < rounds { format!(", the last other one not: {why_not}") } else { String::new() };
    lab.remark(format!(
        "{restored} of {rounds} pages came back from the cache (`pageshow.persisted`){why_not}; everything arrived \
         without leaving again in {alive}"
    ));
}

/// Ten events in one of three tabs at a time, which is closed at once in three of ten cases, over a bad network.
async fn tabs(lab: Rc<Lab>) {
    let mut random = fastrand::Rng::with_seed(SEED);
    lab.proxy.follow(Plan::random(SEED, &[(0.2, Fault::DropAnswer), (0.1, Fault::DropRequest)]));
    let mut tabs = Vec::new();
    for _ in 0..3 {
        tabs.push(lab.browser.open_tab().await);
        lab.visit("/page").await;
    }
    for _ in 0..lab.rounds(100) {
        let place = random.usize(..tabs.len());
        lab.browser.show(&tabs[place]).await;
        lab.make(10).await;
        if random.f64() < 0.3 {
            lab.browser.close_tab().await;
            lab.browser.show_first_tab().await;
            tabs[place] = lab.browser.open_tab().await;
            lab.visit("/page").await;
        }
    }
    lab.demand_faults();
    for tab in &tabs {
        lab.browser.show(tab).await;
        lab.browser.close_tab().await;
    }
    lab.browser.show_first_tab().await;
}

/// The page's process dies with two hundred events that nobody has received.
async fn killpage(lab: Rc<Lab>) {
    for _ in 0..lab.rounds(5) {
        lab.browser.open_tab().await;
        lab.visit("/page").await;
        let process = lab.browser.page_process().await;
        lab.proxy.go_away().await;
        lab.make(200).await;
        process.kill();
        lab.browser.recover().await;
        lab.proxy.come_back().await;
        lab.visit("/page").await;
        lab.settles_within(Duration::from_secs(10)).await;
    }
}

/// The browser dies two seconds after two hundred events: a batch's wait, and a moment for the requests.
async fn killbrowser(lab: Rc<Lab>) {
    const AFTER: Duration = Duration::from_secs(2);
    for _ in 0..lab.rounds(5) {
        lab.visit("/page").await;
        lab.make(200).await;
        sleep(AFTER).await;
        lab.browser.kill();
        lab.browser.start_again().await;
    }
    lab.remark(format!("killed {} s after the calls", AFTER.as_secs()));
}

/// The browser dies when the collector has the events and nobody has told the page so, once it has had the time to
/// write them to disk: the next visit sends them again.
async fn killanswer(lab: Rc<Lab>) {
    let rounds = lab.rounds(5);
    let mut again = 0;
    for _ in 0..rounds {
        lab.visit("/page").await;
        lab.proxy.follow(Plan::random(SEED, &[(1.0, Fault::DropAnswer)]));
        lab.make(200).await;
        sleep(TO_DISK).await;
        lab.browser.kill();
        lab.proxy.follow(Plan::calm());
        let before = lab.proxy.copies();
        lab.browser.start_again().await;
        lab.visit("/page").await;
        again += usize::from(lab.comes_again(before, Duration::from_secs(10)).await);
        // So that the next round's events are the first changes again, see `TO_DISK`.
        lab.browser.restart().await;
    }
    lab.demand_faults();
    let times = format!("events came again after {again} of {rounds} restarts");
    lab.demand(again == rounds, &times);
    if again == rounds {
        lab.remark(times);
    }
    lab.remark(format!("killed {} s after the calls", TO_DISK.as_secs()));
}

/// The browser dies with events that nobody has received, once it has had the time to write them to disk.
async fn killaway(lab: Rc<Lab>) {
    for _ in 0..lab.rounds(5) {
        lab.visit("/page").await;
        lab.proxy.go_away().await;
        lab.make(200).await;
        sleep(TO_DISK).await;
        lab.browser.kill();
        lab.browser.start_again().await;
        lab.proxy.come_back().await;
        lab.visit("/page").await;
        lab.settles_within(Duration::from_secs(10)).await;
    }
    lab.remark(format!("killed {} s after the calls, the first of their page", TO_DISK.as_secs()));
}
