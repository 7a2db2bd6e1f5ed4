//! Pages that are left, closed and killed.

use std::rc::Rc;

use super::scenarios;
use crate::Lab;

scenarios![
    navigate: "navigate at once",
    close: "close the tab at once",
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
