//! The next seller statement: a key replaced, said by the root, and a leaf of the log like all that is
//! stated.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_envelope::Signer;
use countersign_order::{CLOCK_TOLERANCE, CertificateUse};
use countersign_store::{LogHead, StatementKind};
use jiff::{SignedDuration, Timestamp};

use super::statements::{by_root, issued_at, stated};
use super::{DeskError, Operation, Work};
use crate::seller::{Change, Rotation, RotationError, file_of};

/// How old a request may be when what the root signed for it comes back: the overlap counts from it.
const REQUEST_AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Keeps the seller statement that follows the one in force, and answers with it as the root signed it.
#[derive(Debug)]
pub(crate) enum StateSeller {
    /// The root is here.
    ByRoot {
        /// The root.
        root: Signer,
        /// What is to change.
        rotation: Rotation,
    },
    /// A root elsewhere has signed it.
    Signed {
        /// The statement as it was signed.
        der: Vec<u8>,
        /// What it changes of the one before.
        change: Change,
    },
}

#[async_trait]
impl Operation for StateSeller {
    type Answer = Vec<u8>;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Vec<u8>, DeskError> {
        let seller = Arc::clone(work.desk.seller());
        let base = seller.statement();
        let newest = stated(&mut *work.transaction, &seller).await?;
        if newest.is_some_and(|newest| newest.number >= base.number) {
            return unfit("another seller statement came in between: begin anew");
        }
        let head = work.transaction.log_head().await?;
        let head = head.ok_or(DeskError::Inconsistent("log"))?;
        let now = issued_at(work.now, &head)?;
        let (purpose, at, der) = match self {
            Self::ByRoot { root, rotation } => {
                let at = after_the_last(now, &head);
                let signed = rotation.sign(root, seller.statement(), work.desk.random(), at);
                (rotation.purpose, at, signed.map_err(unsigned)?)
            }
            Self::Signed { der, change } => {
                let at = change.added.from;
                must_be_timely(change, work.now, &head)?;
                (change.added.purpose, at, der.clone())
            }
        };
        must_follow(base.common.issued_at, at)?;
        let number = head.next_statement();
        let record = by_root(number, StatementKind::Seller, at, der);
        work.append(std::slice::from_ref(&record)).await?;
        let subject = file_of(purpose).name();
        let detail = format!("statement {number}");
        work.audit("rotate-seller-key", subject, &detail).await?;
        Ok(record.der)
    }
}

fn unfit<T>(message: &str) -> Result<T, DeskError> {
    Err(DeskError::Unfit(message.to_owned()))
}

/// What a key has signed in this very millisecond it signed before it was revoked.
fn after_the_last(now: Timestamp, head: &LogHead) -> Timestamp {
    if head.last_issued_at.is_some_and(|last| last >= now) {
        now + SignedDuration::from_millis(1)
    } else {
        now
    }
}

/// What was signed elsewhere carries the time of its request, which may lie before that of statements
/// made since. It may not take their worth from them.
fn must_be_timely(change: &Change, now: Timestamp, head: &LogHead) -> Result<(), DeskError> {
    let at = change.added.from;
    let age = now.duration_since(at);
    let signs = change.added.purpose == CertificateUse::Receipt;
    if age > REQUEST_AGE_MAX {
        unfit("the request is more than 7 days old: make a new one")
    } else if age < -CLOCK_TOLERANCE {
        unfit("the request is from the future: check this machine's clock")
    } else if change.revokes && signs && head.last_issued_at.is_some_and(|last| last >= at) {
        unfit(
            "statements were signed since the request, which the revocation would make worthless: \
             stop the server, and make a new request",
        )
    } else {
        Ok(())
    }
}

/// A statement is of a later time than the one it follows, or its keys would not be the newest.
fn must_follow(base: Timestamp, at: Timestamp) -> Result<(), DeskError> {
    if at > base {
        return Ok(());
    }
    unfit(
        "it is of an earlier time than the seller statement that it follows: check this machine's \
         clock",
    )
}

fn unsigned(error: RotationError) -> DeskError {
    match error {
        RotationError::Certificate(error) => {
            DeskError::Unfit(format!("the certificate could not be made: {error}"))
        }
        RotationError::Sign(error) => DeskError::Sign(Arc::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use countersign_order::{Der, SellerCertificate};

    use super::super::statements::tests::head;
    use super::*;

    fn change(purpose: CertificateUse, revokes: bool, at: Timestamp) -> Change {
        let added = SellerCertificate {
            purpose,
            certificate: Der::from(Vec::new()),
            from: at,
            to: None,
            revoked_at: None,
        };
        Change { added, revokes }
    }

    #[test]
    fn a_revocation_comes_after_all_that_the_key_has_signed() {
        let last = "2026-11-23T18:00:00Z";
        let at: Timestamp = last.parse().unwrap();
        assert!(after_the_last(at, &head(last)) > at);
        let later = at + SignedDuration::from_millis(1);
        assert_eq!(after_the_last(later, &head(last)), later);
        let refuses = |purpose, revokes, at| {
            let change = change(purpose, revokes, at);
            must_be_timely(&change, later, &head(last)).is_err()
        };
        let receipt = CertificateUse::Receipt;
        assert!(
            refuses(receipt, true, at),
            "it would revoke what was signed"
        );
        assert!(!refuses(receipt, false, at) && !refuses(receipt, true, later));
        assert!(!refuses(CertificateUse::Tls, true, at), "it signs nothing");
    }

    #[test]
    fn a_request_is_neither_old_nor_from_the_future() {
        let now: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let head = head("2026-11-20T18:00:00Z");
        for (hours, is_timely) in [(-169, false), (-168, true), (0, true), (1, false)] {
            let at = now + SignedDuration::from_hours(hours);
            let change = change(CertificateUse::Mail, false, at);
            let found = must_be_timely(&change, now, &head).is_ok();
            assert_eq!(found, is_timely, "{hours}");
        }
    }

    #[test]
    fn a_seller_statement_is_of_a_later_time_than_the_one_before() {
        let base: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        for (millis, follows) in [(-1, false), (0, false), (1, true)] {
            let at = base + SignedDuration::from_millis(millis);
            assert_eq!(must_follow(base, at).is_ok(), follows, "{millis}");
        }
    }
}
