//! Items and their stock: on hand and reserved; what is available is their difference, never a
//! counter of its own.

use async_trait::async_trait;
use countersign_order::{
    Keeping, MovementKind, Offer, OrderId, Quantity, ShortText, Sku, StockLevel,
};
use jiff::Timestamp;

use crate::{Page, StoreError};

/// An item that can be ordered, with its stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRecord {
    /// What it is, and its list price.
    pub offer: Offer,
    /// What is there and what of it is promised.
    pub stock: StockLevel,
    /// How it is kept.
    pub keeping: Keeping,
}

/// A movement of an item's stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementRecord {
    /// Its place among all movements.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who: an account, `operator:<unix user>`, or the desk itself.
    pub by: String,
    /// What moved it.
    pub kind: MovementKind,
    /// Units that came to be on hand, or left.
    pub on_hand: i64,
    /// Units that came to be promised, or are so no more.
    pub reserved: i64,
    /// The order it was for, and the line of that.
    pub line: Option<(OrderId, u32)>,
    /// Why a count differed.
    pub reason: Option<String>,
}

/// What writing a set of items did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemsChanged {
    /// Items that were not there before.
    pub added: u64,
    /// Items of which a fact changed.
    pub changed: u64,
    /// Items that were there, just so.
    pub unchanged: u64,
}

/// When stock moved, and by whose doing: what the timelines of filled orders tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion<'a> {
    /// When.
    pub at: Timestamp,
    /// Who: an account, or `operator:<unix user>`.
    pub by: &'a str,
}

/// A back-ordered line that stock was found for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledLine {
    /// The order.
    pub order: OrderId,
    /// The line's number in it.
    pub line: u32,
    /// The item.
    pub sku: Sku,
    /// How many units moved from back-ordered to reserved.
    pub quantity: u32,
}

/// Stock after it was received or corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockMoved {
    /// The level after back-orders were filled.
    pub level: StockLevel,
    /// The lines that were filled, oldest order first.
    pub filled: Vec<FilledLine>,
}

/// Why stock was left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockRefusal {
    /// There is no such item.
    UnknownItem,
    /// The new count is below what is already promised.
    BelowReserved(StockLevel),
    /// The count is below zero, or above what a count can be.
    OutOfRange,
}

/// Reading items and stock.
#[async_trait]
pub trait ReadInventory {
    /// Items by SKU, after `after` if given, whose SKU or name contains `query` whatever its case.
    async fn items(
        &mut self,
        query: Option<&str>,
        after: Option<&Sku>,
        limit: u32,
    ) -> Result<Page<ItemRecord>, StoreError>;

    /// One item.
    async fn item(&mut self, sku: &Sku) -> Result<Option<ItemRecord>, StoreError>;

    /// Items of which no more is available than their threshold, by SKU, after `after` if given.
    async fn low_items(
        &mut self,
        after: Option<&Sku>,
        limit: u32,
    ) -> Result<Page<ItemRecord>, StoreError>;

    /// The movements of an item's stock, oldest first, those after the number `after`.
    async fn stock_movements(
        &mut self,
        sku: &Sku,
        after: u64,
        limit: u32,
    ) -> Result<Page<MovementRecord>, StoreError>;
}

/// Writing items and stock.
///
/// Isolation: in every committed state 0 ≤ reserved ≤ on hand holds for every item, and reserved is
/// the sum of what the lines of its orders have reserved; the schema refuses anything else. On hand
/// and reserved are the sums of the item's movements, which are written with what moves it.
#[async_trait]
pub trait WriteInventory {
    /// Adds the items, or changes their facts. Stock is left alone; a new item has none.
    async fn upsert_items(&mut self, items: &[Offer]) -> Result<ItemsChanged, StoreError>;

    /// Sets how items are kept. Unknown items are left out.
    async fn keep_items(&mut self, items: &[(Sku, Keeping)]) -> Result<(), StoreError>;

    /// Adds units that came in, then fills back-orders.
    async fn receive_stock(
        &mut self,
        sku: &Sku,
        quantity: Quantity,
        occasion: Occasion<'_>,
    ) -> Result<Result<StockMoved, StockRefusal>, StoreError>;

    /// Sets what is on hand, then fills back-orders.
    async fn correct_stock(
        &mut self,
        sku: &Sku,
        on_hand: i64,
        reason: &ShortText,
        occasion: Occasion<'_>,
    ) -> Result<Result<StockMoved, StockRefusal>, StoreError>;

    /// Fills back-orders of these items from what is available, the lowest sales order number first:
    /// after stock was released by a cancellation, for one. Each order that got something has a row
    /// in its timeline that says so.
    async fn fill_back_orders(
        &mut self,
        skus: &[Sku],
        occasion: Occasion<'_>,
    ) -> Result<Vec<FilledLine>, StoreError>;
}
