//! The dependency graph as `cargo metadata` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::root;

/// Every package of the graph, and who depends on whom.
#[derive(Debug)]
pub struct Graph {
    packages: BTreeMap<String, Package>,
    edges: Vec<Edge>,
}

/// One package as its manifest describes it.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    id: String,
    /// Its name on the registry.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub license: Option<String>,
    /// Where it comes from; none for a member of the workspace.
    pub source: Option<String>,
    /// Its manifest's path.
    pub manifest_path: String,
}

/// One package uses another.
#[derive(Debug)]
pub struct Edge {
    /// The one that depends.
    pub from: String,
    /// The one it depends on.
    pub to: String,
    /// Only its own tests use it.
    pub is_for_tests: bool,
}

impl Graph {
    /// Asks cargo, for the platform servers run on.
    pub fn read() -> Result<Self> {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .current_dir(root())
            .output()
            .context("cannot run cargo metadata")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "cargo metadata: {said}");
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        Ok(Self::from(metadata))
    }

    /// Every package.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    /// The workspace's own packages.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages().filter(|package| package.source.is_none())
    }

    /// Every package that depends on the named one directly.
    pub fn users_of(&self, name: &str) -> BTreeSet<&str> {
        let uses = self.edges.iter().filter(|edge| edge.to == name);
        uses.map(|edge| edge.from.as_str()).collect()
    }

    /// The members that a member depends on, its own tests left out.
    pub fn members_used_by(&self, name: &str) -> BTreeSet<&str> {
        let members: BTreeSet<&str> = self
            .members()
            .map(|package| package.name.as_str())
            .collect();
        let uses = self
            .edges
            .iter()
            .filter(|edge| edge.from == name && !edge.is_for_tests);
        uses.map(|edge| edge.to.as_str())
            .filter(|to| members.contains(to))
            .collect()
    }

    /// The versions of one package in the graph.
    pub fn versions_of(&self, name: &str) -> Vec<&str> {
        let named = self.packages().filter(|package| package.name == name);
        named.map(|package| package.version.as_str()).collect()
    }
}

impl From<Metadata> for Graph {
    fn from(metadata: Metadata) -> Self {
        let packages: BTreeMap<String, Package> = metadata
            .packages
            .into_iter()
            .map(|package| (package.id.clone(), package))
            .collect();
        let name = |id: &str| packages.get(id).map(|package| package.name.clone());
        let mut edges = Vec::new();
        for node in &metadata.resolve.nodes {
            for dependency in &node.deps {
                if let (Some(from), Some(to)) = (name(&node.id), name(&dependency.pkg)) {
                    let kinds = &dependency.dep_kinds;
                    let is_for_tests = kinds.iter().all(|kind| kind.kind.as_deref() == Some("dev"));
                    edges.push(Edge {
                        from,
                        to,
                        is_for_tests,
                    });
                }
            }
        }
        Self { packages, edges }
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}
