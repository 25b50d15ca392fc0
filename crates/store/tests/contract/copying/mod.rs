//! A whole shop, with something in every table, copied between the backends.

mod full_shop;
mod schema;

use std::path::Path;
use std::sync::Arc;

use countersign_order::Move;
use countersign_store::copy::{Copied, CopyError, Location, Progress, Step, copy};
use countersign_store::{
    Durability, MailFilter, OpenMode, PostgresSettings, PostgresStore, SqliteStore, Store,
};
use rusqlite::Connection;

use crate::orders::make;
use crate::postgres::SCHEMA;
use crate::postgres_cluster::Database;
use crate::shop::{Shop, account, buyer, mail, now, order_id};
use crate::sqlite::create;
use crate::webhooks::hook;
use full_shop::{a_shop_in, entry, numbered};

fn in_file(folder: &Path, name: &str) -> Location {
    Location::Sqlite(folder.join(name))
}

async fn copied(from: &Location, to: &Location) -> Result<Copied, CopyError> {
    copy(from, to, &mut |_| {}).await
}

/// What comes after the copy: everything that the database numbers goes on behind what is there.
async fn goes_on(store: impl Store + 'static) {
    let mut work = store.begin().await.unwrap();
    let head = work.log_head().await.unwrap().unwrap();
    assert_eq!(head.origin.to_string(), "shop.example/2");
    work.append(&[numbered(head.next_statement())])
        .await
        .unwrap();
    work.insert_buyer(&buyer("dock")).await.unwrap();
    work.insert_account(&account("dock", Some("dock")))
        .await
        .unwrap();
    assert_eq!(work.insert_webhook(&hook(None), now()).await.unwrap(), 4);
    let audited = work.audit(None, 1).await.unwrap().rows[0].number;
    work.record(&entry("next")).await.unwrap();
    assert_eq!(
        work.audit(None, 1).await.unwrap().rows[0].number,
        audited + 1
    );
    let order = order_id();
    let filter = MailFilter::default();
    let mailed = work.mails(&filter, None, 1).await.unwrap().rows[0].number;
    work.insert_mail(&[mail(&order)], now()).await.unwrap();
    let next = work.mails(&filter, None, 1).await.unwrap().rows[0].number;
    assert_eq!(next, mailed + 1);
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_shop_is_the_same_in_postgresql_and_again_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    a_shop_in(create(folder.path())).await;
    // In one file, as a backup is, and with as many octets as orders have.
    let file = folder.path().join("whole.db");
    let connection = Connection::open(folder.path().join("opd.db")).unwrap();
    connection
        .execute_batch(
            "UPDATE orders SET signed_data = randomblob(2500);
             UPDATE statements SET der = randomblob(1700);",
        )
        .unwrap();
    connection
        .execute("VACUUM INTO ?1", [file.to_str().unwrap()])
        .unwrap();
    drop(connection);
    let before = std::fs::read(&file).unwrap();
    let database = Database::empty();
    let (here, there) = (
        in_file(folder.path(), "whole.db"),
        Location::Postgres(database.settings()),
    );
    let mut steps = Vec::new();
    let begun = std::time::Instant::now();
    let first = copy(&here, &there, &mut |progress: Progress| {
        if progress.is_done {
            steps.push(progress);
        }
    })
    .await
    .unwrap();
    let took = begun.elapsed();
    assert_eq!(
        std::fs::read(&file).unwrap(),
        before,
        "the source is not changed"
    );
    for table in &first.tables {
        assert!(table.rows > 0, "nothing of {} was copied", table.name);
        let of_table = |step| {
            steps.contains(&Progress {
                table: table.name,
                step,
                rows: table.rows,
                is_done: true,
            })
        };
        assert!(of_table(Step::Copy) && of_table(Step::Compare));
    }
    let orders = database.psql("SELECT count(*) FROM orders");
    say(&format!("{} orders there in {took:?}", orders.trim()));

    let begun = std::time::Instant::now();
    let back = in_file(folder.path(), "back.db");
    assert_eq!(copied(&there, &back).await.unwrap(), first);
    say(&format!("and back in {:?}", begun.elapsed()));
    goes_on(PostgresStore::open(&database.settings()).await.unwrap()).await;
    goes_on(SqliteStore::open(folder.path().join("back.db"), OpenMode::Existing).unwrap()).await;
    let schema = |name| {
        let connection = Connection::open(folder.path().join(name)).unwrap();
        let mut statement = connection
            .prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
            .unwrap();
        let rows = statement.query_map((), |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<String>>()
    };
    assert_eq!(
        schema("opd.db"),
        schema("back.db"),
        "triggers are there again"
    );
}

#[expect(clippy::print_stderr, reason = "the test runner shows it if asked")]
fn say(what: &str) {
    eprintln!("{what}");
}

#[tokio::test]
async fn an_order_after_the_copy_is_told_of_behind_all_that_were_copied() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    let shop = Shop::with_stock(Arc::new(store), &[("WATER", 9)]).await;
    shop.takes_in(&[shop.order("acme", "PO-1", &[("WATER", 1)])])
        .await;
    let database = Database::empty();
    let there = Location::Postgres(database.settings());
    copied(&in_file(folder.path(), "opd.db"), &there)
        .await
        .unwrap();
    let moved = shop.moved_to(Arc::new(
        PostgresStore::open(&database.settings()).await.unwrap(),
    ));
    let next = moved.order("acme", "PO-2", &[("WATER", 1)]);
    moved.takes_in(std::slice::from_ref(&next)).await;
    let receipt = moved.kept(&next.order_id).await.unwrap().receipt;
    assert_eq!(receipt, 1, "the next number");
    make(&moved, &next, Move::Prepare).await;
    let told = database.psql("SELECT number, version FROM order_changes ORDER BY number");
    assert_eq!(told, "1|1\n2|1\n3|2\n");
    let told = database.psql("SELECT number FROM stock_movements ORDER BY number");
    assert_eq!(told, "1\n2\n3\n");
    assert_eq!(moved.stock("WATER").await, (9, 2));
}

