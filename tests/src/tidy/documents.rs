//! Pages that must say what the programs do: written by hand and checked, or generated.
//!
//! `UPDATE=1 cargo test -p countersign-tests --test tidy --test reference` writes the generated ones.

use std::fs;
use std::ops::Range;

use anyhow::{Context as _, Result, bail};

use super::{read, root};

/// Whether generated files may be rewritten instead of compared.
pub fn may_update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Compares a checked-in file with what it should hold, or writes it.
pub fn keep_current(path: &str, expected: &str) -> Result<Vec<String>> {
    let found = read(path).unwrap_or_default();
    if found == expected {
        return Ok(Vec::new());
    }
    if may_update() {
        fs::write(root().join(path), expected)?;
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{path} is not current; run the tests of this file once with UPDATE=1"
    )])
}

/// Like [`keep_current`], for the part of a page between its two `generated` marks.
pub fn keep_part_current(path: &str, generated: &str) -> Result<Vec<String>> {
    let mut expected = read(path)?;
    let part =
        generated_part(&expected).with_context(|| format!("{path} has no generated part"))?;
    expected.replace_range(part, &format!("\n{}\n", generated.trim_end()));
    keep_current(path, &expected)
}

fn generated_part(page: &str) -> Result<Range<usize>> {
    const BEGIN: &str = "<!-- generated: begin -->\n";
    const END: &str = "\n<!-- generated: end -->";
    let (Some(begin), Some(end)) = (page.find(BEGIN), page.find(END)) else {
        bail!(
            "the marks `{}` and `{}` are missing",
            BEGIN.trim(),
            END.trim()
        );
    };
    Ok(begin + BEGIN.len()..end)
}
