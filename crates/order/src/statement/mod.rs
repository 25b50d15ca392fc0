//! What the seller signs, as JSON documents: receipts, shipments, cancellations, keys and the seller.
//!
//! Readers ignore members they do not know, so that later versions can say more.

mod cancellation;
mod hold_end;
mod key;
mod receipt;
mod recovery;
mod seller;
mod shipment;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::{Blind, Digest};
use crate::id::OrderId;
use crate::party::{BuyerId, LogOrigin, Origin};
use crate::purchase_order::{PurchaseOrderNumber, SalesOrderNumber};
use crate::strict_json::write;
use crate::time::rfc3339;

pub use cancellation::{Cancellation, CancelledBy, CancelledLine};
pub use hold_end::HoldEnd;
pub use key::{Authorisation, KeyAction, KeyStatement};
pub use receipt::{Receipt, ReceiptLine, SignedOrder};
pub use recovery::{RecoveredLog, Recovery};
pub use seller::{CertificateUse, LogKey, SellerCertificate, SellerStatement};
pub use shipment::{Shipment, ShipmentLine};

/// Any document that a seller signs, told apart by its member `document`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "document")]
pub enum Statement {
    /// The answer to an order.
    #[serde(rename = "countersign/receipt/1")]
    Receipt(Box<Receipt>),
    /// Goods have gone.
    #[serde(rename = "countersign/shipment/1")]
    Shipment(Shipment),
    /// What is not shipped will not be.
    #[serde(rename = "countersign/cancellation/1")]
    Cancellation(Cancellation),
    /// A key was enrolled or revoked.
    #[serde(rename = "countersign/key/1")]
    Key(KeyStatement),
    /// Which certificates and log keys are the seller's.
    #[serde(rename = "countersign/seller/1")]
    Seller(SellerStatement),
    /// A log lost its end, and another follows it.
    #[serde(rename = "countersign/recovery/1")]
    Recovery(Recovery),
}

/// What every statement says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Common {
    /// The seller.
    pub seller: Origin,
    /// The digest of the seller's root certificate.
    pub seller_root: Digest,
    /// The seller's time of signing.
    #[serde(with = "rfc3339")]
    pub issued_at: Timestamp,
    /// The digest of the previous statement about the same attempt.
    pub previous: Option<Digest>,
    /// Where in the log its entry is; only what the root signs says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogPlace>,
    /// What keeps its log entry from being guessed.
    pub blind: Blind,
}

/// A place in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPlace {
    /// The log.
    pub origin: LogOrigin,
    /// The number of the leaf, counted from zero.
    pub leaf: u64,
}

/// The order a later statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReference {
    /// The attempt.
    pub id: OrderId,
    /// The buyer.
    pub buyer: BuyerId,
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// Which attempt under that number.
    pub attempt: u32,
    /// Our number.
    pub sales_order_number: Option<SalesOrderNumber>,
}

/// Some octets are no statement.
#[derive(Debug, Error)]
#[error("the document is not a statement that is known here")]
pub struct NotAStatement(#[from] serde_json::Error);

impl Statement {
    /// Reads a statement of any kind.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAStatement> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Writes the document that the seller signs.
    pub fn to_json(&self) -> Vec<u8> {
        write(self)
    }

    /// What this statement shares with all others.
    pub const fn common(&self) -> &Common {
        match self {
            Self::Receipt(receipt) => &receipt.common,
            Self::Shipment(shipment) => &shipment.common,
            Self::Cancellation(cancellation) => &cancellation.common,
            Self::Key(key) => &key.common,
            Self::Seller(seller) => &seller.common,
            Self::Recovery(recovery) => &recovery.common,
        }
    }
}
