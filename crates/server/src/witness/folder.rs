//! The folder of a witness: its key, the logs it trusts, and what it cosigned last of each.
//!
//! ```text
//! witness.key.pem            the key, for its owner alone
//! witness.vkey               the line that others verify with
//! witness.lock               held by the one process that works here; empty
//! logs/<origin hash>.vkey    the key line of a log
//! logs/<origin hash>.checkpoint
//! ```
//!
//! An origin hash is the SHA-256 digest of the origin in lower-case hexadecimal, as C2SP tlog-mirror
//! has it: an origin itself may hold slashes.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use countersign_envelope as envelope;
use countersign_transparency::{KeyName, SigningKey, VerifyingKey, WitnessKey};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use super::error::WitnessError;
use crate::files::{Readers, create_private_folder, is_open_to_others, read_bounded, replace};
use crate::files::{read_to_limit, write_new};
use crate::random::Random;

/// No key and no key line is longer.
const KEY_FILE_MAX_BYTES: u64 = 16 * 1024;

/// Where a witness keeps everything it has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct WitnessFolder(PathBuf);

/// The digest of a log's origin.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct OriginHash([u8; 32]);

/// Held by the one process that works in a folder. Ends when dropped, or with its process, however
/// that dies: the operating system lets go of it.
#[derive(Debug)]
pub(crate) struct ServingLock {
    _file: File,
}

/// What became of a log that was to be trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Added {
    /// It is trusted from now on.
    New,
    /// It was trusted before, with the same key.
    Before,
}

impl WitnessFolder {
    /// The folder at a path, which need not exist yet.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes a witness where there is none.
    pub(crate) fn found(&self, name: KeyName, random: Random) -> Result<WitnessKey, WitnessError> {
        for path in [self.0.clone(), self.logs()] {
            create_private_folder(&path).map_err(|source| WitnessError::Write { path, source })?;
        }
        let _lock = self.lock()?;
        let path = self.key_file();
        if path.symlink_metadata().is_ok() {
            return Err(WitnessError::AlreadyThere {
                path: self.0.clone(),
            });
        }
        let pem = envelope::SigningKey::generate_ed25519(&mut random.rng())
            .and_then(|key| key.to_pem())
            .map_err(|_failed| WitnessError::Key { path: path.clone() })?;
        let key = signing_key(pem.as_bytes(), &path)?;
        let verifier = WitnessKey::new(name, key.public_key());
        // The key comes last: without it there is no witness, and this can be repeated.
        let line = format!("{verifier}\n");
        let public = self.public_key_file();
        replace(&public, line.as_bytes(), Readers::Everyone).map_err(unwritten(&public))?;
        write_new(&path, pem.as_bytes(), Readers::Owner).map_err(unwritten(&path))?;
        Ok(verifier)
    }

    /// The name and the key of the witness.
    pub(super) fn identity(&self) -> Result<(KeyName, SigningKey), WitnessError> {
        let path = self.key_file();
        if path.symlink_metadata().is_err() {
            return Err(WitnessError::NoWitness {
                path: self.0.clone(),
            });
        }
        if is_open_to_others(&path).map_err(unread(&path))? {
            return Err(WitnessError::OpenToOthers { path });
        }
        let pem = read_bounded(&path, KEY_FILE_MAX_BYTES).map_err(unread(&path))?;
        let key = signing_key(&Zeroizing::new(pem), &path)?;
        let public = self.public_key_file();
        let verifier: WitnessKey =
            read_line(&public)?.ok_or_else(|| WitnessError::Key { path: path.clone() })?;
        if *verifier.public_key() != key.public_key() {
            return Err(WitnessError::Key { path: public });
        }
        Ok((verifier.name().clone(), key))
    }

