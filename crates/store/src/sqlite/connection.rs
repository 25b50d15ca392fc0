//! Connections and their settings.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::crash::{Fault, is_left_out};

/// How long a unit of work waits for its turn, for a reading connection, or for another process.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The writer's page cache.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
/// A reader's page cache; the operating system holds the rest.
const READER_CACHE_KIB: i64 = 2 * 1024;
/// Prepared statements kept per connection: more than there are.
const STATEMENTS_KEPT: usize = 160;

/// Opens a connection that may write. `pages_max` bounds the size of the database file.
///
/// `synchronous = FULL` syncs the write-ahead log before a commit returns: that is the durability
/// every receipt rests on. Automatic checkpoints are off; see [`super::wal`].
pub(super) fn writer(path: &Path, pages_max: Option<u32>) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settings(&mut connection, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    if is_left_out(Fault::SynchronousOff) {
        connection.pragma_update(None, "synchronous", "OFF")?;
    } else {
        connection.pragma_update(None, "synchronous", "FULL")?;
    }
    if is_left_out(Fault::StockCheckOff) {
        connection.pragma_update(None, "ignore_check_constraints", true)?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    if let Some(pages) = pages_max {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(connection)
}

/// Opens a connection that may keep others from writing, and changes nothing by being opened.
pub(super) fn holder(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settings(&mut connection, READER_CACHE_KIB)?;
    // What is in the write-ahead log stays there.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settings(&mut connection, READER_CACHE_KIB)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn settings(connection: &mut Connection, cache_kib: i64) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Otherwise the planner looks at bound values and prepares statements anew for other ones,
    // which measured as the largest cost of reading a session and its keys.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    trace_statements(connection)
}

/// Reports every SQL statement that runs, without its values, at trace level. Costs nothing unless
/// somebody listens when the connection is opened.
fn trace_statements(connection: &mut Connection) -> Result<(), StoreError> {
    if tracing::enabled!(target: "countersign_store::sql", tracing::Level::TRACE) {
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(report_statement))?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that SQLite calls")]
fn report_statement(event: TraceEvent<'_>) {
    // What a trigger does belongs to the statement that set it off, and shows as a comment.
    if let TraceEvent::Stmt(_, sql) = event
        && !sql.starts_with("--")
    {
        tracing::trace!(target: "countersign_store::sql", sql, "statement");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(connection: &Connection, name: &str) -> i64 {
        connection
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_commit_is_synced_before_it_returns_and_checkpoints_are_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opd.db");
        drop(Connection::open(&path).unwrap());
        let writer = writer(&path, None).unwrap();
        let mode: String = writer
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(setting(&writer, "synchronous"), 2);
        assert_eq!(setting(&writer, "wal_autocheckpoint"), 0);
        assert_eq!(setting(&writer, "foreign_keys"), 1);
    }

    #[test]
    fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opd.db");
        drop(Connection::open(&path).unwrap());
        writer(&path, None)
            .unwrap()
            .execute_batch("CREATE TABLE things (thing)")
            .unwrap();
        let answer = reader(&path)
            .unwrap()
            .execute("INSERT INTO things VALUES (1)", ());
        assert!(answer.is_err());
    }
}
