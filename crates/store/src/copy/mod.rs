//! A whole shop, copied from one database to another: table by table, in one transaction at the target, which
//! is committed only after both were read back and compared.
//!
//! The backends share what a row is on the way, and nothing else: each reads and writes in its own SQL. The
//! source is never changed; nobody can write at either end until the copy is over.

mod error;
mod log;
mod tables;
mod value;

use std::path::PathBuf;

use async_trait::async_trait;
use countersign_order::{Digest, Origin};

use crate::{PostgresSettings, StoreError, postgres, sqlite};
use log::{digest, logs, must_hold, text};
use tables::{LOGS, SHOP};
use value::Digester;

pub use error::CopyError;
pub use log::CopiedLog;
pub use tables::{Column, Kind, TABLES, Table};
pub(crate) use value::{Row, Value};

/// Where a shop is, or is to be.
#[derive(Clone, Debug)]
pub enum Location {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresSettings),
}

/// How far a copy has come with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table.
    pub table: &'static str,
    /// What is done with it.
    pub step: Step,
    /// Rows that are done.
    pub rows: u64,
    /// Whether those are all.
    pub is_done: bool,
}

/// What is done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its rows are written at the target.
    Copy,
    /// They are read back at both ends, and compared.
    Compare,
}

/// A shop that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub origin: Origin,
    /// SHA-256 of its root certificate's DER.
    pub root: Digest,
    /// Its tables, which are the same at both ends.
    pub tables: Vec<CopiedTable>,
    /// Its logs, the first one first; the last one grows.
    pub logs: Vec<CopiedLog>,
    /// One digest over the names, counts and digests of all tables.
    pub digest: Digest,
}

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 of its rows in the order of their keys, in an encoding of neither database.
    pub digest: Digest,
}

/// One end of a copy, which nobody else can write at meanwhile.
#[async_trait]
pub(crate) trait Rows: Send {
    /// The next rows of a table in the order of its key, after the row with this key; as many as belong
    /// in memory at once, and none only at the table's end. Texts are in the order of their octets.
    async fn rows(
        &mut self,
        table: &Table,
        after: Option<&[Value]>,
    ) -> Result<Vec<Row>, StoreError>;
}

/// Where a shop is copied from.
#[async_trait]
pub(crate) trait Source: Rows {
    /// Refuses a source on which a server is open.
    async fn must_not_be_served(&mut self) -> Result<(), CopyError>;

    /// The last number that was given to a row of a table that is numbered; 0 if none was.
    async fn last_number(&mut self, table: &Table) -> Result<i64, StoreError>;
}

/// Where a shop is copied to. Dropping it undoes everything.
#[async_trait]
pub(crate) trait Target: Rows {
    /// Adds rows as they are, numbers included, and sets off nothing by it.
    async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError>;

    /// Says that a table's rows are all there, of which the last number given was this.
    async fn finish(&mut self, table: &Table, last_number: Option<i64>) -> Result<(), StoreError>;

    /// Makes everything durable.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Copies the shop at one place to another, and tells how far it has come. Call from a Tokio runtime with
/// its timer enabled.
///
/// Durability: when this returns a shop, all of it is kept at the target as a server there would keep it.
/// After an error there is none of it, except after [`CopyError::OutcomeUnknown`].
pub async fn copy(
    from: &Location,
    to: &Location,
    told: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, CopyError> {
    let mut source: Box<dyn Source> = match from {
        Location::Sqlite(path) => Box::new(sqlite::copy::source(path)?),
        Location::Postgres(settings) => Box::new(postgres::copy::source(settings).await?),
    };
    source.must_not_be_served().await?;
    let shop = Walk::of(&SHOP).next(&mut *source).await;
    let shop = shop.map_err(CopyError::Read)?;
    let shop = shop.first().ok_or(CopyError::NoShop)?;
    let (origin, root) = owner(shop).map_err(CopyError::Read)?;
    let mut target: Box<dyn Target> = match to {
        Location::Sqlite(path) => Box::new(sqlite::copy::target(path)?),
        Location::Postgres(settings) => Box::new(postgres::copy::target(settings).await?),
    };
    must_be_empty(&mut *target).await?;
    for table in &TABLES {
        write(table, &mut *source, &mut *target, told).await?;
    }
    let mut tables = Vec::new();
    for table in &TABLES {
        tables.push(compare(table, &mut *source, &mut *target, told).await?);
    }
    let kept = Walk::of(&LOGS).rest(&mut *target).await;
    let logs = logs(&kept.map_err(CopyError::Write)?).map_err(CopyError::Write)?;
    must_hold(&logs, &mut *target).await?;
    // One that was started meanwhile has waited, and would go on at the source.
    source.must_not_be_served().await?;
    target.commit().await.map_err(|error| {
        if matches!(error, StoreError::OutcomeUnknown(_)) {
            CopyError::OutcomeUnknown(error)
        } else {
            CopyError::Write(error)
        }
    })?;
    Ok(Copied {
        origin,
        root,
        digest: of_all(&tables),
        tables,
        logs,
    })
}

/// A walk through a table in the order of its key.
#[derive(Debug)]
struct Walk<'table> {
    table: &'table Table,
    /// The key of the last row that was seen.
    after: Option<Row>,
}

impl<'table> Walk<'table> {
    const fn of(table: &'table Table) -> Self {
        Self { table, after: None }
    }

