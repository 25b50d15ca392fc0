//! A buyer at the `po` program, with a home of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::programs::{Ran, program, run, write_private};
use crate::shop::Shop;

/// The password of every account that joins here.
pub const PASSWORD: &str = "a password of my own";

/// A `po` with its home folder.
#[derive(Debug)]
pub struct Po {
    folder: TempDir,
    port: u16,
}

impl Po {
    /// A `po` that knows no seller yet.
    pub fn new(port: u16) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("countersign-po-")
            .tempdir()
            .unwrap();
        let po = Self { folder, port };
        po.write("password", PASSWORD);
        po.write("passphrase", "a passphrase for my keys");
        po
    }

    /// A `po` that has pinned the shop's root.
    #[track_caller]
    pub fn trusting(shop: &Shop) -> Self {
        Self::trusting_through(shop, shop.port())
    }

    /// The same by another way to the shop, such as a [`crate::wire::Wire`].
    #[track_caller]
    pub fn trusting_through(shop: &Shop, port: u16) -> Self {
        let po = Self::new(port);
        let fingerprint = shop.front().root.fingerprint().to_string();
        let port = port.to_string();
        po.run(&[
            "trust",
            "127.0.0.1",
            &port,
            "--fingerprint",
            &fingerprint,
            "--no-input",
        ])
        .ok();
        po
    }

    /// A buyer who was invited, and joined with an RSA key.
    #[track_caller]
    pub fn joined(shop: &Shop, id: &str) -> Self {
        let po = Self::new(shop.port());
        po.run(&["join", &shop.invites(id), "--no-input"]).ok();
        po
    }

    /// The folder that holds everything of this buyer.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The shop's port, as an argument.
    pub fn port(&self) -> String {
        self.port.to_string()
    }

    /// Writes a file in the folder, for its owner only.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        write_private(self.folder(), name, text)
    }

    /// A `po` command to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program("po", self.folder());
        command.env("PO_HOME", self.folder().join("home"));
        command.env("PO_PASSWORD_FILE", self.folder().join("password"));
        command.env("PO_PASSPHRASE_FILE", self.folder().join("passphrase"));
        command.args(arguments);
        command
    }

    /// Runs a `po` command.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }

    /// Makes a key in `key.pem` and has the seller's operator enrol it.
    #[track_caller]
    pub fn has_key_enrolled(&self, shop: &Shop, account: &str, algorithm: &str) {
        self.run(&[
            "keygen",
            "--algorithm",
            algorithm,
            "--out",
            "key.pem",
            "--no-input",
        ])
        .ok();
        let certificate = self.folder().join("key.cert.pem");
        shop.opd(&["key", "add", account, certificate.to_str().unwrap()])
            .ok();
    }

    /// Signs in where it was told to connect.
    #[track_caller]
    pub fn signs_in(&self, account: &str) {
        self.run(&["login", "127.0.0.1", &self.port(), account, "--no-input"])
            .ok();
    }

    /// Places an order without being asked anything.
    pub fn orders(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["order"];
        all.extend(arguments);
        all.extend(["--yes", "--no-input", "--json"]);
        self.run(&all)
    }
}
