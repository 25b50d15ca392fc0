//! The schema, as a list of migrations that are only ever added to. `PRAGMA user_version` tells how
//! many of them a database has.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::log;
use crate::crash::{CrashPoint, reach};
use crate::{OpenError, StoreError};

/// Marks a database as one of ours: `CtSn`.
const APPLICATION_ID: i32 = 0x4374_536E;

const MIGRATIONS: [&str; 19] = [
    include_str!("../../migrations/sqlite/0001_parties.sql"),
    include_str!("../../migrations/sqlite/0002_sessions.sql"),
    include_str!("../../migrations/sqlite/0003_inventory.sql"),
    include_str!("../../migrations/sqlite/0004_statements.sql"),
    include_str!("../../migrations/sqlite/0005_orders.sql"),
    include_str!("../../migrations/sqlite/0006_outbox.sql"),
    include_str!("../../migrations/sqlite/0007_log.sql"),
    include_str!("../../migrations/sqlite/0008_cancellations.sql"),
    include_str!("../../migrations/sqlite/0009_log_indexes.sql"),
    include_str!("../../migrations/sqlite/0010_prices.sql"),
    include_str!("../../migrations/sqlite/0011_webhooks.sql"),
    include_str!("../../migrations/sqlite/0012_lists.sql"),
    include_str!("../../migrations/sqlite/0013_people.sql"),
    include_str!("../../migrations/sqlite/0014_fulfilment.sql"),
    include_str!("../../migrations/sqlite/0015_changes.sql"),
    include_str!("../../migrations/sqlite/0016_events_without_statement.sql"),
    include_str!("../../migrations/sqlite/0017_changes_of_buyers.sql"),
    include_str!("../../migrations/sqlite/0018_log_heads.sql"),
    include_str!("../../migrations/sqlite/0019_statements_in_their_rows.sql"),
];

/// Brings the schema up to date in one transaction. A crash in between leaves the old schema; of two
/// processes that start at once the second finds the work done.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    if version(connection)? == newest() {
        return Ok(());
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(StoreError::from)?;
    let found = version(&transaction)?;
    let missing = usize::try_from(found)
        .ok()
        .and_then(|found| MIGRATIONS.get(found..));
    let Some(missing) = missing else {
        return Err(OpenError::NewerSchema {
            found,
            known: newest(),
        });
    };
    for migration in missing {
        transaction
            .execute_batch(migration)
            .map_err(StoreError::from)?;
        reach(CrashPoint::MigrationApplied);
    }
    log::catch_up(&transaction)?;
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(StoreError::from)?;
    transaction
        .pragma_update(None, "user_version", newest())
        .map_err(StoreError::from)?;
    reach(CrashPoint::MigrationBeforeCommit);
    transaction.commit().map_err(StoreError::from)?;
    reach(CrashPoint::MigrationCommitted);
    Ok(())
}

/// Refuses a schema that only a newer version knows.
pub(super) fn must_be_known(connection: &Connection) -> Result<(), OpenError> {
    let (found, known) = (version(connection)?, newest());
    if found <= known {
        Ok(())
    } else {
        Err(OpenError::NewerSchema { found, known })
    }
}

/// True for a database that carries our mark. Reads nothing but its header.
pub(super) fn is_ours(path: &Path) -> Result<bool, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let id = connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0));
    match id {
        Ok(id) => Ok(id == APPLICATION_ID),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// How many migrations a database has.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// How many migrations this program knows.
pub(super) fn newest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}