#[tokio::test]
async fn what_is_served_or_written_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    let database = Database::empty();
    let (here, there) = (
        in_file(folder.path(), "opd.db"),
        Location::Postgres(database.settings()),
    );
    let answer = copied(&here, &there).await;
    assert!(matches!(answer, Err(CopyError::NoShop)), "{answer:?}");
    Shop::with_stock(Arc::new(store.clone()), &[("WATER", 5)]).await;

    let lock = store.lock_for_serving().unwrap();
    let answer = copied(&here, &there).await;
    assert!(matches!(answer, Err(CopyError::SourceServed)), "{answer:?}");
    drop(lock);
    let work = store.begin().await.unwrap();
    let answer = copied(&here, &there).await;
    assert!(matches!(answer, Err(CopyError::SourceBusy)), "{answer:?}");
    drop(work);
    assert_eq!(database.psql("\\dt"), "", "nothing was made");
    copied(&here, &there).await.unwrap();

    let back = in_file(folder.path(), "other.db");
    let server = PostgresStore::open(&database.settings()).await.unwrap();
    drop(server.read().await.unwrap());
    let answer = copied(&there, &back).await;
    assert!(matches!(answer, Err(CopyError::SourceServed)), "{answer:?}");
    let work = server.begin().await.unwrap();
    let answer = copied(&there, &back).await;
    assert!(matches!(answer, Err(CopyError::SourceBusy)), "{answer:?}");
    drop(work);
    assert!(!folder.path().join("other.db").exists());
}

#[tokio::test]
async fn a_copy_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    Shop::with_stock(Arc::new(create(folder.path())), &[("WATER", 5)]).await;
    let here = in_file(folder.path(), "opd.db");
    let taken = Database::migrated();
    let there = |database: &Database| Location::Postgres(database.owners_settings());
    taken.psql("INSERT INTO items VALUES ('BEER', 'Beer', 'EA', 'USD', '1', 1)");
    let answer = copied(&here, &there(&taken)).await;
    assert!(
        matches!(answer, Err(CopyError::TargetNotEmpty("items"))),
        "{answer:?}"
    );
    taken.psql("DELETE FROM items");
    let answer = copied(&here, &Location::Postgres(taken.settings())).await;
    assert!(
        matches!(answer, Err(CopyError::TargetNotOwned)),
        "{answer:?}"
    );
    taken.psql("UPDATE schema_version SET version = 15");
    let answer = copied(&here, &there(&taken)).await;
    assert!(
        matches!(answer, Err(CopyError::TargetSchema { found: 15, .. })),
        "{answer:?}"
    );
    taken.psql(&format!("UPDATE schema_version SET version = {SCHEMA}"));
    copied(&here, &there(&taken)).await.unwrap();
    let answer = copied(&here, &there(&taken)).await;
    assert!(matches!(answer, Err(CopyError::TargetTaken)), "{answer:?}");

    let file = folder.path().join("opd.db");
    let answer = copied(&there(&taken), &Location::Sqlite(file.clone())).await;
    assert!(matches!(answer, Err(CopyError::TargetTaken)), "{answer:?}");
    Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 15)
        .unwrap();
    let other = Database::empty();
    let answer = copied(&here, &there(&other)).await;
    assert!(
        matches!(answer, Err(CopyError::SourceSchema { found: 15, .. })),
        "{answer:?}"
    );
    assert_eq!(other.psql("\\dt"), "", "nothing was made");
}

