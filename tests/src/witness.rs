//! A witness that anybody runs: its folder, the `opd witness` commands, and the process that can be
//! killed.

use std::fs;
use std::path::{Path, PathBuf};

use countersign_envelope::Digest;
use countersign_transparency::{AddCheckpoint, WitnessKey};
use tempfile::TempDir;

use crate::http::{Answer, Request, Server};
use crate::programs::{Ran, program, run};
use crate::serving::Serving;

/// A witness in a temporary folder, gone with it.
#[derive(Debug)]
pub struct Witness {
    folder: TempDir,
    verifier_key: String,
    port: u16,
    /// Options of `serve`, and the scheme that follows from them.
    options: Vec<String>,
    scheme: &'static str,
    serving: Option<Serving>,
}

impl Witness {
    /// A witness of this name, at work on a free port, which trusts nobody yet.
    #[track_caller]
    pub fn start(name: &str) -> Self {
        let mut witness = Self::founded(name);
        witness.serve();
        witness
    }

    /// A witness that has a key and is not at work yet.
    #[track_caller]
    pub fn founded(name: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("countersign-witness-")
            .tempdir()
            .unwrap();
        let mut witness = Self {
            folder,
            verifier_key: String::new(),
            port: 0,
            options: Vec::new(),
            scheme: "http",
            serving: None,
        };
        let said = witness.opd(&["init", "--name", name]).ok().text();
        said.trim().clone_into(&mut witness.verifier_key);
        witness
    }

    /// The witness's own folder.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("witness")
    }

    /// Where logs ask it, without a slash at the end.
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The key line that its cosignatures are verified with.
    pub fn verifier_key(&self) -> &str {
        &self.verifier_key
    }

    /// The same, read.
    pub fn key(&self) -> WitnessKey {
        self.verifier_key.parse().unwrap()
    }

    /// The setting of a shop that asks these witnesses.
    pub fn setting_to_ask(witnesses: &[&Self]) -> String {
        let tables: Vec<String> = witnesses
            .iter()
            .map(|witness| {
                format!(
                    "{{ key = {:?}, url = {:?} }}",
                    witness.verifier_key(),
                    witness.url()
                )
            })
            .collect();
        format!("[{}]", tables.join(", "))
    }

    /// The newest checkpoint that it has of a log.
    #[track_caller]
    pub fn remembers(&self, origin: &str) -> String {
        let log = Digest::of(origin.as_bytes()).to_string();
        let path = format!("/log/{}/checkpoint", log.trim_start_matches("sha256:"));
        let note = self.server().ask(&Request::get(&path)).with_status(200);
        note.text()
    }

    /// Trusts a log by its key line.
    #[track_caller]
    pub fn trusts(&self, vkey: &str) {
        self.opd(&["add-log", vkey]).ok();
    }

    /// Runs an `opd witness` command.
    pub fn opd(&self, arguments: &[&str]) -> Ran {
        let mut command = program("opd", self.folder.path());
        run(command
            .arg("witness")
            .args(arguments)
            .arg("--dir")
            .arg(self.dir()))
    }

    /// Sets it to work, on the port it had before if it was at work once.
    #[track_caller]
    pub fn serve(&mut self) {
        let mut command = program("opd", self.folder.path());
        command
            .args(["witness", "serve", "127.0.0.1", &self.port.to_string()])
            .arg("--dir")
            .arg(self.dir())
            .args(&self.options);
        let (serving, ready) = Serving::start(&mut command, &self.traces_file());
        let start = format!("listening {}://127.0.0.1:", self.scheme);
        let port = ready.trim().strip_prefix(&start);
        let port = port.unwrap_or_else(|| panic!("said {ready:?}\n{}", self.traces()));
        self.port = port.parse().unwrap();
        self.serving = Some(serving);
    }

    /// Sets it to work over TLS, with this certificate and key.
    #[track_caller]
    pub fn serve_over_tls(&mut self, certificate: &Path, key: &Path) {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        self.options = vec![
            "--tls-certificate".to_owned(),
            path(certificate),
            "--tls-key".to_owned(),
            path(key),
        ];
        self.scheme = "https";
        self.serve();
    }

    /// Ends it without warning (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.kill();
        }
    }

    /// Kills it and sets it to work again, at the same address.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        self.serve();
    }

    /// Asks it to end (SIGTERM) and waits; returns its exit code.
    pub fn close(&mut self) -> Option<i32> {
        let serving = self.serving.take().expect("the witness is at work");
        serving.end()
    }

    /// How to reach it, without TLS.
    pub fn server(&self) -> Server {
        Server::in_the_clear(self.port)
    }

    /// What it answers a log that asks for a cosignature.
    #[track_caller]
    pub fn answers(&self, request: &AddCheckpoint) -> Answer {
        self.answers_bytes(request.to_string().into_bytes())
    }

    /// What it answers to any bytes where a log would ask.
    #[track_caller]
    pub fn answers_bytes(&self, body: Vec<u8>) -> Answer {
        let request = Request::new("POST", "/add-checkpoint").body("text/plain", body);
        self.server().ask(&request)
    }

    /// What it wrote to standard error.
    pub fn traces(&self) -> String {
        fs::read_to_string(self.traces_file()).unwrap_or_default()
    }

    fn traces_file(&self) -> PathBuf {
        Path::new(self.folder.path()).join("witness.log")
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            crate::remark(&format!("the witness's traces:\n{}", self.traces()));
        }
        self.kill();
    }
}
