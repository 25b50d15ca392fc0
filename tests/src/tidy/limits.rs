//! The limits that are no settings: every named constant that bounds a size, a count, a queue or a wait, as
//! the code documents it.

use std::fmt::Write as _;

use anyhow::Result;

use super::{files_below, read};

/// What the name of a limit has in it.
const MARKS: [&str; 18] = [
    "MAX",
    "_MIN",
    "PLACES",
    "_PER_",
    "TRIES",
    "TIMEOUT",
    "PATIENCE",
    "_SECONDS",
    "_MINUTES",
    "TOLERANCE",
    "KEPT",
    "AT_ONCE",
    "LEASE",
    "DEADLINE",
    "IDLE_",
    "DRAIN",
    "_AHEAD",
    "AT_MOST",
];

/// A crate, and what its limits are about.
const CRATES: [(&str, &str); 8] = [
    ("api", "Messages between buyers and the desk"),
    ("order", "Orders and statements"),
    ("envelope", "Envelopes, keys and certificates"),
    ("transparency", "The transparency log"),
    ("connection", "Connections of both programs"),
    ("server", "`opd`"),
    ("store", "The database"),
    ("client", "`po`"),
];

struct Limit {
    about: String,
    value: String,
    name: String,
    /// Where in its crate it stands, since many have one name.
    module: String,
}

/// The tables of all limits, and those that say nothing about themselves.
pub fn tables() -> Result<(String, Vec<String>)> {
    let (mut page, mut faults) = (String::new(), Vec::new());
    for (folder, subject) in CRATES {
        let mut limits = Vec::new();
        for path in files_below(&format!("crates/{folder}/src"), ".rs")? {
            if !path.contains("test") {
                limits_in(&path, &mut limits, &mut faults)?;
            }
        }
        if limits.is_empty() {
            continue;
        }
        write!(
            page,
            "\n## {subject}\n\n| limit | value | name | module |\n| --- | --- | --- | --- |\n"
        )?;
        for limit in limits {
            let Limit {
                about,
                value,
                name,
                module,
            } = limit;
            writeln!(page, "| {about} | `{value}` | `{name}` | `{module}` |")?;
        }
    }
    Ok((page, faults))
}

fn limits_in(path: &str, limits: &mut Vec<Limit>, faults: &mut Vec<String>) -> Result<()> {
    let text = read(path)?;
    let mut about: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("mod tests {") {
            break;
        }
        if let Some(doc) = line.strip_prefix("///") {
            about.push(doc.trim());
            continue;
        }
        if let Some((name, value)) = constant(line) {
            if about.is_empty() {
                faults.push(format!("{path}: {name} does not say what it limits"));
            }
            limits.push(Limit {
                about: about.join(" ").replace('|', "\\|"),
                value: plain(value),
                name: name.to_owned(),
                module: module(path),
            });
        }
        if !line.starts_with("#[") {
            about.clear();
        }
    }
    Ok(())
}

/// The module that a file is, in its crate.
fn module(path: &str) -> String {
    let (_, inner) = path.split_once("/src/").unwrap_or(("", path));
    let inner = inner.trim_end_matches(".rs").trim_end_matches("/mod");
    inner.replace('/', "::")
}

/// A value without what only the compiler needs.
fn plain(value: &str) -> String {
    let value = value.strip_suffix(".unwrap()").unwrap_or(value);
    let calls = [
        ("::from_hours(", " hours"),
        ("::from_mins(", " minutes"),
        ("::from_secs(", " seconds"),
        ("::from_millis(", " milliseconds"),
        ("Self(", ""),
        ("NonZeroU32::new(", ""),
    ];
    let inner = calls.iter().find_map(|(call, unit)| {
        let (_, inner) = value.strip_suffix(')')?.split_once(call)?;
        Some(format!("{inner}{unit}"))
    });
    inner.unwrap_or_else(|| value.to_owned())
}

/// The name and the value of a constant that bounds something and is written on one line.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (visibility, declared) = line.split_once("const ")?;
    if !visibility.is_empty() && !visibility.starts_with("pub") {
        return None;
    }
    let (name, rest) = declared.split_once(": ")?;
    let (kind, value) = rest.split_once(" = ")?;
    let value = value.strip_suffix(';')?;
    let is_a_text = kind.contains("str") || kind.starts_with('[');
    let bounds = MARKS.iter().any(|mark| name.contains(mark)) && !is_a_text;
    (bounds && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')).then_some((name, value))
}
