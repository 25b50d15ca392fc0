//! The log in SQL. Appending reads no leaf: the tree's edge, in the log's row, is enough. Proving one
//! reads hundreds, and those from indexes that hold nothing else: a statement fills most of a page.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use countersign_order::{Digest, LogOrigin};
use countersign_transparency::{Entry, Hash, Tree};

use super::cell::{Record, Values, column, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{CosignatureRecord, Growth, LogHead, ReadLog, StatementRecord, StoreError, WriteLog};

const ENTRIES: &str = "
    SELECT
        number,
        sha256
    FROM statements
    WHERE number >= $1 AND number < $2
    ORDER BY number";

/// Of level 1.
const FIRST_HASHES: &str = "
    SELECT
        number,
        substr(completes, 1, 32) AS completes
    FROM statements
    WHERE number >= $1 AND number <= $2 AND completes IS NOT NULL
    ORDER BY number";

/// Of the levels above, where few of those that complete anything complete a hash.
const HIGHER_HASHES: &str = "
    SELECT
        statements.number,
        substr(statements.completes, $2::integer, 32) AS completes
    FROM statements
    WHERE number = ANY ($1) AND statements.completes IS NOT NULL
    ORDER BY statements.number";

#[async_trait]
impl ReadLog for UnitOfWork {
    async fn log_head(&mut self) -> Result<Option<LogHead>, StoreError> {
        self.head().await
    }

    async fn logs(&mut self) -> Result<Vec<LogHead>, StoreError> {
        self.rows(
            "logs",
            "SELECT
                 generation,
                 origin,
                 first_statement,
                 size,
                 root,
                 edge,
                 last_issued_at
             FROM log_heads
             ORDER BY generation",
            &[],
            log,
        )
        .await
    }

    async fn entries(
        &mut self,
        log: &LogHead,
        leaves: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let end = leaves.end.min(log.tree.size());
        self.rows(
            "statements",
            ENTRIES,
            &[
                &column_number(log.first_statement.saturating_add(leaves.start)),
                &column_number(log.first_statement.saturating_add(end)),
            ],
            |record| {
                let digest: Digest = record.cell("sha256")?;
                Ok(Entry::from_bytes(*digest.as_bytes()))
            },
        )
        .await
    }

    async fn tile_hashes(
        &mut self,
        log: &LogHead,
        level: u8,
        range: Range<u64>,
    ) -> Result<Vec<Hash>, StoreError> {
        let statements: Vec<u64> = range
            .map_while(|index| log.leaf_completing(level, index))
            .map(|leaf| log.first_statement + leaf)
            .collect();
        let read = |record: &Record<'_>| record.cell("completes");
        match (level, statements.as_slice()) {
            (_, []) => Ok(Vec::new()),
            // Whatever completes anything completes one of these: they lie side by side.
            (1, [first, ..]) => {
                let last = statements.last().unwrap_or(first);
                let range: Values<'_> = &[&column_number(*first), &column_number(*last)];
                self.rows("statements", FIRST_HASHES, range, read).await
            }
            (_, [_, ..]) => {
                let start = (i32::from(level) - 1) * 32 + 1;
                let numbers = column(&statements, |number| column_number(*number));
                self.rows("statements", HIGHER_HASHES, &[&numbers, &start], read)
                    .await
            }
        }
    }

    async fn cosignatures(
        &mut self,
        log: &LogOrigin,
    ) -> Result<Vec<CosignatureRecord>, StoreError> {
        self.rows(
            "cosignatures",
            "SELECT
                 witness,
                 size,
                 root,
                 line,
                 cosigned_at
             FROM cosignatures
             WHERE log = $1
             ORDER BY witness",
            &[&i64::from(log.generation())],
            |record| {
                Ok(CosignatureRecord {
                    witness: record.cell("witness")?,
                    size: record.cell("size")?,
                    root: record.cell("root")?,
                    line: record.cell("line")?,
                    cosigned_at: record.cell("cosigned_at")?,
                })
            },
        )
        .await
    }
}

#[async_trait]
impl WriteLog for UnitOfWork {
    async fn append(&mut self, statements: &[StatementRecord]) -> Result<Growth, StoreError> {
        let head = self.head().await?.ok_or(StoreError::Conflict)?;
        let mut numbers = head.next_statement()..;
        if !statements
            .iter()
            .all(|statement| numbers.next() == Some(statement.number))
        {
            return Err(StoreError::Conflict);
        }
        let entries: Vec<Entry> = statements
            .iter()
            .map(|statement| Entry::from_bytes(*statement.sha256.as_bytes()))
            .collect();
        let last_issued_at = statements.last().map(|statement| statement.issued_at);
        let before = head.tree.clone();
        let mut growth = grown(head, &entries)?;
        if !statements.is_empty() {
            self.keep_growth(&before, &growth.head, statements, &completed(&growth))
                .await?;
        }
        growth.head.last_issued_at = growth.head.last_issued_at.max(last_issued_at);
        self.head = Some(growth.head.clone());
        Ok(growth)
    }

    async fn open_successor(&mut self, origin: &LogOrigin) -> Result<LogHead, StoreError> {
        let last = self.head().await?.ok_or(StoreError::Conflict)?;
        if origin.generation() <= last.origin.generation() {
            return Err(StoreError::Conflict);
        }
        let head = LogHead {
            origin: origin.clone(),
            first_statement: last.next_statement(),
            tree: Tree::empty(),
            last_issued_at: last.last_issued_at,
        };
        self.open_log(&head).await?;
        self.head = Some(head.clone());
        Ok(head)
    }

    async fn keep_cosignature(
        &mut self,
        log: &LogOrigin,
        cosignature: &CosignatureRecord,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO cosignatures (log, witness, size, root, line, cosigned_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (log, witness) DO UPDATE SET
                 size = excluded.size,
                 root = excluded.root,
                 line = excluded.line,
                 cosigned_at = excluded.cosigned_at
             WHERE excluded.size >= cosignatures.size",
            &[
                &i64::from(log.generation()),
                &cosignature.witness,
                &column_number(cosignature.size),
                &cosignature.root.as_bytes().as_slice(),
                &cosignature.line,
                &micros(cosignature.cosigned_at),
            ],
        )
        .await?;
        Ok(())
    }
}

impl UnitOfWork {
    /// Opens a log without leaves.
    pub(super) async fn open_log(&mut self, log: &LogHead) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO logs (generation, origin, first_statement, size, root, edge)
             VALUES ($1, $2, $3, 0, $4, '')",
            &[
                &i64::from(log.origin.generation()),
                &log.origin.as_str(),
                &column_number(log.first_statement),
                &log.tree.root().as_bytes().as_slice(),
            ],
        )
        .await?;
        Ok(())
    }

    /// The log that grows, read once for each unit of work.
    async fn head(&mut self) -> Result<Option<LogHead>, StoreError> {
        if self.head.is_none() {
            self.head = self
                .row(
                    "logs",
                    "SELECT
                         generation,
                         origin,
                         first_statement,
                         size,
                         root,
                         edge,
                         last_issued_at
                     FROM log_heads
                     ORDER BY generation DESC
                     LIMIT 1",
                    &[],
                    log,
                )
                .await?;
        }
        Ok(self.head.clone())
    }
}

