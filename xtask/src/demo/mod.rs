//! `cargo xtask demo`: a shop, a buyer and six orders, through the real programs, verified by OpenSSL.

mod scene;
mod story;

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::work::{cargo, has_program, say, succeeds};

use self::scene::Scene;

/// Builds the programs and tells the story.
pub(crate) fn run(is_kept: bool, is_built: bool) -> Result<()> {
    for program in ["bash", "openssl", "curl"] {
        ensure!(
            has_program(program),
            "the demonstration needs {program}: please install it"
        );
    }
    if !is_built {
        say("Building opd and po (a few minutes the first time).");
        let build = "build --locked --package countersign-server --package countersign-client";
        ensure!(succeeds(&mut cargo(build))?, "the build failed");
    }
    let start = Instant::now();
    let mut scene = Scene::set(is_kept)?;
    story::tell(&mut scene)?;
    say(&format!(
        "\nAll of it held, in {:.1} seconds.",
        start.elapsed().as_secs_f32()
    ));
    scene.end();
    Ok(())
}
