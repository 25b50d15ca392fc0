//! Both ends of a copy of a whole shop. SQL is made from the list of tables: no other part of a backend
//! touches all of them alike.

use std::path::Path;

use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, ToSql, params_from_iter};

use super::cell::json;
use super::error::commit_error;
use super::lock::ServingLock;
use super::{OpenMode, SqliteStore, check_ours, connection, migrations};
use crate::copy::{Column, CopyError, Kind, Row, Rows, Source, Table, Target, Value};
use crate::{OpenError, StoreError};

/// A file in which nobody else can write or serve until this is dropped.
#[derive(Debug)]
struct End {
    connection: Connection,
    _lock: ServingLock,
}

/// A file to which a shop is copied.
#[derive(Debug)]
struct Filled {
    end: End,
    /// What makes the triggers again, which are not there while rows are added.
    triggers: Vec<String>,
}

/// Opens a file to copy from, and leaves what is in it as it is.
pub(crate) fn source(path: &Path) -> Result<impl Source + use<>, CopyError> {
    check_ours(path).map_err(CopyError::Source)?;
    let lock = ServingLock::take(path)
        .map_err(|error| CopyError::of_file(error, CopyError::SourceServed, CopyError::Source))?;
    let connection = connection::holder(path).map_err(CopyError::Read)?;
    let (found, known) = versions(&connection).map_err(CopyError::Read)?;
    if found != known {
        return Err(CopyError::SourceSchema { found, known });
    }
    let end = End::begin(connection, lock)
        .map_err(|error| CopyError::of_store(error, CopyError::SourceBusy, CopyError::Read))?;
    // From now on, since beginning asks for the right to write.
    end.connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| CopyError::Read(error.into()))?;
    Ok(end)
}

/// Opens a file to copy to, which is made if it is not there.
pub(crate) fn target(path: &Path) -> Result<impl Target + use<>, CopyError> {
    match check_ours(path) {
        Ok(()) => {}
        Err(OpenError::Missing(_)) => {
            drop(SqliteStore::open(path, OpenMode::Create).map_err(CopyError::Target)?);
        }
        Err(error) => return Err(CopyError::Target(error)),
    }
    let lock = ServingLock::take(path)
        .map_err(|error| CopyError::of_file(error, CopyError::TargetBusy, CopyError::Target))?;
    let connection = connection::writer(path, None).map_err(CopyError::Write)?;
    let (found, known) = versions(&connection).map_err(CopyError::Write)?;
    if found != known {
        return Err(CopyError::TargetSchema { found, known });
    }
    let end = End::begin(connection, lock)
        .map_err(|error| CopyError::of_store(error, CopyError::TargetBusy, CopyError::Write))?;
    let triggers = end.take_triggers().map_err(CopyError::Write)?;
    Ok(Filled { end, triggers })
}

/// The version of a schema, and the one that this program knows.
fn versions(connection: &Connection) -> Result<(u32, u32), StoreError> {
    Ok((migrations::version(connection)?, migrations::newest()))
}

impl End {
    fn begin(connection: Connection, lock: ServingLock) -> Result<Self, StoreError> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self {
            connection,
            _lock: lock,
        })
    }

    /// Drops all triggers, and tells what makes them again.
    fn take_triggers(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT
                 name,
                 sql
             FROM sqlite_schema
             WHERE type = 'trigger'",
        )?;
        let triggers = statement
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, String)>, _>>()?;
        for (name, _) in &triggers {
            self.connection
                .execute_batch(&format!("DROP TRIGGER \"{name}\""))?;
        }
        Ok(triggers.into_iter().map(|(_, sql)| sql).collect())
    }

    fn read(&self, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>, StoreError> {
        let (columns, key) = (table.column_list(), table.key_list());
        let after = after.unwrap_or_default();
        let beyond = if after.is_empty() {
            String::new()
        } else {
            let places = vec!["?"; after.len()].join(", ");
            format!("WHERE ({key}) > ({places})")
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {columns}
             FROM \"{}\"
             {beyond}
             ORDER BY {key}
             LIMIT {}",
            table.name, table.rows_at_once
        ))?;
        let mut rows = statement.query(params_from_iter(after))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let mut values = Row::with_capacity(table.columns.len());
            for (index, column) in table.columns.iter().enumerate() {
                let value = value(column.kind, row.get_ref(index)?);
                values.push(value.ok_or_else(|| makes_no_sense(table, column, &values))?);
            }
            all.push(values);
        }
        Ok(all)
    }

    /// The last number that a table with a counter of its own has given; none if it has no such counter,
    /// or never gave one.
    fn counted(&self, table: &Table) -> Result<Option<i64>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = ?1")?;
        Ok(statement
            .query_row([table.name], |row| row.get(0))
            .optional()?)
    }

    /// Whether a table has a counter of its own. Others go on after the largest number that is there.
    fn has_counter(&self, table: &Table) -> Result<bool, StoreError> {
        Ok(self.connection.query_row(
            "SELECT sql LIKE '% AUTOINCREMENT%'
             FROM sqlite_schema
             WHERE type = 'table' AND name = ?1",
            [table.name],
            |row| row.get(0),
        )?)
    }
}

