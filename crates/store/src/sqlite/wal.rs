//! Keeping the write-ahead log short: a thread moves its pages into the database off the commit path
//! as it grows. SQLite begins the log anew with a transaction that finds all of them moved, and while
//! one batch follows the other none does. So the writer moves the last few itself, between two batches;
//! only at a hard ceiling more than a few.

use std::error::Error;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::connection;
use crate::StoreError;

/// Growth of the log after which it is checkpointed in the background: 16 MiB of 4 KiB pages.
const CHECKPOINT_PAGES: u32 = 4 * 1024;
/// Size of the log from which a writer moves the last pages itself, once they are few: 48 MiB.
const RENEWAL_PAGES: u32 = 12 * 1024;
/// Size of the log at which the next writer waits until it can start from its beginning: 80 MiB.
const PAGES_MAX: u32 = 20 * 1024;
/// Pages that are few: those of some batches, moved and synced in some milliseconds.
const FEW_PAGES: u32 = 1024;
/// Passes the thread makes over a log that grows meanwhile. Each leaves less, until few are left.
const PASSES_MAX: usize = 8;

/// The log of one database, and the thread that shortens it.
#[derive(Clone, Debug)]
pub(super) struct Wal {
    shared: Arc<Shared>,
    wake: SyncSender<()>,
}

/// How long the log is, as this process knows: figures that are out of date cost time, nothing else.
#[derive(Debug, Default)]
struct Shared {
    /// Pages in the log.
    pages: AtomicU32,
    /// How many of them, from its beginning, are in the database, and synced where that takes long.
    moved: AtomicU32,
    /// Held by whoever checkpoints: SQLite turns a second one away instead of letting it wait.
    turn: Mutex<()>,
}

impl Shared {
    fn pages(&self) -> u32 {
        self.pages.load(Ordering::Relaxed)
    }

    /// True if few pages are still to be moved.
    fn has_few_left(&self) -> bool {
        let moved = self.moved.load(Ordering::Relaxed);
        self.pages().saturating_sub(moved) <= FEW_PAGES
    }

    fn checkpoint(&self, connection: &Connection, how: Checkpoint) -> Result<u32, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        checkpoint(connection, how)
    }
}

impl Wal {
    /// Starts the thread. It ends when the last clone of this is dropped.
    pub(super) fn watch(path: &Path) -> Result<Self, StoreError> {
        let (wake, woken) = sync_channel(1);
        let shared = Arc::<Shared>::default();
        let background = Background {
            path: path.to_owned(),
            shared: Arc::clone(&shared),
            opened: None,
        };
        thread::Builder::new()
            .name("wal-checkpoint".to_owned())
            .spawn(move || background.run(&woken))
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(Self { shared, wake })
    }

