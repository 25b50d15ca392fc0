//! The project's conventions as checks: what a reviewer would otherwise have to look for.
//!
//! Each function returns the faults it found, one readable line each; `tests/tidy.rs` wants none.

pub mod advisories;
pub mod documents;
pub mod graph;
pub mod licences;
pub mod limits;
pub mod migrations;
pub mod policy;
pub mod reference;
pub mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The checkout's root folder.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// Reads a file named from the root.
pub fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))
}

/// Every file below a folder whose name ends so, named from the root, in order.
pub fn files_below(folder: &str, ending: &str) -> Result<Vec<String>> {
    let root = root();
    let mut found = Vec::new();
    let mut waiting = vec![root.join(folder)];
    while let Some(folder) = waiting.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let named = path.strip_prefix(&root)?;
                found.push(named.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Every Rust file of ours.
pub fn rust_files() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in ["bench", "crates", "fuzz", "tests", "xtask"] {
        found.extend(files_below(folder, ".rs")?);
    }
    Ok(found)
}

/// Fails with every fault on a line of its own.
///
/// # Panics
/// If there is a fault.
pub fn expect_none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}
