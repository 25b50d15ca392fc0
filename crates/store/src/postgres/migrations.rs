//! The schema, as a list of migrations that are only ever added to. The table `schema_version` tells how
//! many of them a database has.

use super::connection::Connection;
use super::machines::Connector;
use crate::{OpenError, StoreError};

/// The key of the advisory lock of whoever brings the schema up to date: `CtSm`.
const MIGRATING: i64 = 0x4374_536D;

const MIGRATIONS: [&str; 19] = [
    include_str!("../../migrations/postgres/0001_parties.sql"),
    include_str!("../../migrations/postgres/0002_sessions.sql"),
    include_str!("../../migrations/postgres/0003_inventory.sql"),
    include_str!("../../migrations/postgres/0004_statements.sql"),
    include_str!("../../migrations/postgres/0005_orders.sql"),
    include_str!("../../migrations/postgres/0006_outbox.sql"),
    include_str!("../../migrations/postgres/0007_log.sql"),
    include_str!("../../migrations/postgres/0008_cancellations.sql"),
    include_str!("../../migrations/postgres/0009_log_indexes.sql"),
    include_str!("../../migrations/postgres/0010_prices.sql"),
    include_str!("../../migrations/postgres/0011_webhooks.sql"),
    include_str!("../../migrations/postgres/0012_lists.sql"),
    include_str!("../../migrations/postgres/0013_people.sql"),
    include_str!("../../migrations/postgres/0014_fulfilment.sql"),
    include_str!("../../migrations/postgres/0015_changes.sql"),
    include_str!("../../migrations/postgres/0016_events_without_statement.sql"),
    include_str!("../../migrations/postgres/0017_changes_of_buyers.sql"),
    include_str!("../../migrations/postgres/0018_log_heads.sql"),
    include_str!("../../migrations/postgres/0019_statements_in_their_rows.sql"),
];

/// Brings the schema up to date in one transaction. A crash in between leaves the old schema; of two
/// processes that start at once the second waits, and finds the work done.
pub(super) async fn migrate(connector: &Connector) -> Result<(), OpenError> {
    let mut connection = connector.connect_to_keep().await?;
    if version(&mut connection).await? == Some(newest()) {
        return Ok(());
    }
    connection
        .begin_with("BEGIN", "SELECT pg_advisory_xact_lock($1)", &[&MIGRATING])
        .await?;
    let found = version(&mut connection).await?;
    let missing = usize::try_from(found.unwrap_or(0))
        .ok()
        .and_then(|found| MIGRATIONS.get(found..));
    let Some(missing) = missing else {
        return Err(OpenError::NewerSchema {
            found: found.unwrap_or(0),
            known: newest(),
        });
    };
    if found.is_none() {
        expect_unicode(&mut connection).await?;
        connection
            .run(
                "CREATE TABLE schema_version (
                     only_row bigint PRIMARY KEY CHECK (only_row = 1),
                     version  bigint NOT NULL
                 );
                 INSERT INTO schema_version (only_row, version) VALUES (1, 0)",
            )
            .await?;
    }
    for migration in missing {
        connection.run(migration).await?;
    }
    connection
        .execute(
            "UPDATE schema_version SET version = $1",
            &[&i64::from(newest())],
        )
        .await?;
    connection.commit().await?;
    Ok(())
}

/// Refuses a database that cannot keep every name, before there is anything in it.
async fn expect_unicode(connection: &mut Connection) -> Result<(), OpenError> {
    let rows = connection
        .query("SELECT current_setting('server_encoding') AS encoding", &[])
        .await?;
    for row in rows {
        let encoding: String = row.try_get("encoding").map_err(StoreError::from)?;
        if encoding != "UTF8" {
            return Err(OpenError::Encoding(encoding));
        }
    }
    Ok(())
}

/// How many migrations a database has; none at all if it is not one of ours, or not yet.
pub(super) async fn version(connection: &mut Connection) -> Result<Option<u32>, StoreError> {
    let is_ours = connection
        .query(
            "SELECT to_regclass('schema_version') IS NOT NULL AS is_ours",
            &[],
        )
        .await?;
    match is_ours.first() {
        Some(row) if row.try_get("is_ours")? => {}
        Some(_) | None => return Ok(None),
    }
    let rows = connection
        .query("SELECT version FROM schema_version", &[])
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let version: i64 = row.try_get("version")?;
    u32::try_from(version)
        .map(Some)
        .map_err(|_| StoreError::Inconsistent {
            table: "schema_version",
            column: "version",
            row: version.to_string(),
        })
}

/// How many migrations this program knows.
pub(super) fn newest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}
