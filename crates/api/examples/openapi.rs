//! Prints the contract: `cargo run -q -p countersign-api --example openapi > crates/api/openapi.json`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &countersign_api::openapi())?;
    writeln!(out)
}
