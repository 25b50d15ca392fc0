//! Keeping the write-ahead log short: a thread moves its pages into the database off the commit path
//! as it grows. SQLite begins the log anew with a transaction that finds all of them moved, and while
//! one batch follows the other none does. So the writer moves the last few itself, between two batches;
//! only at a hard ceiling more than a few. SQLite syncs the database when it moves the last page, so
//! the thread does before, or the writer would wait for all of it.

use std::error::Error;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};

use super::connection;
use crate::StoreError;

/// Growth of the log after which it is checkpointed in the background: 16 MiB of 4 KiB pages.
const CHECKPOINT_PAGES: u32 = 4 * 1024;
/// Size of the log from which the writer moves the last pages itself, once they are few: 48 MiB. The
/// longer the log, the more of it was written over before it is moved, and the rarer the writer waits.
const RENEWAL_PAGES: u32 = 12 * 1024;
/// The ceiling: size of the write-ahead log, in pages of 4 KiB, at which the next writer waits until
/// it can start from its beginning.
const WAL_PAGES_MAX: u32 = 16 * 1024;
/// Pages that are few: those of some batches, moved and synced in some milliseconds.
const FEW_PAGES: u32 = 1024;
/// Passes over a write-ahead log that grows meanwhile. Each leaves less, until few pages are left, unless
/// a reader is in the way.
const PASSES_MAX: usize = 8;

/// The log of one database, and the thread that shortens it.
#[derive(Clone, Debug)]
pub(super) struct Wal {
    shared: Arc<Shared>,
    wake: SyncSender<()>,
}

/// What the writer and the thread share. Figures that are out of date cost time, or a wait at the ceiling.
#[derive(Debug, Default)]
struct Shared {
    /// Pages in the log.
    pages: AtomicU32,
    /// How many of them, from its beginning, are in the database and synced; none of a log that is
    /// still short.
    moved: AtomicU32,
    /// Whether a sync failed: see [`Shared::must_be_sound`].
    is_unsound: AtomicBool,
    /// Held by the one that checkpoints: SQLite turns a second one away instead of letting it wait.
    turn: Mutex<()>,
}

impl Shared {
    fn pages(&self) -> u32 {
        self.pages.load(Ordering::Relaxed)
    }

    /// True if few pages are left beside these.
    fn has_few_beside(&self, moved: u32) -> bool {
        self.pages().saturating_sub(moved) <= FEW_PAGES
    }

    /// Refuses for good once a sync failed. Linux drops what it could not write, and the next sync
    /// succeeds, while SQLite counts pages as moved that never reached the disk, and would write over
    /// their only copy, in the log. Whoever opens the database when nobody has it open moves all anew.
    fn must_be_sound(&self, connection: &Connection) -> Result<(), StoreError> {
        if !self.is_unsound.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Closing must not move the rest, and delete the log.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let told = "a sync of the database failed: restart the server when the disk is sound";
        Err(StoreError::Unavailable(told.into()))
    }

    fn checkpoint(&self, connection: &Connection, how: Checkpoint) -> Result<u32, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.must_be_sound(connection)?;
        let moved = checkpoint(connection, how);
        if let Err(error) = &moved
            && is_failed_sync(error)
        {
            let error: &dyn Error = error;
            tracing::error!(error, "the database, or its log, cannot be synced");
            self.is_unsound.store(true, Ordering::Relaxed);
        }
        // The thread's sync may have failed meanwhile.
        self.must_be_sound(connection)?;
        moved
    }

    /// Syncs the database, as SQLite does only once all of the log is moved.
    fn sync(&self, opened: &Opened) -> Result<(), StoreError> {
        if let Err(error) = opened.file.sync_data() {
            let error: &dyn Error = &error;
            tracing::error!(error, "the database cannot be synced");
            self.is_unsound.store(true, Ordering::Relaxed);
        }
        self.must_be_sound(&opened.connection)
    }

    /// Moves what nobody needs any more, and tells how many pages are moved; none if another process
    /// is at it.
    fn pass(&self, connection: &Connection) -> Result<Option<u32>, StoreError> {
        match self.checkpoint(connection, Checkpoint::Passive) {
            Ok(moved) => Ok(Some(moved)),
            Err(StoreError::Busy) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Wal {
    /// Starts the thread. It ends when the last clone of this is dropped.
    pub(super) fn watch(path: &Path) -> Result<Self, StoreError> {
        let (wal, background) = Self::new(path);
        thread::Builder::new()
            .name("wal-checkpoint".to_owned())
            .spawn(move || background.run())
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(wal)
    }

    fn new(path: &Path) -> (Self, Background) {
        let (wake, woken) = sync_channel(1);
        let shared = Arc::<Shared>::default();
        let background = Background {
            path: path.to_owned(),
            shared: Arc::clone(&shared),
            woken,
            opened: None,
        };
        (Self { shared, wake }, background)
    }

    /// Watches the commits of a connection.
    pub(super) fn follow(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let wal = self.clone();
        let (mut last, mut next) = (u32::MAX, CHECKPOINT_PAGES);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            let pages = u32::try_from(pages).unwrap_or(u32::MAX);
            wal.shared.pages.store(pages, Ordering::Relaxed);
            if pages < last {
                wal.shared.moved.store(0, Ordering::Relaxed);
                next = CHECKPOINT_PAGES;
            }
            last = pages;
            if pages >= next && wal.wake() {
                next = pages.saturating_add(CHECKPOINT_PAGES);
            }
            Ok(())
        }))?;
        Ok(())
    }

    /// Lets the writer begin the log anew if it is long and little is left to move, or if it has
    /// reached the ceiling. Only there it waits for readers that still need the log, at most the busy
    /// timeout; below, a reader in the way means that the next transaction tries again.
    pub(super) fn keep_short(&self, writer: &Connection) -> Result<(), StoreError> {
        self.shared.must_be_sound(writer)?;
        let pages = self.shared.pages();
        let moved = self.shared.moved.load(Ordering::Relaxed);
        if pages >= WAL_PAGES_MAX {
            self.shared.checkpoint(writer, Checkpoint::Restart)?;
            self.shared.pages.store(0, Ordering::Relaxed);
        } else if pages >= RENEWAL_PAGES && self.shared.has_few_beside(moved) {
            // What it moves does not count: so this ends where the thread has to go on.
            self.shared.pass(writer)?;
        }
        Ok(())
    }

    /// Moves and syncs everything, for a connection that takes over: after another process, or after
    /// a commit whose outcome is unknown.
    pub(super) fn settle(&self, writer: &Connection) -> Result<(), StoreError> {
        self.shared.checkpoint(writer, Checkpoint::Truncate)?;
        Ok(())
    }

    /// True if the thread will look at the log after this call.
    fn wake(&self) -> bool {
        match self.wake.try_send(()) {
            Ok(()) | Err(TrySendError::Full(())) => true,
            Err(TrySendError::Disconnected(())) => false,
        }
    }
}

