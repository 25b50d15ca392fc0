//! Keys that nobody may enrol, whoever asks: those whose private halves were published.
//!
//! A text file, one fingerprint of a public key a line, `#` before a remark. It may grow while the
//! server runs; it is read when it is needed.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use countersign_order::Digest;

use crate::files::read_bounded;

/// The largest list of denied keys that is read, in bytes: some ten thousand fingerprints.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// What a new shop's file says.
pub(crate) const DENIED_KEYS_TEXT: &str = "\
# Keys that nobody may enrol: those whose private halves were published.
# One fingerprint of a public key a line, such as
# sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
# openssl pkey -pubin -in KEY.pem -outform DER | openssl dgst -sha256 -r
";

/// The keys that nobody may enrol.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeniedKeys(HashSet<Digest>);

/// Why the list could not be read. Without it nothing is enrolled.
#[derive(Debug, thiserror::Error)]
pub enum DeniedKeysError {
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A line is neither a fingerprint nor a remark.
    #[error("{} line {line} is not a fingerprint sha256:… and 64 hex digits", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line's number.
        line: usize,
    },
}

impl DeniedKeys {
    /// Reads a list. A missing file is an empty one.
    pub fn read(path: &Path) -> Result<Self, DeniedKeysError> {
        let bytes = match read_bounded(path, FILE_MAX_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|source| DeniedKeysError::Read {
                path: path.to_owned(),
                source,
            })?,
        };
        let mut keys = HashSet::new();
        for (index, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            let key = entry.parse().map_err(|_not_one| DeniedKeysError::Line {
                path: path.to_owned(),
                line: index + 1,
            })?;
            keys.insert(key);
        }
        Ok(Self(keys))
    }

    /// Both lists as one.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Whether the key with this fingerprint is one of them.
    pub fn contains(&self, key: &Digest) -> bool {
        self.0.contains(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unwrap_in_result, reason = "a helper of tests")]
    fn read(text: &str) -> Result<DeniedKeys, DeniedKeysError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("denied-keys");
        std::fs::write(&path, text).unwrap();
        DeniedKeys::read(&path)
    }

    #[test]
    fn remarks_and_empty_lines_are_no_keys() {
        assert_eq!(read(DENIED_KEYS_TEXT).unwrap(), DeniedKeys::default());
        let key = Digest::from_bytes([7; 32]);
        let keys = read(&format!("# known\n\n{key}   # from the course\n")).unwrap();
        assert!(keys.contains(&key));
        assert!(!keys.contains(&Digest::from_bytes([8; 32])));
    }

    #[test]
    fn a_line_that_is_no_fingerprint_stops_everything() {
        let refused = read("# one\nsha256:1234\n").unwrap_err();
        assert!(matches!(refused, DeniedKeysError::Line { line: 2, .. }));
    }

    #[test]
    fn a_missing_list_denies_nothing() {
        let missing = Path::new("/nonexistent/denied-keys");
        assert_eq!(DeniedKeys::read(missing).unwrap(), DeniedKeys::default());
    }
}
