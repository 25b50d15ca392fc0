//! Plain text at 72 columns, the width at which mail is read everywhere.

/// No line of a letter is wider.
pub(super) const COLUMNS: usize = 72;
/// The longest label whose text is continued beneath itself.
const LABEL_MAX_COLUMNS: usize = 24;

/// Adds a line to a letter, as several if it is too wide. What follows the first stands under the
/// text after its label or indentation; a word that fits on no line is cut.
pub(super) fn wrap(line: &str, letter: &mut String) {
    if width(line) <= COLUMNS {
        letter.push_str(line);
        letter.push('\n');
        return;
    }
    let (label, text) = line.split_at(hanging(line));
    let indent = " ".repeat(width(label));
    let room = COLUMNS - indent.len();
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!current.is_empty());
        if width(&current) + gap + width(word) <= room {
            current.push_str(&" ".repeat(gap));
            current.push_str(word);
            continue;
        }
        if !current.is_empty() {
            lines.push(std::mem::take(&mut current));
        }
        current = cut(word, room, &mut lines);
    }
    if !current.is_empty() {
        lines.push(current);
    }
    let mut before = label;
    for line in lines {
        letter.push_str(before);
        letter.push_str(&line);
        letter.push('\n');
        before = &indent;
    }
}

/// Cuts what is too wide off a word, and gives back the rest.
fn cut(word: &str, room: usize, lines: &mut Vec<String>) -> String {
    let mut rest = String::new();
    for character in word.chars() {
        if width(&rest) + columns(character) > room {
            lines.push(std::mem::take(&mut rest));
        }
        rest.push(character);
    }
    rest
}

/// Where the text of a line begins, in bytes: after its indentation, or after a label and the gap
/// of two or more spaces that follows it.
fn hanging(line: &str) -> usize {
    let text = line.trim_start_matches(' ');
    let indentation = line.len() - text.len();
    let label = text.find("  ").map(|end| {
        let after = text.get(end..).unwrap_or_default();
        line.len() - after.trim_start_matches(' ').len()
    });
    let start = label.unwrap_or(indentation);
    let is_narrow = |start: usize| {
        let before = line.get(..start).unwrap_or_default();
        width(before) <= LABEL_MAX_COLUMNS
    };
    if is_narrow(start) { start } else { 0 }
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// East Asian characters and pictures take two columns.
const fn columns(character: char) -> usize {
    match character {
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(line: &str) -> String {
        let mut letter = String::new();
        wrap(line, &mut letter);
        letter
    }

    #[test]
    fn a_line_that_fits_is_left_as_it_is() {
        let line = format!("  a  b{}", "c".repeat(66));
        assert_eq!(wrapped(&line), format!("{line}\n"));
    }

    #[test]
    fn a_long_text_goes_on_beneath_itself() {
        let line = format!("Reason:      {}", "roof leaks ".repeat(8).trim_end());
        let expected = "\
Reason:      roof leaks roof leaks roof leaks roof leaks roof leaks roof
             leaks roof leaks roof leaks
";
        assert_eq!(wrapped(&line), expected);
    }

    #[test]
    fn a_word_that_fits_nowhere_is_cut() {
        let text = wrapped(&format!("Tracking:    {}", "x".repeat(100)));
        let widths: Vec<usize> = text.lines().map(width).collect();
        assert_eq!(widths, [72, 54]);
    }

    #[test]
    fn wide_characters_count_twice() {
        let text = wrapped(&"日本".repeat(30));
        assert!(text.lines().all(|line| width(line) <= COLUMNS), "{text}");
        assert_eq!(text.lines().count(), 2);
    }
}
