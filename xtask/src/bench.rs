//! `cargo xtask bench`: the programs as they are released, and the one that measures them.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::work::{cargo, root, succeeds};

/// Builds both, and measures.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let build = "build --release --workspace --bins --locked";
    ensure!(succeeds(&mut cargo(build))?, "the build failed");
    let mut bench = Command::new(root().join("target/release/countersign-bench"));
    bench.args(arguments).current_dir(root());
    ensure!(succeeds(&mut bench)?, "the measurement failed");
    Ok(())
}
