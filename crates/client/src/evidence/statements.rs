//! What the seller said of the order: every statement signed, each naming the one before.

use std::fmt;

use countersign_api::{Evidence, EvidenceStatement};
use countersign_envelope::{self as envelope, SignatureFacts};
use countersign_order::time::write_instant;
use countersign_order::{
    AccountId, BuyerId, Cancellation, CancelledBy, Decision, Digest, OrderId, OrderReference,
    Receipt, Shipment, Statement,
};
use jiff::Timestamp;

use super::place::Place;
use super::report::Steps;
use super::units::{Units, promised};
use crate::cancellation::is_withdrawn;
use crate::failure::Failure;
use crate::receipt::{Match, Sent, compare};
use crate::seller::{Seller, digest, invalid};

/// The deal as the statements tell it.
#[derive(Debug)]
pub(super) struct Deal {
    /// Who ordered.
    pub(super) party: Party,
    /// The receipt in force.
    receipt: Receipt,
    receipts: Vec<Digest>,
    first: Place,
    last: Last,
    id: Option<OrderId>,
    shipments: u32,
    open: Units,
    requested: Vec<Requested>,
    events: Vec<String>,
}

/// Whose key must have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) buyer: BuyerId,
    /// Which of the buyer's accounts, if that is known.
    pub(super) account: Option<AccountId>,
}

/// A cancellation, or a receipt that declines a held order, that answers a signed request.
#[derive(Debug)]
pub(super) struct Requested {
    /// The digest of the request.
    pub(super) request: Digest,
    /// Where the answer is.
    pub(super) place: Place,
}

