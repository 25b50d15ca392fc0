//! `cargo xtask`: what the README's commands run. Depends on nothing of ours.

mod bench;
mod crash_points;
mod demo;
mod packages;
mod sbom;
mod soak;
mod test;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    about = "The project's tasks",
    bin_name = "cargo xtask"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Builds everything, makes a shop and a buyer in a temporary folder and trades: every command is shown.
    Demo {
        /// Leave the shop running and its folder in place.
        #[arg(long)]
        keep: bool,
        /// Take the programs as they were built last.
        #[arg(long)]
        built: bool,
    },
    /// Builds `opd` with its crash points beside the programs, for the tests that need it.
    CrashPoints,
    /// Checks format and lints, builds, and runs every test.
    Test {
        /// Leave out the stories in `tests/`, and what has to be installed for them.
        #[arg(long)]
        quick: bool,
    },
    /// Prints what the programs are made of, as a software bill of materials in JSON.
    Sbom,
    /// Kills the server, takes its power and fuzzes, round after round with other seeds; writes a report.
    Soak {
        /// For how long; a part that has begun is ended first.
        #[arg(default_value_t = 1.0)]
        hours: f64,
    },
    /// Builds for release and measures how fast the server is; see `cargo xtask bench -- --help`.
    Bench {
        /// What the measuring program is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Demo { keep, built } => demo::run(keep, built),
        Task::CrashPoints => crash_points::build_and_restore(),
        Task::Test { quick } => test::run(quick),
        Task::Sbom => sbom::run(),
        Task::Soak { hours } => soak::run(hours),
        Task::Bench { arguments } => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            work::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
