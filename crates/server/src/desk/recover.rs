//! Going on after a loss: the log that lost its end is closed, and a successor opened whose first
//! entries are signed by the root and say so.

use async_trait::async_trait;
use countersign_envelope::Signer;
use countersign_order::{
    Blind, Common, Digest, LogOrigin, RecoveredLog, Recovery, ShortText, Statement,
};
use countersign_store::{LogHead, StatementKind};
use jiff::Timestamp;
use std::sync::Arc;

use super::statements::{by_root, issued_at};
use super::{DeskError, Operation, Work};

/// Closes the log and opens its successor.
#[derive(Debug)]
pub struct RecoverLog {
    /// The log as it was found.
    pub kept: LogHead,
    /// The last checkpoint that is known of it: a signed note.
    pub known: String,
    /// The log that is opened. It never was before.
    pub successor: LogOrigin,
    /// The root.
    pub root: Signer,
    /// The seller statement that lists the successor, as the root signed it.
    pub seller_statement: Vec<u8>,
    /// The time that it carries, and the recovery as well: not before the last statement's.
    pub at: Timestamp,
    /// Why.
    pub reason: ShortText,
}

#[async_trait]
impl Operation for RecoverLog {
    type Answer = LogHead;

    async fn apply(&self, work: &mut Work<'_>) -> Result<LogHead, DeskError> {
        let head = work.transaction.log_head().await?;
        if head.as_ref() != Some(&self.kept) {
            return Err(DeskError::Unfit("the log grew meanwhile".to_owned()));
        }
        let at = issued_at(self.at, &self.kept)?;
        let successor = work.transaction.open_successor(&self.successor).await?;
        let first = successor.next_statement();
        let recovery = self
            .root
            .sign(&self.recovery(work, &successor.origin, at).to_json(), at)
            .map_err(|error| DeskError::Sign(Arc::new(error)))?;
        let statements = [
            by_root(first, StatementKind::Recovery, at, recovery),
            by_root(
                first + 1,
                StatementKind::Seller,
                at,
                self.seller_statement.clone(),
            ),
        ];
        let growth = work.append(&statements).await?;
        work.audit(
            "recover-log",
            successor.origin.as_str(),
            self.reason.as_str(),
        )
        .await?;
        Ok(growth.head)
    }
}

impl RecoverLog {
    fn recovery(&self, work: &Work<'_>, successor: &LogOrigin, at: Timestamp) -> Statement {
        let seller = work.desk.seller();
        Statement::Recovery(Recovery {
            common: Common {
                seller: seller.origin().clone(),
                seller_root: seller.root_fingerprint(),
                issued_at: at,
                previous: None,
                log: None,
                blind: Blind::from_bytes(work.desk.random().bytes()),
            },
            lost: RecoveredLog {
                origin: self.kept.origin.clone(),
                checkpoint: self.known.clone(),
                kept_size: self.kept.tree.size(),
                kept_root: Digest::from_bytes(*self.kept.tree.root().as_bytes()),
            },
            successor: successor.clone(),
            reason: self.reason.clone(),
        })
    }
}
