//! `cargo xtask soak`: the stories of crashes and the fuzzing campaigns, round after round with other seeds, for
//! hours; what was done is told while it runs, and in a report.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};

use crate::crash_points;
use crate::work::{cargo, root, say, watch};

const REPORT: &str = "target/soak.md";

/// Something that is done over and over.
struct Part {
    name: &'static str,
    /// Which tests do it, in nextest's words.
    tests: &'static str,
    /// What says how much of it is done at a time.
    variable: &'static str,
    amount: u64,
}

const PARTS: [Part; 8] = [
    Part {
        name: "kills",
        tests: "binary(kill)",
        variable: "COUNTERSIGN_KILLS",
        amount: 500,
    },
    Part {
        name: "images of a disk without power",
        tests: "binary(power_loss)",
        variable: "COUNTERSIGN_IMAGES",
        amount: 500,
    },
    Part {
        name: "bits flipped in each file",
        tests: "binary(bit_rot)",
        variable: "COUNTERSIGN_FLIPS",
        amount: 1000,
    },
    Part {
        name: "ends under load",
        tests: "binary(drain)",
        variable: "COUNTERSIGN_ENDS",
        amount: 200,
    },
    Part {
        name: "crashes at each point",
        tests: "binary(crash_points)",
        variable: "COUNTERSIGN_CRASHES",
        amount: 3,
    },
    Part {
        name: "primaries killed and standbys promoted",
        tests: "binary(failover)",
        variable: "COUNTERSIGN_PROMOTIONS",
        amount: 20,
    },
    Part {
        name: "servers of three killed or paused",
        tests: "binary(servers)",
        variable: "COUNTERSIGN_SERVER_FAULTS",
        amount: 30,
    },
    Part {
        name: "seconds of each fuzzing campaign",
        tests: "package(countersign-fuzz) or test(fuzzed) or binary(differential)",
        variable: "COUNTERSIGN_FUZZ_SECONDS",
        amount: 60,
    },
];

/// One part, done once.
struct Deed {
    part: &'static Part,
    seed: u64,
    succeeded: bool,
    /// How much of it was done: nothing if there is no such test.
    amount: u64,
    took: Duration,
    closing: Vec<String>,
}

/// Goes on until the hours are over and the part that runs then has ended.
pub(crate) fn run(hours: f64) -> Result<()> {
    let time = Duration::try_from_secs_f64(hours * 3600.0).context("that is no time to run for")?;
    crash_points::build_and_restore()?;
    let start = Instant::now();
    let mut deeds = Vec::new();
    for (seed, part) in (first_seed()?..).zip(PARTS.iter().cycle()) {
        if start.elapsed() >= time {
            break;
        }
        say(&format!(
            "\n── {} of {} minutes: {} {}, COUNTERSIGN_SEED={seed}",
            start.elapsed().as_secs() / 60,
            time.as_secs() / 60,
            part.amount,
            part.name
        ));
        deeds.push(part.run(seed)?);
        fs::write(root().join(REPORT), report(&deeds, start.elapsed()))?;
    }
    say(&format!("\n{}", report(&deeds, start.elapsed())));
    say(&format!("This is in {REPORT}."));
    ensure!(deeds.iter().all(|deed| deed.succeeded), "something failed");
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a task is no part of the programs"
)]
fn first_seed() -> Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(now.context("the clock stands before 1970")?.as_secs())
}

impl Part {
    fn run(&'static self, seed: u64) -> Result<Deed> {
        let runner = "nextest run --workspace --locked --profile soak --no-capture --no-tests pass";
        let mut command = cargo(runner);
        command.args(["-E", self.tests]);
        command.env("COUNTERSIGN_SEED", seed.to_string());
        command.env(self.variable, self.amount.to_string());
        let start = Instant::now();
        let (succeeded, closing) = watch(&mut command, is_closing)?;
        let ran_none = closing.iter().any(|line| line.contains(" 0 tests run"));
        Ok(Deed {
            part: self,
            seed,
            succeeded,
            amount: if ran_none { 0 } else { self.amount },
            took: start.elapsed(),
            closing,
        })
    }
}

/// Lines that say which test failed, and how many ran.
fn is_closing(line: &str) -> bool {
    let line = line.trim_start();
    ["Summary ", "error: ", "FAIL ", "SIGABRT ", "panicked at "]
        .iter()
        .any(|start| line.starts_with(start))
}

fn report(deeds: &[Deed], took: Duration) -> String {
    let failures = deeds.iter().filter(|deed| !deed.succeeded).count();
    let minutes = took.as_secs() / 60;
    let mut text = format!("# Soak\n\n{minutes} minutes, {failures} failures.\n\n");
    text += "| what | how many | seconds |\n| --- | ---: | ---: |\n";
    for part in &PARTS {
        let done = deeds.iter().filter(|deed| deed.part.name == part.name);
        let (count, time) = done.fold((0, Duration::ZERO), |(count, time), deed| {
            (count + deed.amount, time + deed.took)
        });
        // Writing into a text cannot fail.
        let _written = writeln!(text, "| {} | {count} | {} |", part.name, time.as_secs());
    }
    text += "\n| seed | what | how many | outcome | seconds |\n| --- | --- | ---: | --- | ---: |\n";
    for deed in deeds {
        let outcome = if deed.succeeded { "ok" } else { "FAILED" };
        let (part, took) = (deed.part, deed.took.as_secs());
        let _written = writeln!(
            text,
            "| {} | {} | {} | {outcome} | {took} |",
            deed.seed, part.name, deed.amount
        );
    }
    for deed in deeds.iter().filter(|deed| !deed.succeeded) {
        let _written = writeln!(text, "\nSeed {}:\n", deed.seed);
        for line in &deed.closing {
            let _written = writeln!(text, "    {line}");
        }
    }
    text
}
