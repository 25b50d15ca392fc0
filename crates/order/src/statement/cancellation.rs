//! `countersign/cancellation/1`: what is not shipped will not be.

use serde::{Deserialize, Serialize};

use super::{Common, OrderReference};
use crate::digest::Digest;
use crate::item::Sku;
use crate::text::ShortText;

/// The end of all that was still open of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// What every statement says.
    #[serde(flatten)]
    pub common: Common,
    /// The order.
    pub order: OrderReference,
    /// What is cancelled.
    pub lines: Vec<CancelledLine>,
    /// Who wanted it.
    pub by: CancelledBy,
    /// The digest of the buyer's signed request.
    pub request_sha256: Option<Digest>,
    /// Why.
    pub reason: ShortText,
}

/// One line of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelledLine {
    /// The line's number.
    pub line: u32,
    /// The item.
    pub sku: Sku,
    /// Units that will not go.
    pub quantity: u32,
}

/// Who wanted a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledBy {
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
}
