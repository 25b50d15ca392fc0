//! Why a witness could not do what it was told, by its operator or by its folder.

use std::io;
use std::path::PathBuf;

use countersign_transparency::{CosignError, KeyName};

use crate::failure::{Exit, Failure};

/// Why a witness could not do what it was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WitnessError {
    /// There is no witness.
    #[error("there is no witness in {}", path.display())]
    NoWitness { path: PathBuf },
    /// There is one already.
    #[error("there is a witness in {} already", path.display())]
    AlreadyThere { path: PathBuf },
    /// Another process works in the folder.
    #[error("{} is in use by another opd witness", path.display())]
    InUse { path: PathBuf },
    /// A log of this name is trusted with another key.
    #[error("{origin} is trusted already, with another key: {}", path.display())]
    OtherKey { origin: KeyName, path: PathBuf },
    /// The key lies open.
    #[error("{} can be read by others", path.display())]
    OpenToOthers { path: PathBuf },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A key could not be made or read.
    #[error("the key in {} cannot be used", path.display())]
    Key { path: PathBuf },
    /// A file does not hold the public key line that it is there for.
    #[error("{} does not hold the key line that belongs there", path.display())]
    NotAKeyLine { path: PathBuf },
    /// What is remembered of a log is not a checkpoint of that log with our cosignature.
    #[error(
        "{} is not a checkpoint of that log which this witness cosigned",
        path.display()
    )]
    NotRemembered { path: PathBuf },
    /// The cosignature could not be made.
    #[error("nothing was cosigned")]
    Cosign(#[from] CosignError),
    /// The checkpoint has no place for the cosignature.
    #[error("the cosignature cannot be kept")]
    Keep(#[source] countersign_transparency::CheckpointError),
}

impl From<WitnessError> for Failure {
    fn from(error: WitnessError) -> Self {
        let failure = Self::caused_by(&error);
        let (exit, advice) = match error {
            WitnessError::NoWitness { .. } => (
                Exit::NotFound,
                "make one with opd witness init, or name its folder with --dir DIR or OPD_WITNESS",
            ),
            WitnessError::AlreadyThere { .. } => (
                Exit::Conflict,
                "name another folder with --dir DIR; nothing was changed",
            ),
            WitnessError::InUse { .. } => (Exit::Conflict, "end the other one first"),
            WitnessError::OtherKey { .. } => (
                Exit::Conflict,
                "a log keeps its key for ever: ask the seller for the line once more, by another way",
            ),
            WitnessError::OpenToOthers { .. } => (
                Exit::Failure,
                "chmod 600 it, and think about who may have seen it",
            ),
            WitnessError::NotRemembered { .. } => (
                Exit::Failure,
                "do not delete it: without it the witness may cosign what contradicts it. If it is \
                 lost, make a new witness with a new key",
            ),
            WitnessError::Read { .. }
            | WitnessError::Write { .. }
            | WitnessError::Key { .. }
            | WitnessError::NotAKeyLine { .. }
            | WitnessError::Cosign(_)
            | WitnessError::Keep(_) => return failure,
        };
        Self {
            exit,
            ..failure.advise(advice)
        }
    }
}
