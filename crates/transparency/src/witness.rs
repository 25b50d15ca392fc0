//! What a log and a witness say to each other: `add-checkpoint` ([C2SP tlog-witness]). Bytes only;
//! HTTP is the caller's.
//!
//! ```text
//! old 20852014
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=       the consistency proof, at most 63 lines
//!
//! example.com/behind-the-sofa                        the checkpoint, a signed note
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhc…
//! ```
//!
//! [C2SP tlog-witness]: https://c2sp.org/tlog-witness

use std::fmt;

use crate::checkpoint::SignedCheckpoint;
use crate::decimal;
use crate::error::{AddCheckpointError, AnswerError};
use crate::hash::Hash;
use crate::note::{NOTE_MAX_BYTES, NoteSignature, parse_signatures};
use crate::proof::ConsistencyProof;
use crate::tree::TREE_MAX_SIZE;

/// The longest request in bytes: the note, and 64 lines before it.
pub const REQUEST_MAX_BYTES: usize = NOTE_MAX_BYTES + 4096;

/// Asks a witness to cosign a checkpoint. Writes itself as the body of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the last checkpoint that the witness cosigned; 0 if there is none.
    pub old_size: u64,
    /// Leads from there to the checkpoint; empty if there is nothing to lead from.
    pub proof: ConsistencyProof,
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Reads the body of a request.
    pub fn parse(body: &[u8]) -> Result<Self, AddCheckpointError> {
        if body.len() > REQUEST_MAX_BYTES {
            return Err(AddCheckpointError::Form);
        }
        let body = str::from_utf8(body).map_err(|_| AddCheckpointError::Form)?;
        let (head, checkpoint) = body.split_once("\n\n").ok_or(AddCheckpointError::Form)?;
        let mut lines = head.split('\n');
        let old_size = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(decimal::parse)
            .filter(|size| *size <= TREE_MAX_SIZE)
            .ok_or(AddCheckpointError::Form)?;
        let hashes = lines
            .map(str::parse)
            .collect::<Result<Vec<Hash>, _>>()
            .map_err(|_| AddCheckpointError::Form)?;
        let proof = ConsistencyProof::from_hashes(hashes).map_err(|_| AddCheckpointError::Form)?;
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())
            .map_err(AddCheckpointError::Checkpoint)?;
        Ok(Self {
            old_size,
            proof,
            checkpoint,
        })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in self.proof.hashes() {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// What a witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: the lines to put under the checkpoint. They are verified with it.
    Cosigned(Vec<NoteSignature>),
    /// 409: the witness remembers a checkpoint of this size, not of the old size of the request.
    OldSize(u64),
    /// 409 without a size: the checkpoint has the size that the witness remembers and another root.
    OtherRoot,
    /// 400: the request could not be read, or its old size is above that of the checkpoint.
    Malformed,
    /// 403: no key that the witness trusts for the log has signed the checkpoint.
    SignatureNotTrusted,
    /// 404: the witness does not know the log.
    OriginUnknown,
    /// 422: the consistency proof does not lead from the old size to the checkpoint.
    ProofNotAccepted,
}

impl Answer {
    /// The media type of a 409 with a size.
    pub const SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

    /// The status code of HTTP.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::Malformed => 400,
            Self::SignatureNotTrusted => 403,
            Self::OriginUnknown => 404,
            Self::OldSize(_) | Self::OtherRoot => 409,
            Self::ProofNotAccepted => 422,
        }
    }

    /// The body.
    pub fn body(&self) -> String {
        match self {
            Self::Cosigned(lines) => lines.iter().map(NoteSignature::to_string).collect(),
            Self::OldSize(size) => format!("{size}\n"),
            Self::Malformed
            | Self::SignatureNotTrusted
            | Self::OriginUnknown
            | Self::OtherRoot
            | Self::ProofNotAccepted => String::new(),
        }
    }

    /// Reads an answer. Only a 200 and a 409 mean something by their body.
    pub fn parse(status: u16, body: &[u8]) -> Result<Self, AnswerError> {
        match status {
            200 => cosignatures(body),
            400 => Ok(Self::Malformed),
            403 => Ok(Self::SignatureNotTrusted),
            404 => Ok(Self::OriginUnknown),
            409 => Ok(size(body).map_or(Self::OtherRoot, Self::OldSize)),
            422 => Ok(Self::ProofNotAccepted),
            other => Err(AnswerError::Status(other)),
        }
    }
}

fn cosignatures(body: &[u8]) -> Result<Answer, AnswerError> {
    if body.len() > NOTE_MAX_BYTES {
        return Err(AnswerError::Cosignatures);
    }
    let lines = str::from_utf8(body).map_err(|_| AnswerError::Cosignatures)?;
    let lines = parse_signatures(lines).map_err(|_| AnswerError::Cosignatures)?;
    Ok(Answer::Cosigned(lines))
}

fn size(body: &[u8]) -> Option<u64> {
    decimal::parse(str::from_utf8(body).ok()?.strip_suffix('\n')?)
}
