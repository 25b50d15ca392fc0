//! The outside judge of webhooks: the Python library `standardwebhooks`, which shares no code with us.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::openssl::openssl;
use crate::python::python;
use crate::shop::eventually;

/// A message as the receiver judged it.
#[derive(Clone, Debug, Deserialize)]
pub struct Judged {
    /// Whether every secret had signed it.
    pub verified: bool,
    /// How many changed copies of it were accepted.
    pub tampered: u32,
    /// The event's ID.
    pub id: String,
    /// What it says.
    pub payload: Value,
}

/// A receiver in a process of its own, ended with this value.
#[derive(Debug)]
pub struct Receiver {
    folder: TempDir,
    process: Child,
    scheme: &'static str,
    port: u16,
    judged: Arc<Mutex<Vec<Judged>>>,
}

impl Receiver {
    /// Starts one that takes everything and knows no secret yet.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_in(folder(), "http")
    }

    /// Starts one that speaks TLS, under a certificate that it signed itself.
    #[track_caller]
    pub fn start_with_tls() -> Self {
        let folder = folder();
        openssl(
            folder.path(),
            "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
             -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
             -addext basicConstraints=critical,CA:FALSE",
        )
        .ok();
        Self::start_in(folder, "https")
    }

    #[track_caller]
    fn start_in(folder: TempDir, scheme: &'static str) -> Self {
        fs::write(folder.path().join("secrets"), "").unwrap();
        fs::write(folder.path().join("status"), "204").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/receiver.py");
        let mut process = Command::new(python())
            .arg(script)
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().expect("the receiver says its port").unwrap();
        let judged = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&judged);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let one: Judged = serde_json::from_str(&line).unwrap();
                kept.lock().unwrap().push(one);
            }
        });
        Self {
            folder,
            process,
            scheme,
            port: port.parse().unwrap(),
            judged,
        }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}/hook", self.scheme, self.port)
    }

    /// The certificate that it signed itself.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Every message must be signed with all of these from now on.
    pub fn expects(&self, secrets: &[&str]) {
        fs::write(self.folder.path().join("secrets"), secrets.join("\n")).unwrap();
    }

    /// Answers with this status from now on.
    pub fn answers(&self, status: u16) {
        fs::write(self.folder.path().join("status"), status.to_string()).unwrap();
    }

    /// Everything it was told, in order.
    pub fn judged(&self) -> Vec<Judged> {
        self.judged.lock().unwrap().clone()
    }

    /// What it was told, once that is so much. All of it must have been signed, and no changed copy
    /// accepted.
    #[track_caller]
    pub fn told(&self, times: usize) -> Vec<Judged> {
        eventually(&format!("{times} events"), || self.judged().len() >= times);
        let judged = self.judged();
        for one in &judged {
            assert!(one.verified && one.tampered == 0, "{one:?}");
        }
        judged
    }
}

fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("countersign-receiver-")
        .tempdir()
        .unwrap()
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
