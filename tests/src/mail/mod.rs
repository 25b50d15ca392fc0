//! Mail as it arrives: letters in a folder, their headers and parts, and a real mail server.

mod server;

use std::fs;
use std::path::Path;

pub use self::server::MailServer;

/// The letters in a folder, and in the folders below it, that hold all of these texts.
pub fn letters_in(folder: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(letters_in(&path, texts));
        } else if let Ok(bytes) = fs::read(&path) {
            let letter = String::from_utf8_lossy(&bytes).into_owned();
            // Long lines are broken softly (RFC 2045, section 6.7).
            let unbroken = letter.replace("=\r\n", "").replace("=\n", "");
            if texts.iter().all(|text| unbroken.contains(text)) {
                found.push(letter);
            }
        }
    }
    found
}

/// A header of a letter, unfolded (RFC 5322, section 2.2.3).
pub fn header(letter: &str, name: &str) -> Option<String> {
    headers(letter).into_iter().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

/// All headers of a letter, unfolded.
pub fn headers(letter: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in letter.lines().take_while(|line| !line.is_empty()) {
        match found.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => found.push(line.to_owned()),
        }
    }
    found
}

/// What a reader sees of a letter: its first part, plain text in quoted-printable (RFC 2045,
/// section 6.7); none if it has another form.
pub fn text(letter: &str) -> Option<String> {
    let unix = letter.replace("\r\n", "\n");
    let (before, part) = unix.split_once("\nContent-Type: text/plain; charset=utf-8\n")?;
    let boundary = before.lines().rfind(|line| line.starts_with("--"))?;
    let (head, rest) = part.split_once("\n\n")?;
    let body = rest.split_once(&format!("\n{boundary}"))?.0;
    let is_encoded = head.contains("Content-Transfer-Encoding: quoted-printable");
    is_encoded.then(|| unquoted(&body.replace("=\n", "")))?
}

/// Octets that were written as `=` and two hexadecimal digits, as they were.
fn unquoted(body: &str) -> Option<String> {
    let mut pieces = body.split('=');
    let mut octets = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        octets.extend(hex::decode(code).ok()?);
        octets.extend(rest.as_bytes());
    }
    String::from_utf8(octets).ok()
}

/// The decoded attachment of a file name: a part in base64 (RFC 2045).
pub fn attachment(letter: &str, file_name: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let unix = letter.replace("\r\n", "\n");
    let named = unix
        .find(&format!("filename=\"{file_name}\""))
        .or_else(|| unix.find(&format!("filename={file_name}")))?;
    let body = unix[named..].find("\n\n").map(|at| named + at + 2)?;
    let text: String = unix[body..]
        .lines()
        .take_while(|line| !line.starts_with("--"))
        .collect();
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
