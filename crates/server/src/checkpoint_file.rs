//! The newest checkpoint, remembered in a file outside of the database: by it an old backup that was
//! put back is noticed.
//!
//! The file is written after the commit, so it is never ahead of a database that lost nothing; a
//! crash in between leaves it behind, which means nothing.

use std::io;
use std::path::{Path, PathBuf};

use countersign_store::{LogHead, View};
use countersign_transparency::{
    Checkpoint, CheckpointError, KeyName, NoteVerifyError, SignedCheckpoint, VerifyingKey,
};

use crate::config::LogSettings;
use crate::desk::{DeskError, log};
use crate::files::{Readers, read_bounded, replace};
use crate::seller::{DataDir, Seller};

/// No checkpoint of ours is longer, whoever has cosigned it.
const FILE_MAX_BYTES: u64 = 64 * 1024;

/// The file that remembers the newest checkpoint.
#[derive(Clone, Debug)]
pub struct CheckpointFile {
    path: PathBuf,
}

/// How the log in the database stands to a checkpoint that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It holds all that the checkpoint counts.
    Holds,
    /// It lacks something: the database is older than the checkpoint.
    Lacks {
        /// Leaves that are known to have been there.
        known: u64,
        /// Leaves that are here.
        here: u64,
    },
    /// It holds something else than what the checkpoint counts.
    Differs {
        /// Leaves that are known to have been there.
        known: u64,
    },
}

/// Why the remembered checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointFileError {
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is not a checkpoint.
    #[error("{} is not a checkpoint", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CheckpointError,
    },
    /// The checkpoint is not signed by the shop's log key.
    #[error("the checkpoint in {} is not signed by this shop's log key", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why.
        source: NoteVerifyError,
    },
}

impl CheckpointFile {
    /// The file that the settings name, or the one in the data directory.
    pub fn of(settings: &LogSettings, data: &DataDir) -> Self {
        let path = settings.checkpoint_file.clone();
        Self::at(path.unwrap_or_else(|| data.checkpoint()))
    }

    /// The file at a path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoint, if one was ever remembered here; it is one of this seller's.
    pub fn read(&self, seller: &Seller) -> Result<Option<Checkpoint>, CheckpointFileError> {
        Ok(self.read_signed(seller)?.map(|(checkpoint, _)| checkpoint))
    }

    /// The checkpoint, and the note that says it.
    pub fn read_signed(
        &self,
        seller: &Seller,
    ) -> Result<Option<(Checkpoint, SignedCheckpoint)>, CheckpointFileError> {
        let path = || self.path.clone();
        let bytes = match read_bounded(&self.path, FILE_MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(CheckpointFileError::Read {
                    path: path(),
                    source,
                });
            }
        };
        let signed =
            SignedCheckpoint::parse(&bytes).map_err(|source| CheckpointFileError::Form {
                path: path(),
                source,
            })?;
        let key = log_key(seller, signed.origin());
        let verified = signed
            .verify(&[key])
            .map_err(|source| CheckpointFileError::Foreign {
                path: path(),
                source,
            })?;
        Ok(Some((verified.checkpoint().clone(), signed)))
    }

    /// Remembers a checkpoint, durably, in place of the one before.
    pub fn write(&self, checkpoint: &SignedCheckpoint) -> Result<(), CheckpointFileError> {
        let text = checkpoint.to_string();
        replace(&self.path, text.as_bytes(), Readers::Everyone).map_err(|source| {
            CheckpointFileError::Write {
                path: self.path.clone(),
                source,
            }
        })
    }
}

/// The key of a log, by the log's name. All logs of a seller have one key.
pub fn log_key(seller: &Seller, origin: &KeyName) -> VerifyingKey {
    VerifyingKey::new(origin.clone(), seller.log_key().public_key())
}

/// Compares what is stored with a checkpoint that is known.
pub async fn compare(view: &mut dyn View, known: &Checkpoint) -> Result<Standing, DeskError> {
    let logs = view.logs().await?;
    let log = logs
        .iter()
        .find(|log| log.origin.as_str() == known.origin().as_str());
    let Some(log) = log else {
        // A log that was opened after this database was saved.
        let here = logs.last().map_or(0, LogHead::next_statement);
        return Ok(Standing::Lacks {
            known: known.size(),
            here,
        });
    };
    let (known_size, here) = (known.size(), log.tree.size());
    if known_size > here {
        let known = known_size;
        return Ok(Standing::Lacks { known, here });
    }
    if log::root_at(view, log, known_size).await? == *known.root() {
        Ok(Standing::Holds)
    } else {
        Ok(Standing::Differs { known: known_size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::random::Random;
    use crate::seller::Passphrase;
    use crate::seller::make::{Founding, found};

    fn shop(path: &Path) -> Seller {
        let data = DataDir::at(path);
        let founding = Founding {
            origin: "shop.example".parse().unwrap(),
            hosts: vec!["localhost".parse().unwrap()],
            mail_from: "orders@shop.example".parse().unwrap(),
            root_passphrase: Passphrase::generate(Random::system()),
            service_passphrase: None,
        };
        found(&founding, &data, Random::system(), Clock::system().now()).unwrap();
        Seller::load(&data, None).unwrap()
    }

    #[test]
    fn what_is_not_there_is_not_remembered_and_what_is_no_checkpoint_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let seller = shop(folder.path());
        let file = CheckpointFile::at(folder.path().join("log.checkpoint"));
        assert_eq!(file.read(&seller).unwrap(), None);
        std::fs::write(file.path(), "nonsense").unwrap();
        let refused = file.read(&seller);
        assert!(
            matches!(refused, Err(CheckpointFileError::Form { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_checkpoint_is_read_back_and_nobody_elses_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let seller = shop(&folder.path().join("ours"));
        let other = shop(&folder.path().join("other"));
        let file = CheckpointFile::at(folder.path().join("log.checkpoint"));
        let root = countersign_transparency::Hash::from_bytes([7; 32]);
        let checkpoint = Checkpoint::new("shop.example".parse().unwrap(), 3, root).unwrap();
        file.write(&checkpoint.sign(seller.log_key()).unwrap())
            .unwrap();
        assert_eq!(file.read(&seller).unwrap(), Some(checkpoint));
        let refused = file.read(&other);
        assert!(
            matches!(refused, Err(CheckpointFileError::Foreign { .. })),
            "{refused:?}"
        );
    }
}
