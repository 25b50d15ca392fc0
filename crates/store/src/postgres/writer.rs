//! The one connection of a process that writes, and the turn to write, which is everybody's.

use super::connection::{Connection, keeping_columns, keeps};
use super::machines::Connector;
use super::settled::Kept;
use crate::StoreError;

/// The key of the advisory lock that is the turn to write: `CtSn`. One process of all has it.
pub(super) const TURN: i64 = 0x4374_536E;

/// Takes the turn, and tells the settings as they are now: somebody may have changed them since the connection
/// was made.
const TAKE_TURN: &str = concat!("SELECT pg_advisory_xact_lock($1), ", keeping_columns!());

/// The writing connection, opened again after it was lost, or a commit had an unknown outcome.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Option<Connection>,
    connector: Connector,
    /// What is kept of what this process and others wrote.
    pub(super) kept: Kept,
}

impl Writer {
    pub(super) const fn new(connector: Connector, kept: Kept) -> Self {
        Self {
            connection: None,
            connector,
            kept,
        }
    }

    /// Takes the connection, with a transaction begun on it.
    ///
    /// The turn is taken here, so that what the transaction reads cannot change: every statement sees
    /// what was committed before, and nobody else commits until it ends. A statement that is read later
    /// sees no older state, which a single snapshot that was taken before the turn came would.
    pub(super) async fn begin(&mut self) -> Result<Connection, StoreError> {
        let good = self.connection.take().filter(Connection::is_good);
        let is_new = good.is_none();
        let mut connection = match good {
            Some(connection) => connection,
            None => self.connector.connect_to_write().await?,
        };
        match connection.begin_with("BEGIN", TAKE_TURN, &[&TURN]).await {
            Ok(settings) => keeps(&settings, self.connector.durability())?,
            Err(StoreError::Busy) => {
                connection.run("ROLLBACK").await?;
                self.connection = Some(connection);
                return Err(StoreError::Busy);
            }
            Err(error) => return Err(error),
        }
        if is_new {
            let next = connection.next_statement().await?;
            self.kept.must_be_in(next)?;
        }
        Ok(connection)
    }
}
