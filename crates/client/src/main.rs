//! `po`: sends signed orders and keeps what proves them.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign_client::run(std::env::args_os())
}