/// A log with leaves added to it.
fn grown(mut head: LogHead, entries: &[Entry]) -> Result<Growth, StoreError> {
    let appended = head
        .tree
        .append(entries)
        .map_err(|error| StoreError::RuleBroken(Box::new(error)))?;
    Ok(Growth { head, appended })
}

/// The hashes that the new leaves complete, by the number of the statement that each ends with.
fn completed(growth: &Growth) -> BTreeMap<u64, Vec<u8>> {
    let mut completed: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for tile_hash in growth.appended.tile_hashes() {
        let leaf = growth
            .head
            .leaf_completing(tile_hash.level, tile_hash.index);
        if let Some(leaf) = leaf {
            let hashes = completed.entry(growth.head.first_statement + leaf);
            hashes.or_default().extend(tile_hash.hash.as_bytes());
        }
    }
    completed
}

/// A log from its row.
pub(super) fn log(record: &Record<'_>) -> Result<LogHead, StoreError> {
    let edge: Vec<u8> = record.cell("edge")?;
    let (hashes, rest) = edge.as_chunks::<{ Hash::BYTES }>();
    let edge = hashes.iter().copied().map(Hash::from_bytes).collect();
    let tree = Tree::from_edge(record.cell("size")?, edge)
        .ok()
        .filter(|_| rest.is_empty())
        .ok_or_else(|| record.makes_no_sense("edge"))?;
    let root: Hash = record.cell("root")?;
    if tree.root() != root {
        return Err(record.makes_no_sense("root"));
    }
    Ok(LogHead {
        origin: record.cell("origin")?,
        first_statement: record.cell("first_statement")?,
        tree,
        last_issued_at: record.cell("last_issued_at")?,
    })
}
