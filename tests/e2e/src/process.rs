//! Processes: the tree below one, and how to end it.

use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};

/// A killed process that is still there after this long is stuck in the kernel, and nobody waits for it.
const GONE_AFTER: Duration = Duration::from_secs(2);

/// A process below another one.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    pub(crate) command: String,
}

impl Process {
    /// Ends it with SIGKILL: at once, with nothing said to it.
    pub fn kill(&self) {
        kill(self.pid);
    }

    /// How long it has computed so far, in ticks of the kernel's clock: the fields `utime` and `stime`.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = stat(self.pid).unwrap_or_default();
        stat.split_ascii_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
    }
}

/// Everything that `ancestor` started, directly or not.
pub(crate) fn descendants(ancestor: u32) -> Vec<Process> {
    let all: Vec<(u32, u32)> = fs::read_dir("/proc")
        .expect("the stories run on Linux")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| Some((pid, parent(pid)?)))
        .collect();

    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(&above) = found.get(next) {
        found.extend(all.iter().filter(|(_, parent)| *parent == above).map(|(pid, _)| *pid));
        next += 1;
    }
    found.into_iter().skip(1).map(|pid| Process { pid, command: command(pid) }).collect()
}

/// Ends `ancestor` and everything it started, and waits until they write to no file any more.
pub(crate) fn kill_tree(ancestor: u32) {
    let below = descendants(ancestor);
    kill(ancestor);
    below.iter().for_each(Process::kill);

    let start = Instant::now();
    // A process that has ended has no command line, even while its parent has not noticed.
    while below.iter().any(|process| !command(process.pid).is_empty()) && start.elapsed() < GONE_AFTER {
        thread::sleep(Duration::from_millis(5));
    }
}

fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // One that is already gone is as good as killed.
    let _ = kill_process(pid.expect("/proc names real processes"), Signal::KILL);
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// `/proc/<pid>/stat` from its third field on; the second is a name in parentheses that may hold anything.
fn stat(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')').map(|(_, after_name)| after_name.to_owned())
}

fn command(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_tree_is_found_and_ended() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("there is a shell");
        let sleeper = loop {
            if let Some(found) = descendants(shell.id()).into_iter().find(|p| p.command == "sleep 60") {
                break found;
            }
        };

        kill_tree(shell.id());

        shell.wait().expect("the shell was ours");
        assert_eq!(command(sleeper.pid), "");
    }
}
