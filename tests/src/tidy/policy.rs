//! `deny.toml`, read so that its bans, licences and sources hold where cargo-deny is not installed.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Deserialize;

use super::graph::Graph;
use super::{licences, read};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What may enter the graph.
#[derive(Debug, Deserialize)]
pub struct Policy {
    #[serde(default)]
    advisories: Advisories,
    licenses: Licenses,
    bans: Bans,
}

#[derive(Debug, Default, Deserialize)]
struct Advisories {
    #[serde(default)]
    ignore: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    #[serde(default)]
    wrappers: BTreeSet<String>,
    #[serde(default)]
    deny_multiple_versions: bool,
}

impl Policy {
    /// Reads `deny.toml`.
    pub fn read() -> Result<Self> {
        Ok(toml::from_str(&read("deny.toml")?)?)
    }

    /// Advisories that do not concern us, by their IDs.
    pub fn ignored(&self) -> &[String] {
        &self.advisories.ignore
    }

    /// Packages that depend on a crate only others may use, and crates present twice that must not be.
    pub fn banned(&self, graph: &Graph) -> Vec<String> {
        let mut faults = Vec::new();
        for ban in &self.bans.deny {
            let versions = graph.versions_of(&ban.name);
            if versions.len() > 1 {
                faults.push(format!(
                    "{} is present as {}",
                    ban.name,
                    versions.join(" and ")
                ));
            }
            if ban.deny_multiple_versions {
                continue;
            }
            for user in graph.users_of(&ban.name) {
                if !ban.wrappers.contains(user) {
                    faults.push(format!("{user} must not depend on {}", ban.name));
                }
            }
        }
        faults
    }

    /// Packages whose licence cannot be met.
    pub fn unlicensed(&self, graph: &Graph) -> Vec<String> {
        let mut faults = Vec::new();
        for package in graph.packages() {
            let licence = package.license.as_deref().unwrap_or_default();
            if !licences::is_met(licence, &self.licenses.allow) {
                faults.push(format!(
                    "{} {}: \"{licence}\"",
                    package.name, package.version
                ));
            }
        }
        faults
    }
}

/// Packages that come from anywhere but crates.io.
pub fn foreign(graph: &Graph) -> Vec<String> {
    let mut faults = Vec::new();
    for package in graph.packages() {
        if let Some(source) = &package.source
            && source != CRATES_IO
        {
            faults.push(format!("{} comes from {source}", package.name));
        }
    }
    faults
}
