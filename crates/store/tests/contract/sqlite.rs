//! What only SQLite promises: its file, its lock, its limits.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use countersign_store::{OpenError, OpenMode, SqliteStore, StatementRecord, Store, StoreError};
use countersign_transparency::{Entry, Tree};
use rusqlite::Connection;

use crate::shop::{Shop, buyer, decide_batch, found};
use crate::statements::statement;

/// A new store in a folder.
pub(crate) fn create(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder.join("opd.db"), OpenMode::Create).unwrap()
}

/// The store in a folder, opened once more.
pub(crate) fn reopen(folder: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(folder.join("opd.db"), OpenMode::Existing)
}

#[tokio::test]
async fn a_database_is_made_once_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    let mut work = store.begin().await.unwrap();
    work.insert_buyer(&buyer("acme")).await.unwrap();
    work.commit().await.unwrap();
    for file in ["opd.db", "opd.db-wal", "opd.db-shm"] {
        let mode = folder
            .path()
            .join(file)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let again = SqliteStore::open(folder.path().join("opd.db"), OpenMode::Create);
    assert!(matches!(again, Err(OpenError::Exists(_))), "{again:?}");
}

#[test]
fn what_is_not_our_database_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(reopen(folder.path()), Err(OpenError::Missing(_))));
    assert!(!folder.path().join("opd.db").exists());

    let path = folder.path().join("opd.db");
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    assert!(matches!(reopen(folder.path()), Err(OpenError::Foreign(_))));
    assert_eq!(std::fs::read(&path).unwrap(), vec![b'x'; 8192]);

    std::fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x)")
        .unwrap();
    assert!(matches!(reopen(folder.path()), Err(OpenError::Foreign(_))));
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()));
    let connection = Connection::open(folder.path().join("opd.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let answer = reopen(folder.path());
    assert!(
        matches!(answer, Err(OpenError::NewerSchema { found: 99, .. })),
        "{answer:?}"
    );
}

#[test]
fn a_second_serve_is_refused_until_the_first_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (create(folder.path()), reopen(folder.path()).unwrap());
    let lock = first.lock_for_serving().unwrap();
    let answer = second.lock_for_serving();
    assert!(
        matches!(answer, Err(OpenError::AlreadyServed(_))),
        "{answer:?}"
    );
    drop(lock);
    second.lock_for_serving().unwrap();
    let mode = folder
        .path()
        .join("opd.db.lock")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn what_a_killed_server_committed_is_in_the_database_before_the_next_serves() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    found(&store).await;
    let mut work = store.begin().await.unwrap();
    work.append(&[statement(0)]).await.unwrap();
    work.commit().await.unwrap();
    let wal = folder.path().join("opd.db-wal");
    assert!(wal.metadata().unwrap().len() > 0);
    let _lock = store.lock_for_serving().unwrap();
    assert_eq!(wal.metadata().unwrap().len(), 0);
    let mut view = store.read().await.unwrap();
    assert_eq!(view.statement(0).await.unwrap(), Some(statement(0)));
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("opd.db");
    let bounded = SqliteStore::open_bounded(&path, OpenMode::Create, Some(200)).unwrap();
    found(&bounded).await;
    let large = |number| StatementRecord {
        der: vec![0x30; 64 * 1024],
        ..statement(number)
    };
    let mut number = 0;
    let full = loop {
        let mut work = bounded.begin().await.unwrap();
        let written = match work.append(&[large(number)]).await {
            Ok(_growth) => work.commit().await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, StoreError::Full), "{full:?}");
    assert!(number > 0);
    let mut view = bounded.read().await.unwrap();
    assert_eq!(
        view.log_head().await.unwrap().unwrap().next_statement(),
        number
    );
    assert!(view.statement(number).await.unwrap().is_none());
    drop(view);

    let mut small = bounded.begin().await.unwrap();
    small.append(&[statement(number)]).await.unwrap();
    small.commit().await.unwrap();
    let roomier = reopen(folder.path()).unwrap();
    let mut work = roomier.begin().await.unwrap();
    work.append(&[large(number + 1)]).await.unwrap();
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_damaged_row_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with_stock(std::sync::Arc::new(create(folder.path())), &[("WATER", 5)]).await;
    let connection = Connection::open(folder.path().join("opd.db")).unwrap();
    connection
        .execute("UPDATE items SET currency = 'dollars'", ())
        .unwrap();
    let mut view = shop.store.read().await.unwrap();
    let answer = view.item(&"WATER".parse().unwrap()).await;
    let Err(StoreError::Inconsistent { table, column, row }) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(
        (table, column, row.as_str()),
        ("items", "currency", "WATER")
    );
}

