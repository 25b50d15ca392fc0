//! Keeping the write-ahead log short: a thread checkpoints it off the commit path as it grows, and
//! only at a hard ceiling does a writer wait for it.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::connection;
use crate::StoreError;

/// Growth of the log after which it is checkpointed in the background: 16 MiB of 4 KiB pages.
const CHECKPOINT_PAGES: u32 = 4 * 1024;
/// Size of the log at which the next writer waits until it can start from its beginning: 64 MiB.
const CEILING_PAGES: u32 = 16 * 1024;
/// Passes the thread makes over a log that grows meanwhile. Each leaves less, until one ends before
/// the next commit: then that commit begins the log anew, and nobody has waited.
const PASSES_MAX: usize = 8;

/// How long the log is, and who shortens it.
#[derive(Clone, Debug)]
pub(super) struct Wal {
    pages: Arc<AtomicU32>,
    wake: SyncSender<()>,
    /// Held by whoever checkpoints: SQLite turns a second one away instead of letting it wait.
    turn: Arc<Mutex<()>>,
}

impl Wal {
    /// Starts the thread. It ends when the last clone of this is dropped.
    pub(super) fn watch(path: &Path) -> Result<Self, StoreError> {
        let (wake, woken) = sync_channel(1);
        let path = path.to_owned();
        let turn = Arc::default();
        let shared = Arc::clone(&turn);
        thread::Builder::new()
            .name("wal-checkpoint".to_owned())
            .spawn(move || checkpoint_when_woken(&path, &woken, &shared))
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        Ok(Self {
            pages: Arc::default(),
            wake,
            turn,
        })
    }

    /// Watches the commits of a connection.
    pub(super) fn follow(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let wal = self.clone();
        let (mut last, mut next) = (0, CHECKPOINT_PAGES);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            let pages = u32::try_from(pages).unwrap_or(u32::MAX);
            wal.pages.store(pages, Ordering::Relaxed);
            if pages < last {
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

    /// Lets the writer start the log from its beginning if it has reached the ceiling. Waits for
    /// readers that still need it, at most the busy timeout.
    pub(super) fn keep_below_ceiling(&self, writer: &Connection) -> Result<(), StoreError> {
        if self.pages.load(Ordering::Relaxed) < CEILING_PAGES {
            return Ok(());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        checkpoint(writer, Checkpoint::Restart)?;
        self.pages.store(0, Ordering::Relaxed);
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

/// Moves committed pages from the log into the database and syncs them. True if none is left.
pub(super) fn checkpoint(connection: &Connection, how: Checkpoint) -> Result<bool, StoreError> {
    let sql = match how {
        Checkpoint::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        Checkpoint::Restart => "PRAGMA wal_checkpoint(RESTART)",
        Checkpoint::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let (is_blocked, pages, moved): (bool, i64, i64) =
        connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if is_blocked {
        Err(StoreError::Busy)
    } else {
        Ok(pages == moved)
    }
}

fn checkpoint_when_woken(path: &Path, woken: &Receiver<()>, turn: &Mutex<()>) {
    let mut opened = None;
    while woken.recv().is_ok() {
        if let Err(error) = checkpoint_in_background(&mut opened, path, turn) {
            let error: &dyn Error = &error;
            tracing::warn!(error, "checkpoint failed");
        }
    }
}

fn checkpoint_in_background(
    opened: &mut Option<Connection>,
    path: &Path,
    turn: &Mutex<()>,
) -> Result<(), StoreError> {
    let connection = match opened {
        Some(connection) => connection,
        None => opened.insert(connection::writer(path, None)?),
    };
    for _ in 0..PASSES_MAX {
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        match checkpoint(connection, Checkpoint::Passive) {
            Ok(false) => {}
            // Busy: another process is at it.
            Ok(true) | Err(StoreError::Busy) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
