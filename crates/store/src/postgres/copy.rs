//! Both ends of a copy of a whole shop. SQL is made from the list of tables: no other part of a backend
//! touches all of them alike.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};
use tokio_postgres::Row as Stored;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::cell::json;
use super::connection::Connection;
use super::machines::Connector;
use super::migrations;
use super::writer::TURN;
use crate::copy::{Column, CopyError, Kind, Row, Rows, Source, TABLES, Table, Target, Value};
use crate::{OpenError, PostgresSettings, StoreError};

/// How long one end of a copied shop may be left alone while something goes on at the other.
const PAUSE_MAX: Duration = Duration::from_mins(10);
/// How long the commit of a copied shop may take: all of it must come to the disk of a standby.
const COPY_COMMIT_TIMEOUT: Duration = Duration::from_mins(10);

/// How long another connection of ours may take to end, before it is taken for a server's.
const LEAVING_PATIENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

const TAKE_TURN: &str = "SELECT pg_advisory_xact_lock($1)";

/// A database in which nobody else can write until this is dropped.
#[derive(Debug)]
struct End {
    connection: Connection,
}

/// Opens a database to copy from.
pub(crate) async fn source(settings: &PostgresSettings) -> Result<impl Source + use<>, CopyError> {
    let connector = Connector::new(settings).map_err(CopyError::Source)?;
    let mut connection = connector.connect_to_keep().await.map_err(CopyError::Read)?;
    let known = migrations::newest();
    match migrations::version(&mut connection).await {
        Ok(Some(found)) if found == known => {}
        Ok(Some(found)) => return Err(CopyError::SourceSchema { found, known }),
        Ok(None) => return Err(CopyError::NoShop),
        Err(error) => return Err(CopyError::Read(error)),
    }
    let end = End::begin(connection, "BEGIN READ ONLY").await;
    end.map_err(|error| CopyError::of_store(error, CopyError::SourceBusy, CopyError::Read))
}

/// Opens a database to copy to. An empty one gets the schema first.
pub(crate) async fn target(settings: &PostgresSettings) -> Result<impl Target + use<>, CopyError> {
    let connector = Connector::new(settings).map_err(CopyError::Target)?;
    must_be_known(&connector).await?;
    migrations::migrate(&connector)
        .await
        .map_err(CopyError::Target)?;
    let connection = connector.connect_to_write().await;
    let connection = connection.map_err(|error| CopyError::Target(error.into()))?;
    let end = End::begin(connection, "BEGIN").await;
    let mut end =
        end.map_err(|error| CopyError::of_store(error, CopyError::TargetBusy, CopyError::Write))?;
    if !end.owns_tables().await.map_err(CopyError::Write)? {
        return Err(CopyError::TargetNotOwned);
    }
    end.switch_triggers("DISABLE")
        .await
        .map_err(CopyError::Write)?;
    Ok(end)
}

/// Refuses a schema that is not this program's, before anything is made of it.
async fn must_be_known(connector: &Connector) -> Result<(), CopyError> {
    let target = |error: StoreError| CopyError::Target(OpenError::Store(error));
    let mut connection = connector.connect_to_keep().await.map_err(target)?;
    let known = migrations::newest();
    match migrations::version(&mut connection).await {
        Ok(Some(found)) if found != known => Err(CopyError::TargetSchema { found, known }),
        Ok(Some(_) | None) => Ok(()),
        Err(error) => Err(target(error)),
    }
}

impl End {
    /// Begins a transaction with the turn to write. What is read later sees all that was committed before.
    async fn begin(mut connection: Connection, begin: &str) -> Result<Self, StoreError> {
        connection.begin_with(begin, TAKE_TURN, &[&TURN]).await?;
        connection
            .run(&format!(
                "SET LOCAL idle_in_transaction_session_timeout = {}",
                PAUSE_MAX.as_millis()
            ))
            .await?;
        Ok(Self { connection })
    }

