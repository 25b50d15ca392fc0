//! Places in the log: signed in each statement, proved under a checkpoint, seen by witnesses.

use std::collections::BTreeMap;
use std::fmt;

use countersign_api::{Evidence, EvidenceStatement};
use countersign_order::time::write_instant;
use countersign_order::{LogOrigin, Statement};
use countersign_transparency::{VerifiedCheckpoint, WitnessKey};
use jiff::Timestamp;

use super::report::{Steps, Verdict};
use super::statements::sha256;
use crate::failure::Failure;
use crate::logged::entry;
use crate::seller::{Seller, invalid};

/// A leaf of one of the seller's logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    log: LogOrigin,
    leaf: u64,
}

impl Place {
    /// Where the file says that a statement is.
    pub(super) fn of(statement: &EvidenceStatement) -> Self {
        Self {
            log: statement.log.clone(),
            leaf: statement.leaf,
        }
    }

    /// Whether this is the place that the seller signed.
    pub(super) fn is_signed_in(&self, statement: &Statement) -> Result<(), Failure> {
        let signed = statement.common().log.as_ref();
        if signed.is_some_and(|place| place.origin == self.log && place.leaf == self.leaf) {
            Ok(())
        } else {
            Err(invalid(
                "a statement names another place in the log than the file",
            ))
        }
    }

    /// Whether the log holds this one before the other. A log comes before its successor.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        (self.log.generation(), self.leaf) < (other.log.generation(), other.leaf)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leaf {} of {}", self.leaf, self.log)
    }
}

/// Every entry is the digest of its statement: what a log holds of it.
pub(super) fn must_be_digests(file: &Evidence) -> Result<(), Failure> {
    if all(file).all(|statement| statement.entry == sha256(statement.statement.as_bytes())) {
        Ok(())
    } else {
        Err(invalid("an entry is not the digest of its statement"))
    }
}

/// What the logs say.
#[derive(Debug)]
pub(super) struct Logs {
    /// None where the file holds no proof at all.
    seen: Option<Seen>,
}

/// What the trusted witnesses say.
#[derive(Debug)]
struct Seen {
    /// When each had seen every log; of those that have.
    at: Vec<Timestamp>,
    /// How many are trusted.
    of: usize,
}

impl Logs {
    /// Examines checkpoints, proofs and cosignatures.
    pub(super) fn examine(
        file: &Evidence,
        seller: &Seller,
        witnesses: &[WitnessKey],
        steps: &mut Steps,
    ) -> Result<Self, Failure> {
        if file.checkpoints.is_empty() {
            if all(file).any(|statement| !statement.proof.is_empty()) {
                return Err(invalid(
                    "the file holds proofs, and no checkpoint they lead to",
                ));
            }
            return Ok(Self { seen: None });
        }
        let checkpoints = checkpoints(file, seller, steps)?;
        for statement in all(file) {
            let checkpoint = checkpoints
                .get(statement.log.as_str())
                .ok_or_else(|| invalid("the file lacks the checkpoint of a log it names"))?;
            proved(statement, checkpoint)?;
        }
        steps.passed(
            &format!(
                "all {} statements in the file are in the log, each where it says: the proofs lead to \
                 the checkpoint",
                all(file).count()
            ),
            "",
        );
        let named = |log: &str| all(file).any(|statement| statement.log.as_str() == log);
        if !checkpoints.keys().all(|log| named(log)) {
            return Err(invalid(
                "the file holds a checkpoint of a log it does not name",
            ));
        }
        let seen = Some(seen(&checkpoints, witnesses, steps)?);
        Ok(Self { seen })
    }

    /// What all this comes to.
    pub(super) fn verdict(&self) -> Verdict {
        let Some(Seen { at, of }) = &self.seen else {
            return Verdict::Signed;
        };
        match at.iter().max() {
            Some(last) => Verdict::witnessed(at.len(), *of, *last),
            None => Verdict::Logged,
        }
    }
}

