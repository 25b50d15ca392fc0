//! What can go wrong, one type for each operation callers tell apart.

use crate::key::KeyName;
use crate::tile::TileId;

/// Why some text is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is written as 32 bytes in base64")]
pub struct HashError;

/// Why a tree was not taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// No log has so many leaves.
    #[error("the tree is larger than 2^62 leaves")]
    TooLarge,
    /// The number of hashes follows from the size.
    #[error("the edge of this tree has {expected} hashes, not {found}")]
    Length {
        /// One for each set bit of the size.
        expected: usize,
        /// How many were given.
        found: usize,
    },
}

/// Why nothing was appended: the log is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log cannot have more than 2^62 leaves")]
pub struct AppendError;

/// Why some hashes are not a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a proof has at most 63 hashes")]
pub struct ProofLengthError;

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No tree of these sizes has such a proof.
    #[error("there is no proof between these sizes")]
    OutOfRange,
    /// There are too many hashes, or too few.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead elsewhere.
    #[error("the proof does not lead to the root")]
    Root,
}

/// Why some text is not the path of a tile or bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the path of a tile")]
pub struct PathError;

/// Why some bytes are not the contents of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{tile} cannot have {found_bytes} bytes")]
pub struct TileError {
    /// The tile.
    pub tile: TileId,
    /// The length of what was given for it.
    pub found_bytes: usize,
}

/// Why tiles were not believed, or nothing could be made from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TilesError {
    /// The tree has no such leaf, size or tile.
    #[error("the tree does not reach so far")]
    OutOfRange,
    /// A tile was not fetched.
    #[error("{0} is missing")]
    Missing(TileId),
    /// The right edge does not make up the root.
    #[error("the tiles do not lead to the root")]
    Root,
    /// A tile does not have the hash that the tile above it says.
    #[error("{0} is not the tree's")]
    Tile(TileId),
    /// An entry is not what the tree holds as this leaf.
    #[error("the entry of leaf {0} is not the tree's")]
    Entry(u64),
}

/// Why some bytes are not the contents of an entry bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bundle does not hold as many entries of 32 bytes as it is wide")]
pub struct BundleError;

/// Why a key could not be read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a usable Ed25519 key")]
pub struct KeyError;

/// Why some text cannot name a key or a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 255 bytes, no spaces, no control characters and no plus sign")]
pub struct KeyNameError;

/// Why some text is not a key to verify with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// The text is not of the form.
    #[error("a key is written NAME+ID+BASE64")]
    Unreadable,
    /// The key has another use: a witness's key is not a log's.
    #[error("the key makes signatures of type {found}, not {expected}")]
    SignatureType {
        /// 1 for logs, 4 for witnesses.
        expected: u8,
        /// What the key says.
        found: u8,
    },
    /// The ID is another key's: the text was damaged.
    #[error("the key's ID does not belong to its name and key")]
    Id,
}

/// The signature is not by this key over this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not valid")]
pub struct SignatureInvalid;

/// Why some bytes are not a signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The note is above its limit.
    #[error("the note is longer than 1 MiB")]
    TooLong,
    /// The text is above its limit.
    #[error("the text of the note is longer than 64 KiB")]
    TextTooLong,
    /// The text is not UTF-8, does not end with a newline or holds another control character.
    #[error("the text of the note is not plain lines")]
    Text,
    /// There are no signature lines after a blank line.
    #[error("the note is not signed")]
    Unsigned,
    /// There are more signatures than anyone would check.
    #[error("the note has more than 100 signatures")]
    TooManySignatures,
    /// A line among the signatures is none.
    #[error("a signature line of the note is malformed")]
    SignatureLine,
}

/// Why a note was not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteSignError {
    /// The text cannot be that of a note.
    #[error("the text cannot be signed")]
    Text(#[source] NoteError),
    /// The cryptographic library failed.
    #[error("signing failed")]
    Failed,
}

/// Why a note is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteVerifyError {
    /// None of the known keys has signed.
    #[error("no known key has signed the note")]
    NoKnownKey,
    /// A line claims to be by a known key and is not.
    #[error("the signature of {0} is not valid")]
    SignatureInvalid(KeyName),
}

/// Why there is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The bytes are not a signed note, or have no place for another signature.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// The text is not origin, size and root, each written in the one way it can be.
    #[error("the note is not a checkpoint")]
    Form,
    /// No tree has such a size and root.
    #[error("no log has this size and root")]
    Tree,
}

/// Why nothing was cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// The time cannot be written.
    #[error("the time of the cosignature cannot be written")]
    Time,
    /// The cryptographic library failed.
    #[error("cosigning failed")]
    Failed,
}

/// A line claims to be the cosignature of a known witness and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cosignature of {0} is not valid")]
pub struct CosignatureError(pub KeyName);

/// Why a request to a witness was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// The lines before the checkpoint are not an old size and hashes.
    #[error("the request does not begin with an old size and a proof")]
    Form,
    /// What follows the blank line is not a checkpoint.
    #[error("the request holds no checkpoint")]
    Checkpoint(#[source] CheckpointError),
}

/// Why the answer of a witness was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The protocol has no such status.
    #[error("the witness answered with status {0}")]
    Status(u16),
    /// The body of a success is not signature lines.
    #[error("the witness did not answer with cosignatures")]
    Cosignatures,
}
