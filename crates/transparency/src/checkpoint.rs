//! Checkpoints: what a log says about itself, in a signed note ([C2SP tlog-checkpoint]).
//!
//! ```text
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! The lines are the origin of the log, the number of its leaves, its root in base64, and extension
//! lines, which this log never writes.
//!
//! [C2SP tlog-checkpoint]: https://c2sp.org/tlog-checkpoint

use std::fmt;
use std::str::FromStr;

use crate::cosignature::{self, Cosignature};
use crate::decimal;
use crate::error::{CheckpointError, CosignatureError, NoteSignError, NoteVerifyError};
use crate::hash::Hash;
use crate::key::{KeyName, SigningKey, VerifyingKey, WitnessKey};
use crate::note::{Note, NoteSignature};
use crate::tree::TREE_MAX_SIZE;

/// The size and root of a log, which is named by its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: KeyName,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// Says that the log has this size and root.
    pub fn new(origin: KeyName, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        let (is_empty, has_empty_root) = (size == 0, root == Hash::EMPTY_ROOT);
        if size > TREE_MAX_SIZE || is_empty != has_empty_root {
            return Err(CheckpointError::Tree);
        }
        Ok(Self {
            origin,
            size,
            root,
            extensions: Vec::new(),
        })
    }

    /// The name of the log.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// The lines after the root, about which no witness says anything.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs the checkpoint as the log: the name of its key is the origin.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedCheckpoint, NoteSignError> {
        let note = Note::sign(&self.to_string(), &self.origin, key)?;
        Ok(SignedCheckpoint {
            note,
            checkpoint: self.clone(),
        })
    }
}

impl fmt::Display for Checkpoint {
    /// Writes the text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text of a note in the one form it is written in.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError::Form)?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Form);
        };
        let origin = origin.parse().map_err(|_| CheckpointError::Form)?;
        let size = decimal::parse(size).ok_or(CheckpointError::Form)?;
        let root = root.parse().map_err(|_| CheckpointError::Form)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions
            .iter()
            .any(|line| line.is_empty() || line.contains(char::is_control))
        {
            return Err(CheckpointError::Form);
        }
        Ok(Self {
            extensions,
            ..Self::new(origin, size, root)?
        })
    }
}

/// A note whose text is a checkpoint, believed by nobody yet. Writes itself as the whole note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Reads a note that holds a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes).map_err(CheckpointError::Note)?;
        let checkpoint = note.unverified_text().parse()?;
        Ok(Self { note, checkpoint })
    }

    /// The log that the checkpoint claims to be about: tells which keys to verify with.
    pub const fn origin(&self) -> &KeyName {
        self.checkpoint.origin()
    }

    /// Adds a signature, such as a witness's. One of the same key is replaced.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), CheckpointError> {
        self.note.add(signature).map_err(CheckpointError::Note)
    }

    /// Believes the checkpoint if a key of its log has signed it. Keys of other names do not count.
    pub fn verify(&self, log_keys: &[VerifyingKey]) -> Result<VerifiedCheckpoint, NoteVerifyError> {
        let keys: Vec<VerifyingKey> = log_keys
            .iter()
            .filter(|key| key.name() == self.origin())
            .cloned()
            .collect();
        let verified = self.note.verify(&keys)?;
        let by_log = verified.verified().iter().copied().cloned().collect();
        Ok(VerifiedCheckpoint {
            by_log,
            signed: self.clone(),
        })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

/// A checkpoint that its log has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    signed: SignedCheckpoint,
    by_log: Vec<NoteSignature>,
}

impl VerifiedCheckpoint {
    /// What the log said.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.signed.checkpoint
    }

    /// The note, with all its signatures.
    pub const fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    /// The note with its log's signatures alone: all others may be anybody's.
    pub fn signed_by_log(&self) -> SignedCheckpoint {
        SignedCheckpoint {
            note: self.signed.note.with_only(self.by_log.clone()),
            checkpoint: self.signed.checkpoint.clone(),
        }
    }

    /// The cosignatures of the given witnesses, each witness once. A wrong one is an error, a missing
    /// one is not.
    pub fn cosignatures(
        &self,
        witnesses: &[WitnessKey],
    ) -> Result<Vec<Cosignature>, CosignatureError> {
        cosignature::verify_all(
            &self.signed.checkpoint,
            self.signed.note.signatures(),
            witnesses,
        )
    }
}