/// How thorough a checkpoint is.
#[derive(Clone, Copy, Debug)]
enum Checkpoint {
    /// Moves what nobody needs any more. Waits for nobody.
    Passive,
    /// Moves everything, so that the next writer starts from the beginning.
    Restart,
    /// Moves and syncs everything, and empties the log.
    Truncate,
}

/// Moves committed pages from the log into the database, and syncs them once all are moved. Tells how
/// many pages, from the beginning of the log, are moved.
fn checkpoint(connection: &Connection, how: Checkpoint) -> Result<u32, StoreError> {
    let sql = match how {
        Checkpoint::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        Checkpoint::Restart => "PRAGMA wal_checkpoint(RESTART)",
        Checkpoint::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let (is_blocked, moved): (bool, i64) =
        connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(2)?)))?;
    if is_blocked {
        Err(StoreError::Busy)
    } else {
        // Below zero where there is no such log.
        Ok(u32::try_from(moved).unwrap_or_default())
    }
}

/// True for a sync that failed in a checkpoint.
fn is_failed_sync(error: &StoreError) -> bool {
    let StoreError::Unavailable(source) = error else {
        return false;
    };
    let failure = source.downcast_ref::<rusqlite::Error>();
    let failure = failure.and_then(rusqlite::Error::sqlite_error);
    failure.is_some_and(|failure| failure.extended_code == ffi::SQLITE_IOERR_FSYNC)
}

/// What the thread works with.
#[derive(Debug)]
struct Background {
    path: PathBuf,
    shared: Arc<Shared>,
    woken: Receiver<()>,
    opened: Option<Opened>,
}

/// The database as the thread has it open.
#[derive(Debug)]
struct Opened {
    connection: Connection,
    /// Never closed: whoever closes a file gives up all locks of the process on it, those of SQLite,
    /// too (fcntl(2), "Record locking").
    file: ManuallyDrop<File>,
}

impl Opened {
    fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = connection::writer(path, None)?;
        let file = File::open(path).map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(Self {
            connection,
            file: ManuallyDrop::new(file),
        })
    }
}

impl Background {
    fn run(mut self) {
        while self.woken.recv().is_ok() {
            if let Err(error) = self.move_pages() {
                let error: &dyn Error = &error;
                tracing::warn!(error, "checkpoint failed");
            }
        }
        // This is the last to close, and would move what is left even if a sync of the writer failed.
        if let Some(opened) = &self.opened {
            drop(self.shared.must_be_sound(&opened.connection));
        }
    }

    fn move_pages(&mut self) -> Result<(), StoreError> {
        let opened = match &mut self.opened {
            Some(opened) => opened,
            None => self.opened.insert(Opened::open(&self.path)?),
        };
        for _ in 0..PASSES_MAX {
            let Some(moved) = self.shared.pass(&opened.connection)? else {
                return Ok(());
            };
            // Before the pages count as moved: then the writer has little to sync. While the log is
            // shorter, nobody waits for its last page.
            if self.shared.pages() >= RENEWAL_PAGES {
                self.shared.sync(opened)?;
                self.shared.moved.store(moved, Ordering::Relaxed);
            }
            if self.shared.has_few_beside(moved) {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
