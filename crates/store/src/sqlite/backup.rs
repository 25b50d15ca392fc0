//! Copies of the database: one taken beside a running server, and one put where a database is to be.

use std::fs::{self, File};
use std::path::Path;

use countersign_order::{Digest, Origin};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::cell::Record;
use super::lock::beside;
use super::{OpenMode, SqliteStore, check_ours, connection, create_file, migrations};
use crate::{OpenError, StoreError};

/// What a copy holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The shop's name.
    pub origin: Origin,
    /// SHA-256 of its root certificate's DER.
    pub root: Digest,
    /// How many statements were signed.
    pub statements: u64,
    /// How many orders were decided.
    pub orders: u64,
}

/// Takes a copy of everything that is committed now, into a new file that only its owner can read. What
/// others commit meanwhile is not in it, and nobody waits for it. When this returns, the copy is on the
/// disk; when it fails, there is no file.
///
/// The copy is a database by itself, in one file. It holds no private key: none is ever stored.
pub fn back_up(database: &Path, copy: &Path) -> Result<Contents, OpenError> {
    check_ours(database)?;
    create_file(copy)?;
    let outcome = fill(database, copy).and_then(|()| {
        sync(copy)?;
        look_into(copy)
    });
    if outcome.is_err() {
        // Half a copy must not be taken for one; what failed is told, whatever comes of this.
        drop(fs::remove_file(copy));
    }
    outcome
}

/// Looks into a copy. One that is damaged, of another program, or of a newer version is refused.
pub fn look_into(copy: &Path) -> Result<Contents, OpenError> {
    check_ours(copy)?;
    let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(StoreError::from)?;
    migrations::must_be_known(&connection)?;
    check_whole(&connection, copy)?;
    let query = "SELECT
                     origin,
                     root_sha256 AS root,
                     (SELECT count(*) FROM statements) AS statements,
                     (SELECT count(*) FROM orders) AS orders
                 FROM shop";
    let contents = connection.query_row(query, (), |row| {
        let record = Record { row, table: "shop" };
        Ok(contents(&record))
    });
    Ok(contents.map_err(StoreError::from)??)
}

fn contents(record: &Record<'_, '_>) -> Result<Contents, StoreError> {
    Ok(Contents {
        origin: record.cell("origin")?,
        root: record.cell("root")?,
        statements: record.cell("statements")?,
        orders: record.cell("orders")?,
    })
}

/// Puts a copy where a database is to be, and brings its schema up to date. Nothing may be there, nor
/// what belongs to a database that was: its log would be taken for this one's.
pub fn restore(copy: &Path, database: &Path) -> Result<Contents, OpenError> {
    for suffix in ["-wal", "-shm"] {
        let left = beside(database, suffix);
        if left.symlink_metadata().is_ok() {
            return Err(OpenError::Exists(left));
        }
    }
    let contents = back_up(copy, database)?;
    drop(SqliteStore::open(database, OpenMode::Existing)?);
    Ok(contents)
}

fn fill(database: &Path, copy: &Path) -> Result<(), OpenError> {
    let source = connection::reader(database)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(copy, flags).map_err(StoreError::from)?;
    let backup = Backup::new(&source, &mut target).map_err(StoreError::from)?;
    // All pages in one step: one reading transaction, so one moment.
    match backup.step(-1).map_err(StoreError::from)? {
        StepResult::Done => {}
        StepResult::More | StepResult::Busy | StepResult::Locked | _ => {
            return Err(StoreError::Busy.into());
        }
    }
    drop(backup);
    // The copy needs no file beside it to be read.
    target
        .pragma_update(None, "journal_mode", "DELETE")
        .map_err(StoreError::from)?;
    Ok(())
}

fn sync(copy: &Path) -> Result<(), OpenError> {
    let synced = File::open(copy).and_then(|file| file.sync_all());
    synced.map_err(|source| OpenError::File {
        path: copy.to_owned(),
        source,
    })
}

/// Reads every page and every row once.
fn check_whole(connection: &Connection, copy: &Path) -> Result<(), OpenError> {
    let verdict: Result<String, _> =
        connection.pragma_query_value(None, "integrity_check", |row| row.get(0));
    match verdict.as_deref() {
        Ok("ok") => Ok(()),
        Ok(_) | Err(_) => Err(OpenError::Damaged(copy.to_owned())),
    }
}
