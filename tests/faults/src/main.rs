//! Plays every scenario in full and prints the table.

use std::process::ExitCode;
use std::time::{Instant, SystemTime};
use std::{fs, path::PathBuf};

use clap::Parser;
use pugmark_e2e::Engine;
use pugmark_faults::{Row, Scenario, Size, Subject, account, disk, scenarios};

/// How long the page lives whose browser is killed, in seconds.
const LIVES: [u64; 5] = [3, 8, 20, 45, 90];

/// Plays the fault scenarios with real browsers and prints what was made, stored, doubled and lost.
#[derive(Parser)]
struct Arguments {
    /// The browsers, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "chromium,firefox")]
    browsers: Vec<String>,
    /// Only scenarios whose names contain one of these, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only trackers whose names contain one of these; Pugmark alone if none is given, "all" for all of them
    #[arg(long, value_delimiter = ',', default_value = "Pugmark")]
    subjects: Vec<String>,
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
    if arguments.disk {
        for engine in engines(&arguments.browsers)? {
            print!("{}", disk::measure(engine, &LIVES)?);
        }
        return Ok(true);
    }
    let start = Instant::now();
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for subject in subjects(&arguments.subjects)? {
        for &engine in &engines(&arguments.browsers)? {
            for scenario in chosen(&arguments.only, &subject, engine) {
                let size = if arguments.short { Size::Short } else { Size::Full };
                match scenario.run(&subject, engine, size) {
                    Ok(row) => {
                        eprintln!(
                            "{}: {}",
                            row.took.as_secs(),
                            account::table(std::slice::from_ref(&row)).lines().last().unwrap_or_default()
                        );
                        rows.push((subject.is_pugmark(), row));
                    }
                    Err(error) => {
                        failures.push(format!("{} in {engine}, {}: {error}", subject.name, scenario.name));
                        eprintln!("{}", failures.last().map_or("", String::as_str));
                    }
                }
            }
        }
    }
    let is_clean = rows.iter().all(|(is_pugmark, row)| !is_pugmark || row.account.is_clean());
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    let report = report(&rows, &failures, start);
    print!("{report}");
    if let Some(path) = &arguments.out {
        fs::write(path, report).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(is_clean && failures.is_empty())
}

fn report(rows: &[Row], failures: &[String], start: Instant) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let failures: String =
        failures.iter().map(|failure| format!("\nCould not be played: {failure}\n")).collect();
    format!(
        "{}{failures}\n{}; `cargo run -p pugmark-faults -- {}`; {} s; load average at the end {}\n",
        account::table(rows),
        httpdate::fmt_http_date(SystemTime::now()),
        command.join(" "),
        start.elapsed().as_secs(),
        load.split(' ').next().unwrap_or_default(),
    )
}

fn engines(names: &[String]) -> Result<Vec<Engine>, String> {
    names
        .iter()
        .map(|name| Engine::named(name).ok_or_else(|| format!("there is no browser \"{name}\"")))
        .collect()
}

fn subjects(names: &[String]) -> Result<Vec<Subject>, String> {
    let mut all = vec![Subject::pugmark()];
    all.extend(Subject::peers()?);
    let wanted = |subject: &Subject| {
        names.iter().any(|name| name == "all" || subject.name.to_lowercase().contains(&name.to_lowercase()))
    };
    all.retain(wanted);
    Ok(all)
}

fn chosen(only: &[String], subject: &Subject, engine: Engine) -> Vec<Scenario> {
    let mut all = scenarios::all();
    all.retain(|scenario| scenario.is_for(subject, engine));
    all.retain(|scenario| only.is_empty() || only.iter().any(|name| scenario.name.contains(name.as_str())));
    all
}
