//! The conventions of CONTRIBUTING.md, checked.
#![expect(
    clippy::panic_in_result_fn,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::{env, fs};

use anyhow::Result;
use countersign_tests::remark;
use countersign_tests::tidy::advisories::advised_against;
use countersign_tests::tidy::graph::Graph;
use countersign_tests::tidy::policy::{self, Policy};
use countersign_tests::tidy::{documents, expect_none, limits, migrations, sources};

/// Who of us may depend on whom. The pure crates depend on nobody; the two programs never meet.
const GRAPH: &[(&str, &[&str])] = &[
    ("countersign-order", &[]),
    ("countersign-envelope", &[]),
    ("countersign-transparency", &[]),
    (
        "countersign-api",
        &["countersign-order", "countersign-transparency"],
    ),
    (
        "countersign-connection",
        &["countersign-envelope", "countersign-order"],
    ),
    (
        "countersign-store",
        &["countersign-order", "countersign-transparency"],
    ),
    (
        "countersign-server",
        &[
            "countersign-api",
            "countersign-connection",
            "countersign-envelope",
            "countersign-order",
            "countersign-store",
            "countersign-transparency",
        ],
    ),
    (
        "countersign-client",
        &[
            "countersign-api",
            "countersign-connection",
            "countersign-envelope",
            "countersign-order",
            "countersign-transparency",
        ],
    ),
    (
        "countersign-bench",
        &[
            "countersign-envelope",
            "countersign-order",
            "countersign-server",
            "countersign-store",
        ],
    ),
    (
        "countersign-tests",
        &[
            "countersign-api",
            "countersign-envelope",
            "countersign-fuzz",
            "countersign-order",
            "countersign-transparency",
        ],
    ),
    ("countersign-fuzz", &[]),
    ("xtask", &[]),
];

#[test]
fn our_crates_depend_on_each_other_as_drawn() -> Result<()> {
    let graph = Graph::read()?;
    let drawn: BTreeMap<&str, BTreeSet<&str>> = GRAPH
        .iter()
        .map(|(from, to)| (*from, to.iter().copied().collect()))
        .collect();
    let found: BTreeMap<&str, BTreeSet<&str>> = graph
        .members()
        .map(|member| (member.name.as_str(), graph.members_used_by(&member.name)))
        .collect();
    assert_eq!(found, drawn);
    Ok(())
}

#[test]
fn nobody_depends_on_a_crate_that_is_not_for_them() -> Result<()> {
    expect_none("deny.toml bans", &Policy::read()?.banned(&Graph::read()?));
    Ok(())
}

#[test]
fn every_licence_can_be_met() -> Result<()> {
    expect_none(
        "deny.toml licences",
        &Policy::read()?.unlicensed(&Graph::read()?),
    );
    Ok(())
}

#[test]
fn every_dependency_comes_from_crates_io() -> Result<()> {
    expect_none("unknown source", &policy::foreign(&Graph::read()?));
    Ok(())
}

#[test]
fn every_crate_takes_the_lints_and_unsafe_code_is_forbidden() -> Result<()> {
    expect_none("lints", &sources::without_lints(&Graph::read()?)?);
    Ok(())
}

#[test]
fn no_file_is_longer_than_can_be_read_at_a_sitting() -> Result<()> {
    expect_none("too long", &sources::too_long()?);
    Ok(())
}

#[test]
fn every_module_says_what_it_is() -> Result<()> {
    expect_none("no header", &sources::without_header()?);
    Ok(())
}

#[test]
fn nothing_is_left_unfinished_or_silenced() -> Result<()> {
    expect_none("unfinished", &sources::unfinished()?);
    Ok(())
}

#[test]
fn migrations_never_change() -> Result<()> {
    expect_none("migrations", &migrations::unfaithful()?);
    Ok(())
}

#[test]
fn every_problem_code_has_its_heading() -> Result<()> {
    expect_none("problems", &documents::undocumented_problems()?);
    Ok(())
}

#[test]
fn every_dependency_has_its_reason() -> Result<()> {
    expect_none("dependencies", &documents::unreasoned_dependencies()?);
    Ok(())
}

#[test]
fn every_proof_of_the_threat_model_is_a_test() -> Result<()> {
    expect_none("threat model", &documents::missing_proofs()?);
    Ok(())
}

#[test]
fn the_contract_that_is_checked_in_is_current() -> Result<()> {
    expect_none("openapi.json", &documents::stale_contract()?);
    Ok(())
}

#[test]
fn the_table_of_routes_is_current() -> Result<()> {
    expect_none("http.md", &documents::stale_routes()?);
    Ok(())
}

#[test]
fn every_limit_is_in_the_reference() -> Result<()> {
    let (tables, faults) = limits::tables()?;
    expect_none("limits", &faults);
    expect_none(
        "limits.md",
        &documents::keep_part_current("docs/reference/limits.md", &tables)?,
    );
    Ok(())
}

/// A folder with a copy of <https://github.com/RustSec/advisory-db>.
const ADVISORY_DB: &str = "COUNTERSIGN_ADVISORY_DB";

#[test]
fn no_dependency_has_a_fault_that_is_publicly_known() -> Result<()> {
    let Some(database) = env::var_os(ADVISORY_DB) else {
        remark("not compared with advisories: COUNTERSIGN_ADVISORY_DB names no folder");
        return Ok(());
    };
    let policy = Policy::read()?;
    let faults = advised_against(&Graph::read()?, database.as_ref(), policy.ignored())?;
    expect_none("advisories", &faults);
    Ok(())
}

/// An advisory about rustls, of which versions below 99 are at fault.
const ADVISORY: &str = "```toml
[advisory]
id = \"RUSTSEC-2099-0001\"
package = \"rustls\"
date = \"2099-01-01\"

[versions]
patched = [\">= 99\"]
```

# It is too good
";

#[test]
fn a_fault_that_is_publicly_known_is_found() -> Result<()> {
    let database = tempfile::tempdir()?;
    let folder = database.path().join("crates/rustls");
    fs::create_dir_all(&folder)?;
    let graph = Graph::read()?;
    let found = |text: &str, ignored: &[String]| {
        fs::write(folder.join("RUSTSEC-2099-0001.md"), text)?;
        advised_against(&graph, database.path(), ignored)
    };
    let faults = found(ADVISORY, &[])?;
    let is_it = faults.len() == 1 && faults[0].ends_with(": RUSTSEC-2099-0001");
    assert!(is_it && faults[0].starts_with("rustls "), "{faults:?}");
    let none: [String; 0] = [];
    assert_eq!(found(ADVISORY, &["RUSTSEC-2099-0001".to_owned()])?, none);
    assert_eq!(found(&ADVISORY.replace("99\"]", "0.1\"]"), &[])?, none);
    let withdrawn = "date = \"2099-01-01\"\nwithdrawn = \"2099-01-02\"";
    let text = ADVISORY.replace("date = \"2099-01-01\"", withdrawn);
    assert_eq!(found(&text, &[])?, none);
    found("# no TOML", &[]).unwrap_err();
    let elsewhere = database.path().join("crates");
    advised_against(&graph, &elsewhere, &[]).unwrap_err();
    Ok(())
}
