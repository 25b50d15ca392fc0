//! The seam of the suite: where a store can be opened, as often as a test likes.

use std::sync::Arc;

use countersign_store::{OpenMode, SqliteStore, Store};
use tempfile::TempDir;

/// A fresh database that goes away with this value.
pub(crate) trait Place {
    /// Which backend it is, for messages.
    fn name(&self) -> &'static str;

    /// Opens the database once more, as another process would.
    fn open(&self) -> Arc<dyn Store>;
}

/// A fresh, empty database of every backend.
pub(crate) fn places() -> Vec<Box<dyn Place>> {
    vec![Box::new(InSqlite::new())]
}

/// Declares tests that run on every backend.
macro_rules! on_every_backend {
    ($(async fn $name:ident($place:ident: &dyn Place) $body:block)*) => {$(
        #[tokio::test]
        async fn $name() {
            for place in crate::place::places() {
                println!("on {}", place.name());
                let $place: &dyn crate::place::Place = place.as_ref();
                $body
            }
        }
    )*};
}

pub(crate) use on_every_backend;

struct InSqlite {
    folder: TempDir,
}

impl InSqlite {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        SqliteStore::open(folder.path().join("opd.db"), OpenMode::Create).unwrap();
        Self { folder }
    }
}

impl Place for InSqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn open(&self) -> Arc<dyn Store> {
        let path = self.folder.path().join("opd.db");
        Arc::new(SqliteStore::open(path, OpenMode::Existing).unwrap())
    }
}
