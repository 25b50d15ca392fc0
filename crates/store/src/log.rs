//! The transparency log: a Merkle tree whose leaves are the digests of the statements, in order of
//! number. A log that lost its end is followed by a successor; statements go on in one sequence.

use std::ops::Range;

use async_trait::async_trait;
use countersign_order::LogOrigin;
use countersign_transparency::{Appended, Entry, Hash, InclusionProof, Tree};
use jiff::Timestamp;

use crate::{StatementRecord, StoreError};

/// A log, as far as it has grown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Which log.
    pub origin: LogOrigin,
    /// The number of the statement in its first leaf.
    pub first_statement: u64,
    /// Its leaves.
    pub tree: Tree,
    /// The time of the last statement. No later statement carries an earlier one.
    pub last_issued_at: Option<Timestamp>,
}

/// A log that has just grown, and what that made known.
#[derive(Clone, Debug)]
pub struct Growth {
    /// The log as it stands now.
    pub head: LogHead,
    /// Proves the new leaves.
    pub appended: Appended,
}

/// What a witness last said of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignatureRecord {
    /// The witness, by its key in the form of a signed note's verifier key.
    pub witness: String,
    /// The size of the log it has seen.
    pub size: u64,
    /// The root at that size.
    pub root: Hash,
    /// Its signature, as the line of the signed note.
    pub line: String,
    /// When it saw it.
    pub cosigned_at: Timestamp,
}

impl LogHead {
    /// The number that the next statement takes.
    pub fn next_statement(&self) -> u64 {
        self.first_statement + self.tree.size()
    }

    /// The leaf in which this log holds a statement, if it does.
    pub fn leaf_of(&self, statement: u64) -> Option<u64> {
        let leaf = statement.checked_sub(self.first_statement)?;
        (leaf < self.tree.size()).then_some(leaf)
    }

    /// The last leaf under a hash of the tiles: number `index` in the row of `level`, if the log
    /// reaches so far.
    pub(crate) fn leaf_completing(&self, level: u8, index: u64) -> Option<u64> {
        let leaves = 1_u64.checked_shl(u32::from(level) * 8)?;
        let end = index.checked_add(1)?.checked_mul(leaves)?;
        (end <= self.tree.size()).then(|| end - 1)
    }
}

impl Growth {
    /// Proves that the log, as it stands now, holds a statement that was appended.
    pub fn proof_of(&self, statement: u64) -> Option<InclusionProof> {
        self.appended.proof(self.head.leaf_of(statement)?)
    }
}

/// Reading the log. What was committed at a size stays what it was.
#[async_trait]
pub trait ReadLog {
    /// The log that grows; none before there is a shop. Within a transaction nobody else can move it.
    async fn log_head(&mut self) -> Result<Option<LogHead>, StoreError>;

    /// All logs of the seller, the first one first. The last one grows.
    async fn logs(&mut self) -> Result<Vec<LogHead>, StoreError>;

    /// The entries in these leaves, as far as there are any.
    async fn entries(
        &mut self,
        log: &LogHead,
        leaves: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError>;

    /// The hashes in this range of a row of tiles, from level 1 on, as far as there are any.
    async fn tile_hashes(
        &mut self,
        log: &LogHead,
        level: u8,
        range: Range<u64>,
    ) -> Result<Vec<Hash>, StoreError>;

    /// What each witness last said of a log, in the order of their keys.
    async fn cosignatures(&mut self, log: &LogOrigin)
    -> Result<Vec<CosignatureRecord>, StoreError>;
}

/// Writing the log: only ever at its end.
///
/// Isolation: the log's size and root are replaced by compare-and-swap in the transaction that keeps
/// the statements, so no two transactions fill one leaf. Nothing of it may be signed before the commit.
#[async_trait]
pub trait WriteLog {
    /// Keeps statements that continue the sequence without a gap, in rising order of number, and
    /// lets the log grow by them.
    ///
    /// Answers [`StoreError::Conflict`] if the first does not carry the next number, which means
    /// that it was read outside this transaction.
    async fn append(&mut self, statements: &[StatementRecord]) -> Result<Growth, StoreError>;

    /// Opens a log that follows the present one, which never grows again.
    ///
    /// Answers [`StoreError::Conflict`] if it comes no later in the succession of the seller's logs.
    async fn open_successor(&mut self, origin: &LogOrigin) -> Result<LogHead, StoreError>;

    /// Keeps what a witness said, unless it is known to have seen a larger log.
    async fn keep_cosignature(
        &mut self,
        log: &LogOrigin,
        cosignature: &CosignatureRecord,
    ) -> Result<(), StoreError>;
}
