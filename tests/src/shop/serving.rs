//! The server of a shop: how it is opened, ended and killed.

use std::fs;
use std::time::{Duration, Instant};

use super::Shop;
use crate::serving::Serving;

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
        let mut command = self.opd_command(&["serve", "127.0.0.1", &self.port.to_string()]);
        let traces = self.folder().join("opd.log");
        let (serving, ready) = Serving::start(command.args(typed), &traces);
        self.serving = Some(serving);
        let port = ready.trim().strip_prefix("listening https://127.0.0.1:");
        if let Some(port) = port {
            self.port = port.parse().unwrap();
        }
        port.map(drop).ok_or_else(|| ready.clone())
    }

    /// Ends the server without warning (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.kill();
        }
    }

    /// Asks the server to end (SIGTERM) and waits; returns its exit code.
    pub fn close(&mut self) -> Option<i32> {
        let serving = self.serving.take().expect("the shop is open");
        serving.end()
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
