//! The buyer's program: it pins a seller, signs and seals orders, and shows only what a verified
//! receipt says.
//!
//! It knows the seller's root certificate and nothing else of the seller's: whatever a server says
//! is believed once a statement under that root says so.

mod cancellation;
mod cli;
mod clock;
mod commands;
mod context;
mod correction;
mod describe;
mod drafting;
mod enrolment;
mod evidence;
mod failure;
mod files;
mod hidden;
mod history;
mod home;
mod http;
mod interactive;
mod key_file;
mod logged;
mod output;
mod random;
mod receipt;
mod seller;
mod submission;
mod terminal;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::output::Output;

/// Runs the program with these arguments, the first of which is its name.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = arguments.collect();
    let cli = match Cli::read(&words) {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error, words.iter().any(|word| word == "--json")),
    };
    let output = Output::new(&cli.global);
    let ended = if let Some(Command::Verify(verify)) = &cli.command {
        // Needs nothing but its arguments: no home is looked for, and none is made.
        commands::verify::run(output, verify)
    } else {
        Context::new(&cli.global, output).and_then(|context| commands::run(&context, cli))
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
