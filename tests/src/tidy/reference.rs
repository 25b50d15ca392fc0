//! The generated parts of the reference: what the programs say about themselves.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::programs::{built, run};

/// The help of a program and of all its commands, as a page shows it.
pub fn command_line(program: &str) -> Result<String> {
    let mut page = String::new();
    describe(&mut page, program, &[])?;
    Ok(page)
}

fn describe(page: &mut String, program: &str, command: &[&str]) -> Result<()> {
    let help = help(program, command)?;
    let level = if command.is_empty() { "##" } else { "###" };
    let name = [&[program], command].concat().join(" ");
    writeln!(
        page,
        "{level} `{name}`\n\n```text\n{}\n```\n",
        help.trim_end()
    )?;
    for next in commands_in(&help) {
        describe(page, program, &[command, &[next.as_str()]].concat())?;
    }
    Ok(())
}

fn help(program: &str, command: &[&str]) -> Result<String> {
    let mut line = Command::new(built(program));
    line.args(command)
        .arg("--help")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100");
    // Defaults that are taken from the environment would differ from machine to machine.
    for variable in ["OPD_DATA", "PO_HOME", "XDG_DATA_HOME", "HOME"] {
        line.env_remove(variable);
    }
    let ran = run(&mut line);
    ensure!(
        ran.code == Some(0),
        "{program} {command:?} --help: {}",
        ran.stderr
    );
    Ok(ran
        .text()
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n"))
}

/// The names under `Commands:` in a help text.
fn commands_in(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
