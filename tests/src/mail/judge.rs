//! Letters judged by `openssl`.

use std::fs;
use std::path::Path;

use super::attachment;
use crate::openssl::openssl;

/// No line of a letter is wider, in columns.
const COLUMNS: usize = 72;

/// The files in which letters carry a statement.
const STATEMENTS: [&str; 4] = ["receipt.p7m", "shipment.p7m", "cancellation.p7m", "key.p7m"];

/// Ends unless the letter is plain text that fits its columns and verifies under the root, with the
/// statement it carries; gives back what the statement says, if it carries one.
#[track_caller]
pub fn judged(folder: &Path, root_pem: &str, letter: &str) -> Option<String> {
    fs::write(folder.join("root.pem"), root_pem).unwrap();
    fs::write(folder.join("letter.eml"), letter).unwrap();
    openssl(
        folder,
        "cms -verify -in letter.eml -CAfile root.pem -purpose smimesign -out letter.txt",
    )
    .ok();
    let text = fs::read_to_string(folder.join("letter.txt")).unwrap();
    let text = text.replace("\r\n", "\n");
    let body = text.split("\n\n").nth(1).unwrap_or_default();
    for line in body.replace("=\n", "").lines() {
        assert!(line.chars().count() <= COLUMNS, "{line}");
    }
    let statement = STATEMENTS
        .iter()
        .find_map(|name| attachment(letter, name))?;
    fs::write(folder.join("statement.p7m"), statement).unwrap();
    openssl(
        folder,
        "cms -verify -cades -inform DER -in statement.p7m -CAfile root.pem -purpose any \
         -out statement.json",
    )
    .ok();
    Some(fs::read_to_string(folder.join("statement.json")).unwrap())
}