    async fn owns_tables(&mut self) -> Result<bool, StoreError> {
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let rows = self
            .connection
            .query(
                "SELECT bool_and(pg_has_role(relowner, 'USAGE')) AS is_owner
                 FROM unnest($1::text[]) AS named (name)
                 JOIN pg_class ON pg_class.oid = to_regclass(named.name)",
                &[&names],
            )
            .await?;
        let is_owner = rows
            .first()
            .map(|row| row.try_get("is_owner"))
            .transpose()?;
        Ok(is_owner.unwrap_or_default())
    }

    /// Whether another connection of ours is open in this database.
    async fn has_company(&mut self) -> Result<bool, StoreError> {
        // Who is there is otherwise looked up once in a transaction.
        self.connection
            .run("SELECT pg_stat_clear_snapshot()")
            .await?;
        let others = self
            .connection
            .query(
                "SELECT pid
                 FROM pg_stat_activity
                 WHERE datname = current_database()
                     AND application_name = current_setting('application_name')
                     AND pid <> pg_backend_pid()
                 LIMIT 1",
                &[],
            )
            .await?;
        Ok(!others.is_empty())
    }

    /// Switches the triggers off or on. Keys of other tables are checked all the same.
    async fn switch_triggers(&mut self, how: &str) -> Result<(), StoreError> {
        let rows = self
            .connection
            .query(
                "SELECT DISTINCT tgrelid::regclass::text AS name
                 FROM pg_trigger
                 JOIN pg_class ON pg_class.oid = tgrelid
                 WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
                 ORDER BY name",
                &[],
            )
            .await?;
        for row in rows {
            let name: &str = row.try_get("name")?;
            self.connection
                .run(&format!("ALTER TABLE {name} {how} TRIGGER USER"))
                .await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Rows for End {
    async fn rows(
        &mut self,
        table: &Table,
        after: Option<&[Value]>,
    ) -> Result<Vec<Row>, StoreError> {
        let (columns, key) = (table.column_list(), table.key_list());
        let after = after.unwrap_or_default();
        let beyond = if after.is_empty() {
            String::new()
        } else {
            let places: Vec<String> = (1..=after.len()).map(|n| format!("${n}")).collect();
            format!("WHERE ({key}) > ({})", places.join(", "))
        };
        let bound: Vec<&(dyn ToSql + Sync)> = after
            .iter()
            .map(|value| -> &(dyn ToSql + Sync) { value })
            .collect();
        let rows = self
            .connection
            .query(
                &format!(
                    "SELECT {columns}
                     FROM \"{}\"
                     {beyond}
                     ORDER BY {key}
                     LIMIT {}",
                    table.name, table.rows_at_once
                ),
                &bound,
            )
            .await?;
        rows.iter().map(|row| values(table, row)).collect()
    }
}

#[async_trait]
impl Source for End {
    async fn must_not_be_served(&mut self) -> Result<(), CopyError> {
        let patience = Instant::now() + LEAVING_PATIENCE;
        while self.has_company().await.map_err(CopyError::Read)? {
            if Instant::now() > patience {
                return Err(CopyError::SourceServed);
            }
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    async fn last_number(&mut self, table: &Table) -> Result<i64, StoreError> {
        let sequence = self
            .connection
            .query(
                "SELECT pg_get_serial_sequence($1, $2) AS sequence",
                &[&table.name, &"number"],
            )
            .await?;
        let sequence = sequence.first().map(|row| row.try_get("sequence"));
        let sequence: Option<String> = sequence.transpose()?.flatten();
        let sequence = sequence.ok_or_else(|| {
            StoreError::Unavailable(format!("table {} has no sequence", table.name).into())
        })?;
        let rows = self
            .connection
            .query(
                &format!(
                    "SELECT greatest(
                         CASE WHEN is_called THEN last_value ELSE last_value - 1 END,
                         (SELECT max({}) FROM \"{}\")
                     ) AS last
                     FROM {sequence}",
                    table.key_list(),
                    table.name
                ),
                &[],
            )
            .await?;
        let last = rows.first().map(|row| row.try_get("last")).transpose()?;
        Ok(last.unwrap_or_default())
    }
}

#[async_trait]
impl Target for End {
    async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        let columns: Vec<Vec<Option<&Value>>> = (0..table.columns.len())
            .map(|index| rows.iter().map(|row| row.get(index)).collect())
            .collect();
        let places: Vec<String> = table
            .columns
            .iter()
            .zip(1..)
            .map(|(column, n)| format!("${n}::{}[]", array_of(column.kind)))
            .collect();
        let added: Vec<String> = table.columns.iter().map(added).collect();
        let sql = format!(
            "INSERT INTO \"{}\" ({columns})
             OVERRIDING SYSTEM VALUE
             SELECT {}
             FROM unnest({}) AS added ({columns})",
            table.name,
            added.join(", "),
            places.join(", "),
            columns = table.column_list(),
        );
        let bound: Vec<&(dyn ToSql + Sync)> = columns
            .iter()
            .map(|column| -> &(dyn ToSql + Sync) { column })
            .collect();
        self.connection.execute(&sql, &bound).await?;
        Ok(())
    }

    /// Also lets the database look at what is there: otherwise it would not read a table back in the order
    /// of its key.
    async fn finish(&mut self, table: &Table, last_number: Option<i64>) -> Result<(), StoreError> {
        let name = table.name;
        if let Some(next) = last_number.and_then(|last| last.checked_add(1)) {
            // Unlike `setval` this is undone with the rest.
            self.connection
                .run(&format!(
                    "ALTER TABLE \"{name}\" ALTER COLUMN number RESTART WITH {next}"
                ))
                .await?;
        }
        self.connection.run(&format!("ANALYZE \"{name}\"")).await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.switch_triggers("ENABLE").await?;
        self.connection
            .commit_within(COPY_COMMIT_TIMEOUT)
            .await
            .map(drop)
    }
}

/// The type of which a column's values are bound as an array.
const fn array_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "bigint",
        Kind::Text | Kind::Words => "text",
        Kind::Bytes => "bytea",
        Kind::Flag => "boolean",
    }
}

/// How a column is made of what was bound. There are no arrays of arrays that differ in length, so
/// several texts come as an array in JSON.
fn added(column: &Column) -> String {
    let name = column.name;
    match column.kind {
        Kind::Words => format!(
            "CASE WHEN \"{name}\" IS NOT NULL THEN ARRAY(
                 SELECT word
                 FROM json_array_elements_text(\"{name}\"::json) WITH ORDINALITY AS words (word, place)
                 ORDER BY place
             ) END"
        ),
        Kind::Number | Kind::Text | Kind::Bytes | Kind::Flag => format!("\"{name}\""),
    }
}

/// Binds as what it is; several texts bind as an array in JSON.
impl ToSql for Value {
    fn to_sql(
        &self,
        column: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => number.to_sql_checked(column, out),
            Self::Text(text) => text.to_sql_checked(column, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(column, out),
            Self::Flag(flag) => flag.to_sql_checked(column, out),
            Self::Words(words) => json(words)?.to_sql_checked(column, out),
        }
    }

    fn accepts(column: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA, Type::BOOL].contains(column)
    }

    to_sql_checked!();
}

/// The values of a row.
fn values(table: &Table, row: &Stored) -> Result<Row, StoreError> {
    let columns = table.columns.iter().enumerate();
    columns
        .map(|(index, column)| {
            Ok(match column.kind {
                Kind::Number => row.try_get::<_, Option<_>>(index)?.map(Value::Number),
                Kind::Text => row.try_get::<_, Option<_>>(index)?.map(Value::Text),
                Kind::Bytes => row.try_get::<_, Option<_>>(index)?.map(Value::Bytes),
                Kind::Flag => row.try_get::<_, Option<_>>(index)?.map(Value::Flag),
                Kind::Words => row.try_get::<_, Option<_>>(index)?.map(Value::Words),
            }
            .unwrap_or(Value::Null))
        })
        .collect()
}
