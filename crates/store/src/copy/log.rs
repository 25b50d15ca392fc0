//! The log, computed anew from the statements as they were copied.

use countersign_order::{Digest, LogOrigin};
use countersign_transparency::{Entry, Hash, Tree};

use super::tables::{LEAVES, LOGS};
use super::value::{Row, Value};
use super::{CopyError, Rows, Walk};
use crate::StoreError;

/// A log as its row tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedLog {
    /// Which log.
    pub origin: LogOrigin,
    /// How many statements it holds.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    first_statement: u64,
}

/// The logs of these rows.
pub(super) fn logs(rows: &[Row]) -> Result<Vec<CopiedLog>, StoreError> {
    let log = |row: &Row| {
        let [generation, origin, first_statement, size, root, ..] = row.as_slice() else {
            return Err(makes_no_sense(&Value::Null, "generation"));
        };
        let of = |column| makes_no_sense(generation, column);
        Ok(CopiedLog {
            origin: text(origin)
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| of("origin"))?,
            first_statement: number(first_statement).ok_or_else(|| of("first_statement"))?,
            size: number(size).ok_or_else(|| of("size"))?,
            root: bytes(root)
                .map(Hash::from_bytes)
                .ok_or_else(|| of("root"))?,
        })
    };
    rows.iter().map(log).collect()
}

/// Refuses logs that the statements do not make up, each in its place and to the last one.
pub(super) async fn must_hold(
    logs: &[CopiedLog],
    kept: &mut (impl Rows + ?Sized),
) -> Result<(), CopyError> {
    let mut leaves = Leaves::of_all();
    let mut next = 0;
    for log in logs {
        if log.first_statement != next {
            return Err(CopyError::LogDiffers(log.origin.clone()));
        }
        let mut tree = Tree::empty();
        while tree.size() < log.size {
            let entries = leaves.read(kept, next, log.size - tree.size()).await;
            let entries = entries.map_err(CopyError::Write)?;
            if entries.is_empty() {
                let logged = logs.iter().map(|log| log.size).sum();
                return Err(CopyError::StatementsDiffer {
                    logged,
                    found: next,
                });
            }
            next += u64::try_from(entries.len()).unwrap_or(u64::MAX);
            tree.append(&entries)
                .map_err(|_too_large| CopyError::LogDiffers(log.origin.clone()))?;
        }
        if tree.root() != log.root {
            return Err(CopyError::LogDiffers(log.origin.clone()));
        }
    }
    let more = leaves.read(kept, next, 1).await;
    let more = more.map_err(CopyError::Write)?;
    if more.is_empty() && leaves.is_over() {
        return Ok(());
    }
    Err(CopyError::StatementsDiffer {
        logged: next,
        found: next + 1,
    })
}

/// The statements' entries, in order of number.
#[derive(Debug)]
struct Leaves {
    walk: Walk<'static>,
    /// Read, and not yet taken; the next one last.
    waiting: Vec<Row>,
}

impl Leaves {
    const fn of_all() -> Self {
        Self {
            walk: Walk::of(&LEAVES),
            waiting: Vec::new(),
        }
    }

    /// The entries of the statements from this number on, as far as they follow each other: some of them,
    /// at most so many.
    async fn read(
        &mut self,
        kept: &mut (impl Rows + ?Sized),
        from: u64,
        limit: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        if self.waiting.is_empty() {
            self.waiting = self.walk.next(kept).await?;
            self.waiting.reverse();
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut entries = Vec::new();
        for expected in (from..).take(limit) {
            let is_next = |row: &mut Row| row.first().and_then(number) == Some(expected);
            let Some(row) = self.waiting.pop_if(is_next) else {
                break;
            };
            let digest = row.get(1).and_then(bytes);
            let digest = digest.ok_or_else(|| StoreError::Inconsistent {
                table: LEAVES.name,
                column: "sha256",
                row: expected.to_string(),
            })?;
            entries.push(Entry::from_bytes(digest));
        }
        Ok(entries)
    }

    /// True if everything that was read was taken.
    const fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// The digest that a value is.
pub(super) fn digest(value: &Value) -> Option<Digest> {
    bytes(value).map(Digest::from_bytes)
}

pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Null | Value::Number(_) | Value::Bytes(_) | Value::Flag(_) | Value::Words(_) => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => (*number).try_into().ok(),
        Value::Null | Value::Text(_) | Value::Bytes(_) | Value::Flag(_) | Value::Words(_) => None,
    }
}

fn bytes(value: &Value) -> Option<[u8; 32]> {
    match value {
        Value::Bytes(bytes) => bytes.as_slice().try_into().ok(),
        Value::Null | Value::Text(_) | Value::Number(_) | Value::Flag(_) | Value::Words(_) => None,
    }
}

fn makes_no_sense(generation: &Value, column: &'static str) -> StoreError {
    StoreError::Inconsistent {
        table: LOGS.name,
        column,
        row: generation.told(),
    }
}
