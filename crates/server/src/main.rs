//! `opd`: the seller's program.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign_server::run(std::env::args_os())
}
