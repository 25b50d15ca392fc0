//! The report as a page, and for the terminal.

use super::Report;
use super::table::Table;

impl Report {
    /// The tables, for the terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = self.about().text();
        for section in self.sections() {
            text.extend(["\n", section.heading, "\n\n", &section.table.text()]);
        }
        text
    }

    /// The page for the reference.
    pub(crate) fn page(&self) -> String {
        let rounds = match self.plan.rounds {
            1 => "One round: a try, not a measurement.".to_owned(),
            rounds => format!(
                "All figures are medians of {rounds} rounds; each round runs everything once, so that what disturbs \
                 the machine disturbs all alike."
            ),
        };
        let mut page = format!("# Performance\n\n{INTRODUCTION} {rounds}\n\n");
        page += &self.about().text();
        for section in self.sections() {
            page.extend(["\n## ", section.heading, "\n\n", &section.text, "\n\n"]);
            page += &section.table.text();
        }
        wrapped(&page)
    }

    fn about(&self) -> Table {
        let mut table = Table::new(["measured on", ""]);
        for name in [
            "cpu",
            "memory",
            "kernel",
            "postgresql",
            "version",
            "date",
            "command",
            "took",
        ] {
            if let Some(value) = self.machine.get(name) {
                let value = match name {
                    "command" => format!("`{value}`"),
                    _ => value.clone(),
                };
                table.row([name.to_owned(), value]);
            }
        }
        table
    }
}

/// Lines of prose of at most this many characters.
const WIDTH: usize = 120;

/// The page with its prose in lines; tables, headings and lists stay as they are.
fn wrapped(page: &str) -> String {
    let mut text = String::new();
    for line in page.lines() {
        if line.starts_with(['|', '#', ' ', '`']) {
            text += line;
        } else {
            let mut length = 0;
            for word in line.split(' ') {
                let wide = word.chars().count();
                if length > 0 && length + 1 + wide > WIDTH {
                    text.push('\n');
                    length = 0;
                } else if length > 0 {
                    text.push(' ');
                    length += 1;
                }
                text += word;
                length += wide;
            }
        }
        text.push('\n');
    }
    text
}

const INTRODUCTION: &str = "\
How fast `opd` is, and what it costs. This page is written by `cargo xtask bench -- --markdown FILE`: run it on your \
machine before you buy another one. The load comes from the same machine, and shares its processors; a server by \
itself does more.";
