//! The npm package as an application's developer uses it: installed from a lockfile and bundled by Vite.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

use crate::places;

/// Installs and bundles the Vite application, once a run, and gives the folder to serve as `/vite-app/`.
pub fn vite_app() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let app = installed();
        let dist = scratch().join("vite-app");
        let dist_text = dist.to_str().expect("the build folder's name is text");
        run(
            &app,
            "npx",
            &[
                "--no-install",
                "vite",
                "build",
                "--base",
                "/vite-app/",
                "--emptyOutDir",
                "--outDir",
                dist_text,
            ],
        );
        dist
    });
    &BUILT
}

/// The accessibility checks of axe-core, as a script.
pub fn axe() -> String {
    let script = installed().join("node_modules/axe-core/axe.min.js");
    fs::read_to_string(script).expect("the lockfile names it")
}

/// Runs an ES module in plain Node, where the package is installed, and gives what it prints.
pub fn in_node(module: &str) -> String {
    run(&installed(), "node", &["--input-type=module", "--eval", module])
}

/// The application's folder, with what its lockfile names installed.
fn installed() -> PathBuf {
    let app = places::fixtures().join("vite-app");
    let modified = |file: &str| fs::metadata(app.join(file)).and_then(|meta| meta.modified()).ok();
    // npm writes the second file when an installation is complete.
    if modified("package-lock.json") > modified("node_modules/.package-lock.json") {
        run(&app, "npm", &["ci", "--no-audit", "--no-fund"]);
    }
    app
}

/// A folder of the build, beside the test program.
fn scratch() -> PathBuf {
    let program = env::current_exe().expect("it is running");
    program.parent().expect("it lies in a folder").join("e2e")
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program} does not start: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?} failed:\n{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}
