//! How fast `opd` is: real orders, signed and sealed beforehand, over kept connections; what the server
//! takes of the CPU for each; and, in the same round, what the cryptography and the disk alone take.
//!
//! `cargo xtask bench` builds all of it for release and starts this.

mod client;
mod cpu;
mod ground;
mod load;
mod openssl;
mod place;
mod plan;
mod postgres;
mod primitives;
mod report;
mod round;
mod scenes;
mod server;
mod stages;
mod stand;
mod verification;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::plan::{Asked, Plan};
use crate::report::Report;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench",
    about = "How fast opd is",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    asked: Asked,
    /// Where the report is written, as JSON.
    #[arg(long, value_name = "FILE", default_value = "target/bench.json")]
    report: PathBuf,
    /// Where the report is written as a page, too.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
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
    /// Write a report as a page.
    Page {
        /// The report.
        report: PathBuf,
        /// Where the page is written.
        page: PathBuf,
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
    match &arguments.task {
        None => measure(arguments),
        Some(Task::Compare { before, after }) => {
            say(&Report::read(before)?.beside(&Report::read(after)?));
            Ok(())
        }
        Some(Task::Page { report, page }) => {
            let report = Report::read(report)?;
            write_page(&report, page)
        }
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let plan = Plan::of(&arguments.asked);
    let report = runtime.block_on(round::run(&plan))?;
    say(&report.text());
    report
        .write(&arguments.report)
        .with_context(|| format!("cannot write {}", arguments.report.display()))?;
    say(&format!("report: {}", arguments.report.display()));
    if let Some(page) = &arguments.markdown {
        write_page(&report, page)?;
        say(&format!("page: {}", page.display()));
    }
    Ok(())
}

fn write_page(report: &Report, page: &Path) -> Result<()> {
    std::fs::write(page, report.page()).with_context(|| format!("cannot write {}", page.display()))
}

/// Makes something for each number, on all cores; the order of what comes back is that of the numbers.
fn on_all_cores<T: Send>(
    numbers: Range<usize>,
    make: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = numbers.len().div_ceil(cores).max(1);
    let make = &make;
    thread::scope(|scope| {
        let threads: Vec<_> = numbers
            .clone()
            .step_by(share)
            .map(|first| {
                let mine = first..numbers.end.min(first + share);
                scope.spawn(move || mine.map(make).collect::<Result<Vec<_>>>())
            })
            .collect();
        let mut all = Vec::with_capacity(numbers.len());
        for thread in threads {
            let part = thread.join().ok().context("a thread panicked")?;
            all.extend(part?);
        }
        Ok(all)
    })
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
