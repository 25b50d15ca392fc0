//! Someone of the seller at another machine: the `opd` program with a home of its own and no data.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::programs::{Ran, program, run, write_private};
use crate::shop::Shop;

/// An `opd` on another machine.
#[derive(Debug)]
pub struct Clerk {
    folder: TempDir,
    /// The account's ID.
    pub id: String,
    port: u16,
    fingerprint: String,
}

impl Clerk {
    /// Someone whom the operator added with this role, who has not signed in yet.
    #[track_caller]
    pub fn hired(shop: &Shop, id: &str, role: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("countersign-clerk-")
            .tempdir()
            .unwrap();
        let clerk = Self {
            folder,
            id: id.to_owned(),
            port: shop.port(),
            fingerprint: shop.front().root.fingerprint().to_string(),
        };
        let password = clerk.write("password", format!("password of {id}"));
        let password = password.to_str().unwrap();
        let email = format!("{id}@shop.example");
        shop.opd(&[
            "clerk",
            "add",
            id,
            "--email",
            &email,
            "--role",
            role,
            "--password-file",
            password,
        ])
        .ok();
        clerk
    }

    /// The same, signed in.
    #[track_caller]
    pub fn at_work(shop: &Shop, id: &str, role: &str) -> Self {
        let clerk = Self::hired(shop, id, role);
        let fingerprint = clerk.fingerprint.clone();
        clerk.logs_in(&["--fingerprint", &fingerprint]).ok();
        clerk
    }

    /// The home folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file in the home, for its owner only.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        write_private(self.folder(), name, text)
    }

    /// Signs in, with these arguments more.
    pub fn logs_in(&self, more: &[&str]) -> Ran {
        let port = self.port.to_string();
        let mut arguments = vec!["login", "127.0.0.1", &port, &self.id];
        arguments.extend(["--password-file", "password"]);
        arguments.extend(more);
        self.opd(&arguments)
    }

    /// An `opd` command to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program("opd", self.folder());
        command.args(arguments);
        command
    }

    /// Runs an `opd` command.
    pub fn opd(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }

    /// Runs an `opd` command that must succeed, and reads its JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        run(self.command(arguments).arg("--json")).ok().json()
    }
}
