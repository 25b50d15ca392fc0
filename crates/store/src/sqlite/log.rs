//! The log in SQL. Appending reads no leaf: the tree's edge, in the log's row, is enough. Proving one
//! reads hundreds, and those from indexes that hold nothing else: a statement fills most of a page.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use countersign_order::{Digest, LogOrigin};
use countersign_transparency::{Entry, Hash, Tree};
use rusqlite::{Connection, Row, params};

use super::cell::{Record, column_number, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{CosignatureRecord, Growth, LogHead, ReadLog, StatementRecord, StoreError, WriteLog};

/// Statements that a log catches up on at a time.
const CATCH_UP: u64 = 4096;

const ENTRIES: &str = "
    SELECT
        number,
        sha256
    FROM statements INDEXED BY log_entries
    WHERE number >= ?1 AND number < ?2
    ORDER BY number";

/// Of level 1.
const FIRST_HASHES: &str = "
    SELECT
        number,
        substr(completes, 1, 32) AS completes
    FROM statements INDEXED BY log_hashes
    WHERE number >= ?1 AND number <= ?2 AND completes IS NOT NULL
    ORDER BY number";

/// Of the levels above, where few of those that complete anything complete a hash.
const HIGHER_HASHES: &str = "
    SELECT
        statements.number,
        substr(statements.completes, ?2, 32) AS completes
    FROM jsonb_each(?1) AS named
    CROSS JOIN statements INDEXED BY log_hashes ON statements.number = named.value
    WHERE statements.completes IS NOT NULL
    ORDER BY statements.number";

#[async_trait]
impl ReadLog for UnitOfWork {
    async fn log_head(&mut self) -> Result<Option<LogHead>, StoreError> {
        self.head()
    }

    async fn logs(&mut self) -> Result<Vec<LogHead>, StoreError> {
        self.rows(
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
            (),
            log,
        )
    }

    async fn entries(
        &mut self,
        log: &LogHead,
        leaves: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let end = leaves.end.min(log.tree.size());
        self.rows(
            ENTRIES,
            params![
                column_number(log.first_statement.saturating_add(leaves.start)),
                column_number(log.first_statement.saturating_add(end)),
            ],
            |row| {
                let record = Record {
                    row,
                    table: "statements",
                };
                let digest: Digest = record.cell("sha256")?;
                Ok(Entry::from_bytes(*digest.as_bytes()))
            },
        )
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
        let read = |row: &Row<'_>| {
            let record = Record {
                row,
                table: "statements",
            };
            record.cell("completes")
        };
        match (level, statements.as_slice()) {
            (_, []) => Ok(Vec::new()),
            // Whatever completes anything completes one of these: they lie side by side.
            (1, [first, ..]) => {
                let last = statements.last().unwrap_or(first);
                let range = params![column_number(*first), column_number(*last)];
                self.rows(FIRST_HASHES, range, read)
            }
            (_, [_, ..]) => {
                let start = (i64::from(level) - 1) * 32 + 1;
                self.rows(HIGHER_HASHES, params![json(&statements)?, start], read)
            }
        }
    }

    async fn cosignatures(
        &mut self,
        log: &LogOrigin,
    ) -> Result<Vec<CosignatureRecord>, StoreError> {
        self.rows(
            "SELECT
                 witness,
                 size,
                 root,
                 line,
                 cosigned_at
             FROM cosignatures
             WHERE log = ?1
             ORDER BY witness",
            params![log.generation()],
            |row| {
                let record = Record {
                    row,
                    table: "cosignatures",
                };
                Ok(CosignatureRecord {
                    witness: record.cell("witness")?,
                    size: record.cell("size")?,
                    root: record.cell("root")?,
                    line: record.cell("line")?,
                    cosigned_at: record.cell("cosigned_at")?,
                })
            },
        )
    }
}

#[async_trait]
impl WriteLog for UnitOfWork {
    async fn append(&mut self, statements: &[StatementRecord]) -> Result<Growth, StoreError> {
        let head = self.head()?.ok_or(StoreError::Conflict)?;
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
        let mut growth = grow(self.connection()?, head, &entries)?;
        self.insert_statements(statements, &completed(&growth))?;
        growth.head.last_issued_at = growth.head.last_issued_at.max(last_issued_at);
        self.head = Some(growth.head.clone());
        Ok(growth)
    }

