//! The log of a database whose thread works only when it is told to.

use std::fs::OpenOptions;

use super::*;

/// Of a batch.
const BATCH_BYTES: u32 = 64 * 4096;

/// A database whose thread works only when it is told to.
struct Database {
    folder: tempfile::TempDir,
    writer: Connection,
    wal: Wal,
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
        let (wal, background) = Wal::new(&path);
        wal.follow(&mut writer).unwrap();
        Self {
            folder,
            writer,
            wal,
            background,
        }
    }

    /// Commits a batch as a store does, and tells how many pages the log has then.
    fn commits(&self) -> u32 {
        self.wal.keep_short(&self.writer).unwrap();
        self.writer
            .execute("INSERT INTO things VALUES (zeroblob(?1))", [BATCH_BYTES])
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

    /// Somebody who reads what is there now.
    fn reader(&self) -> Connection {
        let reader = connection::reader(&self.background.path).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        assert!(count(&reader) > 0);
        reader
    }

    /// Closes everything as a store does, the thread last.
    fn closes(self) -> tempfile::TempDir {
        drop((self.writer, self.wal));
        self.background.run();
        self.folder
    }
}

fn count(reader: &Connection) -> i64 {
    let count = "SELECT count(*) FROM things";
    reader.query_row(count, (), |row| row.get(0)).unwrap()
}

#[test]
fn the_writer_moves_the_last_few_pages_of_a_long_log() {
    let mut database = Database::open();
    database.grows_to(RENEWAL_PAGES);
    let reader = database.reader();
    let long = database.commits();
    database.background.move_pages().unwrap();
    drop(reader);
    let left = long - database.wal.shared.moved.load(Ordering::Relaxed);
    assert!((1..=FEW_PAGES).contains(&left), "{left}");
    assert!(database.commits() < FEW_PAGES);
}

#[test]
fn many_pages_are_left_to_the_thread_and_few_of_a_short_log_to_nobody() {
    let mut database = Database::open();
    let long = database.grows_to(RENEWAL_PAGES);
    assert!(database.commits() > long);
    database.background.move_pages().unwrap();
    // Nobody has begun since all was moved: SQLite begins the log anew without any help.
    let short = database.commits();
    assert!(short < FEW_PAGES);
    assert!(database.commits() > short);
}

#[test]
fn a_reader_in_the_way_holds_up_no_writer_below_the_ceiling() {
    let mut database = Database::open();
    database.grows_to(RENEWAL_PAGES);
    let reader = database.reader();
    let before = count(&reader);
    let mut long = database.commits();
    database.background.move_pages().unwrap();
    for _ in 0..3 {
        let longer = database.commits();
        assert!(longer > long, "{longer} pages after {long}");
        long = longer;
    }
    assert_eq!(count(&reader), before);
    drop(reader);
    assert!(database.commits() < FEW_PAGES);
}

#[test]
fn at_the_ceiling_the_writer_moves_all_itself() {
    let database = Database::open();
    database.grows_to(WAL_PAGES_MAX);
    assert!(database.commits() < FEW_PAGES);
}

#[test]
fn a_connection_that_takes_over_counts_anew() {
    let mut database = Database::open();
    database.grows_to(RENEWAL_PAGES);
    database.background.move_pages().unwrap();
    let mut next = connection::writer(&database.background.path, None).unwrap();
    database.wal.settle(&next).unwrap();
    database.wal.follow(&mut next).unwrap();
    database.writer = next;
    assert!(database.commits() < FEW_PAGES);
    assert_eq!(database.wal.shared.moved.load(Ordering::Relaxed), 0);
}

#[test]
fn a_failed_sync_is_told_from_a_failed_write() {
    let failed =
        |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
    assert!(is_failed_sync(&failed(ffi::SQLITE_IOERR_FSYNC)));
    assert!(!is_failed_sync(&failed(ffi::SQLITE_IOERR_WRITE)));
    assert!(!is_failed_sync(&failed(ffi::SQLITE_BUSY)));
}

#[test]
fn the_last_to_close_keeps_the_log_after_a_failed_sync() {
    let mut database = Database::open();
    let path = database.background.path.clone();
    database.commits();
    database.background.opened = Some(Opened::open(&path).unwrap());
    database
        .wal
        .shared
        .is_unsound
        .store(true, Ordering::Relaxed);
    let _folder = database.closes();
    assert!(path.with_extension("db-wal").exists());
}

#[test]
fn after_a_failed_sync_nothing_is_written_until_all_is_moved_anew() {
    let mut database = Database::open();
    let path = database.background.path.clone();
    let pages = database.grows_to(RENEWAL_PAGES);
    let opened = database
        .background
        .opened
        .insert(Opened::open(&path).unwrap());
    // What cannot be synced (fsync(2), EINVAL).
    opened.file = ManuallyDrop::new(File::open("/dev/null").unwrap());
    database.background.move_pages().unwrap_err();
    assert_eq!(database.wal.shared.moved.load(Ordering::Relaxed), 0);
    for _ in 0..2 {
        database.wal.keep_short(&database.writer).unwrap_err();
        database.wal.settle(&database.writer).unwrap_err();
    }
    let written = count(&database.writer);
    let _folder = database.closes();

    // The disk has nothing of what was moved.
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(4096).unwrap();
    let next = connection::writer(&path, None).unwrap();
    assert!(checkpoint(&next, Checkpoint::Truncate).is_ok());
    assert_eq!(count(&next), written);
    let length = std::fs::metadata(&path).unwrap().len();
    assert!(length > u64::from(pages) * 4096 / 2, "{length}");
}