    /// Watches the commits of a connection.
    pub(super) fn follow(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let wal = self.clone();
        let (mut last, mut next) = (0, CHECKPOINT_PAGES);
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
        let pages = self.shared.pages();
        if pages >= PAGES_MAX {
            self.shared.checkpoint(writer, Checkpoint::Restart)?;
            self.shared.pages.store(0, Ordering::Relaxed);
        } else if pages >= RENEWAL_PAGES && self.shared.has_few_left() {
            match self.shared.checkpoint(writer, Checkpoint::Passive) {
                // Busy: another process is at it.
                Ok(_) | Err(StoreError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
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
pub(super) enum Checkpoint {
    /// Moves what nobody needs any more. Waits for nobody.
    Passive,
    /// Moves everything, so that the next writer starts from the beginning.
    Restart,
    /// Moves and syncs everything, and empties the log.
    Truncate,
}

/// Moves committed pages from the log into the database and syncs them. Tells how many pages, from the
/// beginning of the log, are moved.
pub(super) fn checkpoint(connection: &Connection, how: Checkpoint) -> Result<u32, StoreError> {
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

/// What the thread works with.
struct Background {
    path: PathBuf,
    shared: Arc<Shared>,
    opened: Option<Opened>,
}

/// The database as the thread has it open.
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

    /// Syncs the database. SQLite does so only once the whole log is moved, and that would be while the
    /// writer waits.
    fn sync(&self) -> Result<(), StoreError> {
        self.file
            .sync_data()
            .map_err(|error| StoreError::Unavailable(Box::new(error)))
    }
}

impl Background {
    fn run(mut self, woken: &Receiver<()>) {
        while woken.recv().is_ok() {
            if let Err(error) = self.move_pages() {
                let error: &dyn Error = &error;
                tracing::warn!(error, "checkpoint failed");
            }
        }
    }

    fn move_pages(&mut self) -> Result<(), StoreError> {
        let opened = match &mut self.opened {
            Some(opened) => opened,
            None => self.opened.insert(Opened::open(&self.path)?),
        };
        for _ in 0..PASSES_MAX {
            let passed = self
                .shared
                .checkpoint(&opened.connection, Checkpoint::Passive);
            let moved = match passed {
                Ok(moved) => moved,
                // Another process is at it.
                Err(StoreError::Busy) => return Ok(()),
                Err(error) => return Err(error),
            };
            if self.shared.pages() >= RENEWAL_PAGES {
                opened.sync()?;
            }
            self.shared.moved.store(moved, Ordering::Relaxed);
            if self.shared.has_few_left() {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets of a batch.
    const BATCH: u32 = 64 * 4096;

    /// A database whose thread works only when it is told to.
    struct Database {
        _folder: tempfile::TempDir,
        writer: Connection,
        wal: Wal,
        _woken: Receiver<()>,
        background: Background,
    }

    impl Database {
        fn open() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("opd.db");
            drop(Connection::open(&path).unwrap());
            let mut writer = connection::writer(&path, None).unwrap();
            writer
                .execute_batch("CREATE TABLE things (thing BLOB NOT NULL)")
                .unwrap();
            let (wake, woken) = sync_channel(1);
            let shared = Arc::<Shared>::default();
            let wal = Wal {
                shared: Arc::clone(&shared),
                wake,
            };
            wal.follow(&mut writer).unwrap();
            let background = Background {
                path,
                shared,
                opened: None,
            };
            Self {
                _folder: folder,
                writer,
                wal,
                _woken: woken,
                background,
            }
        }

        /// Commits a batch as a store does, and tells how many pages the log has then.
        fn commits(&self) -> u32 {
            self.wal.keep_short(&self.writer).unwrap();
            self.writer
                .execute("INSERT INTO things VALUES (zeroblob(?1))", [BATCH])
                .unwrap();
            self.wal.shared.pages()
        }

        fn grows_to(&self, least: u32) -> u32 {
            let mut pages = 0;
            while pages < least {
                let more = self.commits();
                assert!(more > pages, "{more} pages after {pages}");
                pages = more;
            }
            pages
        }
    }

    #[test]
    fn the_writer_begins_a_long_log_anew_once_few_pages_are_left() {
        let mut database = Database::open();
        let long = database.grows_to(RENEWAL_PAGES);
        assert!(database.commits() > long);
        database.background.move_pages().unwrap();
        assert!(database.commits() < FEW_PAGES);
    }

    #[test]
    fn a_short_log_is_left_to_the_thread() {
        let mut database = Database::open();
        let short = database.grows_to(CHECKPOINT_PAGES);
        let more = database.commits();
        assert!(more > short);
        database.background.move_pages().unwrap();
        // Nobody has begun since all was moved: so this one begins the log anew without any help.
        assert!(database.commits() < FEW_PAGES);
    }

    #[test]
    fn a_reader_in_the_way_holds_up_no_writer_below_the_ceiling() {
        let mut database = Database::open();
        database.grows_to(RENEWAL_PAGES);
        let reader = connection::reader(&database.background.path).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        let count = "SELECT count(*) FROM things";
        let before: i64 = reader.query_row(count, (), |row| row.get(0)).unwrap();
        let long = database.commits();
        database.background.move_pages().unwrap();
        assert!(database.commits() > long);
        let after: i64 = reader.query_row(count, (), |row| row.get(0)).unwrap();
        assert_eq!(after, before);
        reader.execute_batch("COMMIT").unwrap();
        database.background.move_pages().unwrap();
        assert!(database.commits() < FEW_PAGES);
    }

    #[test]
    fn at_the_ceiling_the_writer_moves_all_itself() {
        let database = Database::open();
        database.grows_to(PAGES_MAX);
        assert!(database.commits() < FEW_PAGES);
    }
}
