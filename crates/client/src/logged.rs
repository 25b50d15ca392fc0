//! Whether the seller's log holds a statement in the place that the statement names.

use countersign_api::LeafProof;
use countersign_envelope::Digest;
use countersign_order::Common;
use countersign_transparency::{Entry, VerifiedCheckpoint};

use crate::failure::Failure;
use crate::seller::{Seller, invalid};

/// What the log's leaf of a statement holds.
pub(crate) fn entry(statement: &[u8]) -> Entry {
    Entry::from_bytes(*Digest::of(statement).as_bytes())
}

/// Verifies that a statement is the leaf it says, under a checkpoint that the log has signed.
pub(crate) fn verify(
    seller: &Seller,
    statement: &[u8],
    common: &Common,
    proof: &LeafProof,
    note: &str,
) -> Result<VerifiedCheckpoint, Failure> {
    let checkpoint = seller.checkpoint(note)?;
    let said = checkpoint.checkpoint();
    let place = common
        .log
        .as_ref()
        .ok_or_else(|| invalid("the statement names no place in the log"))?;
    if place.origin.as_str() != said.origin().as_str() || place.leaf != proof.leaf {
        return Err(invalid(
            "the proof is for another place in the log than the statement names",
        ));
    }
    proof
        .inclusion()
        .map_err(|_| invalid("the proof is longer than any can be"))?
        .verify(proof.leaf, said.size(), &entry(statement), said.root())
        .map_err(|_| invalid("the seller's log does not hold the statement it signed"))?;
    Ok(checkpoint)
}
