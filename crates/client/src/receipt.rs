//! Whether a receipt is the seller's answer to just the order that was sent.

use countersign_envelope::{Certificate, Opened, SignatureFacts};
use countersign_order::{MEDIA_TYPE, PurchaseOrder, Receipt, SignedOrder, Statement};

use crate::failure::{Exit, Failure};
use crate::seller::{Seller, digest};

/// An order that was signed here, read back from what was signed.
#[derive(Debug)]
pub(crate) struct Sent {
    order: PurchaseOrder,
    signed: SignedOrder,
}

/// How far a receipt and a signed order belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// It answers these very octets.
    Exact,
    /// It answers the same order document under another signature: it was sent before.
    SameOrder,
}

impl Sent {
    /// Reads a signed order back, and checks its signature once more.
    pub(crate) fn read(signed_data: &[u8], certificate: &Certificate) -> Result<Self, Failure> {
        let verified = Opened::from_signed_data(signed_data.to_vec())
            .map_err(|_| damaged("it is not a signed message"))?
            .verify(std::slice::from_ref(certificate))
            .map_err(|_| damaged("its signature does not verify"))?
            .and_then(|content| PurchaseOrder::parse(content))
            .map_err(|error| damaged(&format!("its document is no order: {error}")))?;
        let signed = facts(verified.signature());
        Ok(Self {
            signed,
            order: verified.into_content(),
        })
    }

    /// The order.
    pub(crate) const fn order(&self) -> &PurchaseOrder {
        &self.order
    }
}

/// Verifies a receipt under the seller's root.
pub(crate) fn verify(seller: &Seller, receipt: &[u8]) -> Result<Receipt, Failure> {
    match seller.verify(receipt)?.into_content() {
        Statement::Receipt(receipt) => Ok(*receipt),
        Statement::Shipment(_)
        | Statement::Cancellation(_)
        | Statement::Key(_)
        | Statement::Seller(_)
        | Statement::Recovery(_) => {
            Err(Failure::invalid("the seller's statement is not a receipt"))
        }
    }
}

/// Compares a verified receipt with what was sent, member by member and octet by octet.
pub(crate) fn compare(receipt: &Receipt, sent: &Sent) -> Result<Match, Failure> {
    let order = sent.order();
    let same = [
        ("buyer", receipt.buyer == order.buyer),
        (
            "purchase order number",
            receipt.purchase_order_number == order.purchase_order_number,
        ),
        (
            "seller",
            receipt.common.seller == order.seller
                && receipt.common.seller_root == order.seller_root,
        ),
        ("currency", receipt.currency == order.currency),
        ("total", receipt.total == order.total.amount()),
        (
            "order document",
            receipt.order.content_sha256 == sent.signed.content_sha256,
        ),
    ];
    if let Some((what, _)) = same.iter().find(|(_, is_same)| !is_same) {
        let message = format!("the receipt names another {what} than the order that was sent");
        return Err(Failure::invalid(message));
    }
    Ok(if receipt.order == sent.signed {
        Match::Exact
    } else {
        Match::SameOrder
    })
}

/// What was signed, by its digests.
pub(crate) fn facts(signature: &SignatureFacts) -> SignedOrder {
    SignedOrder {
        content_type: MEDIA_TYPE.to_owned(),
        content_sha256: digest(signature.content_sha256()),
        signed_attributes_sha256: digest(signature.signed_attributes_sha256()),
        signature_sha256: digest(signature.signature_sha256()),
        certificate_sha256: digest(signature.certificate_sha256()),
        signed_data_sha256: digest(signature.signed_data_sha256()),
    }
}

fn damaged(why: &str) -> Failure {
    Failure::new(
        Exit::Invalid,
        format!("the signed order cannot be used: {why}"),
    )
}
