//! Passphrases: where they come from, and a strong one made here.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::files::{is_open_to_others, read_bounded, read_to_limit};
use crate::random::Random;

/// The credential `systemd` hands over (`LoadCredential=opd-passphrase:…`).
const CREDENTIAL: &str = "opd-passphrase";

/// No secret is longer; a longer file is a wrong file.
const SECRET_MAX_BYTES: u64 = 4096;

/// A passphrase made here: 6 groups of 5 out of 32 letters and digits are 150 bits.
const GROUPS: usize = 6;
const GROUP_LETTERS: usize = 5;
/// Without `i`, `l`, `o` and `u`: nothing to misread, and no words by accident.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A passphrase, wiped from memory when dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

/// Why a secret could not be read from a file.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read.
    #[error("cannot read the secret in {}", path.display())]
    Read {
        /// The file, `-` for standard input.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others may read the file.
    #[error("{} can be read by others: chmod 600 it, and think about who may have seen it", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else than one line of text.
    #[error("{} does not hold one line of text", path.display())]
    NotALine {
        /// The file, `-` for standard input.
        path: PathBuf,
    },
}

impl Passphrase {
    /// Takes a text as it is.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Reads the one line of a file that only its owner may read, of a pipe, or of standard input for
    /// `-`.
    pub fn from_file(path: &Path) -> Result<Self, SecretError> {
        if path.is_file() && is_open_to_others(path).is_ok_and(|is_open| is_open) {
            return Err(SecretError::OpenToOthers {
                path: path.to_owned(),
            });
        }
        Self::read(path)
    }

    fn read(path: &Path) -> Result<Self, SecretError> {
        let read = || {
            if path.as_os_str() == "-" {
                read_to_limit(io::stdin().lock(), SECRET_MAX_BYTES)
            } else {
                read_bounded(path, SECRET_MAX_BYTES)
            }
        };
        let bytes = Zeroizing::new(read().map_err(|source| SecretError::Read {
            path: path.to_owned(),
            source,
        })?);
        one_line(&bytes)
            .map(Self)
            .ok_or_else(|| SecretError::NotALine {
                path: path.to_owned(),
            })
    }

    /// The passphrase of the service keys, if the environment names one: the file in
    /// `OPD_PASSPHRASE_FILE`, else the credential `opd-passphrase` of `systemd`.
    pub fn from_environment(
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, SecretError> {
        if let Some(path) = environment("OPD_PASSPHRASE_FILE") {
            return Self::from_file(Path::new(&path)).map(Some);
        }
        let Some(directory) = environment("CREDENTIALS_DIRECTORY") else {
            return Ok(None);
        };
        let path = Path::new(&directory).join(CREDENTIAL);
        if path.exists() {
            // `systemd` lets the service in by an access list, which shows as a group's right to read.
            Self::read(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Makes one that nobody guesses, in groups that people can copy from a screen.
    pub fn generate(random: Random) -> Self {
        let drawn = Zeroizing::new(random.bytes::<{ GROUPS * GROUP_LETTERS }>());
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP_LETTERS + 1)));
        for (index, byte) in drawn.iter().enumerate() {
            if index > 0 && index % GROUP_LETTERS == 0 {
                text.push('-');
            }
            // 32 divides 256: every letter is equally likely.
            if let Some(letter) = ALPHABET.get(usize::from(byte % 32)) {
                text.push(char::from(*letter));
            }
        }
        Self(text)
    }

    /// The passphrase's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The passphrase's text, to keep.
    pub fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// One trailing newline is the editor's, the rest is the secret.
fn one_line(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains(['\n', '\r', '\0']))
        .then(|| Zeroizing::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Readers, replace};

    #[test]
    fn one_trailing_newline_is_cut_and_no_more() {
        let text = |bytes: &[u8]| one_line(bytes).map(|line| line.to_string());
        assert_eq!(text(b"secret\n").as_deref(), Some("secret"));
        assert_eq!(text(b"secret\r\n").as_deref(), Some("secret"));
        assert_eq!(text(b" secret ").as_deref(), Some(" secret "));
        assert_eq!(text(b"two\nlines\n"), None);
        assert_eq!(text(b"\n"), None);
        assert_eq!(text(b"\xff"), None);
    }

    #[test]
    fn the_environment_names_a_file_or_a_credential() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        replace(&here, b"from the file\n", Readers::Owner).unwrap();
        std::fs::write(folder.path().join(CREDENTIAL), "from systemd\n").unwrap();
        let folder_name = folder.path().to_str().unwrap().to_owned();
        let found = |variables: &[(&str, String)]| {
            let environment = |name: &str| {
                let variable = variables.iter().find(|(key, _)| *key == name);
                variable.map(|(_, value)| value.clone())
            };
            Passphrase::from_environment(&environment)
                .unwrap()
                .map(|passphrase| passphrase.as_str().to_owned())
        };
        let file = ("OPD_PASSPHRASE_FILE", format!("{folder_name}/here"));
        let credentials = ("CREDENTIALS_DIRECTORY", folder_name);
        assert_eq!(found(&[]), None);
        assert_eq!(
            found(std::slice::from_ref(&credentials)).as_deref(),
            Some("from systemd")
        );
        assert_eq!(
            found(&[file, credentials]).as_deref(),
            Some("from the file")
        );
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        replace(&path, b"secret\n", Readers::Everyone).unwrap();
        let refused = Passphrase::from_file(&path);
        assert!(matches!(refused, Err(SecretError::OpenToOthers { .. })));
        replace(&path, b"secret\n", Readers::Owner).unwrap();
        assert_eq!(Passphrase::from_file(&path).unwrap().as_str(), "secret");
    }

    #[test]
    fn a_made_passphrase_is_long_and_never_the_same() {
        let one = Passphrase::generate(Random::system());
        assert_eq!(one.as_str().len(), 35);
        assert_ne!(
            one.as_str(),
            Passphrase::generate(Random::system()).as_str()
        );
        assert_eq!(format!("{one:?}"), "[redacted]");
    }
}
