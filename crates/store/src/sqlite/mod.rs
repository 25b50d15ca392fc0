//! SQLite: one file, one writer at a time, any number of readers, in any number of processes.
//!
//! Work is done on the calling task, since it is short; whoever writes in bulk does so on a thread of
//! its own.

mod accounts;
mod apply;
mod audit;
mod back_orders;
pub mod backup;
mod cancellations;
mod cell;
mod changes;
mod connection;
pub(crate) mod copy;
mod credit;
mod error;
mod intake;
mod inventory;
mod keys;
mod load;
mod lock;
mod log;
mod migrations;
mod movements;
mod moves;
mod notes;
mod order_filter;
mod orders;
mod outbox;
mod parties;
#[cfg(test)]
mod plan;
mod prices;
mod readers;
mod refusals;
mod sessions;
mod statements;
mod tokens;
mod unit_of_work;
mod wal;
mod webhooks;
mod writer;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::crash::{CrashPoint, reach};
use crate::{OpenError, Store, StoreError, Transaction, View};
use readers::Readers;
use unit_of_work::UnitOfWork;
use wal::Wal;
use writer::Writer;

pub use connection::BUSY_TIMEOUT;
pub use lock::ServingLock;

/// Whether the database must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// It must not be there, and is made, readable by its owner only.
    Create,
    /// It must be there; an older schema is brought up to date, a newer one is refused.
    Existing,
}

/// How long after another process was found at its checkpoint it is looked again.
const CHECKPOINT_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// A store in one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Arc<Mutex<Writer>>,
    wal: Wal,
    readers: Arc<Readers>,
}

impl SqliteStore {
    /// Opens the database at a path.
    pub fn open(path: impl AsRef<Path>, mode: OpenMode) -> Result<Self, OpenError> {
        Self::open_bounded(path, mode, None)
    }

    /// Opens the database at a path, and lets its file grow to so many pages of 4 KiB at most.
    pub fn open_bounded(
        path: impl AsRef<Path>,
        mode: OpenMode,
        pages_max: Option<u32>,
    ) -> Result<Self, OpenError> {
        let path = path.as_ref();
        match mode {
            OpenMode::Create => create_file(path)?,
            OpenMode::Existing => check_ours(path)?,
        }
        let wal = Wal::watch(path)?;
        let mut writer = Writer::open(path, pages_max, wal.clone())?;
        if let Some(connection) = &mut writer.connection {
            migrations::migrate(connection)?;
        }
        Ok(Self {
            path: path.to_owned(),
            writer: Arc::new(Mutex::new(writer)),
            wal,
            readers: Arc::new(Readers::new(path)),
        })
    }

    /// Takes the right to serve this database, held until the lock is dropped or its process ends.
    ///
    /// Then moves everything that survived the last server into the database and syncs it: bytes
    /// that a killed server had written, but not yet synced, must not be answered with before.
    pub fn lock_for_serving(&self) -> Result<ServingLock, OpenError> {
        let lock = ServingLock::take(&self.path)?;
        let connection = connection::writer(&self.path, None)?;
        let start = Instant::now();
        // Whoever comes while another process moves pages is sent away at once, not after the busy timeout.
        while let Err(error) = self.wal.settle(&connection) {
            if !matches!(error, StoreError::Busy) || start.elapsed() >= BUSY_TIMEOUT {
                return Err(error.into());
            }
            thread::sleep(CHECKPOINT_AGAIN_AFTER);
        }
        reach(CrashPoint::WalMoved);
        Ok(lock)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let turn = Arc::clone(&self.writer).lock_owned();
        let writer = timeout(BUSY_TIMEOUT, turn)
            .await
            .map_err(|_elapsed| StoreError::Busy)?;
        Ok(Box::new(UnitOfWork::writing(writer)?))
    }

    async fn read(&self) -> Result<Box<dyn View>, StoreError> {
        Ok(Box::new(UnitOfWork::reading(self.readers.lend().await?)?))
    }

    async fn read_committed(&self) -> Result<Box<dyn View>, StoreError> {
        let reader = self.readers.lend().await?;
        Ok(Box::new(UnitOfWork::reading_committed(reader)))
    }

    async fn settle(&self, _next_statement: u64) -> Result<(), StoreError> {
        Ok(())
    }

    async fn must_keep(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Makes an empty file that only its owner can read, and makes its name durable.
fn create_file(path: &Path) -> Result<(), OpenError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    made.and_then(|file| file.sync_all())
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                OpenError::Exists(path.to_owned())
            } else {
                OpenError::File {
                    path: path.to_owned(),
                    source,
                }
            }
        })
}

/// Refuses what is not a database of ours, before anything about it is changed.
fn check_ours(path: &Path) -> Result<(), OpenError> {
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(OpenError::Missing(path.to_owned())),
        Err(source) => {
            return Err(OpenError::File {
                path: path.to_owned(),
                source,
            });
        }
    }
    if migrations::is_ours(path)? {
        Ok(())
    } else {
        Err(OpenError::Foreign(path.to_owned()))
    }
}
