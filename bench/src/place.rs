//! Where a shop's orders are kept: in an SQLite file, or in a PostgreSQL of its own.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use countersign_store::{
    Durability, OpenMode, PostgresSettings, PostgresStore, SqliteStore, Store,
};
use serde::{Deserialize, Serialize};

use crate::postgres::Postgres;

/// How often is looked whether a file can be opened.
const AGAIN: Duration = Duration::from_millis(200);
/// A hang guard.
const SETTLE_MAX: Duration = Duration::from_mins(5);

/// The kinds of places.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StoreKind {
    /// An SQLite file.
    Sqlite,
    /// A PostgreSQL database on this machine.
    Postgres,
}

/// A place for a shop.
#[derive(Debug)]
pub(crate) enum Place {
    /// A file, which is not there before.
    File(PathBuf),
    /// A database of its own.
    Database(Postgres),
}

impl StoreKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Place {
    /// An empty place; the file will be this one.
    pub(crate) fn find(kind: StoreKind, file: PathBuf) -> Result<Self> {
        Ok(match kind {
            StoreKind::Sqlite => Self::File(file),
            StoreKind::Postgres => Self::Database(Postgres::start()?),
        })
    }

    /// Makes what is needed in it.
    pub(crate) async fn create(&self) -> Result<Arc<dyn Store>> {
        Ok(match self {
            Self::File(path) => Arc::new(SqliteStore::open(path, OpenMode::Create)?),
            Self::Database(database) => {
                let settings = PostgresSettings {
                    address: database.address(),
                    password: None,
                    authorities: None,
                    durability: Durability::Single,
                };
                Arc::new(PostgresStore::open(&settings).await?)
            }
        })
    }

    /// Opens what is there once nothing of what was written waits to be copied from SQLite's write-ahead log into
    /// its file: a server that starts meanwhile would find it busy.
    pub(crate) async fn settle(&self, store: Arc<dyn Store>) -> Result<Arc<dyn Store>> {
        let Self::File(path) = self else {
            return Ok(store);
        };
        drop(store);
        let start = Instant::now();
        loop {
            let store = SqliteStore::open(path, OpenMode::Existing)?;
            // This copies all of it, as a server does that starts.
            match store.lock_for_serving() {
                Ok(_lock) => return Ok(Arc::new(store)),
                Err(error) if start.elapsed() > SETTLE_MAX => return Err(error.into()),
                Err(_busy) => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    /// The settings that lead a server there.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::File(_) => Vec::new(),
            Self::Database(database) => vec![
                ("OPD_STORAGE_DATABASE", database.address()),
                ("OPD_STORAGE_DURABILITY", "single".to_owned()),
            ],
        }
    }

    /// What the database's own processes have taken of the CPU; SQLite has none.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        match self {
            Self::File(_) => Ok(Duration::ZERO),
            Self::Database(database) => database.cpu(),
        }
    }

    /// Reads a file once, so that the operating system has it in memory: some let go of what nobody has read for a
    /// minute, however much is free, and a shop that is in use is read all the time.
    pub(crate) fn read_through(&self) -> Result<()> {
        match self {
            Self::File(path) => {
                io::copy(&mut File::open(path)?, &mut io::sink())?;
                Ok(())
            }
            Self::Database(_) => Ok(()),
        }
    }

    /// The octets that it takes on the disk, without the write-ahead log.
    pub(crate) fn size(&self) -> Result<u64> {
        match self {
            Self::File(path) => Ok(std::fs::metadata(path)?.len()),
            Self::Database(database) => database.size(),
        }
    }
}
