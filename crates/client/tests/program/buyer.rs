//! A buyer: a home folder of its own, a password, keys, and the real program.

use std::ffi::OsStr;
use std::fs;
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use countersign_envelope::Certificate;
use tempfile::TempDir;

use crate::shop::{ACCOUNT, ORIGIN, PASSWORD, Shop};

const PASSPHRASE: &str = "open sesame";

pub(crate) struct Buyer {
    folder: TempDir,
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Buyer {
    /// Knows nobody and has nothing but a password and a passphrase in files.
    pub(crate) fn new() -> Self {
        let buyer = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        buyer.writes_secret("password", PASSWORD);
        buyer.writes_secret("passphrase", PASSPHRASE);
        buyer
    }

    /// Has pinned the shop, signed in and enrolled an RSA key.
    pub(crate) fn of(shop: &Shop) -> Self {
        let buyer = Self::new();
        buyer.trusts(shop).succeeds();
        buyer.signs_in(shop).succeeds();
        buyer.makes_key("rsa").succeeds();
        shop.enrols(buyer.certificate("rsa"));
        buyer
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub(crate) fn writes_secret(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.path(name), private).unwrap();
    }

    /// Runs `po` with nobody to ask.
    pub(crate) fn runs(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
        Run::of(self.command().args(arguments))
    }

    /// `po` with nobody to ask.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_po"));
        command
            .env_clear()
            .env("PO_HOME", self.home())
            .env("PO_PASSWORD_FILE", self.path("password"))
            .env("PO_PASSPHRASE_FILE", self.path("passphrase"))
            .arg("--no-input")
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn trusts(&self, shop: &Shop) -> Run {
        let (port, root) = (shop.port.to_string(), shop.root().to_string());
        self.runs(["trust", "127.0.0.1", &port, "--fingerprint", &root])
    }

    pub(crate) fn signs_in(&self, shop: &Shop) -> Run {
        self.runs(["login", "127.0.0.1", &shop.port.to_string(), ACCOUNT])
    }

    pub(crate) fn makes_key(&self, algorithm: &str) -> Run {
        let out = self.key(algorithm);
        let fixed = [
            "keygen",
            "--bits",
            "2048",
            "--algorithm",
            algorithm,
            "--out",
        ];
        self.runs(fixed.map(OsStr::new).into_iter().chain([out.as_os_str()]))
    }

    pub(crate) fn key(&self, algorithm: &str) -> PathBuf {
        self.path(&format!("{algorithm}.pem"))
    }

    pub(crate) fn certificate(&self, algorithm: &str) -> Certificate {
        let path = self.path(&format!("{algorithm}.cert.pem"));
        Certificate::from_pem(&fs::read_to_string(path).unwrap()).unwrap()
    }

    /// Orders two bottles under this number, signed with the RSA key.
    pub(crate) fn orders(&self, number: &str) -> Run {
        self.orders_with(number, "rsa")
    }

    /// Orders an item, such as `WATER=2`, under a number that is made up.
    pub(crate) fn orders_item(&self, wanted: &str) -> Run {
        self.runs(["order", wanted, "--yes", "--key", "rsa.pem"])
    }

    pub(crate) fn orders_with(&self, number: &str, algorithm: &str) -> Run {
        let key = self.key(algorithm);
        let fixed = ["order", "WATER=2", "--yes", "--number", number, "--key"];
        self.runs(fixed.map(OsStr::new).into_iter().chain([key.as_os_str()]))
    }

    /// Has all that was signed about an order verified.
    pub(crate) fn verifies(&self, number: &str) -> Run {
        self.runs(["receipt", number])
    }

    /// Whether an order under this number waits for its receipt.
    pub(crate) fn waits_for(&self, number: &str) -> bool {
        self.runs(["pending"]).succeeds().out.contains(number)
    }

    /// The newest checkpoint that was seen of the shop's first log.
    pub(crate) fn checkpoint(&self) -> Option<String> {
        let folder = self.home().join("sellers").join(ORIGIN).join("log");
        fs::read_to_string(folder.join(format!("{ORIGIN}.checkpoint"))).ok()
    }

    /// What is kept of a log that contradicted itself.
    pub(crate) fn contradictions(&self) -> Vec<String> {
        let folder = self.home().join("sellers").join(ORIGIN).join("log");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        files
            .filter(|path| path.to_string_lossy().contains("contradiction-"))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::with_input(command, "")
    }

    /// Runs a command that reads this.
    pub(crate) fn with_input(command: &mut Command, input: &str) -> Self {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(input.as_bytes()).unwrap();
        file.rewind().unwrap();
        let output = command.stdin(file).output().unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    /// Asserts that the errors have these words.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words), "no {words:?} in: {}", self.err);
        self
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }
}

/// Every file below this folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let below = |path: PathBuf| {
        if path.is_dir() {
            files_below(&path)
        } else {
            vec![path]
        }
    };
    entries
        .flat_map(|entry| below(entry.unwrap().path()))
        .collect()
}