/// The newest statement so far.
#[derive(Debug)]
struct Last {
    sha256: Digest,
    place: Place,
    issued_at: Timestamp,
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
        for next in statements {
            let (statement, signer) = verified(next, seller)?;
            let event = deal.follow(next, &statement, sent)?;
            steps.passed(
                &format!(
                    "{event}: signed, in {}, and names the statement before",
                    deal.last.place
                ),
                &signer,
            );
            deal.events.push(event);
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
        let last = Last::of(first, &statement);
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
                "the receipt is signed by {}, in {}, over the very bytes that the buyer signed, and \
                 promises what they ask",
                seller.origin, last.place
            ),
            &signer,
        );
        Ok(Self {
            party: Party {
                buyer: receipt.buyer.clone(),
                account: Some(receipt.account.clone()),
            },
            first: last.place.clone(),
            receipts: vec![last.sha256],
            last,
            id: None,
            shipments: 0,
            open: Units::of(sent.order()),
            requested: Vec::new(),
            events: vec![decided(&receipt)],
            receipt: *receipt,
        })
    }

    /// A later statement names the one before it, is about the same order, and has its place in the
    /// order's life.
    fn follow(
        &mut self,
        next: &EvidenceStatement,
        statement: &Statement,
        sent: &Sent,
    ) -> Result<String, Failure> {
        let this = Last::of(next, statement);
        if statement.common().previous != Some(self.last.sha256) {
            return Err(invalid("a statement does not name the one before it"));
        }
        if !self.last.place.is_before(&this.place) || this.issued_at < self.last.issued_at {
            return Err(invalid("a statement comes before the one that it follows"));
        }
        let event = match statement {
            Statement::Receipt(receipt) => {
                self.ends_hold(receipt, sent)?;
                if let Some(request) = withdrawn(receipt)? {
                    let place = this.place.clone();
                    self.requested.push(Requested { request, place });
                }
                self.receipts.push(this.sha256);
                self.receipt = Receipt::clone(receipt);
                decided(receipt)
            }
            Statement::Shipment(shipment) => self.ships(shipment)?,
            Statement::Cancellation(cancellation) => {
                if let Some(request) = self.cancels(cancellation)? {
                    let place = this.place.clone();
                    self.requested.push(Requested { request, place });
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
        self.last = this;
        Ok(event)
    }

    fn ends_hold(&self, receipt: &Receipt, sent: &Sent) -> Result<(), Failure> {
        answers(receipt, sent)?;
        let is_same = receipt.attempt == self.receipt.attempt
            && receipt.account == self.receipt.account
            && (receipt.decision == Decision::Declined
                || receipt.sales_order_number == self.receipt.sales_order_number);
        let ends = self.receipt.decision == Decision::Held && receipt.decision != Decision::Held;
        if is_same && ends {
            Ok(())
        } else {
            Err(invalid("a second receipt does not end a held order"))
        }
    }

    fn ships(&mut self, shipment: &Shipment) -> Result<String, Failure> {
        self.is_about(&shipment.order)?;
        if self.receipt.decision != Decision::Accepted {
            return Err(invalid("a shipment is of an order that is not accepted"));
        }
        self.shipments += 1;
        if shipment.shipment != self.shipments {
            return Err(invalid("a shipment before another is missing"));
        }
        let mut units: u64 = 0;
        for line in &shipment.lines {
            self.open.take(line.line, &line.sku, line.quantity)?;
            units += u64::from(line.quantity);
        }
        Ok(format!(
            "shipment {} of {units} units by {} on {}",
            shipment.shipment,
            shipment.carrier,
            write_instant(shipment.shipped_at)
        ))
    }

    /// Gives the digest of the buyer's request, if it was the buyer who asked.
    fn cancels(&mut self, cancellation: &Cancellation) -> Result<Option<Digest>, Failure> {
        self.is_about(&cancellation.order)?;
        if self.receipt.decision == Decision::Declined {
            return Err(invalid("a cancellation is of an order that was declined"));
        }
        for line in &cancellation.lines {
            self.open.take(line.line, &line.sku, line.quantity)?;
        }
        match (cancellation.by, cancellation.request_sha256) {
            (CancelledBy::Buyer, Some(request)) => Ok(Some(request)),
            (CancelledBy::Seller, None) => Ok(None),
            (CancelledBy::Buyer, None) | (CancelledBy::Seller, Some(_)) => {
                Err(invalid("a cancellation does not say who asked for it"))
            }
        }
    }

    fn is_about(&mut self, order: &OrderReference) -> Result<(), Failure> {
        let is_same = order.buyer == self.receipt.buyer
            && order.purchase_order_number == self.receipt.purchase_order_number
            && order.attempt == self.receipt.attempt
            && order.sales_order_number == self.receipt.sales_order_number
            && *self.id.get_or_insert(order.id) == order.id;
        if is_same {
            Ok(())
        } else {
            Err(invalid("a statement is about another order"))
        }
    }

    /// Where the first receipt is in the log: there the order counted.
    pub(super) const fn first_place(&self) -> &Place {
        &self.first
    }

    /// The digests of the receipts.
    pub(super) fn receipts(&self) -> &[Digest] {
        &self.receipts
    }

    /// The cancellations that answer a signed request, oldest first.
    pub(super) fn requested(&self) -> &[Requested] {
        &self.requested
    }
}

impl Last {
    fn of(statement: &EvidenceStatement, read: &Statement) -> Self {
        Self {
            sha256: sha256(statement.statement.as_bytes()),
            place: Place::of(statement),
            issued_at: read.common().issued_at,
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

/// The digest of the request that a receipt answers which declines a held order for its buyer.
fn withdrawn(receipt: &Receipt) -> Result<Option<Digest>, Failure> {
    match (is_withdrawn(receipt), receipt.request_sha256) {
        (true, Some(request)) => Ok(Some(request)),
        (false, None) => Ok(None),
        (true, None) | (false, Some(_)) => {
            Err(invalid("a receipt does not say who called the order off"))
        }
    }
}

fn decided(receipt: &Receipt) -> String {
    let decision = match receipt.decision {
        Decision::Accepted => "accepted",
        Decision::Held => "held",
        Decision::Declined => "declined",
    };
    let codes: Vec<&str> = receipt
        .reasons
        .iter()
        .map(|why| why.code.as_str())
        .collect();
    let why = if codes.is_empty() {
        String::new()
    } else {
        format!(": {}", codes.join(", "))
    };
    let at = write_instant(receipt.common.issued_at);
    format!("{decision} on {at}{why}")
}

fn answers(receipt: &Receipt, sent: &Sent) -> Result<(), Failure> {
    if compare(receipt, sent)? != Match::Exact {
        return Err(invalid(
            "the receipt answers another signature than the order's",
        ));
    }
    promised(receipt, sent.order())
}

/// A statement signed by the seller's receipt key, standing where it says, and that key.
fn verified(
    statement: &EvidenceStatement,
    seller: &Seller,
) -> Result<(Statement, String), Failure> {
    let verified = seller.verify(statement.statement.as_bytes())?;
    let signer = receipt_certificate(verified.signature());
    Place::of(statement).is_signed_in(verified.content())?;
    Ok((verified.into_content(), signer))
}

/// What a statement's signature was checked against.
pub(super) fn receipt_certificate(signature: &SignatureFacts) -> String {
    format!("receipt certificate {}", signature.certificate_sha256())
}

/// The digest of a message.
pub(super) fn sha256(bytes: &[u8]) -> Digest {
    digest(envelope::Digest::of(bytes))
}