#[async_trait]
impl Rows for End {
    async fn rows(
        &mut self,
        table: &Table,
        after: Option<&[Value]>,
    ) -> Result<Vec<Row>, StoreError> {
        self.read(table, after)
    }
}

#[async_trait]
impl Source for End {
    async fn must_not_be_served(&mut self) -> Result<(), CopyError> {
        // The lock is held.
        Ok(())
    }

    async fn last_number(&mut self, table: &Table) -> Result<i64, StoreError> {
        let largest: Option<i64> = self.connection.query_row(
            &format!("SELECT max({}) FROM \"{}\"", table.key_list(), table.name),
            (),
            |row| row.get(0),
        )?;
        Ok(largest.max(self.counted(table)?).unwrap_or_default())
    }
}

#[async_trait]
impl Rows for Filled {
    async fn rows(
        &mut self,
        table: &Table,
        after: Option<&[Value]>,
    ) -> Result<Vec<Row>, StoreError> {
        self.end.read(table, after)
    }
}

#[async_trait]
impl Target for Filled {
    async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        let places = vec!["?"; table.columns.len()].join(", ");
        let mut statement = self.end.connection.prepare_cached(&format!(
            "INSERT INTO \"{}\" ({}) VALUES ({places})",
            table.name,
            table.column_list()
        ))?;
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    async fn finish(&mut self, table: &Table, last_number: Option<i64>) -> Result<(), StoreError> {
        let Some(last) = last_number.filter(|last| *last > 0) else {
            return Ok(());
        };
        let connection = &self.end.connection;
        if self.end.counted(table)?.is_some() {
            connection.execute(
                "UPDATE sqlite_sequence SET seq = ?1 WHERE name = ?2",
                (last, table.name),
            )?;
        } else if self.end.has_counter(table)? {
            connection.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                (table.name, last),
            )?;
        }
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let connection = &self.end.connection;
        for trigger in &self.triggers {
            connection.execute_batch(trigger)?;
        }
        connection
            .execute_batch("COMMIT")
            .map_err(|error| commit_error(error.into()))
    }
}

/// What a cell holds, if it is of the column's kind.
fn value(kind: Kind, cell: ValueRef<'_>) -> Option<Value> {
    Some(match (kind, cell) {
        (_, ValueRef::Null) => Value::Null,
        (Kind::Number, ValueRef::Integer(number)) => Value::Number(number),
        (Kind::Flag, ValueRef::Integer(0)) => Value::Flag(false),
        (Kind::Flag, ValueRef::Integer(1)) => Value::Flag(true),
        (Kind::Text, ValueRef::Text(_)) => Value::Text(cell.as_str().ok()?.to_owned()),
        (Kind::Words, ValueRef::Text(text)) => Value::Words(serde_json::from_slice(text).ok()?),
        (Kind::Bytes, ValueRef::Blob(bytes)) => Value::Bytes(bytes.to_vec()),
        (Kind::Number | Kind::Flag | Kind::Text | Kind::Words | Kind::Bytes, _) => return None,
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Number(number) => (*number).into(),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Flag(flag) => (*flag).into(),
            Self::Words(words) => json(words)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?
                .into(),
        })
    }
}

/// The error that names a column of a row, of which the values before it are known.
fn makes_no_sense(table: &Table, column: &Column, before: &[Value]) -> StoreError {
    StoreError::Inconsistent {
        table: table.name,
        column: column.name,
        row: before.first().map_or_else(String::new, Value::told),
    }
}
