//! Messages that were refused after their sender had signed in. Bounded: each buyer has so many
//! places, and what no longer fits is still counted.

use async_trait::async_trait;
use countersign_order::{
    AccountId, BuyerId, Digest, PurchaseOrderNumber, Quantity, RefusalId, Sku,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Page, StoreError};

/// How many refusals of a buyer are kept.
pub const REFUSALS_KEPT: u32 = 10_000;
/// How many items of a refused order are kept: enough to tell what it was.
pub const REFUSED_ITEMS_KEPT: usize = 100;

/// A message that was refused after its sender had signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalRecord {
    /// Its key.
    pub id: RefusalId,
    /// Whose account it came from.
    pub buyer: BuyerId,
    /// The account.
    pub account: AccountId,
    /// When the message was complete.
    pub received_at: Timestamp,
    /// The problem code it was answered with.
    pub code: String,
    /// SHA-256 of the message as it came, if it was read to its end.
    pub message: Option<Digest>,
    /// What it asked for, once its signature was verified.
    pub order: Option<RefusedOrder>,
}

/// What a refused order, or a refused request to cancel one, asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedOrder {
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// When the document says it was issued.
    pub issued_at: Timestamp,
    /// The order's items; of more than [`REFUSED_ITEMS_KEPT`] the first, of a request none.
    pub items: Vec<RefusedItem>,
}

/// An item of a refused order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedItem {
    /// The item.
    pub sku: Sku,
    /// How many.
    pub quantity: Quantity,
}

/// Reading refusals.
#[async_trait]
pub trait ReadRefusals {
    /// Refusals, the newest first, those before `before` if given; of one buyer, or of all.
    async fn refusals(
        &mut self,
        buyer: Option<&BuyerId>,
        before: Option<&RefusalId>,
        limit: u32,
    ) -> Result<Page<RefusalRecord>, StoreError>;

    /// How many of a buyer's refusals are only counted, since newer ones took their places.
    async fn forgotten_refusals(&mut self, buyer: &BuyerId) -> Result<u64, StoreError>;
}

/// Writing refusals. Durable with the transaction they are written in.
#[async_trait]
pub trait WriteRefusals {
    /// Keeps refusals: per buyer the newest [`REFUSALS_KEPT`], the
    /// older ones counted.
    async fn insert_refusals(&mut self, refusals: &[RefusalRecord]) -> Result<(), StoreError>;
}
