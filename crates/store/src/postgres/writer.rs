//! The one connection of a process that writes, and the turn to write, which is everybody's.

use super::connection::{Connection, Connector};
use crate::StoreError;

/// The key of the advisory lock that is the turn to write: `CtSn`. One process of all has it.
pub(super) const TURN: i64 = 0x4374_536E;

/// The writing connection, opened again after it was lost, or a commit had an unknown outcome.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Option<Connection>,
    connector: Connector,
}

impl Writer {
    pub(super) const fn new(connector: Connector) -> Self {
        Self {
            connection: None,
            connector,
        }
    }

    /// Takes the connection, with a transaction begun on it.
    ///
    /// The turn is taken here, so that what the transaction reads cannot change: every statement sees
    /// what was committed before, and nobody else commits until it ends. A statement that is read later
    /// sees no older state, which a single snapshot that was taken before the turn came would.
    pub(super) async fn begin(&mut self) -> Result<Connection, StoreError> {
        let kept = self.connection.take().filter(|kept| !kept.is_closed());
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connector.connect_to_write().await?,
        };
        let begun = connection
            .begin_with("BEGIN", "SELECT pg_advisory_xact_lock($1)", &[&TURN])
            .await;
        match begun {
            Ok(()) => Ok(connection),
            Err(StoreError::Busy) => {
                connection.run("ROLLBACK").await?;
                self.connection = Some(connection);
                Err(StoreError::Busy)
            }
            Err(error) => Err(error),
        }
    }
}
