//! The one connection of a process that writes.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::connection;
use super::wal::Wal;
use crate::StoreError;

/// The writing connection, opened again after a commit whose outcome is unknown.
#[derive(Debug)]
pub(super) struct Writer {
    /// None after such a commit.
    pub(super) connection: Option<Connection>,
    path: PathBuf,
    pages_max: Option<u32>,
    wal: Wal,
}

impl Writer {
    pub(super) fn open(path: &Path, pages_max: Option<u32>, wal: Wal) -> Result<Self, StoreError> {
        let mut connection = connection::writer(path, pages_max)?;
        wal.follow(&mut connection)?;
        Ok(Self {
            connection: Some(connection),
            path: path.to_owned(),
            pages_max,
            wal,
        })
    }

    /// The connection, ready for a transaction.
    ///
    /// A new connection takes over after one failed to commit. It first moves all that counts as
    /// committed into the database and syncs it, so that no later answer rests on bytes of which the
    /// disk may know nothing; while that fails, nothing is written.
    pub(super) fn ready(&mut self) -> Result<&Connection, StoreError> {
        if let Some(connection) = &self.connection {
            self.wal.keep_short(connection)?;
        } else {
            let mut connection = connection::writer(&self.path, self.pages_max)?;
            self.wal.settle(&connection)?;
            self.wal.follow(&mut connection)?;
            self.connection = Some(connection);
        }
        self.connection
            .as_ref()
            .ok_or_else(|| StoreError::Unavailable("no connection".into()))
    }
}
