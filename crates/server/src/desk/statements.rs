//! Statements: numbered in the transaction that keeps them, signed, never let out before it commits.

use std::sync::Arc;

use countersign_envelope as envelope;
use countersign_order::{
    AccountId, Blind, CLOCK_TOLERANCE, Common, Digest, LogPlace, OrderId, SellerStatement,
    Statement,
};
use countersign_store::{LogHead, StatementKind, StatementRecord, View};
use jiff::Timestamp;

use super::{Desk, DeskError};
use crate::seller::Seller;

/// What a statement is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    /// The order, if it is about one.
    pub(crate) order: Option<OrderId>,
    /// The account, if it is about one.
    pub(crate) account: Option<AccountId>,
    /// The digest of the previous statement about the same attempt.
    pub(crate) previous: Option<Digest>,
}

/// A digest as the business writes it.
pub(crate) fn digest(digest: envelope::Digest) -> Digest {
    Digest::from_bytes(*digest.as_bytes())
}

/// The time a statement signed now carries: never before the last one's.
pub(super) fn issued_at(now: Timestamp, head: &LogHead) -> Result<Timestamp, DeskError> {
    let Some(last) = head.last_issued_at else {
        return Ok(now);
    };
    if last.duration_since(now) > CLOCK_TOLERANCE {
        return Err(DeskError::ClockNotTrusted);
    }
    Ok(now.max(last))
}

/// The newest seller statement that is kept, if it makes sense and is another than this seller's.
pub(super) async fn stated(
    view: &mut dyn View,
    seller: &Seller,
) -> Result<Option<SellerStatement>, DeskError> {
    let newest = view.seller_statement().await?;
    let other = newest.filter(|newest| newest.der != seller.statement_der());
    Ok(other
        .and_then(|other| countersign_connection::seller_statement(&other.der, seller.root()).ok()))
}

/// Refuses to sign with a key that was replaced since this program began.
pub(super) async fn must_sign(view: &mut dyn View, seller: &Seller) -> Result<(), DeskError> {
    match stated(view, seller).await? {
        Some(newest) if seller.is_replaced_by(&newest) => Err(DeskError::KeyReplaced),
        Some(_) | None => Ok(()),
    }
}

/// The same, for whoever has read the digest of the newest seller statement: if it is this one's, nothing is
/// read again.
pub(super) async fn must_sign_after(
    newest: Option<Digest>,
    view: &mut dyn View,
    seller: &Seller,
) -> Result<(), DeskError> {
    let own = digest(envelope::Digest::of(seller.statement_der()));
    if newest == Some(own) {
        return Ok(());
    }
    must_sign(view, seller).await
}

/// Signs the statement that takes this number in the log.
pub(super) fn sign(
    desk: &Desk,
    log: &LogHead,
    number: u64,
    issued_at: Timestamp,
    about: About,
    write: impl FnOnce(Common) -> Statement,
) -> Result<StatementRecord, DeskError> {
    let seller = desk.seller();
    let statement = write(Common {
        seller: seller.origin().clone(),
        seller_root: seller.root_fingerprint(),
        issued_at,
        previous: about.previous,
        log: Some(LogPlace {
            origin: log.origin.clone(),
            leaf: number - log.first_statement,
        }),
        blind: Blind::from_bytes(desk.random().bytes()),
    });
    let der = seller
        .receipt()
        .sign(&statement.to_json(), issued_at)
        .map_err(|error| DeskError::Sign(Arc::new(error)))?;
    Ok(StatementRecord {
        number,
        kind: kind_of(&statement),
        order: about.order,
        account: about.account,
        issued_at,
        sha256: digest(envelope::Digest::of(&der)),
        der,
    })
}

/// The record of a statement that the root has signed, about nobody's order.
pub(super) fn by_root(
    number: u64,
    kind: StatementKind,
    issued_at: Timestamp,
    der: Vec<u8>,
) -> StatementRecord {
    StatementRecord {
        number,
        kind,
        order: None,
        account: None,
        issued_at,
        sha256: digest(envelope::Digest::of(&der)),
        der,
    }
}

fn kind_of(statement: &Statement) -> StatementKind {
    match statement {
        Statement::Receipt(_) => StatementKind::Receipt,
        Statement::Shipment(_) => StatementKind::Shipment,
        Statement::Cancellation(_) => StatementKind::Cancellation,
        Statement::Key(_) => StatementKind::Key,
        Statement::Seller(_) => StatementKind::Seller,
        Statement::Recovery(_) => StatementKind::Recovery,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use countersign_transparency::Tree;

    use super::*;

    /// A log whose last statement is of this time.
    pub(crate) fn head(last: &str) -> LogHead {
        LogHead {
            origin: "shop.example".parse().unwrap(),
            first_statement: 0,
            tree: Tree::empty(),
            last_issued_at: Some(last.parse().unwrap()),
        }
    }

    #[test]
    fn no_statement_carries_an_earlier_time_than_the_last() {
        let now = "2026-11-23T18:00:00Z".parse().unwrap();
        let head = head("2026-11-23T18:01:59Z");
        assert_eq!(issued_at(now, &head).unwrap(), head.last_issued_at.unwrap());
    }

    #[test]
    fn a_clock_far_behind_the_last_statement_is_not_trusted() {
        let now = "2026-11-23T18:00:00Z".parse().unwrap();
        let refused = issued_at(now, &head("2026-11-23T18:02:01Z")).unwrap_err();
        assert!(matches!(refused, DeskError::ClockNotTrusted));
    }
}
