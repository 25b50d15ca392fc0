//! A small pool of connections that read.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::connection::{BUSY_TIMEOUT, Connection};
use super::machines::Connector;
use crate::StoreError;

/// Views open at once in one process; more wait.
const READERS_MAX: usize = 16;

/// Connections that nobody reads with just now, and the right to use one.
#[derive(Debug)]
pub(super) struct Readers {
    connector: Connector,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// The right to use a connection, which goes back to the pool after it if it is sound.
#[derive(Debug)]
pub(super) struct Reader {
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(connector: Connector) -> Self {
        Self {
            connector,
            idle: Mutex::new(Vec::new()),
            permits: Arc::new(Semaphore::new(READERS_MAX)),
        }
    }

    /// Lends a connection, opening one if none is idle.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<(Reader, Connection), StoreError> {
        let waiting = Arc::clone(&self.permits).acquire_owned();
        let permit = match timeout(BUSY_TIMEOUT, waiting).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(closed)) => return Err(StoreError::Unavailable(Box::new(closed))),
            Err(_elapsed) => return Err(StoreError::Busy),
        };
        let connection = match self.idle() {
            Some(connection) => connection,
            None => self.connector.connect().await?,
        };
        let reader = Reader {
            readers: Arc::clone(self),
            _permit: permit,
        };
        Ok((reader, connection))
    }

    /// An idle connection that is still good.
    fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(Connection::is_good);
        idle.pop()
    }
}

impl Reader {
    pub(super) fn give_back(self, connection: Connection) {
        self.readers
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}
