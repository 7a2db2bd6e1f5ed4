//! Every scenario in its short form, in each browser that `PUGMARK_BROWSERS` names.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use pugmark_e2e::story;
use pugmark_faults::{Size, Subject, account, scenarios};

fn main() -> ExitCode {
    let trials = story::engines().into_iter().flat_map(|engine| {
        scenarios::all().into_iter().filter(move |scenario| scenario.is_for(engine)).map(move |scenario| {
            Trial::test(format!("{engine}::{}", scenario.name), move || {
                let row = scenario.run(&Subject::pugmark(), engine, Size::Short)?;
                if row.account.is_clean() { Ok(()) } else { Err(account::report(&[row]).into()) }
            })
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
