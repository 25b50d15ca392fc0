//! Running programs so that a person can follow, and the only places that print.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};

/// Prints a line to standard output, if somebody reads it.
pub(crate) fn say(line: &str) {
    let _unread = writeln!(io::stdout().lock(), "{line}");
}

/// Prints a line to standard error, if somebody reads it.
pub(crate) fn complain(line: &str) {
    let _unread = writeln!(io::stderr().lock(), "{line}");
}

/// The checkout's root folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// A cargo command in the checkout's root, by the cargo that runs this task.
pub(crate) fn cargo(arguments: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .args(arguments.split_whitespace())
        .current_dir(root());
    command
}

/// Whether a program of that name is on the path, or where administrators keep theirs.
pub(crate) fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .any(|file| file.is_file())
}

/// Runs a command that shares our terminal; tells whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {name}"))?;
    Ok(status.success())
}

/// Runs a command, passes on every line it prints, and keeps those worth repeating at the end.
pub(crate) fn watch(
    command: &mut Command,
    is_worth_repeating: fn(&str) -> bool,
) -> Result<(bool, Vec<String>)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let kept = Arc::new(Mutex::new(Vec::new()));
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child
            .stdout
            .take()
            .map(|stream| -> Box<dyn Read + Send> { Box::new(stream) }),
        child
            .stderr
            .take()
            .map(|stream| -> Box<dyn Read + Send> { Box::new(stream) }),
    ];
    let readers: Vec<_> = streams
        .into_iter()
        .flatten()
        .map(|stream| {
            let kept = Arc::clone(&kept);
            thread::spawn(move || pass_on(stream, is_worth_repeating, &kept))
        })
        .collect();
    for reader in readers {
        reader
            .join()
            .map_err(|_| anyhow::anyhow!("lost the output of {name}"))??;
    }
    let succeeded = child.wait()?.success();
    let lines = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((succeeded, lines))
}

fn pass_on(
    stream: Box<dyn Read + Send>,
    is_worth_repeating: fn(&str) -> bool,
    kept: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        io::stdout().write_all(&line)?;
        let text = String::from_utf8_lossy(&line);
        if is_worth_repeating(&text) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(text.trim_end().to_owned());
        }
        line.clear();
    }
    Ok(())
}
