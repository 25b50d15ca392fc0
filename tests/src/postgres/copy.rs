//! A copy of the whole database as an SQLite file, for the Judge, who reads nothing else.

use std::fs;
use std::path::Path;

use rusqlite::types::Value as Cell;
use serde_json::Value;

use super::Postgres;

impl Postgres {
    /// Copies every table of the shop, with the same names and values.
    #[track_caller]
    pub fn copies_to(&self, path: &Path) {
        if path.exists() {
            fs::remove_file(path).unwrap();
        }
        let mut file = rusqlite::Connection::open(path).unwrap();
        let copying = file.transaction().unwrap();
        let tables = self.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
        for table in tables.lines() {
            let columns = self.sql(&format!(
                "SELECT column_name || ' ' || data_type
                 FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name = '{table}'
                 ORDER BY ordinal_position"
            ));
            let columns: Vec<_> = columns
                .lines()
                .map(|line| line.split_once(' ').unwrap())
                .collect();
            let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
            let (names, places) = (names.join(", "), vec!["?"; columns.len()].join(", "));
            let create = format!("CREATE TABLE {table} ({names})");
            copying.execute(&create, ()).unwrap();
            let insert = format!("INSERT INTO {table} VALUES ({places})");
            let mut insert = copying.prepare(&insert).unwrap();
            let rows = self.sql(&format!("SELECT row_to_json(t) FROM {table} AS t"));
            for row in rows.lines() {
                let row: Value = serde_json::from_str(row).unwrap();
                let cells = columns.iter().map(|(name, kind)| cell(&row[*name], kind));
                insert.execute(rusqlite::params_from_iter(cells)).unwrap();
            }
        }
        copying.commit().unwrap();
    }
}

/// A value as SQLite has it.
fn cell(value: &Value, kind: &str) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(is_true) => Cell::Integer(i64::from(*is_true)),
        Value::Number(number) => Cell::Integer(number.as_i64().unwrap()),
        Value::String(text) if kind == "bytea" => {
            Cell::Blob(hex::decode(text.strip_prefix("\\x").unwrap()).unwrap())
        }
        Value::String(text) => Cell::Text(text.clone()),
        list @ (Value::Array(_) | Value::Object(_)) => Cell::Text(list.to_string()),
    }
}
