//! All that the seller signed about one order. Each statement names the digest of the one before, so
//! that none can be left out, put in or exchanged, but for the last.

use countersign_api::{OrderView, Page, StatementView};
use countersign_envelope as envelope;
use countersign_order::{Decision, Der, Digest, OrderId, OrderReference, Receipt, Statement};

use crate::failure::Failure;
use crate::http::Api;
use crate::receipt::{Match, Sent, compare};
use crate::seller::{Seller, digest};

/// The verified statements about an order, oldest first, the first of them its receipt.
#[derive(Debug)]
pub(crate) struct History {
    statements: Vec<Statement>,
    signed: Vec<Vec<u8>>,
    receipt: Receipt,
    receipt_sha256: Digest,
}

impl History {
    /// Asks for the statements about an order, and verifies them all.
    pub(crate) fn fetch(api: &Api, seller: &Seller, order: &OrderView) -> Result<Self, Failure> {
        let page: Page<StatementView> = api.get(&format!("/v1/orders/{}/statements", order.id))?;
        let shown = page.data.into_iter().map(|view| view.statement);
        let history = Self::verified(seller, order.id, shown.map(Der::into_bytes).collect())?;
        let receipt = &history.receipt;
        let is_about_order = receipt.buyer == order.buyer
            && receipt.purchase_order_number == order.purchase_order_number
            && receipt.attempt == order.attempt;
        if is_about_order {
            Ok(history)
        } else {
            Err(Failure::invalid("the receipt is about another order"))
        }
    }

    fn verified(seller: &Seller, order: OrderId, signed: Vec<Vec<u8>>) -> Result<Self, Failure> {
        let mut statements = Vec::new();
        let mut previous = None;
        let mut newest: Option<(Receipt, Digest)> = None;
        for (place, octets) in (1_u32..).zip(&signed) {
            let statement = seller.verify(octets)?.into_content();
            if statement.common().previous != previous {
                let message = format!("statement {place} does not follow the one shown before it");
                return Err(Failure::invalid(message));
            }
            let newest_receipt = newest.as_ref().map(|(receipt, _)| receipt);
            if !has_place(&statement, newest_receipt, order) {
                let message = format!("statement {place} has no place among those about the order");
                return Err(Failure::invalid(message));
            }
            let sha256 = digest(envelope::Digest::of(octets));
            if let Statement::Receipt(receipt) = &statement {
                newest = Some((Receipt::clone(receipt), sha256));
            }
            previous = Some(sha256);
            statements.push(statement);
        }
        let (receipt, receipt_sha256) =
            newest.ok_or_else(|| Failure::invalid("the seller shows no receipt for the order"))?;
        Ok(Self {
            statements,
            signed,
            receipt,
            receipt_sha256,
        })
    }

    /// What was signed, oldest first.
    pub(crate) fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The same as it was signed, octet by octet.
    pub(crate) fn signed(&self) -> &[Vec<u8>] {
        &self.signed
    }

    /// The newest receipt, which is the one that counts.
    pub(crate) const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The digest of the newest receipt.
    pub(crate) const fn receipt_sha256(&self) -> Digest {
        self.receipt_sha256
    }

    /// Compares every receipt with the order that is kept.
    pub(crate) fn must_answer(&self, sent: &Sent) -> Result<(), Failure> {
        for statement in &self.statements {
            if let Statement::Receipt(receipt) = statement
                && compare(receipt, sent)? != Match::Exact
            {
                return Err(Failure::invalid(
                    "the receipt answers another signature than the one kept here",
                ));
            }
        }
        Ok(())
    }
}

/// Whether a statement may come after this receipt: whatever comes first is a receipt, another one
/// ends what the first has held, and all are about the same order.
fn has_place(statement: &Statement, newest: Option<&Receipt>, order: OrderId) -> bool {
    match (statement, newest) {
        (Statement::Receipt(_), None) => true,
        (Statement::Receipt(next), Some(held)) => {
            held.decision == Decision::Held && next.order == held.order
        }
        (Statement::Shipment(shipment), Some(receipt)) => is_about(&shipment.order, order, receipt),
        (Statement::Cancellation(cancellation), Some(receipt)) => {
            is_about(&cancellation.order, order, receipt)
        }
        (Statement::Shipment(_) | Statement::Cancellation(_), None)
        | (Statement::Key(_) | Statement::Seller(_) | Statement::Recovery(_), _) => false,
    }
}

fn is_about(named: &OrderReference, order: OrderId, receipt: &Receipt) -> bool {
    named.id == order
        && named.buyer == receipt.buyer
        && named.purchase_order_number == receipt.purchase_order_number
        && named.attempt == receipt.attempt
}
