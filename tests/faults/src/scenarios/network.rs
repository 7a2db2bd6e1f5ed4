//! Networks and servers that fail, and timers that hardly run.

use std::rc::Rc;
use std::time::Duration;

use super::{SEED, scenarios, with_throttling};
use crate::{Fault, Lab, Plan, RetryAfter};

scenarios![
    offline: "collector out of reach from the start",
    never: "collector out of reach from the start, never seen before",
    outage: "outage of 10 minutes",
    answers: "lost answers, 30 %",
    requests: "lost requests, 30 %",
    cut: "cut in the middle, requests 25 %, answers 25 %",
    slow: "half of the requests delayed by 1.5 s",
    statuses: "408, 413, 425, 429, 500, 502, 503 in turn",
    hidden: "hidden and throttled, answers lost, 30 %" with with_throttling,
];

async fn offline(lab: Rc<Lab>) {
    lab.visit("/page").await;
    lab.make(1).await;
    lab.settles_within(Duration::from_secs(10)).await;
    lab.proxy.go_away().await;
    // Elsewhere a fresh page must do: a new browser would not know that the collector has ever answered.
    if lab.browser.engine().keeps_its_profile() {
        lab.browser.restart().await;
    }
    visits(&lab).await;
}

async fn never(lab: Rc<Lab>) {
    lab.proxy.go_away().await;
    visits(&lab).await;
}

/// One page lives through the outage, and others come and go.
async fn outage(lab: Rc<Lab>) {
    lab.live_fast();
    let lasting = lab.browser.open_tab().await;
    lab.visit("/page?clock").await;
    lab.make(20).await;
    lab.settles_within(Duration::from_secs(5)).await;

    lab.proxy.go_away().await;
    let start = std::time::Instant::now();
    for _ in 0..lab.rounds(25) {
        lab.browser.show(&lasting).await;
        lab.make(20).await;
        lab.browser.show_first_tab().await;
        lab.visit("/page?clock").await;
        lab.leave_after(&lab.making(20)).await;
    }
    lab.pass_until(start, Duration::from_mins(10)).await;
    lab.proxy.come_back().await;

    // The next visit takes over what pages left behind that are gone. The longest pause between two tries is five
    // minutes of the lasting page's.
    lab.visit("/page?clock").await;
    let arrived = lab.arrives_within(Duration::from_secs(10)).await;
    lab.remark(format!(
        "the page's clock runs {} times as fast; {} within its next 10 minutes",
        crate::lab::CLOCK_SPEED,
        if arrived { "everything arrived" } else { "not everything arrived" },
    ));
    lab.browser.show(&lasting).await;
    lab.browser.close_tab().await;
    lab.browser.show_first_tab().await;
}

async fn answers(lab: Rc<Lab>) {
    visits_with(&lab, &[(0.3, Fault::DropAnswer)]).await;
}

async fn requests(lab: Rc<Lab>) {
    visits_with(&lab, &[(0.3, Fault::DropRequest)]).await;
}

async fn cut(lab: Rc<Lab>) {
    visits_with(&lab, &[(0.25, Fault::CutRequest), (0.25, Fault::CutAnswer)]).await;
}

async fn slow(lab: Rc<Lab>) {
    visits_with(&lab, &[(0.5, Fault::Delay(Duration::from_millis(1_500)))]).await;
}

async fn visits_with(lab: &Lab, chances: &[(f64, Fault)]) {
    lab.proxy.follow(Plan::random(SEED, chances));
    visits(lab).await;
    lab.demand_faults();
}

/// Visits that make twenty events and go on to the next page; every fifth stays long enough for a batch.
async fn visits(lab: &Lab) {
    for round in 0..lab.rounds(50) {
        lab.visit("/page").await;
        if round % 5 == 4 {
            lab.make(10).await;
            lab.settles_within(Duration::from_secs(2)).await;
        }
        lab.leave_after(&lab.making(20)).await;
    }
}

/// Each status once, on a page that stays.
async fn statuses(lab: Rc<Lab>) {
    use RetryAfter::{Date, Seconds, Unsaid};
    let statuses = [
        (408, Unsaid),
        (413, Unsaid),
        (425, Unsaid),
        (429, Seconds(1)),
        (429, Date(2)),
        (500, Unsaid),
        (502, Unsaid),
        (503, Seconds(1)),
        (503, Date(2)),
    ];
    let mut happened = 0;
    lab.visit("/page").await;
    for (status, retry_after) in statuses {
        lab.proxy.follow(Plan::script([Fault::Status(status, retry_after)]));
        lab.make(lab.rounds(120)).await;
        lab.settles_within(Duration::from_secs(10)).await;
        happened += usize::from(lab.proxy.scripted() == 0);
    }
    let all = statuses.len();
    lab.demand(happened == all, &format!("{happened} of {all} statuses were answered"));
    lab.remark("429 and 503 with Retry-After in seconds and as a date");
}

/// A hidden page is told by another one to make events; its own timers run once a second or once a minute.
async fn hidden(lab: Rc<Lab>) {
    let behind = lab.browser.open_tab_to_hide().await;
    lab.visit("/page").await;
    lab.browser.run("new BroadcastChannel('fault').onmessage = ({ data }) => pageLog.run(data)").await;
    lab.browser.open_tab().await;
    lab.browser.open(&lab.pages.url("/gone")).await;
    lab.proxy.follow(Plan::random(SEED, &[(0.3, Fault::DropAnswer)]));

    let rounds = lab.rounds(50);
    let pause =
        lab.time(Duration::from_secs(60), Duration::from_secs(5)) / u32::try_from(rounds).unwrap_or(1);
    for _ in 0..rounds {
        let code = format!("window.seen = document.visibilityState; {}", lab.making(20));
        let code = serde_json::Value::from(code);
        lab.browser.run(&format!("(window.far ??= new BroadcastChannel('fault')).postMessage({code})")).await;
        tokio::time::sleep(pause).await;
    }
    let arrived = lab.arrives_within(lab.time(Duration::from_secs(90), Duration::from_secs(10))).await;
    lab.browser.close_tab().await;
    lab.browser.show(&behind).await;
    let seen = lab.browser.run("return window.seen").await;
    lab.demand(seen == "hidden", "the page was not hidden");
    lab.demand_faults();
    lab.remark(format!(
        "the page was {}; {} while it was",
        seen.as_str().unwrap_or("gone"),
        if arrived { "everything arrived" } else { "not everything arrived" },
    ));
    lab.browser.close_tab().await;
    lab.browser.show_first_tab().await;
}