/// Every statement in the file.
fn all(file: &Evidence) -> impl Iterator<Item = &EvidenceStatement> {
    let of_requests = file.cancellation_requests.iter();
    std::iter::once(&file.seller.statement)
        .chain(&file.order.key_statements)
        .chain(of_requests.flat_map(|request| &request.key_statements))
        .chain(&file.statements)
}

fn checkpoints(
    file: &Evidence,
    seller: &Seller,
    steps: &mut Steps,
) -> Result<BTreeMap<String, VerifiedCheckpoint>, Failure> {
    let mut checkpoints = BTreeMap::new();
    for note in &file.checkpoints {
        let checkpoint = seller.checkpoint(note)?;
        let said = checkpoint.checkpoint();
        if !said.extensions().is_empty() {
            return Err(invalid(
                "a checkpoint says more than this program understands",
            ));
        }
        let log = said.origin().to_string();
        let keys: Vec<String> = seller
            .log_keys(said.origin())
            .map(ToString::to_string)
            .collect();
        steps.passed(
            &format!(
                "a checkpoint of {log} at {} entries is signed by the log",
                said.size()
            ),
            &format!("log key {}", keys.join(" or ")),
        );
        if checkpoints.insert(log, checkpoint).is_some() {
            return Err(invalid("the file holds two checkpoints of one log"));
        }
    }
    Ok(checkpoints)
}

fn proved(statement: &EvidenceStatement, under: &VerifiedCheckpoint) -> Result<(), Failure> {
    let said = under.checkpoint();
    let proof = statement
        .leaf_proof()
        .inclusion()
        .map_err(|_| invalid("a proof is longer than any can be"))?;
    let entry = entry(statement.statement.as_bytes());
    proof
        .verify(statement.leaf, said.size(), &entry, said.root())
        .map_err(|_| invalid("a statement is not in the log where it should be"))
}

/// The witnesses that have seen every log, and when each had seen the last of them. A key is one
/// witness, however often it is named.
fn seen(
    checkpoints: &BTreeMap<String, VerifiedCheckpoint>,
    witnesses: &[WitnessKey],
    steps: &mut Steps,
) -> Result<Seen, Failure> {
    let mut distinct: Vec<&WitnessKey> = Vec::new();
    for witness in witnesses {
        if !distinct
            .iter()
            .any(|known| known.public_key() == witness.public_key())
        {
            distinct.push(witness);
        }
    }
    let mut seen = Seen {
        at: Vec::new(),
        of: distinct.len(),
    };
    for witness in distinct {
        let mut times = Vec::new();
        for checkpoint in checkpoints.values() {
            times.extend(cosigned(checkpoint, &named(witness, witnesses))?);
        }
        if let Some(last) = times.iter().max()
            && times.len() == checkpoints.len()
        {
            steps.passed(
                &format!(
                    "a witness that you trust saw the log grow up to there, by {}",
                    write_instant(*last)
                ),
                &format!("witness key {witness}"),
            );
            seen.at.push(*last);
        }
    }
    Ok(seen)
}

/// A witness's key under every name that it is trusted by.
fn named(witness: &WitnessKey, witnesses: &[WitnessKey]) -> Vec<WitnessKey> {
    let same = |named: &&WitnessKey| named.public_key() == witness.public_key();
    witnesses.iter().filter(same).cloned().collect()
}

/// When a witness cosigned a checkpoint, if it did. What claims to be its cosignature and is not makes
/// the file invalid.
fn cosigned(
    checkpoint: &VerifiedCheckpoint,
    witness: &[WitnessKey],
) -> Result<Option<Timestamp>, Failure> {
    let cosignatures = checkpoint
        .cosignatures(witness)
        .map_err(|error| invalid(&error.to_string()))?;
    let Some(cosignature) = cosignatures.first() else {
        return Ok(None);
    };
    i64::try_from(cosignature.timestamp_seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(Some)
        .ok_or_else(|| invalid("a witness cosigned at a time that is none"))
}
