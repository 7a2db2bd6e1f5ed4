//! Stories and how they are told: each in each browser, as a test of its own.

use std::any::Any;
use std::env;
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use crate::site::Policy;
use crate::{Engine, World};

/// How long a story may take; what it waits for has its own, shorter deadline.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a browser may take to say what it shows after a failure.
const REPORT: Duration = Duration::from_secs(20);

/// What WebKit's small browser cannot be had to do: it keeps nothing between two starts, its driver ends with the process of a
/// page, and needs the page's timers.
const NOT_IN_WEBKIT: [&str; 4] = [
    "leaving::twenty_calls_of_a_tab_that_is_killed_arrive_at_the_next_visit",
    "leaving::calls_of_a_killed_tab_wait_for_a_collector_that_is_away",
    "views::a_visitor_who_returns_is_the_same_visitor",
    "sending::timers_that_come_late_lose_nothing_because_a_hidden_page_sends",
];

/// A story, told in a world of its own.
#[derive(Clone, Copy)]
pub struct Story {
    /// Its name, a sentence: `module::what_happens`.
    pub name: &'static str,
    /// How it goes.
    pub tell: fn(Rc<World>) -> Telling,
}

impl Story {
    /// The name without that of the test program, which is no news.
    fn short_name(self) -> &'static str {
        self.name.split_once("::").map_or(self.name, |(_, name)| name)
    }

    fn is_for(self, engine: Engine) -> bool {
        engine != Engine::WebKit || !NOT_IN_WEBKIT.contains(&self.short_name())
    }
}

/// A story being told.
pub type Telling = Pin<Box<dyn Future<Output = ()>>>;

/// Lists the stories of a module: `stories![a_click_is_recorded, …];` makes its `all()`.
#[macro_export]
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn all() -> Vec<$crate::Story> {
            vec![$($crate::Story {
                name: concat!(module_path!(), "::", stringify!($name)),
                tell: |world| Box::pin($name(world)),
            }),+]
        }
    };
}

/// Tells the stories in the browsers that `PUGMARK_BROWSERS` names (`chromium,firefox`; both by default), on pages with
/// the policy that the environment asks for.
pub fn tell_all(stories: &[Story]) -> ExitCode {
    let told: &'static [Told; 3] = Box::leak(Box::default());
    let policy = policy();
    let trials = engines().into_iter().flat_map(|engine| {
        stories.iter().filter(move |story| story.is_for(engine)).map(move |&story| {
            let name = story.short_name();
            Trial::test(format!("{engine}::{name}"), move || {
                let outcome = tell(engine, policy, story);
                told[engine as usize].count(outcome.is_ok());
                outcome
            })
        })
    });
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    for engine in Engine::ALL {
        told[engine as usize].print(engine, policy);
    }
    conclusion.exit_code()
}

/// How many stories went well in an engine, and how many did not.
#[derive(Default)]
struct Told {
    well: AtomicUsize,
    badly: AtomicUsize,
}

impl Told {
    fn count(&self, well: bool) {
        if well { &self.well } else { &self.badly }.fetch_add(1, Ordering::Relaxed);
    }

    fn print(&self, engine: Engine, policy: Policy) {
        let (well, badly) = (self.well.load(Ordering::Relaxed), self.badly.load(Ordering::Relaxed));
        if well + badly > 0 {
            println!("end to end in {engine}, {policy:?}: {well} passed, {badly} failed");
        }
    }
}

/// The browsers that `PUGMARK_BROWSERS` names; those that need no screen if it is not set.
pub fn engines() -> Vec<Engine> {
    let Ok(wanted) = env::var("PUGMARK_BROWSERS") else { return Engine::WITHOUT_SCREEN.to_vec() };
    wanted
        .split(',')
        .map(|name| {
            Engine::named(name.trim())
                .unwrap_or_else(|| panic!("PUGMARK_BROWSERS names {name:?}; it knows {:?}", Engine::ALL))
        })
        .collect()
}

/// `PUGMARK_FORCE_JS=1` forbids WebAssembly, `PUGMARK_STRICT_CSP=1` all that is not of the site's own origin.
fn policy() -> Policy {
    let is_set = |name| env::var_os(name).is_some_and(|value| value == "1");
    if is_set("PUGMARK_STRICT_CSP") {
        Policy::OwnOrigin
    } else if is_set("PUGMARK_FORCE_JS") {
        Policy::WithoutWasm
    } else {
        Policy::Open
    }
}

fn tell(engine: Engine, policy: Policy, story: Story) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let world = Rc::new(World::start(engine, policy).await);
        let telling = {
            let world = Rc::clone(&world);
            spawn_local(timeout(PATIENCE, async move {
                (story.tell)(Rc::clone(&world)).await;
                no_errors(&world).await
            }))
        };
        let outcome = match telling.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(format!("the story took longer than {PATIENCE:?}")),
            Err(panic) => Err(message(panic.into_panic().as_ref())),
        };
        let outcome = match outcome {
            Ok(()) => Ok(()),
            Err(error) => {
                let report = timeout(REPORT, world.report()).await;
                let report = report.unwrap_or_else(|_| "the browser does not answer".to_owned());
                Err(format!("{error}\n\n{report}").into())
            }
        };
        world.browser.end().await;
        outcome
    })
}

/// The tracker is a guest: whatever a story does, its page must not see an error.
async fn no_errors(world: &World) -> Result<(), String> {
    match world.errors().await {
        Some(errors) if !errors.is_empty() => Err(format!("uncaught on the page: {errors:?}")),
        Some(_) | None => Ok(()),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the story panicked").to_owned()
}
