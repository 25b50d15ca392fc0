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

/// The end of the sequence of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// The number the next statement takes; 0 before the first.
    pub next_statement: u64,
    /// The time of the last statement. No later statement carries an earlier one.
    pub last_issued_at: Option<Timestamp>,
}

/// Reading statements. A number, once committed, keeps its bytes for ever.
#[async_trait]
pub trait ReadStatements {
    /// The end of the sequence. Within a transaction nobody else can move it.
    async fn log_head(&mut self) -> Result<LogHead, StoreError>;

    /// One statement.
    async fn statement(&mut self, number: u64) -> Result<Option<StatementRecord>, StoreError>;

    /// The statements about an order, oldest first.
    async fn statements_of(&mut self, order: &OrderId) -> Result<Vec<StatementRecord>, StoreError>;

    /// The seller statement in force: the latest one.
    async fn seller_statement(&mut self) -> Result<Option<StatementRecord>, StoreError>;
}

/// Writing statements: only ever at the end, never over another.
#[async_trait]
pub trait WriteStatements {
    /// Appends statements that continue the sequence without a gap, in rising order of number.
    ///
    /// Answers [`StoreError::Conflict`] if the first does not carry the next number, which means
    /// that it was read outside this transaction.
    async fn append(&mut self, statements: &[StatementRecord]) -> Result<(), StoreError>;
}
