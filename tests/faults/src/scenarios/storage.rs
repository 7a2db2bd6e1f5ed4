//! Storage that is refused, full, or shared by two sites.

use std::rc::Rc;

use super::{SEED, scenarios};
use crate::{Fault, Lab, Plan};

scenarios![
    refused: "storage refused",
    full: "storage full",
    sites: "two sites on one origin, lost answers, 30 %",
];

async fn refused(lab: Rc<Lab>) {
    visits(&lab, &["/page?storage=refused"]).await;
}

async fn full(lab: Rc<Lab>) {
    visits(&lab, &["/page?storage=full"]).await;
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
