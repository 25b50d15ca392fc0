//! The conventions of CONTRIBUTING.md, checked.
#![expect(
    clippy::panic_in_result_fn,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use countersign_tests::tidy::graph::Graph;
use countersign_tests::tidy::policy::{self, Policy};
use countersign_tests::tidy::{documents, expect_none, migrations, sources};

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
            "countersign-order",
            "countersign-transparency",
        ],
    ),
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
