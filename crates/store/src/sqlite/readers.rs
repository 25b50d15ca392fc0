//! A small pool of read-only connections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::connection::{self, BUSY_TIMEOUT};
use crate::StoreError;

/// Views open at once; more wait.
const READERS_MAX: usize = 16;

/// Connections that nobody reads with just now, and the right to use one.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection on loan. Goes back to the pool unless it is spoiled.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) connection: Option<Connection>,
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::new(Vec::new()),
            permits: Arc::new(Semaphore::new(READERS_MAX)),
        }
    }

    /// Lends a connection, opening one if none is idle.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Reader, StoreError> {
        let waiting = Arc::clone(&self.permits).acquire_owned();
        let permit = match timeout(BUSY_TIMEOUT, waiting).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(closed)) => return Err(StoreError::Unavailable(Box::new(closed))),
            Err(_elapsed) => return Err(StoreError::Busy),
        };
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connection::reader(&self.path)?,
        };
        Ok(Reader {
            connection: Some(connection),
            readers: Arc::clone(self),
            _permit: permit,
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }
}
