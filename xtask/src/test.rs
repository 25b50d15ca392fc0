//! `cargo xtask test`: format, lints, build, every test; a summary; the runner's closing lines last.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::crash_points;
use crate::packages;
use crate::work::{cargo, say, succeeds, watch};

/// The variable that says for how many seconds a fuzzing campaign runs, and its value here.
const FUZZ: (&str, &str) = ("COUNTERSIGN_FUZZ_SECONDS", "30");

/// Puts the shops of stories into PostgreSQL.
const POSTGRES: (&str, &str) = ("COUNTERSIGN_TEST_DATABASE", "postgres");

/// The stories that are told once more in PostgreSQL: those of orders, prices and keys, and of servers that
/// are killed, where another database could make a difference.
const ON_BOTH: [&str; 6] = ["cancellation", "holds", "keys", "kill", "prices", "replay"];

/// How often a server is killed in PostgreSQL: fewer times than in a file, where the story is told in full.
const KILLS: (&str, &str) = ("COUNTERSIGN_KILLS", "20");

struct Step {
    name: &'static str,
    succeeded: bool,
    took: Duration,
}

/// Runs all steps, also those after one that failed, unless they cannot mean anything.
pub(crate) fn run(quick: bool) -> Result<()> {
    if !quick {
        packages::install_missing()?;
    }
    let mut steps = Vec::new();
    let mut closing = Vec::new();
    simple(&mut steps, "format", "fmt --all --check")?;
    let lints = "clippy --workspace --all-targets --locked -- --deny warnings";
    simple(&mut steps, "lints", lints)?;
    // Before the ordinary build, which replaces its program.
    if !quick && simple(&mut steps, "crash points", crash_points::BUILD)? {
        crash_points::put_aside()?;
    }
    if simple(
        &mut steps,
        "build",
        "build --workspace --all-targets --locked",
    )? {
        let stories = if quick {
            "--exclude countersign-tests"
        } else {
            ""
        };
        let runner = if has_nextest()? {
            format!("nextest run --workspace --locked --no-fail-fast {stories}")
        } else {
            format!("test --workspace --all-targets --locked --no-fail-fast {stories}")
        };
        let documents = "test --workspace --doc --locked --no-fail-fast";
        watched(
            &mut steps,
            &mut closing,
            "examples in the documentation",
            documents,
            &[],
        )?;
        if !quick {
            quiet(&mut steps, "demonstration", "xtask demo --built")?;
        }
        let fuzz = unless_set(FUZZ).filter(|_| !quick);
        watched(&mut steps, &mut closing, "tests", &runner, fuzz.as_slice())?;
        if !quick {
            let stories: Vec<String> = ON_BOTH
                .iter()
                .map(|name| format!("--test {name}"))
                .collect();
            let again = format!("{runner} {}", stories.join(" "));
            let name = "stories on PostgreSQL";
            let variables = [&[POSTGRES], unless_set(KILLS).as_slice()].concat();
            watched(&mut steps, &mut closing, name, &again, &variables)?;
        }
    }
    summarise(&steps, &closing);
    ensure!(steps.iter().all(|step| step.succeeded), "something failed");
    Ok(())
}

fn simple(steps: &mut Vec<Step>, name: &'static str, arguments: &str) -> Result<bool> {
    announce(name, arguments);
    let start = Instant::now();
    let succeeded = succeeds(&mut cargo(arguments))?;
    steps.push(Step {
        name,
        succeeded,
        took: start.elapsed(),
    });
    Ok(succeeded)
}

/// Runs a step whose output matters only if it fails.
fn quiet(steps: &mut Vec<Step>, name: &'static str, arguments: &str) -> Result<()> {
    announce(name, arguments);
    let start = Instant::now();
    let output = cargo(arguments).output()?;
    let succeeded = output.status.success();
    if !succeeded {
        say(&String::from_utf8_lossy(&output.stdout));
        say(&String::from_utf8_lossy(&output.stderr));
    }
    steps.push(Step {
        name,
        succeeded,
        took: start.elapsed(),
    });
    Ok(())
}

fn watched(
    steps: &mut Vec<Step>,
    closing: &mut Vec<String>,
    name: &'static str,
    arguments: &str,
    variables: &[(&str, &str)],
) -> Result<()> {
    announce(name, arguments);
    let start = Instant::now();
    let mut command = cargo(arguments);
    command.envs(variables.iter().copied());
    let (succeeded, kept) = watch(&mut command, is_closing)?;
    closing.extend(kept);
    steps.push(Step {
        name,
        succeeded,
        took: start.elapsed(),
    });
    Ok(())
}

/// A variable and its value, unless it has one already.
fn unless_set(variable: (&'static str, &'static str)) -> Option<(&'static str, &'static str)> {
    std::env::var_os(variable.0).is_none().then_some(variable)
}

fn announce(name: &str, arguments: &str) {
    say(&format!("\n── {name}: cargo {}", arguments.trim_end()));
}

/// Lines of nextest and of libtest that say how it ended.
fn is_closing(line: &str) -> bool {
    let line = line.trim_start();
    let ran_none = line.contains(" 0 passed; 0 failed");
    let ends = [
        "Summary ",
        "test result: ",
        "FAIL ",
        "TIMEOUT ",
        "SIGABRT ",
        "error: test run",
    ];
    !ran_none && ends.iter().any(|start| line.starts_with(start))
}

fn has_nextest() -> Result<bool> {
    Ok(cargo("nextest --version").output()?.status.success())
}

fn summarise(steps: &[Step], closing: &[String]) {
    say("\n── summary");
    for step in steps {
        let verdict = if step.succeeded { "ok" } else { "FAILED" };
        say(&format!(
            "{:<30} {verdict:<7} {:>7.1} s",
            step.name,
            step.took.as_secs_f32()
        ));
    }
    for line in closing {
        say(line);
    }
}
