//! What OpenSSL takes for the two heaviest steps of an order: a second opinion on our primitives.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Seconds that each step is tried for.
const SECONDS: &str = "1";

/// Microseconds of CPU, by `openssl speed`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Openssl {
    /// One agreement on P-256.
    pub(crate) ecdh: f64,
    /// One verification with RSA, 3072 bits.
    pub(crate) verify: f64,
}

impl Openssl {
    pub(crate) fn measure() -> Result<Self> {
        let mut speed = Command::new("openssl");
        speed.args(["speed", "-seconds", SECONDS, "-mr", "ecdhp256", "rsa3072"]);
        let output = speed.output().context("openssl cannot be run")?;
        ensure!(output.status.success(), "openssl speed failed");
        let said = String::from_utf8_lossy(&output.stdout);
        // `+F2:number:bits:signatures a second:verifications a second`, `+F5:number:bits:agreements a second:…`
        let per_second = |line: &str, place: usize| -> Result<f64> {
            let mut lines = said.lines().filter(|said| said.starts_with(line));
            let field = lines.next().and_then(|line| line.split(':').nth(place));
            Ok(field
                .context("openssl speed said something else")?
                .parse()?)
        };
        Ok(Self {
            ecdh: 1e6 / per_second("+F5:", 3)?,
            verify: 1e6 / per_second("+F2:", 4)?,
        })
    }
}