    /// Trusts a log from now on. A process that serves this folder takes it up by itself.
    pub(crate) fn add_log(&self, log: &VerifyingKey) -> Result<Added, WitnessError> {
        self.identity()?;
        let path = self.log_key_file(OriginHash::of(log.name()));
        match write_new(&path, format!("{log}\n").as_bytes(), Readers::Everyone) {
            Ok(()) => Ok(Added::New),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if read_line(&path)?.as_ref() == Some(log) {
                    return Ok(Added::Before);
                }
                let origin = log.name().clone();
                Err(WitnessError::OtherKey { origin, path })
            }
            Err(source) => Err(WitnessError::Write { path, source }),
        }
    }

    /// The logs that are trusted.
    pub(super) fn trusted(&self) -> Result<Vec<OriginHash>, WitnessError> {
        let path = self.logs();
        let entries = fs::read_dir(&path).map_err(unread(&path))?;
        let mut origins = Vec::new();
        for entry in entries {
            let name = entry.map_err(unread(&path))?.file_name();
            let origin = name.to_str().and_then(|name| name.strip_suffix(".vkey"));
            origins.extend(origin.and_then(|origin| origin.parse::<OriginHash>().ok()));
        }
        Ok(origins)
    }

    /// The key of a log, if it is trusted.
    pub(super) fn log_key(&self, origin: OriginHash) -> Result<Option<VerifyingKey>, WitnessError> {
        let path = self.log_key_file(origin);
        let key: Option<VerifyingKey> = read_line(&path)?;
        match key {
            Some(key) if OriginHash::of(key.name()) != origin => {
                Err(WitnessError::NotAKeyLine { path })
            }
            key => Ok(key),
        }
    }

    /// What was cosigned last of a log.
    pub(super) fn checkpoint_file(&self, origin: OriginHash) -> PathBuf {
        self.logs().join(format!("{origin}.checkpoint"))
    }

    /// Keeps every other process out.
    pub(super) fn lock(&self) -> Result<ServingLock, WitnessError> {
        let path = self.0.join("witness.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(unwritten(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(ServingLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(WitnessError::InUse {
                path: self.0.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(WitnessError::Write { path, source }),
        }
    }

    fn key_file(&self) -> PathBuf {
        self.0.join("witness.key.pem")
    }

    fn public_key_file(&self) -> PathBuf {
        self.0.join("witness.vkey")
    }

    fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    fn log_key_file(&self, origin: OriginHash) -> PathBuf {
        self.logs().join(format!("{origin}.vkey"))
    }
}

impl OriginHash {
    /// The hash of an origin.
    pub(crate) fn of(origin: &KeyName) -> Self {
        Self(*envelope::Digest::of(origin.as_str().as_bytes()).as_bytes())
    }
}

impl fmt::Display for OriginHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The text is not 64 hexadecimal digits in lower case.
#[derive(Debug)]
pub(crate) struct NotAHash;

impl FromStr for OriginHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_other| NotAHash)?;
        let hash = Self(bytes);
        if hash.to_string() == text {
            Ok(hash)
        } else {
            Err(NotAHash)
        }
    }
}

fn signing_key(pem: &[u8], path: &Path) -> Result<SigningKey, WitnessError> {
    let unusable = || WitnessError::Key {
        path: path.to_owned(),
    };
    let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_not_pem| unusable())?;
    SigningKey::from_pkcs8_der(der.secret_der()).map_err(|_other| unusable())
}

/// The one line of a file; none if there is no file.
fn read_line<T: FromStr>(path: &Path) -> Result<Option<T>, WitnessError> {
    let bytes = match File::open(path) {
        Ok(file) => read_to_limit(file, KEY_FILE_MAX_BYTES).map_err(unread(path))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unread(path)(source)),
    };
    let line = str::from_utf8(&bytes).ok();
    let read = line.and_then(|line| line.trim_end().parse().ok());
    read.map(Some).ok_or_else(|| WitnessError::NotAKeyLine {
        path: path.to_owned(),
    })
}

pub(super) fn unread(path: &Path) -> impl FnOnce(io::Error) -> WitnessError + use<> {
    let path = path.to_owned();
    |source| WitnessError::Read { path, source }
}

pub(super) fn unwritten(path: &Path) -> impl FnOnce(io::Error) -> WitnessError + use<> {
    let path = path.to_owned();
    |source| WitnessError::Write { path, source }
}
