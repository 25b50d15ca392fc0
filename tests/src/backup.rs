//! A copy of a shop's database, to be put back later: all of it in one file.

use std::fs;
use std::path::Path;

/// A database as it was.
#[derive(Debug)]
pub struct Backup(Vec<u8>);

impl Backup {
    /// Takes it from a data directory in which no program works.
    pub fn of(data: &Path) -> Self {
        let database = data.join("opd.db");
        let connection = rusqlite::Connection::open(&database).unwrap();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
            .unwrap();
        drop(connection);
        Self(fs::read(database).unwrap())
    }

    /// Puts it in the place of whatever database is there.
    pub fn put_back(&self, data: &Path) {
        for file in ["opd.db-wal", "opd.db-shm"] {
            let path = data.join(file);
            if path.exists() {
                fs::remove_file(path).unwrap();
            }
        }
        fs::write(data.join("opd.db"), &self.0).unwrap();
    }
}