#[tokio::test]
async fn the_write_ahead_log_stays_short_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    found(&store).await;
    let mut number = 0;
    for _ in 0..160 {
        let mut work = store.begin().await.unwrap();
        let batch: Vec<StatementRecord> = (number..number + 4)
            .map(|number| StatementRecord {
                number,
                der: vec![0x30; 256 * 1024],
                ..statement(0)
            })
            .collect();
        work.append(&batch).await.unwrap();
        work.commit().await.unwrap();
        number += 4;
    }
    let length = folder.path().join("opd.db-wal").metadata().unwrap().len();
    assert!(
        length < 80 * 1024 * 1024,
        "{length} bytes after 160 MiB of commits"
    );
}

#[tokio::test]
async fn a_batch_survives_its_process_once_committed() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with_stock(std::sync::Arc::new(create(folder.path())), &[("WATER", 5)]).await;
    let committed = shop.order("acme", "PO-1", &[("WATER", 1)]);
    shop.takes_in(std::slice::from_ref(&committed)).await;
    let lost = shop.order("acme", "PO-2", &[("WATER", 1)]);
    let mut work = shop.store.begin().await.unwrap();
    decide_batch(work.as_mut(), std::slice::from_ref(&lost)).await;
    // A copy of the files as they are now is what a power cut leaves at worst.
    let copy = tempfile::tempdir().unwrap();
    for file in ["opd.db", "opd.db-wal"] {
        std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let recovered = reopen(copy.path()).unwrap();
    let mut view = recovered.read().await.unwrap();
    assert!(view.order(&committed.order_id).await.unwrap().is_some());
    assert!(view.order(&lost.order_id).await.unwrap().is_none());
    assert_eq!(view.log_head().await.unwrap().unwrap().next_statement(), 1);
}

#[tokio::test]
async fn statements_from_before_the_log_become_its_first_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("opd.db");
    let connection = Connection::open(&path).unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    for name in [
        "parties",
        "sessions",
        "inventory",
        "statements",
        "orders",
        "outbox",
    ]
    .iter()
    .zip(1..)
    {
        let (name, number) = name;
        let file = migrations.join(format!("{number:04}_{name}.sql"));
        connection
            .execute_batch(&std::fs::read_to_string(file).unwrap())
            .unwrap();
    }
    connection
        .execute_batch(
            "PRAGMA application_id = 0x4374536E;
             PRAGMA user_version = 6;
             INSERT INTO shop VALUES (1, 'shop.example', zeroblob(32), 0);
             WITH RECURSIVE old (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM old WHERE number < 5000)
             INSERT INTO statements (number, kind, issued_at, sha256, der)
             SELECT number, 'seller', number, unhex(format('%064x', number)), x'3000' FROM old;",
        )
        .unwrap();
    drop(connection);

    let store = reopen(folder.path()).unwrap();
    let mut view = store.read().await.unwrap();
    let head = view.log_head().await.unwrap().unwrap();
    let mut tree = Tree::empty();
    let entries: Vec<Entry> = (0..=5000_u64)
        .map(|number| {
            let mut bytes = [0; 32];
            bytes[24..].copy_from_slice(&number.to_be_bytes());
            Entry::from_bytes(bytes)
        })
        .collect();
    tree.append(&entries).unwrap();
    assert_eq!(head.tree, tree);
    assert_eq!(view.entries(&head, 0..9000).await.unwrap(), entries);
    assert_eq!(view.tile_hashes(&head, 1, 0..99).await.unwrap().len(), 19);
}

#[tokio::test]
async fn a_log_whose_root_was_edited_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    found(&store).await;
    let mut work = store.begin().await.unwrap();
    work.append(&[statement(0), statement(1), statement(2)])
        .await
        .unwrap();
    work.commit().await.unwrap();
    let connection = Connection::open(folder.path().join("opd.db")).unwrap();
    connection
        .execute_batch("CREATE TABLE before_edits AS SELECT size, root, edge FROM logs")
        .unwrap();
    for edit in [
        "root = zeroblob(32)",
        "edge = zeroblob(64)",
        "edge = x''",
        "edge = CAST(edge || edge AS BLOB)",
        "size = 2",
    ] {
        connection
            .execute_batch(&format!("UPDATE logs SET {edit}"))
            .unwrap();
        let answer = store.read().await.unwrap().log_head().await;
        assert!(
            matches!(answer, Err(StoreError::Inconsistent { table: "logs", .. })),
            "{edit}: {answer:?}"
        );
        connection
            .execute_batch("UPDATE logs SET (size, root, edge) = (SELECT * FROM before_edits)")
            .unwrap();
    }
    let head = store.read().await.unwrap().log_head().await.unwrap();
    assert_eq!(head.unwrap().tree.size(), 3);
}
