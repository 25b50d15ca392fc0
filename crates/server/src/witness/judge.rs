//! Whether a checkpoint may be cosigned: a function of the request and of what was cosigned last.
//!
//! The checks come in the order in which C2SP tlog-witness names them, after the request was read and
//! its log found: the log's signature, the two sizes of the request, the size that is remembered,
//! the proof. Where nothing is to be proved, because the log did not grow, the roots are compared.

use std::slice;

use countersign_transparency::{
    AddCheckpoint, Answer, Checkpoint, VerifiedCheckpoint, VerifyingKey,
};

/// The checkpoint of a request, if it may be cosigned; the answer, if not.
pub(super) fn judge(
    request: &AddCheckpoint,
    log: &VerifyingKey,
    last: Option<&Checkpoint>,
) -> Result<VerifiedCheckpoint, Answer> {
    let verified = request
        .checkpoint
        .verify(slice::from_ref(log))
        .map_err(|_not_by_log| Answer::SignatureNotTrusted)?;
    let (old_size, new) = (request.old_size, verified.checkpoint());
    if old_size > new.size() {
        return Err(Answer::Malformed);
    }
    let remembered = last.map_or(0, Checkpoint::size);
    if old_size != remembered {
        return Err(Answer::OldSize(remembered));
    }
    follows(request, new, last)?;
    Ok(verified)
}

/// An empty log is followed by any, without a proof.
fn follows(
    request: &AddCheckpoint,
    new: &Checkpoint,
    last: Option<&Checkpoint>,
) -> Result<(), Answer> {
    let has_proof = !request.proof.hashes().is_empty();
    match last.filter(|last| last.size() > 0) {
        None if has_proof => Err(Answer::ProofNotAccepted),
        None => Ok(()),
        Some(last) if last.size() == new.size() && last.root() != new.root() && !has_proof => {
            Err(Answer::OtherRoot)
        }
        Some(last) => request
            .proof
            .verify(last.size(), last.root(), new.size(), new.root())
            .map_err(|_not_proved| Answer::ProofNotAccepted),
    }
}
