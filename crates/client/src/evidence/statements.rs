//! What the seller said of the order: every statement signed, each naming the one before.

use std::fmt;

use countersign_api::{Evidence, EvidenceSigned, EvidenceStatement};
use countersign_envelope as envelope;
use countersign_order::time::write_instant;
use countersign_order::{
    AccountId, BuyerId, CancellationRequest, CancelledBy, Decision, Digest, OrderReference,
    Receipt, Statement,
};

use super::place::Place;
use super::report::Steps;
use crate::failure::Failure;
use crate::receipt::{Match, Sent, compare};
use crate::seller::{Seller, digest, invalid};

/// The deal as the statements tell it.
#[derive(Debug)]
pub(super) struct Deal {
    /// Who ordered.
    pub(super) party: Party,
    receipt: Receipt,
    decision: Decision,
    first: Place,
    cancellations: Vec<(Digest, Place)>,
    events: Vec<String>,
}

/// Whose key must have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) buyer: BuyerId,
    /// Which of the buyer's accounts, if that is known.
    pub(super) account: Option<AccountId>,
}

impl Deal {
    /// Examines all statements about the order.
    pub(super) fn examine(
        file: &Evidence,
        seller: &Seller,
        sent: &Sent,
        steps: &mut Steps,
    ) -> Result<Self, Failure> {
        let mut statements = file.statements.iter();
        let first = statements
            .next()
            .ok_or_else(|| invalid("the file holds no receipt"))?;
        let mut deal = Self::begin(first, seller, sent, steps)?;
        let mut previous = sha256(first.statement.as_bytes());
        for next in statements {
            deal.follow(next, previous, seller, sent, steps)?;
            previous = sha256(next.statement.as_bytes());
        }
        if deal.cancellations.len() != file.cancellation_requests.len() {
            return Err(invalid(
                "the cancellation requests are not those that the cancellations answer",
            ));
        }
        Ok(deal)
    }

    /// The first statement is the receipt that answers the order.
    fn begin(
        first: &EvidenceStatement,
        seller: &Seller,
        sent: &Sent,
        steps: &mut Steps,
    ) -> Result<Self, Failure> {
        let (statement, signer) = verified(first, seller)?;
        let Statement::Receipt(receipt) = statement else {
            return Err(invalid(
                "the first statement about the order is not a receipt",
            ));
        };
        if receipt.common.previous.is_some() {
            return Err(invalid("a statement before the first receipt is missing"));
        }
        answers(&receipt, sent)?;
        steps.passed(
            &format!(
                "the receipt is signed by {}, over the very bytes the buyer signed",
                seller.origin
            ),
            &signer,
        );
        Ok(Self {
            party: Party {
                buyer: receipt.buyer.clone(),
                account: Some(receipt.account.clone()),
            },
            decision: receipt.decision,
            first: Place::of(first),
            cancellations: Vec::new(),
            events: vec![decided(&receipt)],
            receipt: *receipt,
        })
    }

    /// A later statement names the one before it, and is about the same order.
    fn follow(
        &mut self,
        next: &EvidenceStatement,
        previous: Digest,
        seller: &Seller,
        sent: &Sent,
        steps: &mut Steps,
    ) -> Result<(), Failure> {
        let (statement, signer) = verified(next, seller)?;
        if statement.common().previous != Some(previous) {
            return Err(invalid("a statement does not name the one before it"));
        }
        let event = match &statement {
            Statement::Receipt(receipt) => {
                answers(receipt, sent)?;
                let is_same = receipt.attempt == self.receipt.attempt
                    && receipt.account == self.receipt.account;
                if !is_same || self.decision != Decision::Held {
                    return Err(invalid("a second receipt does not end a held order"));
                }
                self.decision = receipt.decision;
                decided(receipt)
            }
            Statement::Shipment(shipment) => {
                self.is_about(&shipment.order)?;
                let units: u32 = shipment.lines.iter().map(|line| line.quantity).sum();
                format!(
                    "shipment {} of {units} units by {} on {}",
                    shipment.shipment,
                    shipment.carrier,
                    write_instant(shipment.shipped_at)
                )
            }
            Statement::Cancellation(cancellation) => {
                self.is_about(&cancellation.order)?;
                match (cancellation.by, cancellation.request_sha256) {
                    (CancelledBy::Buyer, Some(request)) => {
                        self.cancellations.push((request, Place::of(next)));
                    }
                    (CancelledBy::Seller, None) => {}
                    (CancelledBy::Buyer, None) | (CancelledBy::Seller, Some(_)) => {
                        return Err(invalid("a cancellation does not say who asked for it"));
                    }
                }
                let by = match cancellation.by {
                    CancelledBy::Buyer => "the buyer",
                    CancelledBy::Seller => "the seller",
                };
                format!("cancelled by {by}: {}", cancellation.reason)
            }
            Statement::Key(_) | Statement::Seller(_) | Statement::Recovery(_) => {
                return Err(invalid("a statement is not about the order"));
            }
        };
        steps.passed(
            &format!("{event}: signed, and names the statement before"),
            &signer,
        );
        self.events.push(event);
        Ok(())
    }

