//! Running programs, ours and others', and what they said.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;

/// The path of one of our programs, built beside the tests.
///
/// # Panics
/// If it was not built.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("target/<profile>/deps");
    let path = profile.join(name);
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --workspace` first",
        path.display()
    );
    path
}

/// `opd` with its crash points, which `cargo xtask test` builds before everything else.
///
/// # Panics
/// If it was not built.
pub fn opd_with_crash_points() -> PathBuf {
    let path = built("opd")
        .ancestors()
        .nth(2)
        .expect("target/<profile>/opd")
        .join("crash-points/opd");
    assert!(
        path.exists(),
        "{} is missing: run `cargo xtask crash-points` first",
        path.display()
    );
    path
}

/// Makes something in a folder of this name beside our programs, unless it is there. Tests are processes of their
/// own: the first makes it, and the others wait.
#[track_caller]
pub fn made_once<T>(name: &str, make: impl FnOnce(&Path) -> T) -> T {
    let folder = built("opd").with_file_name(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    make(&folder)
}

/// A port of the loopback that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Writes a file for its owner only, and tells where it is.
pub fn write_private(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Copies a folder with all it holds to where nothing is.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let beside = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &beside);
        } else {
            fs::copy(&path, &beside).unwrap();
        }
    }
}

/// How much of a process is in memory, in KiB.
pub fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = line.and_then(|line| line.trim().strip_suffix(" kB"));
    size.expect("a process has a size").parse().unwrap()
}

/// A program of ours that sees nothing of the environment the tests happen to run in.
pub fn program(name: &str, home: &Path) -> Command {
    program_at(&built(name), home)
}

/// The same of a program elsewhere.
pub fn program_at(path: &Path, home: &Path) -> Command {
    let mut command = Command::new(path);
    command
        .env_clear()
        .env("HOME", home)
        .env("NO_COLOR", "1")
        .env("LANG", "C.UTF-8");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(home).stdin(Stdio::null());
    command
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Ran {
    line: String,
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Ran {
    run_with_input(command, b"")
}

/// Runs a program to its end with something on its standard input.
pub fn run_with_input(command: &mut Command, input: &[u8]) -> Ran {
    let line = format!("{command:?}");
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {line}: {error}"));
    if !input.is_empty() {
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        stdin.write_all(input).expect("the program reads its input");
    }
    let output = child
        .wait_with_output()
        .expect("a program that was started ends");
    Ran {
        line,
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ran {
    /// Insists that it succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.ends_with(0)
    }

    /// Insists on its exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{}\n{}{}",
            self.line,
            self.text(),
            self.stderr
        );
        self
    }

    /// Its standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Its standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        parse(&self.line, &self.stdout)
    }

    /// The problem on its standard error, of a program run with `--json`.
    #[track_caller]
    pub fn problem(&self) -> Value {
        parse(&self.line, self.stderr.as_bytes())
    }
}

#[track_caller]
fn parse(line: &str, bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{line}: {error} in\n{text}"))
}
