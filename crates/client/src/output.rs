//! All that the program prints: data on standard output, messages on standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::{Colour, Global};
use crate::failure::{Exit, Failure};

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    colour: bool,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let colour = match global.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && io::stderr().is_terminal()
            }
        };
        Self {
            json: global.json,
            quiet: global.quiet,
            colour,
        }
    }

    /// Whether data is wanted as JSON.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints data: as text, or as the one JSON document.
    pub(crate) fn data(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = if self.json {
            serde_json::to_string_pretty(document)
                .map_err(|error| Failure::new(Exit::Failure, error.to_string()))?
        } else {
            text()
        };
        Self::line(&text)
    }

    /// Prints text where no JSON document is wanted.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { Self::line(text) }
    }

    fn line(text: &str) -> Result<(), Failure> {
        let text = harmless(text.trim_end_matches('\n'));
        if text.is_empty() {
            return Ok(());
        }
        match writeln!(io::stdout().lock(), "{text}") {
            // Whoever closed the pipe wants no more.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                Exit::Failure,
                format!("cannot print: {error}"),
            )),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Tells the person how things go.
    pub(crate) fn message(self, text: &str) {
        if !self.quiet {
            tell(&harmless(text));
        }
    }

    /// Says why the program ends.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json {
            match &failure.problem {
                Some(problem) => json_error(problem.as_ref()),
                None => json_error(&untyped(&failure.message, failure.advice.as_deref())),
            }
            return;
        }
        let (start, end) = if self.colour {
            ("\u{1b}[31m", "\u{1b}[0m")
        } else {
            ("", "")
        };
        let code = failure.code().map(|code| format!(" {code}"));
        let code = code.unwrap_or_default();
        let message = harmless(&failure.message);
        tell(&format!("{start}error{end}{code}: {message}"));
        if let Some(advice) = &failure.advice {
            tell(&format!("  {advice}"));
        }
    }
}

/// Prints a line on standard error, if somebody reads it: that nobody does is no reason to fail.
fn tell(text: &str) {
    let _unread = writeln!(io::stderr().lock(), "{text}");
}

/// The text without what a terminal would obey: a server's words must not move the cursor, nor turn
/// the direction of writing.
fn harmless(text: &str) -> String {
    let is_obeyed = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(is_obeyed, "\u{fffd}")
}

/// Prints an error as the one JSON document.
fn json_error(problem: &impl Serialize) {
    if let Ok(document) = serde_json::to_string(problem) {
        tell(&document);
    }
}

/// A problem that no server has a type for (RFC 9457, section 4.2.1).
fn untyped(title: &str, detail: Option<&str>) -> serde_json::Value {
    serde_json::json!({ "type": "about:blank", "title": title, "detail": detail })
}

/// Prints what clap has to say: help on standard output, mistakes on standard error.
pub(crate) fn usage(error: &clap::Error, json: bool) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    if json && error.use_stderr() {
        let text = error.render().to_string();
        let (mistake, help) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mistake = mistake.trim_start_matches("error: ");
        json_error(&untyped(mistake, Some(help.trim_end())));
        return code.into();
    }
    if error.print().is_err() {
        ExitCode::FAILURE
    } else {
        code.into()
    }
}

/// Lays rows out in columns; the columns named in `right` stand to the right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let mut lines = Vec::new();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            if right.contains(&column) {
                line.push_str(&padding);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&padding);
            }
            line.push_str("  ");
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_cannot_command_the_terminal() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\r\u{202e}c\nd"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\nd"
        );
    }

    #[test]
    fn columns_line_up() {
        let rows = vec![
            vec!["WATER".to_owned(), "15.00".to_owned()],
            vec!["Ö".to_owned(), "1.00".to_owned()],
        ];
        assert_eq!(
            table(&["SKU", "price"], &rows, &[1]),
            "SKU    price\nWATER  15.00\nÖ       1.00"
        );
    }
}
