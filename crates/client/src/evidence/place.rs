//! Places in the log: signed in each statement, proved under a checkpoint, seen by witnesses.

use std::collections::BTreeMap;

use countersign_api::{Evidence, EvidenceStatement};
use countersign_order::{LogOrigin, Statement};
use countersign_transparency::{Cosignature, VerifiedCheckpoint, WitnessKey};
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

/// What the logs say.
#[derive(Debug)]
pub(super) struct Logs {
    /// None where the file holds no proof at all.
    seen: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    by: Vec<Cosignature>,
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
        for statement in all(file) {
            if statement.entry != sha256(statement.statement.as_bytes()) {
                return Err(invalid("an entry is not the digest of its statement"));
            }
        }
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
                "all {} statements are in the log, each proved",
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
        let Some(Seen { by, of }) = &self.seen else {
            return Verdict::Signed;
        };
        let times = by.iter().map(|cosignature| cosignature.timestamp_seconds);
        let last = times
            .max()
            .and_then(|seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok());
        match last {
            Some(last) => Verdict::witnessed(by.len(), *of, last),
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
        steps.passed(
            &format!(
                "a checkpoint of {} statements is signed by the log",
                said.size()
            ),
            &log,
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

/// The witnesses that have seen every log, and when each had seen the last of them.
fn seen(
    checkpoints: &BTreeMap<String, VerifiedCheckpoint>,
    witnesses: &[WitnessKey],
    steps: &mut Steps,
) -> Result<Seen, Failure> {
    let mut by: Option<Vec<Cosignature>> = None;
    for checkpoint in checkpoints.values() {
        let cosigned = checkpoint
            .cosignatures(witnesses)
            .map_err(|error| invalid(&error.to_string()))?;
        by = Some(match by {
            None => cosigned,
            Some(earlier) => both(&earlier, &cosigned),
        });
    }
    let by = by.unwrap_or_default();
    for cosignature in &by {
        steps.passed(
            "a trusted witness has seen that log grow up to there",
            cosignature.witness.as_str(),
        );
    }
    Ok(Seen {
        by,
        of: witnesses.len(),
    })
}

/// The witnesses of both, at the later time of each.
fn both(one: &[Cosignature], other: &[Cosignature]) -> Vec<Cosignature> {
    one.iter()
        .filter_map(|first| {
            let second = other
                .iter()
                .find(|second| second.witness == first.witness)?;
            let timestamp_seconds = first.timestamp_seconds.max(second.timestamp_seconds);
            Some(Cosignature {
                witness: first.witness.clone(),
                timestamp_seconds,
            })
        })
        .collect()
}
