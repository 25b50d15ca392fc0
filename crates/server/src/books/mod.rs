//! The books: whether what is stored is what was signed, statement by statement and row by row.
//!
//! The log makes every statement count; each statement binds the rows it is about. What no statement
//! says is not judged: notes of the desk, who moved an order when, which open units are reserved.

mod findings;
mod keys;
mod orders;
mod statements;

use countersign_order::Statement;
use countersign_store::{StatementRecord, View};
use countersign_transparency::Checkpoint;

use crate::checkpoint_file::{Standing, compare};
use crate::desk::DeskError;
use crate::seller::{Seller, Signers};

pub(crate) use findings::{Finding, Findings};

/// Rows read from the store at a time.
const ROWS: u32 = 200;

/// What an examination of the books came to.
#[derive(Debug)]
pub(crate) struct Examined {
    /// How many statements there are.
    pub(crate) statements: u64,
    /// How many orders.
    pub(crate) orders: u64,
    /// What does not agree.
    pub(crate) findings: Findings,
}

/// What a statement says, if the right key of the seller has signed it.
pub(crate) fn said(
    seller: &Seller,
    statement: &StatementRecord,
) -> Result<Option<Statement>, DeskError> {
    Ok(Signers::of(seller)?.read(statement))
}

/// Examines everything that is stored, as of one moment, against what was signed, and against
/// checkpoints that are known from elsewhere.
pub(crate) async fn examine(
    seller: &Seller,
    view: &mut dyn View,
    known: &[Checkpoint],
) -> Result<Examined, DeskError> {
    let mut findings = Findings::default();
    let signers = Signers::of(seller)?;
    let statements = statements::examine(&signers, view, &mut findings).await?;
    let orders = orders::examine(&signers, view, &mut findings).await?;
    keys::examine(&signers, view, &mut findings).await?;
    // Proofs from a log that does not hold are of no use, and may not even be made.
    if findings.is_empty() {
        for checkpoint in known {
            let place = format!("checkpoint {}", checkpoint.size());
            match compare(view, checkpoint).await? {
                Standing::Holds => {}
                Standing::Lacks { known, here } => findings.add(
                    &place,
                    format!("the log has {here} statements, and {known} were published"),
                ),
                Standing::Differs { .. } => {
                    findings.add(&place, "the log is not the one that was published");
                }
            }
        }
    }
    Ok(Examined {
        statements,
        orders,
        findings,
    })
}
