//! The transparency log: a Merkle tree whose past cannot be rewritten without being caught
//! ([RFC 9162], section 2.1), published as [C2SP] tiles, checkpoints and cosignatures.
//!
//! An [`Entry`] is 32 bytes; what they are the digest of is not known here. A log grows through
//! [`Tree::append`], speaks through a signed [`Checkpoint`] and convinces through an
//! [`InclusionProof`] or a [`ConsistencyProof`]. Whoever only fetches [`Tiles`] makes the same proofs
//! from them.
//!
//! Everything is a function of its arguments: no IO, no clock, no randomness, no `async`. The library
//! of cryptography appears in no public signature.
//!
//! [RFC 9162]: https://www.rfc-editor.org/rfc/rfc9162#section-2.1
//! [C2SP]: https://c2sp.org

mod checkpoint;
mod cosignature;
mod decimal;
mod error;
mod hash;
mod key;
mod note;
mod proof;
mod subtree;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tile;
mod tree;
mod witness;

pub use checkpoint::{Checkpoint, SignedCheckpoint, VerifiedCheckpoint};
pub use cosignature::{Cosignature, cosign};
pub use error::{
    AddCheckpointError, AnswerError, AppendError, BundleError, CheckpointError, CosignError,
    CosignatureError, EdgeError, HashError, KeyError, KeyNameError, NoteError, NoteSignError,
    NoteVerifyError, PathError, ProofError, ProofLengthError, SignatureInvalid, TileError,
    TilesError, VerifierKeyError,
};
pub use hash::{Entry, Hash};
pub use key::{KeyId, KeyName, PublicKey, SigningKey, VerifyingKey, WitnessKey};
pub use note::{
    MAX_SIGNATURES, NOTE_MAX_BYTES, NOTE_TEXT_MAX_BYTES, Note, NoteSignature, VerifiedNote,
};
pub use proof::{ConsistencyProof, InclusionProof, PROOF_MAX_HASHES};
pub use tile::{
    BundleId, EntryBundle, TILE_WIDTH, TileId, Tiles, VerifiedTiles, tiles_for_consistency,
    tiles_for_inclusion, tiles_for_tree, tiles_to_verify,
};
pub use tree::{Appended, TREE_MAX_SIZE, TileHash, Tree};
pub use witness::{AddCheckpoint, Answer, REQUEST_MAX_BYTES};
