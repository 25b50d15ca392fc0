//! All that the program prints: data on standard output, messages on standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::{Colour, Printing};
use crate::failure::{Exit, Failure};

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    colour: bool,
}

impl Output {
    pub(crate) fn new(printing: Printing) -> Self {
        let colour = match printing.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && io::stderr().is_terminal()
            }
        };
        Self {
            json: printing.json,
            quiet: printing.quiet,
            colour,
        }
    }

    /// Whether what goes to standard error is coloured.
    pub(crate) fn is_coloured(self) -> bool {
        self.colour
    }

    /// Prints data: as text, or as the one JSON document.
    pub(crate) fn data(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let document = serde_json::to_string_pretty(document)
                .map_err(|error| Failure::caused_by(&error))?;
            line(&document)
        } else {
            line(&text())
        }
    }

    /// Prints one of many rows that have no end: as text, or as JSON in a line. False if whoever read
    /// them has gone.
    pub(crate) fn row(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<bool, Failure> {
        let text = if self.json {
            serde_json::to_string(document).map_err(|error| Failure::caused_by(&error))?
        } else {
            text()
        };
        let mut out = io::stdout().lock();
        let outcome = writeln!(out, "{text}").and_then(|()| out.flush());
        let is_read = !matches!(&outcome, Err(error) if error.kind() == io::ErrorKind::BrokenPipe);
        written(outcome)?;
        Ok(is_read)
    }

    /// Prints a text to its last octet.
    pub(crate) fn as_it_is(text: &str) -> Result<(), Failure> {
        written(io::stdout().lock().write_all(text.as_bytes()))
    }

    /// Prints the one line by which others know that the server is ready.
    pub(crate) fn ready(text: &str) -> Result<(), Failure> {
        line(text)?;
        io::stdout()
            .flush()
            .map_err(|error| Failure::caused_by(&error))
    }

    /// Tells the person how things go.
    pub(crate) fn message(self, text: &str) {
        if !self.quiet && !text.is_empty() {
            tell(text);
        }
    }

    /// Says why the program ends.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json {
            tell(&problem(failure));
            return;
        }
        let (start, end) = if self.colour {
            ("\u{1b}[31m", "\u{1b}[0m")
        } else {
            ("", "")
        };
        tell(&format!("{start}error{end}: {}", failure.message));
        if let Some(advice) = &failure.advice {
            tell(&format!("  {advice}"));
        }
    }
}

/// Prints a line on standard error, if somebody reads it: that nobody does is no reason to fail.
fn tell(text: &str) {
    let _unread = writeln!(io::stderr().lock(), "{text}");
}

/// The failure as a problem document (RFC 9457).
fn problem(failure: &Failure) -> String {
    let known = failure.problem.as_ref();
    known
        .and_then(|problem| serde_json::to_string(problem).ok())
        .unwrap_or_else(|| {
            serde_json::json!({
                "type": "about:blank",
                "title": failure.message,
                "detail": failure.advice,
            })
            .to_string()
        })
}

fn line(text: &str) -> Result<(), Failure> {
    let text = text.trim_end_matches('\n');
    if text.is_empty() {
        return Ok(());
    }
    written(writeln!(io::stdout().lock(), "{text}"))
}

fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        // Whoever closed the pipe wants no more.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            Exit::Failure,
            format!("cannot print: {error}"),
        )),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints what clap has to say: help on standard output, mistakes on standard error.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match u8::try_from(error.exit_code()) {
        Ok(code) if printed.is_ok() => ExitCode::from(code),
        Ok(_) | Err(_) => ExitCode::FAILURE,
    }
}

/// Lays rows out in columns; the columns whose head begins with `>` stand to the right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let right: Vec<bool> = head.iter().map(|cell| cell.starts_with('>')).collect();
    let head: Vec<String> = head
        .iter()
        .map(|cell| cell.trim_start_matches('>').to_owned())
        .collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for ((cell, &width), &right) in row.iter().zip(&widths).zip(&right) {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let (before, after) = if right {
                (&*padding, "")
            } else {
                ("", &*padding)
            };
            line.push_str(before);
            line.push_str(cell);
            line.push_str(after);
            line.push_str("  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Lays names and values out under each other; a value that is not known is left out.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let known = || facts.iter().filter(|(_, value)| !value.is_empty());
    let width = known().map(|(name, _)| name.len()).max().unwrap_or(0);
    known().fold(String::new(), |text, (name, value)| {
        text + &format!("{name:<width$}  {value}\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = vec![
            vec!["WATER".to_owned(), "15.00".to_owned()],
            vec!["Ö".to_owned(), "1.00".to_owned()],
        ];
        assert_eq!(
            table(&["SKU", ">price"], &rows),
            "SKU    price\nWATER  15.00\nÖ       1.00\n"
        );
    }

    #[test]
    fn a_fact_that_is_not_known_is_not_listed() {
        let text = facts(&[("buyer", "acme".to_owned()), ("note", String::new())]);
        assert_eq!(text, "buyer  acme\n");
    }
}
