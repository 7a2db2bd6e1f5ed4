//! Plays every scenario in full and prints the table.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};
use std::{fmt, fs, slice, thread};

use clap::Parser;
use pugmark_e2e::Engine;
use pugmark_faults::{Row, Scenario, Size, Subject, account, disk, scenarios};

/// How long the page lives whose browser is killed, in seconds.
const LIVES: [u64; 5] = [3, 8, 20, 45, 90];

/// Plays the fault scenarios with real browsers and prints what was made, stored, doubled and lost.
#[derive(Parser)]
struct Arguments {
    /// The browsers, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "chromium,firefox,webkit")]
    browsers: Vec<String>,
    /// Only scenarios whose names contain one of these, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only trackers whose names contain one of these; "all" for all of them
    #[arg(long, value_delimiter = ',', default_value = "Pugmark")]
    subjects: Vec<String>,
    /// How many browsers run at the same time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// A few rounds of each
    #[arg(long)]
    short: bool,
    /// Measures instead how much of a page's storage a killed browser forgets
    #[arg(long)]
    disk: bool,
    /// Where the table is written as well
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match played(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every scenario could be played and Pugmark neither lost anything silently nor stored anything twice.
fn played(arguments: &Arguments) -> Result<bool, String> {
    let engines = engines(&arguments.browsers)?;
    if arguments.disk {
        for engine in engines.into_iter().filter(|engine| engine.keeps_its_profile()) {
            print!("{}", disk::measure(engine, &LIVES)?);
        }
        return Ok(true);
    }
    let start = Instant::now();
    let jobs = jobs(&scenarios(&arguments.only)?, &subjects(&arguments.subjects)?, &engines);
    if jobs.is_empty() {
        return Err("nothing of that can be played with these trackers in these browsers".to_owned());
    }
    let size = if arguments.short { Size::Short } else { Size::Full };
    let (mut rows, mut failures, mut is_clean) = (Vec::new(), String::new(), true);
    for (job, outcome) in jobs.iter().zip(outcomes(&jobs, size, arguments.jobs)) {
        match outcome {
            Ok(row) => {
                is_clean &= !job.subject.is_pugmark() || row.account.is_clean();
                rows.push(row);
            }
            Err(error) => failures += &account::note(&format!("{job} could not be played"), &error),
        }
    }
    let report = report(&rows, &failures, start);
    print!("{report}");
    if let Some(path) = &arguments.out {
        fs::write(path, report).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(is_clean && failures.is_empty())
}

/// One row to be played.
struct Job {
    scenario: Scenario,
    subject: Subject,
    engine: Engine,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.scenario.name, self.subject.name, self.engine)
    }
}

/// In the order of the table: each scenario with every subject in every browser.
fn jobs(scenarios: &[Scenario], subjects: &[Subject], engines: &[Engine]) -> Vec<Job> {
    let mut jobs = Vec::new();
    for &scenario in scenarios {
        for subject in subjects {
            for &engine in engines {
                if scenario.is_for(engine) {
                    jobs.push(Job { scenario, subject: subject.clone(), engine });
                }
            }
        }
    }
    jobs
}

/// Plays them on so many threads, and says of each how it went as soon as it has.
fn outcomes(jobs: &[Job], size: Size, threads: usize) -> Vec<Result<Row, String>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return done };
            let outcome = job.scenario.run(&job.subject, job.engine, size);
            eprintln!("{job}: {}", summary(&outcome));
            done.push((index, outcome));
        }
    };
    let mut done = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

fn summary(outcome: &Result<Row, String>) -> String {
    match outcome {
        Ok(row) => {
            let table = account::table(slice::from_ref(row));
            format!("{} s {}", row.took.as_secs(), table.lines().last().unwrap_or_default())
        }
        Err(error) => error.clone(),
    }
}

/// How to read the column of duplicates of the other trackers.
const COPIES: &str = "Pugmark's row is what its collector has stored. The other trackers' rows are what arrived at a sink that takes \
                      everything and removes nothing: their \"duplicates stored\" are copies that arrived. Snowplow, \
                      Segment, RudderStack, Amplitude, Mixpanel and PostHog send ids by which their servers can remove \
                      copies.";

fn report(rows: &[Row], failures: &str, start: Instant) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}\n{COPIES}\n{failures}\n`./build.sh faults {}`; {}; {} s on {} processors; load average at the end {}\n",
        account::report(rows),
        command.join(" "),
        httpdate::fmt_http_date(SystemTime::now()),
        start.elapsed().as_secs(),
        thread::available_parallelism().map_or(1, usize::from),
        load.split(' ').next().unwrap_or_default(),
    )
}

fn engines(names: &[String]) -> Result<Vec<Engine>, String> {
    names
        .iter()
        .map(|name| Engine::named(name).ok_or_else(|| format!("there is no browser \"{name}\"")))
        .collect()
}

/// The subjects asked for, Pugmark first.
fn subjects(names: &[String]) -> Result<Vec<Subject>, String> {
    let mut all = vec![Subject::pugmark()];
    if names.iter().any(|name| !matches(&all[0].name, name)) {
        all.extend(Subject::peers()?);
    }
    let known: Vec<String> = all.iter().map(|subject| subject.name.clone()).collect();
    if names.iter().any(|name| name == "all") {
        return Ok(all);
    }
    are_known(names, &known, "tracker")?;
    all.retain(|subject| names.iter().any(|name| matches(&subject.name, name)));
    Ok(all)
}

/// The scenarios asked for, all of them if none is named.
fn scenarios(names: &[String]) -> Result<Vec<Scenario>, String> {
    let mut all = scenarios::all();
    let known: Vec<String> = all.iter().map(|scenario| scenario.name.to_owned()).collect();
    are_known(names, &known, "scenario")?;
    all.retain(|scenario| names.is_empty() || names.iter().any(|name| matches(scenario.name, name)));
    Ok(all)
}

fn are_known(names: &[String], known: &[String], kind: &str) -> Result<(), String> {
    match names.iter().find(|name| name.is_empty() || !known.iter().any(|one| matches(one, name))) {
        Some(name) => Err(format!("there is no {kind} \"{name}\"; choose among {}", known.join(", "))),
        None => Ok(()),
    }
}

fn matches(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.to_lowercase())
}
