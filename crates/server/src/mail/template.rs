//! Filling in a letter: `{name}` stands for a value, and nothing else has a meaning.
//!
//! A line whose values are all empty is left out, so that one template serves letters that say more
//! and letters that say less. Values are never read as templates.

use std::collections::BTreeMap;

use super::columns::wrap;

/// The values of one letter, by name.
pub(super) type Values = BTreeMap<&'static str, String>;

/// What stands above a signature ends in a space (RFC 3676 section 4.3); no other line does.
const SIGNATURE_MARK: &str = "-- ";

/// A piece of a template's line.
enum Piece<'a> {
    Text(&'a str),
    Value(&'a str),
}

/// What is wrong with a template, and on which of its lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) what: String,
}

/// Fills a template in. Lines end in `\n` and are wrapped, and no two empty ones follow each other.
pub(super) fn fill(template: &str, values: &Values) -> String {
    let mut letter = String::with_capacity(template.len() * 2);
    let mut after_empty = true;
    for line in template.lines() {
        let Some(filled) = fill_line(line, values) else {
            continue;
        };
        for filled in filled.split('\n') {
            let filled = if line == SIGNATURE_MARK {
                filled
            } else {
                filled.trim_end()
            };
            let is_empty = filled.is_empty();
            if !(is_empty && after_empty) {
                wrap(filled, &mut letter);
            }
            after_empty = is_empty;
        }
    }
    letter
}

/// Fills in what stands on one line, such as a subject or a phrase, without wrapping it.
pub(super) fn fill_phrase(template: &str, values: &Values) -> String {
    let lines: Vec<String> = template
        .lines()
        .filter_map(|line| fill_line(line, values))
        .collect();
    lines.join("\n")
}

/// Checks that a template asks only for what is known; its first line is number `first`.
pub(super) fn check(template: &str, first: usize, known: &[&str]) -> Result<(), Fault> {
    for (line, text) in (first..).zip(template.lines()) {
        for piece in pieces(text) {
            let what = match piece {
                Piece::Value(name) if known.contains(&name) => continue,
                Piece::Value(name) if known.is_empty() => {
                    format!("there is no {{{name}}}; nothing is filled in here")
                }
                Piece::Value(name) => {
                    let known: Vec<String> =
                        known.iter().map(|name| format!("{{{name}}}")).collect();
                    format!("there is no {{{name}}}; there are {}", known.join(", "))
                }
                Piece::Text(text) if text.contains('{') => {
                    "a { without its } on the line".to_owned()
                }
                Piece::Text(_) => continue,
            };
            return Err(Fault { line, what });
        }
    }
    Ok(())
}

/// The line filled in; none if it has values and all are empty.
fn fill_line(line: &str, values: &Values) -> Option<String> {
    let mut filled = String::with_capacity(line.len());
    let (mut has_values, mut has_content) = (false, false);
    for piece in pieces(line) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Value(name) => {
                let value = values.get(name).map_or("", String::as_str);
                has_values = true;
                has_content |= !value.is_empty();
                filled.push_str(value);
            }
        }
    }
    (has_content || !has_values).then_some(filled)
}

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, from)| from.split_once('}').map(|cut| (before, cut)))
    {
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Value(name));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&'static str, &str)]) -> Values {
        let own = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn a_line_without_its_values_is_left_out() {
        let template = "Hello {name},\n\nTracking: {tracking}\n\nBye {name} {tracking}";
        let letter = fill(template, &values(&[("name", "Jo"), ("tracking", "")]));
        assert_eq!(letter, "Hello Jo,\n\nBye Jo\n");
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let letter = fill(
            "{one}{two}",
            &values(&[("one", "{two}"), ("two", "2 {one}")]),
        );
        assert_eq!(letter, "{two}2 {one}\n");
    }

    #[test]
    fn what_a_template_may_not_ask_for_is_found_with_its_line() {
        let fault = check("Hello {name},\n\n{nmae}", 3, &["name", "account"]).unwrap_err();
        assert_eq!(fault.line, 5);
        assert_eq!(
            fault.what,
            "there is no {nmae}; there are {name}, {account}"
        );
        let fault = check("Hello {name,", 1, &["name"]).unwrap_err();
        assert_eq!(
            (fault.line, fault.what.contains("without its }")),
            (1, true)
        );
        assert_eq!(check("Hello {name},", 1, &["name"]), Ok(()));
    }
}
