//! Where things are: the workspace, its build, and the programs on this machine.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the crate is two folders below the root").to_owned()
}

/// The folder of the fixture pages.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The collector to test: `PUGMARK_COLLECTOR_BIN`, or what `cargo build` leaves in `CARGO_TARGET_DIR` or the workspace.
pub fn collector() -> PathBuf {
    let built = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let built = root().join(built).join("debug/pugmark-collector");
    let path = env::var_os("PUGMARK_COLLECTOR_BIN").map_or(built, PathBuf::from);
    assert!(
        path.is_file(),
        "no collector at {}: run `cargo build -p pugmark-collector`, or name it in PUGMARK_COLLECTOR_BIN",
        path.display()
    );
    path
}

/// The program that `variable` names, or the first of `names` on the PATH.
pub fn program(variable: &str, names: &[&str]) -> PathBuf {
    if let Some(path) = env::var_os(variable) {
        return path.into();
    }
    let folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("none of {names:?} is on the PATH, and {variable} is not set"))
}

/// WebKit's small browser, which is in no folder of the PATH: `MINIBROWSER`, or where Debian has it.
pub fn mini_browser() -> PathBuf {
    if let Some(path) = env::var_os("MINIBROWSER") {
        return path.into();
    }
    let inside =
        |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    inside("/usr/lib".into())
        .flat_map(inside)
        .filter(|folder| {
            folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("webkit2gtk-"))
        })
        .map(|folder| folder.join("MiniBrowser"))
        .find(|path| path.is_file())
        .expect("MiniBrowser is not in /usr/lib/*/webkit2gtk-*, and MINIBROWSER is not set")
}
