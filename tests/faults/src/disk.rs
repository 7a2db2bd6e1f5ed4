//! How long a browser keeps what a page has stored in memory only, where kill -9 of the browser takes it.

use std::fmt::Write;
use std::rc::Rc;
use std::time::Duration;

use pugmark_e2e::Engine;
use pugmark_e2e::browser::Extras;
use tokio::task::LocalSet;
use tokio::time::sleep;

use crate::{Lab, Size, Subject};

/// Makes an event every 100 ms while the collector is away, kills the browser, and says how many of the events are
/// found by the next visit: as Markdown, a row a length of the page's life.
///
/// # Errors
///
/// Why there is no runtime to do it in.
pub fn measure(engine: Engine, lives: &[u64]) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    Ok(LocalSet::new().block_on(&runtime, async {
        let mut out = String::from(
            "| browser | killed after, s | made | survived | lost from memory, s |\n|---|--:|--:|--:|--:|\n",
        );
        for &life in lives {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{}", row(engine, life).await);
        }
        out
    }))
}

async fn row(engine: Engine, life: u64) -> String {
    let lab = Rc::new(Lab::start(Subject::pugmark(), engine, Size::Full, "disk", Extras::default()).await);
    let browser = format!("{engine} {}", lab.browser.version());
    lab.visit("/page").await;
    lab.proxy.go_away().await;
    lab.browser.run("let round = 0; setInterval(() => fault.make('disk', round++, 1), 100)").await;
    sleep(Duration::from_secs(life)).await;
    lab.browser.kill();
    lab.browser.start_again().await;
    let account = lab.settle().await;
    lab.browser.end().await;
    let gone = (account.made - account.stored) as f64 / 10.0;
    format!("| {browser} | {life} | {} | {} | {gone:.1} |", account.made, account.stored)
}
