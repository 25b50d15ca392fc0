//! One round with one witness: offers it the log as it stands, and judges what it says.

use countersign_store::{CosignatureRecord, LogHead};
use countersign_transparency::{AddCheckpoint, Answer, NoteSignature, SignedCheckpoint};
use jiff::Timestamp;

use super::{Poster, Witness};
use crate::checkpoint_file::log_key;
use crate::desk::cosignatures::KeepCosignature;
use crate::desk::{Actor, Desk, DeskError, log};
use crate::telemetry::chain;

/// What came of it.
#[derive(Debug)]
pub(crate) enum Reply {
    /// It has cosigned the log as it stands.
    Cosigned,
    /// It gave no answer that helps. Says why.
    Unhelpful(String),
    /// It has cosigned more statements than are here.
    SawMore(u64),
    /// It has cosigned this many statements, and they are not those that are here.
    SawOthers(u64),
}

/// Offers a witness the log as it is committed, even where it is known to have cosigned that: it may
/// have seen more since. What it signs is kept.
pub(super) async fn offer(
    desk: &Desk,
    poster: &Poster,
    witness: &Witness,
    log: &LogHead,
) -> Result<Reply, DeskError> {
    desk.store().settle(log.next_statement()).await?;
    let size = log.tree.size();
    let mut old_size = cosigned(desk, witness, log).await?;
    let checkpoint = log::checkpoint(desk.seller(), log)?;
    let mut was_told = false;
    loop {
        let request = request(desk, log, old_size, &checkpoint).await?;
        let answer = match poster.post(witness, request.to_string()).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Reply::Unhelpful(chain(&error))),
        };
        return match answer {
            Answer::Cosigned(lines) => keep(desk, witness, log, checkpoint, lines).await,
            Answer::OldSize(seen) if seen > size => Ok(Reply::SawMore(seen)),
            // It remembers another size than we do: more where its last answer was lost, less where
            // it lost something. Once is enough to settle that.
            Answer::OldSize(seen) if seen != old_size && !was_told => {
                (old_size, was_told) = (seen, true);
                continue;
            }
            Answer::OtherRoot if old_size == size => Ok(Reply::SawOthers(size)),
            Answer::ProofNotAccepted if old_size > 0 => Ok(Reply::SawOthers(old_size)),
            Answer::OtherRoot
            | Answer::ProofNotAccepted
            | Answer::OldSize(_)
            | Answer::Malformed
            | Answer::SignatureNotTrusted
            | Answer::OriginUnknown => Ok(Reply::Unhelpful(complaint(&answer))),
        };
    }
}

/// The size at which the witness is known to have cosigned the log.
async fn cosigned(desk: &Desk, witness: &Witness, log: &LogHead) -> Result<u64, DeskError> {
    let mut view = desk.store().read().await?;
    let said = view.cosignatures(&log.origin).await?;
    let key = witness.key().to_string();
    let last = said.iter().find(|record| record.witness == key);
    // Of a size that is not here nothing can be proved; what it says to the present one is asked.
    Ok(last.map_or(0, |record| record.size.min(log.tree.size())))
}

async fn request(
    desk: &Desk,
    log: &LogHead,
    old_size: u64,
    checkpoint: &SignedCheckpoint,
) -> Result<AddCheckpoint, DeskError> {
    let mut view = desk.store().read().await?;
    let proof = log::prove_consistency(view.as_mut(), log, old_size, log.tree.size()).await?;
    Ok(AddCheckpoint {
        old_size,
        proof,
        checkpoint: checkpoint.clone(),
    })
}

/// Keeps what the witness signed, if it did.
async fn keep(
    desk: &Desk,
    witness: &Witness,
    log: &LogHead,
    checkpoint: SignedCheckpoint,
    lines: Vec<NoteSignature>,
) -> Result<Reply, DeskError> {
    let Some((line, at)) = verified(desk, witness, checkpoint, lines) else {
        return Ok(Reply::Unhelpful(
            "its cosignature is not by its key".to_owned(),
        ));
    };
    let cosignature = CosignatureRecord {
        witness: witness.key().to_string(),
        size: log.tree.size(),
        root: log.tree.root(),
        line: line.to_string(),
        cosigned_at: at,
    };
    let log = log.origin.clone();
    desk.run(&Actor::automatic(), KeepCosignature { log, cosignature })
        .await?;
    Ok(Reply::Cosigned)
}

/// The line of the witness and its time, if it is a cosignature of the checkpoint.
fn verified(
    desk: &Desk,
    witness: &Witness,
    mut checkpoint: SignedCheckpoint,
    lines: Vec<NoteSignature>,
) -> Option<(NoteSignature, Timestamp)> {
    let key = witness.key();
    let line = lines
        .into_iter()
        .find(|line| line.is_by(key.name(), key.id()))?;
    checkpoint.add(line.clone()).ok()?;
    let log_key = log_key(desk.seller(), checkpoint.origin());
    let cosignatures = checkpoint
        .verify(&[log_key])
        .ok()?
        .cosignatures(std::slice::from_ref(key))
        .ok()?;
    let seconds = cosignatures.first()?.timestamp_seconds;
    let at = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some((line, at))
}

fn complaint(answer: &Answer) -> String {
    let complaint = match answer {
        Answer::OriginUnknown => "it does not know this log; give it the log's key",
        Answer::SignatureNotTrusted => "it trusts another key for this log",
        Answer::Malformed => "it finds the request malformed",
        Answer::OldSize(_) => "it contradicts itself about the size it remembers",
        Answer::Cosigned(_) | Answer::OtherRoot | Answer::ProofNotAccepted => {
            "it refuses, and does not say what it remembers"
        }
    };
    complaint.to_owned()
}
