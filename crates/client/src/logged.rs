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

/// Why it is not shown that the log holds a statement.
#[derive(Debug)]
pub(crate) enum Unproved {
    /// What was given cannot be used: a checkpoint of another's, or a proof for another place.
    Invalid(Failure),
    /// The proof does not lead from the statement to this checkpoint, which the log has signed.
    NotThere(Box<VerifiedCheckpoint>),
}

impl From<Failure> for Unproved {
    fn from(failure: Failure) -> Self {
        Self::Invalid(failure)
    }
}

/// Verifies that a statement is the leaf it says, under a checkpoint that the log has signed.
pub(crate) fn verify(
    seller: &Seller,
    statement: &[u8],
    common: &Common,
    proof: &LeafProof,
    note: &str,
) -> Result<VerifiedCheckpoint, Unproved> {
    let checkpoint = seller.checkpoint(note)?;
    let said = checkpoint.checkpoint();
    let place = common
        .log
        .as_ref()
        .ok_or_else(|| invalid("the statement names no place in the log"))?;
    if place.origin.as_str() != said.origin().as_str() || place.leaf != proof.leaf {
        return Err(
            invalid("the proof is for another place in the log than the statement names").into(),
        );
    }
    let is_there = proof.inclusion().is_ok_and(|inclusion| {
        inclusion
            .verify(proof.leaf, said.size(), &entry(statement), said.root())
            .is_ok()
    });
    if is_there {
        Ok(checkpoint)
    } else {
        Err(Unproved::NotThere(Box::new(checkpoint)))
    }
}
