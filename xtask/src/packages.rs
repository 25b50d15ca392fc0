//! What tests run against, and the Debian packages that bring it.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::work::{has_program, say, succeeds};

/// A program, a command that succeeds, or the path of something else, and the package that brings it.
const NEEDED: &[(&str, &str)] = &[
    ("openssl", "openssl"),
    ("curl", "curl"),
    ("smtpd", "opensmtpd"),
    ("stunnel", "stunnel4"),
    ("faketime", "faketime"),
    ("go", "golang-go"),
    ("/usr/lib/postgresql/15/bin/initdb", "postgresql-15"),
    // Debian keeps this half of the module apart.
    ("python3 -m ensurepip --version", "python3-venv"),
    (
        "/usr/share/gocode/src/golang.org/x/mod",
        "golang-golang-x-mod-dev",
    ),
];

/// Makes sure that every needed program is there: installs with apt as root, or names the packages.
pub(crate) fn install_missing() -> Result<()> {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(needed, _)| !is_there(needed))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !has_program("apt-get") || !is_root()? {
        bail!("the tests need {list}: install them, or leave the stories out with --quick");
    }
    say(&format!("installing {list}"));
    let quiet = ["--quiet", "--yes", "--no-install-recommends"];
    let mut install = apt();
    install.arg("install").args(quiet).args(&missing);
    // The package lists of a fresh container are empty.
    if !succeeds(&mut install)? {
        ensure!(
            succeeds(apt().arg("update").arg("--quiet"))?,
            "apt-get update failed"
        );
        ensure!(succeeds(&mut install)?, "apt-get install {list} failed");
    }
    Ok(())
}

fn is_there(needed: &str) -> bool {
    if needed.starts_with('/') {
        Path::new(needed).exists()
    } else if let Some((program, arguments)) = needed.split_once(' ') {
        let mut command = Command::new(program);
        let output = command.args(arguments.split(' ')).output();
        output.is_ok_and(|output| output.status.success())
    } else {
        has_program(needed)
    }
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output()?;
    Ok(output.stdout.trim_ascii() == b"0")
}
