//! `cargo xtask sbom`: what the two programs are made of, as a document of `CycloneDX` 1.5
//! (<https://cyclonedx.org/docs/1.5/json/>). The same sources give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::work::{cargo, root, say};

/// The packages that make the programs `opd` and `po`.
const PROGRAMS: [&str; 2] = ["countersign-server", "countersign-client"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    description: Option<String>,
    repository: Option<String>,
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

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// Prints the document.
pub(crate) fn run() -> Result<()> {
    let output =
        cargo("metadata --format-version=1 --locked --filter-platform x86_64-unknown-linux-gnu")
            .output()
            .context("cannot run cargo metadata")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo metadata: {said}");
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let lock: Lock = toml::from_str(&fs::read_to_string(root().join("Cargo.lock"))?)?;
    say(&serde_json::to_string_pretty(&document(&metadata, &lock))?);
    Ok(())
}

fn document(metadata: &Metadata, lock: &Lock) -> Value {
    let packages: BTreeMap<&str, &Package> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package))
        .collect();
    let uses: BTreeMap<&str, BTreeSet<&str>> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), used_by(node)))
        .collect();
    let shipped = shipped(&packages, &uses);
    let reference = |id: &str| packages.get(id).map(|package| package.url());
    let parts: Vec<&Package> = shipped
        .iter()
        .filter_map(|id| packages.get(id).copied())
        .collect();
    let dependencies: Vec<Value> = shipped
        .iter()
        .map(|id| {
            let parts = uses.get(id).into_iter().flatten();
            let parts: BTreeSet<String> = parts.filter_map(|id| reference(id)).collect();
            json!({ "ref": reference(id), "dependsOn": parts })
        })
        .collect();
    let version = parts
        .iter()
        .find(|part| PROGRAMS.contains(&part.name.as_str()))
        .map(|part| part.version.as_str());
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": "countersign",
            "name": "countersign",
            "version": version,
        } },
        "components": parts.iter().map(|part| component(part, lock)).collect::<Vec<_>>(),
        "dependencies": dependencies,
    })
}

/// What a package is built from or with; what only its tests use is left out.
fn used_by(node: &Node) -> BTreeSet<&str> {
    let is_built_in = |dependency: &&Dependency| {
        let mut kinds = dependency.dep_kinds.iter();
        kinds.any(|kind| kind.kind.as_deref() != Some("dev"))
    };
    let built_in = node.deps.iter().filter(is_built_in);
    built_in.map(|dependency| dependency.pkg.as_str()).collect()
}

/// Everything that is in the programs, or builds them.
fn shipped<'a>(
    packages: &BTreeMap<&'a str, &'a Package>,
    uses: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> BTreeSet<&'a str> {
    let is_program = |package: &&&Package| PROGRAMS.contains(&package.name.as_str());
    let programs = packages.values().filter(is_program);
    let mut waiting: Vec<&str> = programs.map(|package| package.id.as_str()).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            waiting.extend(uses.get(id).into_iter().flatten());
        }
    }
    found
}

fn component(package: &Package, lock: &Lock) -> Value {
    let locked = lock
        .package
        .iter()
        .find(|locked| locked.name == package.name && locked.version == package.version);
    let checksum = locked.and_then(|locked| locked.checksum.as_ref());
    let hashes = checksum.map(|content| json!([{ "alg": "SHA-256", "content": content }]));
    // The slash is how licences were once separated.
    let licence = package
        .license
        .as_ref()
        .map(|text| text.replace('/', " OR "));
    let licences = licence.map(|expression| json!([{ "expression": expression }]));
    let repository = package.repository.as_ref();
    let references = repository.map(|url| json!([{ "type": "vcs", "url": url }]));
    let optional = [
        (
            "description",
            package.description.as_ref().map(|text| json!(text.trim())),
        ),
        ("hashes", hashes),
        ("licenses", licences),
        ("externalReferences", references),
    ];
    let mut component = json!({
        "type": "library",
        "bom-ref": package.url(),
        "name": package.name,
        "version": package.version,
        "purl": package.url(),
    });
    for (name, value) in optional {
        if let (Some(value), Some(component)) = (value, component.as_object_mut()) {
            component.insert(name.to_owned(), value);
        }
    }
    component
}

impl Package {
    /// Its package URL (<https://github.com/package-url/purl-spec>); ours come from no registry.
    fn url(&self) -> String {
        let Self {
            name,
            version,
            source,
            ..
        } = self;
        let kind = if source.is_some() { "cargo" } else { "generic" };
        format!("pkg:{kind}/{name}@{version}")
    }
}
