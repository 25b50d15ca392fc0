//! Processes that are stopped, resumed and killed from outside, by their number.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Stops a process where it is (SIGSTOP).
#[track_caller]
pub fn stop(process: u32) {
    send(process, Signal::STOP);
}

/// Lets a stopped process go on (SIGCONT).
#[track_caller]
pub fn resume(process: u32) {
    send(process, Signal::CONT);
}

/// Kills a process and all its children, and returns when they are gone. It is stopped first, so that it
/// starts no more of them.
#[track_caller]
pub(super) fn kill_all(process: u32) {
    stop(process);
    let mut doomed = vec![process];
    doomed.extend(children_of(process));
    for process in &doomed {
        send(*process, Signal::KILL);
    }
    let start = Instant::now();
    while doomed.iter().any(|process| is_alive(*process)) {
        assert!(start.elapsed() < Duration::from_secs(30), "they live on");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The child of a process that says this of itself in its title.
#[track_caller]
pub(super) fn child_called(process: u32, title: &str) -> Option<u32> {
    let title_of = |child: &u32| fs::read_to_string(format!("/proc/{child}/cmdline"));
    children_of(process)
        .into_iter()
        .find(|child| title_of(child).is_ok_and(|said| said.contains(title)))
}

fn send(process: u32, signal: Signal) {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw).unwrap();
    match kill_process(process, signal) {
        // It has ended by itself meanwhile.
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => panic!("{process:?}: {error}"),
    }
}

/// Whether it is there, and not only waits to be buried.
fn is_alive(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != "Z")
}

fn children_of(process: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap();
    let all = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|child| stat(*child).is_some_and(|(_, parent)| parent == process))
        .collect()
}

/// The state and the parent of a process, after its name in brackets.
fn stat(process: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
