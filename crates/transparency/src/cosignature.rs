//! Cosignatures: a witness says that it saw a log grow consistently up to a checkpoint, and when
//! ([C2SP tlog-cosignature], `cosignature/v1`).
//!
//! ```text
//! struct {
//!     u64 timestamp;                      seconds since 1970
//!     opaque ed25519_signature[64];
//! } timestamped_signature;
//! ```
//!
//! What is signed:
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! [C2SP tlog-cosignature]: https://c2sp.org/tlog-cosignature

use crate::checkpoint::Checkpoint;
use crate::error::{CosignError, CosignatureError, SignatureInvalid};
use crate::key::{KeyName, SigningKey, WitnessKey};
use crate::note::NoteSignature;

/// The latest time in seconds that can be written.
const TIMESTAMP_MAX_SECONDS: u64 = (1 << 63) - 1;

/// What a witness said about a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The name of the witness.
    pub witness: KeyName,
    /// When it signed, by its clock, in seconds since 1970.
    pub timestamp_seconds: u64,
}

/// Cosigns a checkpoint as a witness.
///
/// The caller has verified that the checkpoint is its log's, and consistent with every other one of
/// the log that it cosigned.
pub fn cosign(
    checkpoint: &Checkpoint,
    witness: &KeyName,
    key: &SigningKey,
    timestamp_seconds: u64,
) -> Result<NoteSignature, CosignError> {
    if timestamp_seconds > TIMESTAMP_MAX_SECONDS {
        return Err(CosignError::Time);
    }
    let signature = key
        .sign(message(checkpoint, timestamp_seconds).as_bytes())
        .map_err(|_| CosignError::Failed)?;
    let id = WitnessKey::new(witness.clone(), key.public_key()).id();
    let timestamped = [&timestamp_seconds.to_be_bytes(), &*signature].concat();
    Ok(NoteSignature::new(witness.clone(), id, timestamped))
}

/// The cosignatures of known witnesses. A key counts once, under whatever names: its cosignature with
/// the earliest time.
pub(crate) fn verify_all(
    checkpoint: &Checkpoint,
    signatures: &[NoteSignature],
    witnesses: &[WitnessKey],
) -> Result<Vec<Cosignature>, CosignatureError> {
    let mut found: Vec<(&WitnessKey, u64)> = Vec::new();
    for signature in signatures {
        let Some(witness) = witnesses
            .iter()
            .find(|key| signature.is_by(key.name(), key.id()))
        else {
            continue;
        };
        let timestamp = verify(checkpoint, signature.signature(), witness)
            .map_err(|_| CosignatureError(witness.name().clone()))?;
        match found
            .iter_mut()
            .find(|(key, _)| key.public_key() == witness.public_key())
        {
            Some((_, earliest)) => *earliest = timestamp.min(*earliest),
            None => found.push((witness, timestamp)),
        }
    }
    Ok(found
        .into_iter()
        .map(|(key, timestamp_seconds)| Cosignature {
            witness: key.name().clone(),
            timestamp_seconds,
        })
        .collect())
}

fn verify(
    checkpoint: &Checkpoint,
    signature: &[u8],
    witness: &WitnessKey,
) -> Result<u64, SignatureInvalid> {
    let (timestamp, signature) = signature.split_first_chunk().ok_or(SignatureInvalid)?;
    let timestamp = u64::from_be_bytes(*timestamp);
    if timestamp > TIMESTAMP_MAX_SECONDS {
        return Err(SignatureInvalid);
    }
    witness
        .public_key()
        .verify(message(checkpoint, timestamp).as_bytes(), signature)?;
    Ok(timestamp)
}

fn message(checkpoint: &Checkpoint, timestamp_seconds: u64) -> String {
    format!("cosignature/v1\ntime {timestamp_seconds}\n{checkpoint}")
}
