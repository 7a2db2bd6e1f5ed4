//! The generator itself, in a few seconds: whatever the machine, nothing is lost and nothing stored twice.

use std::process::Command;

#[test]
fn under_load_overload_and_kill_nothing_acknowledged_is_lost_or_stored_twice() {
    let output = Command::new(env!("CARGO_BIN_EXE_pugmark-load"))
        .arg("--quick")
        .output()
        .expect("the program was built for this test");

    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    for line in ["the loads above", "5 of kill -9", "1 of SIGTERM"] {
        let line = said.lines().find(|found| found.contains(line)).unwrap_or_else(|| panic!("{said}"));
        assert!(line.ends_with("| 0 | 0 | 0 | 0 |"), "{line}");
    }
}
