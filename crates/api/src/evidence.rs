//! `countersign/evidence/1`: one file that proves a deal, offline and for anyone.
//!
//! It is a container of signed things and adds nothing of its own: whatever stands here is checked
//! against a signature, a digest or a proof, or is refused. Members that are unknown or stand twice,
//! and base64 in any form but the canonical one, are no evidence.

use countersign_order::{Der, Digest, LogOrigin};
use countersign_transparency::Hash;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::LeafProof;
use crate::limits::EVIDENCE_MAX_BYTES;
use crate::log::hashes;

/// Some octets are no evidence file.
#[derive(Debug, Error)]
pub enum NotEvidence {
    /// It is larger than any evidence file.
    #[error("is larger than {EVIDENCE_MAX_BYTES} bytes")]
    TooLarge,
    /// It is not JSON of this form.
    #[error("is not an evidence file: {0}")]
    Form(#[from] serde_json::Error),
}

/// What an evidence file calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EvidenceDocument {
    /// The first form, and so far the only one.
    #[serde(rename = "countersign/evidence/1")]
    V1,
}

/// Everything that proves what became of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which form this is.
    pub document: EvidenceDocument,
    /// Who the seller is.
    pub seller: EvidenceSeller,
    /// The order that the buyer signed.
    pub order: EvidenceSigned,
    /// What the seller said of the order, oldest first.
    pub statements: Vec<EvidenceStatement>,
    /// The cancellation requests that the buyer signed, in the order of their statements.
    pub cancellation_requests: Vec<EvidenceSigned>,
    /// For each log that is named, a checkpoint with the cosignatures there are: signed notes.
    pub checkpoints: Vec<String>,
}

/// The seller: its root certificate, and the statement in force that the root signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSeller {
    /// The root certificate.
    pub root: Der,
    /// The seller statement in force.
    pub statement: EvidenceStatement,
}

/// What the buyer signed, as it came, and whose key that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSigned {
    /// The `SignedData`.
    pub signed_data: Der,
    /// The enrolled certificate.
    pub certificate: Der,
    /// The enrolment of its key and, if there is one, its revocation.
    pub key_statements: Vec<EvidenceStatement>,
}

/// A statement of the seller's, and the proof that a log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceStatement {
    /// The `SignedData`.
    pub statement: Der,
    /// The log that holds it.
    pub log: LogOrigin,
    /// The number of the leaf, counted from zero.
    pub leaf: u64,
    /// What the leaf holds: the SHA-256 of `statement`.
    pub entry: Digest,
    /// The hashes from the leaf to the root of the log's checkpoint, lowest first, in base64.
    #[serde(with = "hashes")]
    #[schemars(with = "Vec<String>")]
    pub proof: Vec<Hash>,
}

impl Evidence {
    /// Reads an evidence file. Nothing in it is believed yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotEvidence> {
        if bytes.len() > EVIDENCE_MAX_BYTES {
            return Err(NotEvidence::TooLarge);
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl EvidenceStatement {
    /// The proof, apart from what it proves.
    pub fn leaf_proof(&self) -> LeafProof {
        LeafProof {
            leaf: self.leaf,
            hashes: self.proof.clone(),
        }
    }
}
