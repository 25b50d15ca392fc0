//! How SQLite goes about a query, for tests of which index it uses.

use rusqlite::Params;

use super::{OpenMode, SqliteStore, connection};

/// The steps of a query in a database with nothing in it.
pub(super) fn steps(sql: &str, values: impl Params) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("opd.db");
    drop(SqliteStore::open(&path, OpenMode::Create).unwrap());
    let reader = connection::reader(&path).unwrap();
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = reader.prepare(&sql).unwrap();
    let steps = statement.query_map(values, |row| row.get("detail"));
    steps.unwrap().map(Result::unwrap).collect()
}
