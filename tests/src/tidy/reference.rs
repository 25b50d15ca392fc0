//! The generated parts of the reference: what the programs say about themselves.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::programs::{built, run};

/// The help of a program and of all its commands, as a page shows it.
pub fn command_line(program: &str) -> Result<String> {
    let general = help(program, &[])?;
    let mut page = format!("## `{program}`\n\n```text\n{general}\n```\n\n");
    for command in commands_in(&general) {
        describe(&mut page, program, &[&command], &general)?;
    }
    Ok(page)
}

/// A command, and those below it; what holds for every command is said once.
fn describe(page: &mut String, program: &str, command: &[&str], general: &str) -> Result<()> {
    let help = help(program, command)?;
    let below = commands_in(&help);
    if below.is_empty() {
        let own = own_lines(&help, general);
        writeln!(
            page,
            "### `{program} {}`\n\n```text\n{own}\n```\n",
            command.join(" ")
        )?;
    }
    for next in below {
        describe(
            page,
            program,
            &[command, &[next.as_str()]].concat(),
            general,
        )?;
    }
    Ok(())
}

/// A help text without the options that the general one describes.
fn own_lines(help: &str, general: &str) -> String {
    const CONTINUATION: &str = "          ";
    let mut own = Vec::new();
    let mut is_general = false;
    for line in help.lines() {
        match option(line) {
            Some(name) => is_general = general.contains(name),
            None => is_general &= line.starts_with(CONTINUATION),
        }
        if !is_general {
            own.push(line);
        }
    }
    let own = own.join("\n");
    own.trim_end()
        .trim_end_matches("Options:")
        .trim_end()
        .to_owned()
}

fn help(program: &str, command: &[&str]) -> Result<String> {
    let mut line = Command::new(built(program));
    line.args(command)
        .arg("-h")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100");
    // Defaults that are taken from the environment would differ from machine to machine.
    for variable in [
        "OPD_DATA",
        "OPD_WITNESS",
        "PO_HOME",
        "XDG_DATA_HOME",
        "HOME",
    ] {
        line.env_remove(variable);
    }
    let ran = run(&mut line);
    ensure!(
        ran.code == Some(0),
        "{program} {command:?} -h: {}",
        ran.stderr
    );
    let text: Vec<String> = ran
        .text()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    Ok(text.join("\n").trim_end().to_owned())
}

/// The long name of the option that a line of help describes.
fn option(line: &str) -> Option<&str> {
    let name = line
        .trim_start()
        .trim_start_matches("-h, ")
        .trim_start_matches("-V, ");
    name.starts_with("--")
        .then(|| name.split_whitespace().next())?
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
