//! A server that was started: a shop's or a witness's.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A server's process.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) process: Child,
    /// Held open: a program whose output nobody reads may stop.
    _stdout: BufReader<ChildStdout>,
}

impl Serving {
    /// Starts it, its traces added to a file; and the first line that it says.
    #[track_caller]
    pub(crate) fn start(command: &mut Command, traces: &Path) -> (Self, String) {
        let traces = File::options().create(true).append(true).open(traces);
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(traces.unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        stdout.read_line(&mut said).unwrap();
        let serving = Self {
            process,
            _stdout: stdout,
        };
        (serving, said)
    }

    /// Ends it without warning (SIGKILL).
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end (SIGTERM) and waits; its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        let id = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        kill_process(id.unwrap(), Signal::TERM).unwrap();
        self.process.wait().unwrap().code()
    }
}
