//! Faults of dependencies that are publicly known: a copy of the advisory database of Rust, compared with the
//! graph. Format: <https://github.com/RustSec/advisory-db#advisory-format>.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use semver::{Version, VersionReq};
use serde::Deserialize;

use super::graph::{Graph, Package};

#[derive(Deserialize)]
struct Advisory {
    advisory: About,
    versions: Versions,
}

#[derive(Deserialize)]
struct About {
    id: String,
    package: String,
    /// When it was taken back.
    withdrawn: Option<String>,
    /// Set if it is no vulnerability: `unmaintained`, `unsound` or `notice`.
    informational: Option<String>,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

/// Packages that an advisory is about, unless it is only a notice, was withdrawn, or is named in `ignored`.
pub fn advised_against(graph: &Graph, database: &Path, ignored: &[String]) -> Result<Vec<String>> {
    let folder = database.join("crates");
    let is_one = folder.is_dir();
    ensure!(is_one, "{} is no advisory database", database.display());
    let mut faults = Vec::new();
    for package in graph.packages().filter(|package| package.source.is_some()) {
        for advisory in advisories_about(&folder.join(&package.name))? {
            let About { id, .. } = &advisory.advisory;
            if advisory.concerns(package)? && !ignored.contains(id) {
                faults.push(format!("{} {}: {id}", package.name, package.version));
            }
        }
    }
    Ok(faults)
}

fn advisories_about(folder: &Path) -> Result<Vec<Advisory>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let text = fs::read_to_string(&path)?;
            let advisory = read(&text).with_context(|| path.display().to_string())?;
            found.push(advisory);
        }
    }
    Ok(found)
}

/// The block of TOML with which an advisory begins.
fn read(text: &str) -> Result<Advisory> {
    let block = text.trim_start().strip_prefix("```toml");
    let block = block.and_then(|block| Some(block.split_once("\n```")?.0));
    Ok(toml::from_str(block.context("does not begin with TOML")?)?)
}

impl Advisory {
    fn concerns(&self, package: &Package) -> Result<bool> {
        let About {
            package: name,
            withdrawn,
            informational,
            ..
        } = &self.advisory;
        let is_notice = informational.as_deref() == Some("notice");
        let version = Version::parse(&package.version)?;
        let Versions {
            patched,
            unaffected,
        } = &self.versions;
        let is_safe = patched
            .iter()
            .chain(unaffected)
            .any(|it| it.matches(&version));
        Ok(*name == package.name && withdrawn.is_none() && !is_notice && !is_safe)
    }
}