    /// The next rows; none at the end.
    async fn next(&mut self, kept: &mut (impl Rows + ?Sized)) -> Result<Vec<Row>, StoreError> {
        let rows = kept.rows(self.table, self.after.as_deref()).await?;
        if let Some(key) = rows.last().and_then(|row| row.get(..self.table.key)) {
            self.after = Some(key.to_vec());
        }
        Ok(rows)
    }

    /// All rows that are left, of a table that has few.
    async fn rest(&mut self, kept: &mut (impl Rows + ?Sized)) -> Result<Vec<Row>, StoreError> {
        let mut all = Vec::new();
        loop {
            let rows = self.next(kept).await?;
            if rows.is_empty() {
                return Ok(all);
            }
            all.extend(rows);
        }
    }
}

/// Whose shop a row tells of.
fn owner(shop: &Row) -> Result<(Origin, Digest), StoreError> {
    let of = |column| StoreError::Inconsistent {
        table: SHOP.name,
        column,
        row: "1".to_owned(),
    };
    let origin = shop.get(1).and_then(text);
    let origin = origin.and_then(|text| text.parse().ok());
    let root = shop.get(2).and_then(digest);
    Ok((
        origin.ok_or_else(|| of("origin"))?,
        root.ok_or_else(|| of("root_sha256"))?,
    ))
}

async fn must_be_empty(target: &mut dyn Target) -> Result<(), CopyError> {
    for table in &TABLES {
        let rows = target.rows(table, None).await.map_err(CopyError::Write)?;
        match (rows.is_empty(), table.name == SHOP.name) {
            (true, _) => {}
            (false, true) => return Err(CopyError::TargetTaken),
            (false, false) => return Err(CopyError::TargetNotEmpty(table.name)),
        }
    }
    Ok(())
}

async fn write(
    table: &Table,
    source: &mut dyn Source,
    target: &mut dyn Target,
    told: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), CopyError> {
    let (mut walk, mut written) = (Walk::of(table), 0);
    loop {
        let rows = walk.next(source).await.map_err(CopyError::Read)?;
        if rows.is_empty() {
            break;
        }
        target
            .insert(table, &rows)
            .await
            .map_err(CopyError::Write)?;
        written += count(&rows);
        told(Progress {
            table: table.name,
            step: Step::Copy,
            rows: written,
            is_done: false,
        });
    }
    let last_number = if table.is_numbered {
        Some(source.last_number(table).await.map_err(CopyError::Read)?)
    } else {
        None
    };
    target
        .finish(table, last_number)
        .await
        .map_err(CopyError::Write)?;
    told(Progress {
        table: table.name,
        step: Step::Copy,
        rows: written,
        is_done: true,
    });
    Ok(())
}

/// Reads a table back at both ends, by turns: neither is kept waiting for long.
async fn compare(
    table: &Table,
    source: &mut dyn Source,
    target: &mut dyn Target,
    told: &mut (dyn FnMut(Progress) + Send),
) -> Result<CopiedTable, CopyError> {
    let (mut theirs, mut ours) = (Walk::of(table), Walk::of(table));
    let (mut expected, mut found) = (Digester::new(), Digester::new());
    let (mut source_rows, mut target_rows) = (0, 0);
    loop {
        let from = theirs.next(source).await.map_err(CopyError::Read)?;
        let to = ours.next(target).await.map_err(CopyError::Write)?;
        if from.is_empty() && to.is_empty() {
            break;
        }
        expected.rows(&from);
        found.rows(&to);
        source_rows += count(&from);
        target_rows += count(&to);
        told(Progress {
            table: table.name,
            step: Step::Compare,
            rows: target_rows,
            is_done: false,
        });
    }
    let digest = found.finish();
    if source_rows != target_rows || expected.finish() != digest {
        return Err(CopyError::Differs {
            table: table.name,
            source_rows,
            target_rows,
        });
    }
    told(Progress {
        table: table.name,
        step: Step::Compare,
        rows: target_rows,
        is_done: true,
    });
    Ok(CopiedTable {
        name: table.name,
        rows: target_rows,
        digest,
    })
}

fn of_all(tables: &[CopiedTable]) -> Digest {
    let mut digester = Digester::new();
    for table in tables {
        digester.bytes(table.name.as_bytes());
        digester.number(table.rows);
        digester.bytes(table.digest.as_bytes());
    }
    digester.finish()
}

fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