#[tokio::test]
async fn a_target_that_may_lose_what_it_took_is_refused_unless_one_machine_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    Shop::with_stock(Arc::new(create(folder.path())), &[("WATER", 5)]).await;
    let database = Database::empty();
    let settings = PostgresSettings {
        durability: Durability::Replicated,
        ..database.settings()
    };
    let answer = copied(
        &in_file(folder.path(), "opd.db"),
        &Location::Postgres(settings),
    )
    .await;
    assert!(matches!(answer, Err(CopyError::Target(_))), "{answer:?}");
    assert!(format!("{answer:?}").contains("synchronous_standby_names"));
    assert_eq!(database.psql("\\dt"), "", "nothing was made");
}

/// What a target does instead of keeping a row as it was given, and how many it then has.
const RULES: [(&str, u64); 2] = [
    ("INSTEAD NOTHING", 0),
    ("ALSO UPDATE stock_movements SET on_hand = 6", 1),
];

#[tokio::test]
async fn what_the_target_keeps_otherwise_than_it_was_given_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    Shop::with_stock(Arc::new(create(folder.path())), &[("WATER", 5)]).await;
    for (rule, rows) in RULES {
        let database = Database::migrated();
        database.psql(&format!(
            "CREATE RULE otherwise AS ON INSERT TO stock_movements DO {rule}"
        ));
        let there = Location::Postgres(database.owners_settings());
        let answer = copied(&in_file(folder.path(), "opd.db"), &there).await;
        let Err(CopyError::Differs {
            table: "stock_movements",
            source_rows: 1,
            target_rows,
        }) = answer
        else {
            panic!("{rule}: {answer:?}");
        };
        assert_eq!(target_rows, rows, "{rule}");
        assert_eq!(database.psql("SELECT count(*) FROM shop"), "0\n");
    }
}

/// What somebody may do to the statements and the logs, and what it is told as.
const DAMAGE: [(&str, &str); 6] = [
    (
        "UPDATE logs SET root = zeroblob(32) WHERE generation = 1",
        "LogDiffers",
    ),
    (
        "UPDATE statements SET sha256 = zeroblob(32) WHERE number = 9",
        "LogDiffers",
    ),
    (
        "DELETE FROM statements WHERE number = 9",
        "StatementsDiffer",
    ),
    (
        "DELETE FROM statements WHERE number = (SELECT max(number) FROM statements)",
        "StatementsDiffer",
    ),
    (
        "UPDATE logs SET size = size + 1 WHERE generation = 2",
        "StatementsDiffer",
    ),
    (
        "UPDATE logs SET first_statement = first_statement + 1 WHERE generation = 2",
        "LogDiffers",
    ),
];

#[tokio::test]
async fn a_log_that_the_statements_do_not_make_up_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    a_shop_in(create(folder.path())).await;
    let file = |name| folder.path().join(name);
    let database = Database::empty();
    let there = Location::Postgres(database.settings());
    for (edit, is_told) in DAMAGE {
        let damaged = file("damaged.db");
        let connection = Connection::open(file("opd.db")).unwrap();
        connection
            .execute("VACUUM INTO ?1", [damaged.to_str().unwrap()])
            .unwrap();
        let connection = Connection::open(&damaged).unwrap();
        assert_eq!(connection.execute(edit, ()).unwrap(), 1, "{edit}");
        drop(connection);
        let answer = copied(&Location::Sqlite(damaged.clone()), &there).await;
        let told = format!("{answer:?}");
        assert!(told.contains(is_told), "{edit}: {told}");
        assert_eq!(database.psql("SELECT count(*) FROM statements"), "0\n");
        std::fs::remove_file(damaged).unwrap();
    }
    copied(&in_file(folder.path(), "opd.db"), &there)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_written_to_a_file_is_undone_too() {
    let folder = tempfile::tempdir().unwrap();
    a_shop_in(create(folder.path())).await;
    let database = Database::empty();
    let there = Location::Postgres(database.settings());
    copied(&in_file(folder.path(), "opd.db"), &there)
        .await
        .unwrap();
    let back = in_file(folder.path(), "back.db");
    let edit = |root: &str| {
        let edit = format!("UPDATE logs SET root = {root} WHERE generation = 1");
        database.psql(&edit);
    };
    database.psql("CREATE TABLE before AS SELECT root FROM logs WHERE generation = 1");
    edit("sha256('')");
    let answer = copied(&there, &back).await;
    let is_told = matches!(answer, Err(CopyError::LogDiffers(_)));
    assert!(is_told, "{answer:?}");
    let file = Connection::open(folder.path().join("back.db")).unwrap();
    let count = "SELECT (SELECT count(*) FROM statements) + (SELECT count(*) FROM shop)";
    let left: i64 = file.query_row(count, (), |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    drop(file);
    edit("(SELECT root FROM before)");
    copied(&there, &back).await.unwrap();
}