    fn is_about(&self, order: &OrderReference) -> Result<(), Failure> {
        let is_same = order.buyer == self.receipt.buyer
            && order.purchase_order_number == self.receipt.purchase_order_number
            && order.attempt == self.receipt.attempt
            && (order.sales_order_number == self.receipt.sales_order_number
                || self.receipt.decision == Decision::Held);
        if is_same {
            Ok(())
        } else {
            Err(invalid("a statement is about another order"))
        }
    }

    /// Where the receipt is in the log.
    pub(super) const fn first_place(&self) -> &Place {
        &self.first
    }

    /// Where the cancellation is that answers this signed request.
    pub(super) fn place_of_cancellation(
        &self,
        request: &EvidenceSigned,
    ) -> Result<&Place, Failure> {
        let request = sha256(request.signed_data.as_bytes());
        self.cancellations
            .iter()
            .find(|(answered, _)| *answered == request)
            .map(|(_, place)| place)
            .ok_or_else(|| invalid("no cancellation answers a request that is in the file"))
    }
}

impl Deal {
    /// Whether a request that was signed asks to cancel this very order.
    pub(super) fn is_asked_by(&self, document: &[u8], file: &Evidence) -> Result<(), Failure> {
        let request = CancellationRequest::parse(document)
            .map_err(|_| invalid("a cancellation request cannot be read"))?;
        let common = &self.receipt.common;
        request
            .addressed_to(&common.seller, &common.seller_root, &self.receipt.buyer)
            .map_err(|_| invalid("a cancellation request is between others"))?;
        let receipts = file
            .statements
            .iter()
            .map(|s| sha256(s.statement.as_bytes()));
        if request.is_about(&self.receipt.purchase_order_number, receipts) {
            Ok(())
        } else {
            Err(invalid("a cancellation request is about another order"))
        }
    }
}

impl fmt::Display for Deal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = &self.receipt;
        write!(
            f,
            "{} ordered {} from {} for {} {}.",
            receipt.buyer,
            receipt.purchase_order_number,
            receipt.common.seller,
            receipt.total,
            receipt.currency
        )?;
        self.events
            .iter()
            .try_for_each(|event| write!(f, "\n  {event}"))
    }
}

fn decided(receipt: &Receipt) -> String {
    let decision = match receipt.decision {
        Decision::Accepted => "accepted",
        Decision::Held => "held",
        Decision::Declined => "declined",
    };
    format!("{decision} on {}", write_instant(receipt.common.issued_at))
}

fn answers(receipt: &Receipt, sent: &Sent) -> Result<(), Failure> {
    match compare(receipt, sent)? {
        Match::Exact => Ok(()),
        Match::SameOrder => Err(invalid(
            "the receipt answers another signature than the order's",
        )),
    }
}

/// A statement signed by the seller's receipt key, standing where it says, and that key.
fn verified(
    statement: &EvidenceStatement,
    seller: &Seller,
) -> Result<(Statement, String), Failure> {
    let verified = seller.verify(statement.statement.as_bytes())?;
    let signer = digest(verified.signature().certificate_sha256()).to_string();
    Place::of(statement).is_signed_in(verified.content())?;
    Ok((verified.into_content(), signer))
}

/// The digest of a message.
pub(super) fn sha256(bytes: &[u8]) -> Digest {
    digest(envelope::Digest::of(bytes))
}
