//! How papers are laid out: lines of text that wrap at words, and HTML in which no value is markup.

/// The width of every paper in text.
pub(super) const COLUMNS: usize = 72;

/// What every page looks like; nothing is fetched from anywhere.
const STYLE: &str = "body{font:11pt/1.4 sans-serif;margin:2em;max-width:48em}\
    table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}\
    th,td{border-bottom:1px solid #999;padding:.2em .6em;text-align:left;vertical-align:top}\
    .n{text-align:right;white-space:nowrap}h2{margin-bottom:.2em}\
    section{break-inside:avoid}p{white-space:pre-line}";

/// A text after a heading of the same width, wrapped at words and continued under itself.
pub(super) fn hanging(head: &str, text: &str) -> String {
    let indent = head.chars().count();
    let width = COLUMNS.saturating_sub(indent).max(1);
    let mut out = String::new();
    for (number, line) in wrapped(text, width).iter().enumerate() {
        let start = if number == 0 {
            head
        } else {
            &" ".repeat(indent)
        };
        out.push_str(format!("{start}{line}").trim_end());
        out.push('\n');
    }
    out
}

/// A text and another at the right end of the same line, or under it where they do not fit.
pub(super) fn across(left: &str, right: &str) -> String {
    let used = left.chars().count() + right.chars().count();
    match COLUMNS.checked_sub(used).filter(|gap| *gap > 0) {
        Some(gap) => format!("{left}{}{right}\n", " ".repeat(gap)),
        None => format!("{}{}", hanging("", left), hanging("  ", right)),
    }
}

/// A line across the paper.
pub(super) fn rule() -> String {
    format!("{}\n", "-".repeat(COLUMNS))
}

/// The text in lines of at most so many characters, broken at spaces where there are any.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let letters: Vec<char> = word.chars().collect();
            for piece in letters.chunks(width) {
                let length = line.chars().count();
                if length > 0 && length + 1 + piece.len() > width {
                    lines.push(std::mem::take(&mut line));
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line.extend(piece);
            }
        }
        lines.push(line);
    }
    lines
}

/// A whole page.
pub(super) fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// A table; a head that begins with `>` is of numbers.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let class = |head: &str| {
        if head.starts_with('>') {
            " class=\"n\""
        } else {
            ""
        }
    };
    let mut html = String::from("<table>\n<tr>");
    for name in head {
        let text = escaped(name.trim_start_matches('>'));
        html.extend(["<th", class(name), ">", &text, "</th>"]);
    }
    html += "</tr>\n";
    for row in rows {
        html += "<tr>";
        for (name, cell) in head.iter().zip(row) {
            html.extend(["<td", class(name), ">", &escaped(cell), "</td>"]);
        }
        html += "</tr>\n";
    }
    html + "</table>\n"
}

/// The text with nothing in it that HTML would read.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
