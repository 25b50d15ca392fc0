//! How fast `opd` is: real orders, signed and sealed beforehand, over kept connections; what the server
//! takes of the CPU for each; and, in the same round, what the cryptography and the disk alone take.
//!
//! `cargo xtask bench` builds all of it for release and starts this.

mod client;
mod cpu;
mod ground;
mod load;
mod primitives;
mod report;
mod round;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::report::Report;
use crate::round::Plan;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", about = "How fast opd is")]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    plan: Plan,
    /// Where the report is written, as JSON.
    #[arg(long, value_name = "FILE", default_value = "target/bench.json")]
    report: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Set two reports side by side.
    Compare {
        /// The report of before.
        before: PathBuf,
        /// The report of after.
        after: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if let Some(Task::Compare { before, after }) = &arguments.task {
        say(&Report::read(before)?.beside(&Report::read(after)?));
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(round::run(&arguments.plan))?;
    say(&report.text());
    report
        .write(&arguments.report)
        .with_context(|| format!("cannot write {}", arguments.report.display()))?;
    say(&format!("report: {}", arguments.report.display()));
    Ok(())
}

/// Prints a line to standard output.
#[expect(
    clippy::print_stdout,
    reason = "a program that prints what it measured"
)]
fn say(line: &str) {
    println!("{line}");
}

/// Prints a line to standard error: progress, and what went wrong.
#[expect(
    clippy::print_stderr,
    reason = "a program that prints what it measured"
)]
fn complain(line: &str) {
    eprintln!("{line}");
}
