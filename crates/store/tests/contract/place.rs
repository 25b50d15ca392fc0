//! The seam of the suite: where a store can be opened, as often as a test likes.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_store::{OpenMode, PostgresStore, SqliteStore, Store};
use tempfile::TempDir;

use crate::postgres_cluster::Database;

/// A fresh database that goes away with this value.
#[async_trait]
pub(crate) trait Place: Sync {
    /// Opens the database once more, as another process would.
    async fn open(&self) -> Arc<dyn Store>;
}

/// A fresh, empty database of every backend.
pub(crate) fn places() -> Vec<Box<dyn Place>> {
    vec![Box::new(InSqlite::new()), Box::new(InPostgres::new())]
}

/// Declares tests that run on every backend: each is two, in the modules `in_sqlite` and `in_postgres`.
macro_rules! on_every_backend {
    ($(async fn $name:ident($place:ident: &dyn Place) $body:block)*) => {
        $(async fn $name($place: &dyn crate::place::Place) $body)*

        mod in_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::place::InSqlite::new()).await;
            })*
        }

        mod in_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::place::InPostgres::new()).await;
            })*
        }
    };
}

pub(crate) use on_every_backend;

pub(crate) struct InSqlite {
    folder: TempDir,
}

impl InSqlite {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        SqliteStore::open(folder.path().join("opd.db"), OpenMode::Create).unwrap();
        Self { folder }
    }
}

#[async_trait]
impl Place for InSqlite {
    async fn open(&self) -> Arc<dyn Store> {
        let path = self.folder.path().join("opd.db");
        Arc::new(SqliteStore::open(path, OpenMode::Existing).unwrap())
    }
}

pub(crate) struct InPostgres {
    database: Database,
}

impl InPostgres {
    pub(crate) fn new() -> Self {
        Self {
            database: Database::migrated(),
        }
    }
}

#[async_trait]
impl Place for InPostgres {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(
            PostgresStore::open(&self.database.settings())
                .await
                .unwrap(),
        )
    }
}
