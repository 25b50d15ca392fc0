//! Taking in a batch of orders: load a snapshot, (decide elsewhere), apply. Set-based: the number of
//! SQL statements does not depend on the number of orders.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{AccountId, Changes, Decided, Digest, Entry, Snapshot};
use jiff::civil::Date;

use crate::{Correspondent, StoreError};

/// What a batch is decided on, and whom the answers go to.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What the decision looks at.
    pub snapshot: Snapshot,
    /// What mail to the accounts named needs. Accounts of the seller, and unknown ones, are absent.
    pub correspondents: HashMap<AccountId, Correspondent>,
    /// SHA-256 of the newest seller statement, by which whoever signs sees whether another was made meanwhile.
    pub seller_statement: Option<Digest>,
}

/// An order that was decided, and is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewOrder<'a> {
    /// The order as it was decided upon.
    pub entry: &'a Entry,
    /// The answer.
    pub decided: &'a Decided,
    /// The number of the receipt that says so; appended in the same transaction.
    pub receipt: u64,
    /// The `SignedData`, kept exactly as it came.
    pub signed_data: &'a [u8],
}

/// The hot path, in one transaction: `load`, decide, append the receipts, `apply`, put the mail in
/// the outbox, commit.
///
/// Isolation: what `load` returns cannot change before the transaction ends: SQLite admits one
/// writer at a time, other backends lock the rows they return (stock in order of SKU, the log's head
/// last). Durability: with the transaction's commit. Concurrency: any number of processes may take
/// in orders at once; `apply` answers [`StoreError::Conflict`] if two met on one number.
#[async_trait]
pub trait Intake {
    /// Reads what deciding these entries needs: offers and stock of the items they name, what their
    /// buyers agreed to pay today, credit of every buyer named, standing of every account and key named
    /// and of the accounts' buyers, prior attempts under their numbers, the next sales order number,
    /// the time of the last statement and the newest seller statement. What is not stored is absent from the snapshot.
    async fn load(&mut self, batch: &[Entry], today: Date) -> Result<Loaded, StoreError>;

    /// Keeps the decided orders with their lines and the first row of their timeline, and moves the
    /// stock they reserve. Rows are matched by key, never by position.
    async fn apply(&mut self, orders: &[NewOrder<'_>], changes: &Changes)
    -> Result<(), StoreError>;
}
