//! Migrations are append-only: a file that was ever released never changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::Result;
use countersign_envelope::Digest;

use super::{files_below, read, root};

const RECORD: &str = "tests/migrations.sha256";

/// Migrations that changed, vanished or were never recorded.
///
/// With `UPDATE=1` in the environment new files are recorded; changed ones never are.
pub fn unfaithful() -> Result<Vec<String>> {
    let mut recorded = recorded()?;
    let mut faults = Vec::new();
    let mut fresh = Vec::new();
    for path in files_below("crates/store/migrations", ".sql")? {
        let digest = Digest::of(&fs::read(root().join(&path))?).to_string();
        match recorded.remove(&path) {
            Some(before) if before == digest => {}
            Some(_) => faults.push(format!("{path}: changed after it was recorded")),
            None => fresh.push((path, digest)),
        }
    }
    faults.extend(
        recorded
            .into_keys()
            .map(|path| format!("{path}: recorded, but gone")),
    );
    if super::documents::may_update() {
        record(&fresh)?;
    } else {
        faults.extend(
            fresh
                .into_iter()
                .map(|(path, _)| format!("{path}: not in {RECORD}")),
        );
    }
    Ok(faults)
}

fn recorded() -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    if !root().join(RECORD).exists() {
        return Ok(found);
    }
    for line in read(RECORD)?.lines() {
        if let Some((hash, path)) = line.split_once("  ") {
            found.insert(path.to_owned(), format!("sha256:{hash}"));
        }
    }
    Ok(found)
}

/// Appends in the format of `sha256sum`, so that `sha256sum --check` reads it too.
fn record(fresh: &[(String, String)]) -> Result<()> {
    let path = root().join(RECORD);
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    for (file, digest) in fresh {
        writeln!(text, "{}  {file}", digest.trim_start_matches("sha256:"))?;
    }
    Ok(fs::write(path, text)?)
}
