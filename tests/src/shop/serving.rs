//! The server of a shop: how it is opened, ended and killed.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use super::Shop;

/// A server that was started.
#[derive(Debug)]
pub(super) struct Serving {
    process: Child,
    /// Held open: a program whose output nobody reads may stop.
    _stdout: BufReader<ChildStdout>,
}

impl Shop {
    /// Opens the server on a port; 0 takes a free one.
    #[track_caller]
    pub fn serve_on(&mut self, port: u16) {
        self.port = port;
        self.serve();
    }

    /// Opens the server, on the port it had before if it was open once.
    #[track_caller]
    pub fn serve(&mut self) {
        let said = self.tries_to_serve();
        if let Err(said) = said {
            panic!("said {said:?}\n{}", self.traces());
        }
    }

    /// The same; tells what it said instead if it does not open.
    pub fn tries_to_serve(&mut self) -> Result<(), String> {
        self.tries_to_serve_with(&[])
    }

    /// The same with more that is typed.
    pub fn tries_to_serve_with(&mut self, typed: &[&str]) -> Result<(), String> {
        let traces = File::options()
            .create(true)
            .append(true)
            .open(self.folder().join("opd.log"))
            .unwrap();
        let mut process = self
            .opd_command(&["serve", "127.0.0.1", &self.port.to_string()])
            .args(typed)
            .stdout(Stdio::piped())
            .stderr(traces)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        let port = ready.trim().strip_prefix("listening https://127.0.0.1:");
        if let Some(port) = port {
            self.port = port.parse().unwrap();
        }
        let said = port.map(drop).ok_or_else(|| ready.clone());
        self.serving = Some(Serving {
            process,
            _stdout: stdout,
        });
        said
    }

    /// Ends the server without warning (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut serving) = self.serving.take() {
            serving.process.kill().unwrap();
            serving.process.wait().unwrap();
        }
    }

    /// Asks the server to end (SIGTERM) and waits; returns its exit code.
    pub fn close(&mut self) -> Option<i32> {
        let mut serving = self.serving.take().expect("the shop is open");
        let id = i32::try_from(serving.process.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.unwrap(), rustix::process::Signal::TERM).unwrap();
        serving.process.wait().unwrap().code()
    }

    /// Waits until the server ends by itself, at most so long; the signal that ended it, if one did.
    pub fn dies_within(&mut self, patience: Duration) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt as _;
        let start = Instant::now();
        let serving = self.serving.as_mut().expect("the shop is open");
        loop {
            if let Some(status) = serving.process.try_wait().unwrap() {
                self.serving = None;
                return status.signal();
            }
            if start.elapsed() > patience {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills the server and opens it again.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        self.serve();
    }

    /// The server's process ID.
    pub fn process_id(&self) -> u32 {
        self.serving
            .as_ref()
            .expect("the shop is open")
            .process
            .id()
    }

    /// Whether the server is still the process that was started.
    pub fn is_serving(&mut self) -> bool {
        let serving = self.serving.as_mut().expect("the shop is open");
        serving.process.try_wait().unwrap().is_none()
    }

    /// What the server wrote to standard error.
    pub fn traces(&self) -> String {
        fs::read_to_string(self.folder().join("opd.log")).unwrap_or_default()
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }
}
