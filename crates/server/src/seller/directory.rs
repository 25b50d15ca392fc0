//! The data directory: what lies where, and who may read it.

use std::path::{Path, PathBuf};

use countersign_envelope::PublicKey;

/// Digits of its fingerprint in the name of a key's file: 64 bits, for a handful of keys.
const KEY_NAME_CHARS: usize = 16;

/// A certificate and key the seller works with, by the name their files carry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyFile {
    Tls,
    Recipient,
    Receipt,
    Mail,
    Log,
}

impl KeyFile {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Recipient => "recipient",
            Self::Receipt => "receipt",
            Self::Mail => "mail",
            Self::Log => "log",
        }
    }
}

/// Where a shop keeps everything it has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The data directory at a path, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The settings, `opd.toml`.
    pub fn config_file(&self) -> PathBuf {
        self.0.join("opd.toml")
    }

    /// The database, `opd.db`.
    pub fn database(&self) -> PathBuf {
        self.0.join("opd.db")
    }

    /// The seller's certificates and service keys, `keys/`.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The root's key, `root/`: here only until the operator takes it away.
    pub fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    /// The `.eml` files of the folder transport, `mail/`.
    pub fn mail(&self) -> PathBuf {
        self.0.join("mail")
    }

    /// The operator's own texts for letters, `templates/`.
    pub fn templates(&self) -> PathBuf {
        self.0.join("templates")
    }

    /// Fingerprints of public keys nobody may enrol, one a line: `denied-keys`.
    pub fn denied_keys(&self) -> PathBuf {
        self.0.join("denied-keys")
    }

    /// Where buyers find the server, `address`.
    pub fn address(&self) -> PathBuf {
        self.0.join("address")
    }

    /// The newest checkpoint, `log.checkpoint`, unless the settings put it elsewhere.
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("log.checkpoint")
    }

    /// Whether a shop, or a part of one, lies here already.
    pub fn is_taken(&self) -> bool {
        [
            self.config_file(),
            self.database(),
            self.keys(),
            self.root(),
        ]
        .iter()
        .any(|path| path.symlink_metadata().is_ok())
    }

    pub(crate) fn root_key(&self) -> PathBuf {
        self.root().join("root.key.pem")
    }

    pub(crate) fn root_certificate(&self) -> PathBuf {
        self.keys().join("root.cert.pem")
    }

    pub(crate) fn statement(&self) -> PathBuf {
        self.keys().join("seller.p7m")
    }

    pub(crate) fn key(&self, file: KeyFile) -> PathBuf {
        self.keys().join(format!("{}.key.pem", file.name()))
    }

    /// Where a key lies that came after the first one: under the name of its public half, so that no
    /// key ever takes another's place.
    pub(crate) fn later_key(&self, file: KeyFile, key: &PublicKey) -> PathBuf {
        let digits = hex::encode(key.fingerprint().as_bytes());
        let short: String = digits.chars().take(KEY_NAME_CHARS).collect();
        self.keys().join(format!("{}.{short}.key.pem", file.name()))
    }

    pub(crate) fn certificate(&self, file: KeyFile) -> PathBuf {
        self.keys().join(format!("{}.cert.pem", file.name()))
    }
}
