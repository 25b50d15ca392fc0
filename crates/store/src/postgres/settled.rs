//! How far it is known that what can be seen is kept: nothing of it may be told as a promise before.
//!
//! A commit becomes visible when its wait for a standby ends, also if the wait was cancelled. Whoever has
//! seen a statement of another process therefore commits a message of its own: once a standby has that, it
//! has everything that was visible before.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::connection::{Connection, Connector};
use crate::StoreError;

/// What this process knows to be kept.
#[derive(Debug)]
pub(super) struct Settled {
    connector: Connector,
    /// What messages are committed on; who waits for it shares the outcome.
    connection: Mutex<Option<Connection>>,
    /// All statements below this number are kept.
    statements: AtomicU64,
}

impl Settled {
    pub(super) const fn new(connector: Connector) -> Self {
        Self {
            connector,
            connection: Mutex::const_new(None),
            statements: AtomicU64::new(0),
        }
    }

    /// Returns once all statements below a number, which was seen in the database, are kept.
    pub(super) async fn wait_for(&self, next: u64) -> Result<(), StoreError> {
        if next <= self.statements.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut kept = self.connection.lock().await;
        if next <= self.statements.load(Ordering::Acquire) {
            return Ok(());
        }
        let open = kept.take().filter(|connection| !connection.is_closed());
        let mut connection = match open {
            Some(connection) => connection,
            None => self.connector.connect_to_write().await?,
        };
        connection.run("BEGIN").await?;
        let found = connection.next_statement().await?;
        if found < next {
            // Another machine took over, which never had what was seen.
            return Err(StoreError::Unavailable(
                "the database holds less than was seen in it".into(),
            ));
        }
        *kept = Some(connection.commit().await?);
        self.statements.fetch_max(found, Ordering::Release);
        Ok(())
    }
}