    async fn open_successor(&mut self, origin: &LogOrigin) -> Result<LogHead, StoreError> {
        let last = self.head()?.ok_or(StoreError::Conflict)?;
        if origin.generation() <= last.origin.generation() {
            return Err(StoreError::Conflict);
        }
        let head = LogHead {
            origin: origin.clone(),
            first_statement: last.next_statement(),
            tree: Tree::empty(),
            last_issued_at: last.last_issued_at,
        };
        self.open_log(&head)?;
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
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (log, witness) DO UPDATE SET
                 size = excluded.size,
                 root = excluded.root,
                 line = excluded.line,
                 cosigned_at = excluded.cosigned_at
             WHERE excluded.size >= cosignatures.size",
            params![
                log.generation(),
                cosignature.witness,
                column_number(cosignature.size),
                cosignature.root.as_bytes(),
                cosignature.line,
                micros(cosignature.cosigned_at),
            ],
        )?;
        Ok(())
    }
}

impl UnitOfWork {
    /// Opens a log without leaves.
    pub(super) fn open_log(&self, log: &LogHead) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO logs (generation, origin, first_statement, size, root, edge)
             VALUES (?1, ?2, ?3, 0, ?4, x'')",
            params![
                log.origin.generation(),
                log.origin.as_str(),
                column_number(log.first_statement),
                log.tree.root().as_bytes(),
            ],
        )?;
        Ok(())
    }

    /// The log that grows, read once for each unit of work.
    fn head(&mut self) -> Result<Option<LogHead>, StoreError> {
        if self.head.is_none() {
            self.head = head(self.connection()?)?;
        }
        Ok(self.head.clone())
    }
}

/// Lets the log grow by the statements that were kept before there was one.
pub(super) fn catch_up(connection: &Connection) -> Result<(), StoreError> {
    while let Some(head) = head(connection)? {
        let next = head.next_statement();
        let mut statement = connection.prepare(
            "SELECT sha256
             FROM statements
             WHERE number >= ?1 AND number < ?2
             ORDER BY number",
        )?;
        let entries = statement
            .query_map(
                [column_number(next), column_number(next + CATCH_UP)],
                |row| row.get(0).map(Entry::from_bytes),
            )?
            .collect::<Result<Vec<Entry>, _>>()?;
        if entries.is_empty() {
            break;
        }
        let growth = grow(connection, head, &entries)?;
        for (number, hashes) in completed(&growth) {
            connection
                .prepare_cached("UPDATE statements SET completes = ?1 WHERE number = ?2")?
                .execute(params![hashes, column_number(number)])?;
        }
    }
    Ok(())
}

fn head(connection: &Connection) -> Result<Option<LogHead>, StoreError> {
    let mut statement = connection.prepare_cached(
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
    )?;
    let mut rows = statement.query(())?;
    rows.next()?.map(log).transpose()
}

/// Lets a log grow, unless it is not what it was when it was read.
fn grow(
    connection: &Connection,
    mut head: LogHead,
    entries: &[Entry],
) -> Result<Growth, StoreError> {
    let (size, root) = (head.tree.size(), head.tree.root());
    let appended = head
        .tree
        .append(entries)
        .map_err(|error| StoreError::RuleBroken(Box::new(error)))?;
    let edge = head.tree.edge().iter().flat_map(Hash::as_bytes);
    let changed = connection
        .prepare_cached(
            "UPDATE logs
             SET size = ?1, root = ?2, edge = ?3
             WHERE generation = ?4 AND size = ?5 AND root = ?6",
        )?
        .execute(params![
            column_number(head.tree.size()),
            head.tree.root().as_bytes(),
            edge.copied().collect::<Vec<u8>>(),
            head.origin.generation(),
            column_number(size),
            root.as_bytes(),
        ])?;
    if changed != 1 {
        return Err(StoreError::Conflict);
    }
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
pub(super) fn log(row: &Row<'_>) -> Result<LogHead, StoreError> {
    let record = Record { row, table: "logs" };
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

#[cfg(test)]
mod tests {
    use super::super::plan::steps;
    use super::*;

    /// The index from which SQLite reads all it needs of `statements` for a query.
    fn covered_by(sql: &str) -> String {
        let steps = steps(sql, [0, 256]);
        let mut covered = steps
            .iter()
            .filter_map(|step| step.strip_prefix("SEARCH statements USING COVERING INDEX "));
        let index = covered.next().unwrap_or_else(|| panic!("{steps:?}"));
        index.split(' ').next().unwrap_or_default().to_owned()
    }

    #[test]
    fn entries_and_hashes_are_read_without_the_pages_of_statements() {
        assert_eq!(covered_by(ENTRIES), "log_entries");
        assert_eq!(covered_by(FIRST_HASHES), "log_hashes");
        assert_eq!(covered_by(HIGHER_HASHES), "log_hashes");
    }
}
