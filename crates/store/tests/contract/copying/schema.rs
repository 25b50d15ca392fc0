//! The list of tables and columns, compared with both schemas: a table or a column that a migration adds must
//! be copied too.

use countersign_store::copy::{Kind, TABLES, Table};
use rusqlite::Connection;

use crate::postgres_cluster::Database;
use crate::sqlite::create;

/// The names of the columns of every table that a statement tells of as `table column type`.
fn columns_of(told: &str) -> Vec<(String, String, String)> {
    let mut all: Vec<_> = told
        .lines()
        .map(|line| {
            let mut words = line.split('|').map(str::to_owned);
            let mut word = || words.next().unwrap();
            (word(), word(), word())
        })
        .collect();
    all.sort();
    all
}

fn listed(type_of: impl Fn(Kind) -> &'static str) -> Vec<(String, String, String)> {
    let columns = TABLES.iter().flat_map(|table| {
        table.columns.iter().map(|column| {
            (
                table.name.to_owned(),
                column.name.to_owned(),
                type_of(column.kind).to_owned(),
            )
        })
    });
    let mut all: Vec<_> = columns.collect();
    all.sort();
    all
}

#[test]
fn every_table_and_every_column_of_both_schemas_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()));
    let connection = Connection::open(folder.path().join("opd.db")).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT tables.name || '|' || columns.name || '|' || columns.type
             FROM sqlite_schema AS tables
             JOIN pragma_table_xinfo(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.name <> 'sqlite_sequence'",
        )
        .unwrap();
    let rows = statement.query_map((), |row| row.get(0)).unwrap();
    let told: Vec<String> = rows.map(Result::unwrap).collect();
    let in_sqlite = listed(|kind| match kind {
        Kind::Number | Kind::Flag => "INTEGER",
        Kind::Text | Kind::Words => "TEXT",
        Kind::Bytes => "BLOB",
    });
    assert_eq!(columns_of(&told.join("\n")), in_sqlite);

    let database = Database::migrated();
    let told = database.psql(
        "SELECT table_name || '|' || column_name || '|' || udt_name
         FROM information_schema.columns
         JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public'
             AND table_type = 'BASE TABLE'
             AND table_name <> 'schema_version'",
    );
    let in_postgres = listed(|kind| match kind {
        Kind::Number => "int8",
        Kind::Flag => "bool",
        Kind::Text => "text",
        Kind::Words => "_text",
        Kind::Bytes => "bytea",
    });
    assert_eq!(columns_of(&told), in_postgres);
    let told = database.psql(
        "SELECT table_name
         FROM information_schema.columns
         WHERE table_schema = 'public' AND is_identity = 'YES'",
    );
    for table in &TABLES {
        let is_numbered = told.lines().any(|name| name == table.name);
        assert_eq!(table.is_numbered, is_numbered, "{}", table.name);
    }
}

#[tokio::test]
async fn rows_are_told_apart_by_the_key_that_is_listed() {
    let database = Database::migrated();
    for Table {
        name, key, columns, ..
    } in &TABLES
    {
        let told = database.psql(&format!(
            "SELECT attname
             FROM pg_index
             JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
             WHERE indrelid = '{name}'::regclass AND indisprimary"
        ));
        let mut told: Vec<&str> = told.lines().collect();
        let mut key: Vec<&str> = columns[..*key].iter().map(|column| column.name).collect();
        told.sort_unstable();
        key.sort_unstable();
        assert_eq!(told, key, "{name}");
    }
}
