//! Networks and servers that fail.

use std::rc::Rc;

use super::scenarios;
use crate::{Fault, Lab, Plan};

scenarios![
    answers: "lost answers, 30 %",
    requests: "lost requests, 30 %",
];

async fn answers(lab: Rc<Lab>) {
    visits(&lab, &[(0.3, Fault::DropAnswer)]).await;
}

async fn requests(lab: Rc<Lab>) {
    visits(&lab, &[(0.3, Fault::DropRequest)]).await;
}

/// Visits that make twenty events and go on to the next page, over a network that fails by chance.
async fn visits(lab: &Lab, chances: &[(f64, Fault)]) {
    /// Any number will do.
    const SEED: u64 = 20_261_123;
    lab.proxy.follow(Plan::random(SEED, chances));
    for _ in 0..lab.rounds(50) {
        lab.visit("/page").await;
        lab.leave_after(&lab.making(20)).await;
    }
    let (seen, failed) = lab.proxy.counts();
    lab.remark(format!("{failed} of {seen} requests failed"));
}
