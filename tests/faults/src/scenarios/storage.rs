//! Storage that is refused, full, emptied, damaged, used up, or shared by two sites.

use std::rc::Rc;
use std::time::Duration;

use super::{SEED, scenarios};
use crate::{Fault, Lab, Plan};

scenarios![
    refused: "storage refused",
    full: "storage full",
    cleared: "storage cleared on the living page, collector away",
    corrupt: "every third of what is stored cut in half on the living page, collector away",
    blocked: "collector out of reach after a first contact, events of 1 KB",
    sites: "two sites on one origin, lost answers, 30 %",
];

async fn refused(lab: Rc<Lab>) {
    visits(&lab, &["/page?storage=refused"]).await;
}

async fn full(lab: Rc<Lab>) {
    visits(&lab, &["/page?storage=full"]).await;
}

async fn cleared(lab: Rc<Lab>) {
    spoilt(&lab, "localStorage.clear();").await;
}

async fn corrupt(lab: Rc<Lab>) {
    let code = "keys.filter((_, n) => n % 3 === 0)
        .forEach((key) => (localStorage[key] = localStorage[key].slice(0, localStorage[key].length / 2)));";
    spoilt(&lab, code).await;
}

/// Twenty events that nobody receives, code that spoils what is stored of them under `keys`, twenty more events, and off to the
/// next page in their task. A page may still have in memory what storage has lost.
async fn spoilt(lab: &Lab, code: &str) {
    let code = format!(
        "const keys = Object.keys(localStorage).filter((key) => localStorage[key].includes('fault-'));
        {code}
        return keys.length;"
    );
    let mut keys = 0;
    for _ in 0..lab.rounds(25) {
        lab.visit("/page").await;
        lab.proxy.go_away().await;
        lab.make(20).await;
        keys += lab.browser.run(&code).await.as_u64().unwrap_or_default();
        lab.leave_after(&lab.making(20)).await;
        lab.proxy.come_back().await;
        lab.visit("/page").await;
        lab.settles_within(Duration::from_secs(10)).await;
    }
    lab.demand(keys > 0, "nothing was stored");
}

/// In full more than a page keeps, made where something blocks the collector that was there before.
async fn blocked(lab: Rc<Lab>) {
    lab.visit("/page").await;
    lab.make(1).await;
    lab.settles_within(Duration::from_secs(10)).await;
    lab.proxy.go_away().await;
    for _ in 0..lab.rounds(50) {
        lab.visit("/page").await;
        lab.leave_after(&lab.making_with(20, "fault.small")).await;
    }
    lab.visit("/page").await;
    let size = "return Object.entries(localStorage).join().length";
    let kept = lab.browser.run(size).await.as_u64().unwrap_or_default() / 1024;
    lab.demand(kept < 600, &format!("{kept} KB are kept"));
    lab.remark(format!("{kept} KB in local storage at the end"));
}

async fn sites(lab: Rc<Lab>) {
    let second = lab.second_site().await;
    lab.proxy.follow(Plan::random(SEED, &[(0.3, Fault::DropAnswer)]));
    visits(&lab, &["/page", &second]).await;
    lab.demand_faults();
}

/// Visits to these pages in turn that make twenty events and go on to the next page.
async fn visits(lab: &Lab, pages: &[&str]) {
    for round in 0..lab.rounds(50) {
        lab.visit(pages[round % pages.len()]).await;
        lab.leave_after(&lab.making(20)).await;
    }
}
