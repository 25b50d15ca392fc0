//! `opd` with its crash points: built like everything else, put aside, and replaced by the ordinary build.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::work::{cargo, root, succeeds};

/// How it is built. The example is there so that the libraries of others have the features they have in the
/// ordinary build, and need not be built twice: what is built anew are the store, the server and `opd`.
pub(crate) const BUILD: &str = "build --workspace --locked --bin opd --example openapi \
     --features countersign-server/crash-points";
const ORDINARY_BUILD: &str = "build --workspace --locked --bin opd --example openapi";

/// Builds it, puts it aside, and leaves the ordinary programs where they were.
pub(crate) fn build_and_restore() -> Result<()> {
    ensure!(succeeds(&mut cargo(BUILD))?, "the build failed");
    put_aside()?;
    ensure!(succeeds(&mut cargo(ORDINARY_BUILD))?, "the build failed");
    Ok(())
}

/// Copies what was built last to where the tests look for it.
pub(crate) fn put_aside() -> Result<()> {
    let target = root().join("target");
    let folder = target.join("crash-points");
    fs::create_dir_all(&folder)?;
    // A copy beside it and a rename: the one that is there may be running.
    let beside = folder.join("opd.new");
    fs::copy(target.join("debug/opd"), &beside).context("target/debug/opd cannot be copied")?;
    fs::rename(beside, folder.join("opd"))?;
    Ok(())
}
