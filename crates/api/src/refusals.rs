//! Messages that were refused, readable by the buyer they came from.

use countersign_order::time::{rfc3339, rfc3339_or_null};
use countersign_order::{
    AccountId, BuyerId, Digest, PurchaseOrderNumber, Quantity, RefusalId, Sku,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// A message that was refused. What it asked for is known only once its signature was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusalView {
    /// Its key.
    pub id: RefusalId,
    /// The account it came from.
    pub account: AccountId,
    /// When it arrived.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub received_at: Timestamp,
    /// The problem's code.
    pub code: String,
    /// SHA-256 of the message as it came; null if it was not read to its end.
    pub message_sha256: Option<Digest>,
    /// The buyer's number, once verified.
    pub purchase_order_number: Option<PurchaseOrderNumber>,
    /// When the order, or the request to cancel it, was issued, once verified.
    #[serde(with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub issued_at: Option<Timestamp>,
    /// The order's items, once verified; none of a request to cancel.
    pub items: Vec<RefusedItem>,
}

/// Which refusals, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RefusalQuery {
    /// The `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on the page: 50 unless asked for, 200 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only this buyer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<BuyerId>,
}

/// An item of a refused order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefusedItem {
    /// The item.
    pub sku: Sku,
    /// How many.
    pub quantity: Quantity,
}
