//! The scenarios: each makes events in an ordinary or unlucky situation. What became of them is counted afterwards.

mod leaving;
mod network;
mod storage;

use std::any::Any;
use std::cell::OnceCell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pugmark_e2e::Engine;
use pugmark_e2e::browser::Extras;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use crate::account::Account;
use crate::{Lab, Row, Size, Subject};

/// How long a scenario may take, last visits included.
const PATIENCE: Duration = Duration::from_secs(600);

/// What chance begins with. It decides which requests fail: in the short form, whether any does.
const SEED: u64 = 20_261_123;

/// Scenarios that start the browser again with its profile, `killpage` too once the process of its page is gone: WebKit's
/// small browser keeps nothing between two starts.
const NOT_IN_WEBKIT: [&str; 4] = ["killpage", "killbrowser", "killanswer", "killaway"];

/// A scenario.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// Its name on the command line and in the markers: small letters.
    pub name: &'static str,
    /// What happens, for the table.
    pub title: &'static str,
    /// How it goes.
    pub play: fn(Rc<Lab>) -> Playing,
    /// What the browser is started with beside the usual.
    pub extras: fn() -> Extras,
}

/// A scenario being played.
pub type Playing = Pin<Box<dyn Future<Output = ()>>>;

/// Lists the scenarios of a module: `scenarios![navigate: "navigate at once"]` makes its `all()`.
macro_rules! scenarios {
    ($($name:ident: $title:literal $(with $extras:path)?),+ $(,)?) => {
        pub(super) fn all() -> Vec<$crate::Scenario> {
            vec![$($crate::Scenario {
                name: stringify!($name),
                title: $title,
                play: |lab| Box::pin($name(lab)),
                extras: $crate::scenarios::scenarios!(@extras $($extras)?),
            }),+]
        }
    };
    (@extras) => { pugmark_e2e::browser::Extras::default };
    (@extras $extras:path) => { $extras };
}
pub(crate) use scenarios;

/// Every scenario, in the order of the table.
pub fn all() -> Vec<Scenario> {
    [leaving::all(), network::all(), storage::all()].concat()
}

/// Browsers with their back/forward cache, which their drivers switch off.
fn with_back_forward_cache() -> Extras {
    let preferences = [("fission.bfcacheInParent".to_owned(), true.into())];
    Extras {
        without: vec!["disable-back-forward-cache".to_owned()],
        preferences: preferences.into_iter().collect(),
        ..Extras::default()
    }
}

/// Chromium, whose timers in hidden pages run once a minute after ten seconds instead of five minutes, and with the
/// throttling that its driver switches off.
fn with_throttling() -> Extras {
    let without = [
        "disable-background-timer-throttling",
        "disable-backgrounding-occluded-windows",
        "disable-renderer-backgrounding",
    ];
    Extras {
        switches: vec!["--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/10".to_owned()],
        without: without.map(str::to_owned).to_vec(),
        ..Extras::default()
    }
}

impl Scenario {
    /// Whether it can be played in this browser.
    pub fn is_for(&self, engine: Engine) -> bool {
        engine != Engine::WebKit || !NOT_IN_WEBKIT.contains(&self.name)
    }

    /// Plays it on a runtime of its own.
    ///
    /// # Errors
    ///
    /// Why it could not be played to its end; that says nothing about the tracker.
    pub fn run(self, subject: &Subject, engine: Engine, size: Size) -> Result<Row, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        LocalSet::new().block_on(&runtime, self.played(subject.clone(), engine, size))
    }

    async fn played(self, subject: Subject, engine: Engine, size: Size) -> Result<Row, String> {
        let start = Instant::now();
        let shared: Rc<OnceCell<Rc<Lab>>> = Rc::default();
        // A task, so that whatever panics in it, a browser that does not start too, costs this row only.
        let playing = {
            let shared = Rc::clone(&shared);
            spawn_local(timeout(PATIENCE, async move {
                let lab = Rc::new(Lab::start(subject, engine, size, self.name, (self.extras)()).await);
                let _ = shared.set(Rc::clone(&lab));
                (self.play)(Rc::clone(&lab)).await;
                let account = lab.settle().await;
                lab.demand_events();
                self.row(engine, &lab, account, start).await
            }))
        };
        let outcome = match playing.await {
            Ok(Ok(row)) => Ok(row),
            Ok(Err(_)) => Err(format!("it took longer than {} s", PATIENCE.as_secs())),
            Err(panic) => Err(message(panic.into_panic().as_ref())),
        };
        let Some(lab) = shared.get() else { return outcome };
        let outcome = match outcome {
            Ok(row) => Ok(row),
            Err(error) => Err(format!("{error}\n{}\n{}", lab.remarks(), explained(lab).await)),
        };
        lab.browser.end().await;
        outcome
    }

    async fn row(self, engine: Engine, lab: &Lab, account: Account, start: Instant) -> Row {
        let explanation = match account.is_clean() || !lab.subject.is_pugmark() {
            true => String::new(),
            false => lab.explanation().await,
        };
        Row {
            scenario: self.title,
            subject: format!("{} {}", lab.subject.name, lab.subject.version),
            browser: format!("{engine} {}", lab.browser.version()),
            account,
            remark: lab.remarks(),
            explanation,
            took: start.elapsed(),
        }
    }
}

/// As [`Lab::explanation`], in a task of its own: after a failure the collector may not answer.
async fn explained(lab: &Rc<Lab>) -> String {
    let lab = Rc::clone(lab);
    spawn_local(async move { lab.explanation().await }).await.unwrap_or_default()
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the scenario panicked").to_owned()
}
