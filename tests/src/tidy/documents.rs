//! Pages that must say what the programs do: written by hand and checked, or generated.
//!
//! `UPDATE=1 cargo test -p countersign-tests --test tidy --test reference` writes the generated ones.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;

use anyhow::{Context as _, Result, bail};
use countersign_api::{Access, Body, Code, Route, routes};

use super::{read, root, rust_files};

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

/// Problem codes whose heading, status and title are not in the reference, and headings of no code.
pub fn undocumented_problems() -> Result<Vec<String>> {
    let page = read("docs/reference/problems.md")?;
    let mut faults = Vec::new();
    let mut headings: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    for code in Code::ALL {
        let entry = format!("### {code}\n{} · {}\n", code.status(), code.title());
        if !page.contains(&entry) {
            faults.push(format!("docs/reference/problems.md lacks:\n{entry}"));
        }
        headings.remove(code.as_str());
    }
    faults.extend(
        headings
            .iter()
            .map(|heading| format!("{heading} is no code any more")),
    );
    Ok(faults)
}

/// Dependencies of the workspace without a reason, and reasons for none.
pub fn unreasoned_dependencies() -> Result<Vec<String>> {
    const PAGE: &str = "docs/decisions/0008-dependencies.md";
    let manifest: toml::Table = read("Cargo.toml")?.parse()?;
    let used = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies")?.as_table())
        .context("Cargo.toml has no workspace dependencies")?;
    let page = read(PAGE)?;
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let names = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split(','));
    let mut reasoned: BTreeSet<&str> = names
        .map(|name| name.trim_matches([' ', '`'].as_slice()))
        .collect();
    let mut faults = Vec::new();
    for name in used.keys().filter(|name| !name.starts_with("countersign-")) {
        if !reasoned.remove(name.as_str()) {
            faults.push(format!("{PAGE} gives no reason for {name}"));
        }
    }
    faults.extend(
        reasoned
            .iter()
            .map(|name| format!("{PAGE}: {name} is used no more")),
    );
    Ok(faults)
}

/// Tests that the threat model names, as `file::test`, and that are not there.
pub fn missing_proofs() -> Result<Vec<String>> {
    const PAGE: &str = "SECURITY.md";
    let page = read(PAGE)?;
    let named = page.split('`').skip(1).step_by(2);
    let proofs: Vec<(&str, &str)> = named.filter_map(|text| text.split_once("::")).collect();
    if proofs.is_empty() {
        bail!("{PAGE} names no test");
    }
    let files = rust_files()?;
    let mut faults = Vec::new();
    for (file, test) in proofs {
        let name = format!("/{file}.rs");
        let mut texts = files
            .iter()
            .filter(|path| path.ends_with(&name))
            .map(|path| read(path));
        let is_there =
            texts.any(|text| text.is_ok_and(|text| text.contains(&format!("fn {test}("))));
        if !is_there {
            faults.push(format!("{PAGE}: there is no test {file}::{test}"));
        }
    }
    Ok(faults)
}

/// The contract as it is checked in, if it is not what the types say.
pub fn stale_contract() -> Result<Vec<String>> {
    let text = serde_json::to_string_pretty(&countersign_api::openapi())? + "\n";
    keep_current("crates/api/openapi.json", &text)
}

/// The table of routes in the HTTP reference, if it is not the contract's.
pub fn stale_routes() -> Result<Vec<String>> {
    let mut table = String::from("| route | who | takes | gives |\n| --- | --- | --- | --- |\n");
    for route in routes() {
        let (status, answer) = &route.answer;
        writeln!(
            table,
            "| `{} {}` {} | {} | {} | {status} {} |",
            method(route),
            route.path,
            route.summary,
            who(route.access),
            body(&route.request),
            body(answer),
        )?;
    }
    keep_part_current("docs/reference/http.md", &table)
}

fn method(route: &Route) -> String {
    format!("{:?}", route.method).to_uppercase()
}

const fn who(access: Access) -> &'static str {
    match access {
        Access::Anyone => "anyone",
        Access::SignedIn => "signed in",
        Access::Buyer => "buyer",
        Access::DeskReader => "desk, reading",
        Access::Desk => "desk",
        Access::Supervisor => "supervisor",
        Access::LogReader => "anyone, or signed in",
    }
}

const fn body(body: &Body) -> &'static str {
    match body {
        Body::Empty => "",
        Body::Json(_) => "JSON",
        Body::Media(media) => media,
    }
}
