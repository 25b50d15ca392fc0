//! Rules that our own source files keep.

use anyhow::Result;

use super::graph::Graph;
use super::{read, root, rust_files};

/// The longest a Rust file may be, in lines.
const LONGEST_FILE_LINES: usize = 500;

/// Files that are longer than they should be, with the length they may not exceed.
///
/// A ratchet: shorten an entry or strike it out, never add or raise one.
const LONG_FILES: &[(&str, usize)] = &[];

/// Files longer than allowed, and entries of the ratchet that can be tightened.
pub fn too_long() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for path in rust_files()? {
        let lines = read(&path)?.lines().count();
        let ratchet = LONG_FILES.iter().find(|(long, _)| *long == path);
        let limit = ratchet.map_or(LONGEST_FILE_LINES, |(_, limit)| *limit);
        if lines > limit {
            faults.push(format!("{path}: {lines} lines, at most {limit}"));
        } else if ratchet.is_some() && lines < limit {
            faults.push(format!("{path}: tighten its entry to {lines} lines"));
        }
    }
    for (path, _) in LONG_FILES {
        if !root().join(path).exists() {
            faults.push(format!("{path}: gone, strike its entry out"));
        }
    }
    Ok(faults)
}

/// Modules that do not say in a header what they are.
pub fn without_header() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for path in rust_files()? {
        let text = read(&path)?;
        let header = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count();
        let is_unit_tests = path.ends_with("/tests.rs");
        if header == 0 && !is_unit_tests {
            faults.push(format!("{path}: starts without a `//!` header"));
        }
    }
    Ok(faults)
}

/// Words that mark unfinished work or a silenced check.
pub fn unfinished() -> Result<Vec<String>> {
    // Built in pieces, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X "),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ig", "nore"),
        concat!("#[al", "low("),
        concat!("#![al", "low("),
        concat!("dbg", "!("),
    ];
    let mut faults = Vec::new();
    for path in rust_files()? {
        for (number, line) in read(&path)?.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                faults.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    Ok(faults)
}

/// Members that do not take the workspace's lints, `unsafe_code = "forbid"` first among them.
pub fn without_lints(graph: &Graph) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let workspace: toml::Table = read("Cargo.toml")?.parse()?;
    let unsafe_code = workspace
        .get("workspace")
        .and_then(|table| table.get("lints")?.get("rust")?.get("unsafe_code"));
    if unsafe_code.and_then(toml::Value::as_str) != Some("forbid") {
        faults.push("Cargo.toml: unsafe_code is not forbidden".to_owned());
    }
    for member in graph.members() {
        let manifest: toml::Table = std::fs::read_to_string(&member.manifest_path)?.parse()?;
        let inherits = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        if inherits.and_then(toml::Value::as_bool) != Some(true) {
            faults.push(format!("{}: lints are not the workspace's", member.name));
        }
    }
    Ok(faults)
}
