//! What the seller signed: one sequence of numbers for all kinds, bytes kept as they were signed.

use async_trait::async_trait;
use countersign_order::{AccountId, Digest, OrderId};
use jiff::Timestamp;

use crate::StoreError;

/// What a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementKind {
    /// The answer to an order.
    Receipt,
    /// Goods that left.
    Shipment,
    /// An order, or lines of it, called off.
    Cancellation,
    /// A key enrolled or revoked.
    Key,
    /// The seller's own keys and certificates.
    Seller,
    /// The end of a log that lost something, and the beginning of its successor.
    Recovery,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRecord {
    /// Its place in the sequence.
    pub number: u64,
    /// What it says.
    pub kind: StatementKind,
    /// The order it is about, if it is about one.
    pub order: Option<OrderId>,
    /// The account it is about, if it is about one.
    pub account: Option<AccountId>,
    /// The time it carries.
    pub issued_at: Timestamp,
    /// The signed bytes, as they were signed.
    pub der: Vec<u8>,
    /// SHA-256 of `der`.
    pub sha256: Digest,
}

/// Reading statements. A number, once committed, keeps its bytes for ever.
#[async_trait]
pub trait ReadStatements {
    /// One statement.
    async fn statement(&mut self, number: u64) -> Result<Option<StatementRecord>, StoreError>;

    /// Statements by number, from this one on.
    async fn statements_from(
        &mut self,
        first: u64,
        limit: u32,
    ) -> Result<Vec<StatementRecord>, StoreError>;

    /// The statements about an order, oldest first.
    async fn statements_of(&mut self, order: &OrderId) -> Result<Vec<StatementRecord>, StoreError>;

    /// The seller statement in force: the latest one.
    async fn seller_statement(&mut self) -> Result<Option<StatementRecord>, StoreError>;
}
