//! What only PostgreSQL promises.

use std::sync::Arc;
use std::time::Duration;

use countersign_store::postgres::COMMIT_DEADLINE;
use countersign_store::{
    Durability, OpenError, PostgresSettings, PostgresStore, Store, StoreError,
};

use crate::postgres_cluster::Database;
use crate::shop::{Shop, buyer, decide_batch};

/// How many migrations there are.
pub(crate) const SCHEMA: u32 = 19;

pub(crate) async fn open(database: &Database) -> PostgresStore {
    PostgresStore::open(&database.settings()).await.unwrap()
}

#[tokio::test]
async fn servers_that_start_at_once_bring_the_schema_up_to_date_once() {
    let database = Database::empty();
    let settings = database.settings();
    let mut servers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let settings = settings.clone();
        servers.spawn(async move { PostgresStore::open(&settings).await.map(drop) });
    }
    for started in servers.join_all().await {
        started.unwrap();
    }
    assert_eq!(
        database.psql("SELECT version FROM schema_version"),
        format!("{SCHEMA}\n")
    );
}

#[tokio::test]
async fn a_database_that_is_not_of_unicode_is_refused() {
    let database = Database::without_encoding();
    let refused = PostgresStore::open(&database.settings()).await.map(drop);
    assert!(
        matches!(&refused, Err(OpenError::Encoding(encoding)) if encoding == "SQL_ASCII"),
        "{refused:?}"
    );
    assert_eq!(database.psql("SELECT to_regclass('schema_version')"), "\n");
}

#[tokio::test]
async fn a_database_that_a_newer_version_has_migrated_is_refused() {
    let database = Database::migrated();
    let newer = SCHEMA + 1;
    database.psql(&format!("UPDATE schema_version SET version = {newer}"));
    let refused = PostgresStore::open(&database.settings()).await.map(drop);
    assert!(
        matches!(
            refused,
            Err(OpenError::NewerSchema {
                found,
                known: SCHEMA
            }) if found == newer
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_database_that_waits_for_no_standby_is_refused_unless_one_machine_is_enough() {
    let database = Database::migrated();
    let settings = PostgresSettings {
        durability: Durability::Replicated,
        ..database.settings()
    };
    let refused = PostgresStore::open(&settings).await.map(drop).unwrap_err();
    let reason = std::error::Error::source(&refused).unwrap();
    assert!(
        matches!(refused, OpenError::Store(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    let reason = reason
        .source()
        .map_or_else(|| reason.to_string(), ToString::to_string);
    assert!(reason.contains("synchronous_standby_names"), "{reason}");
    open(&database).await;
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_refused() {
    let settings = PostgresSettings {
        address: "postgres:/nowhere".to_owned(),
        password: None,
        authorities: None,
        durability: Durability::Single,
    };
    let refused = PostgresStore::open(&settings).await.map(drop);
    assert!(matches!(refused, Err(OpenError::Address(_))), "{refused:?}");
}

#[tokio::test]
async fn a_connection_that_is_lost_is_opened_again() {
    let database = Database::migrated();
    let store = open(&database).await;
    let mut work = store.begin().await.unwrap();
    work.insert_buyer(&buyer("acme")).await.unwrap();
    work.commit().await.unwrap();
    drop(store.read().await.unwrap());
    database.psql(
        "SELECT pg_terminate_backend(pid)
         FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut work = store.begin().await.unwrap();
    assert!(
        work.buyer(&"acme".parse().unwrap())
            .await
            .unwrap()
            .is_some()
    );
    work.commit().await.unwrap();
    let mut view = store.read().await.unwrap();
    assert!(
        view.buyer(&"acme".parse().unwrap())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_transaction_whose_connection_is_lost_does_not_stand() {
    let database = Database::migrated();
    let store = open(&database).await;
    let mut work = store.begin().await.unwrap();
    work.insert_buyer(&buyer("acme")).await.unwrap();
    database.psql(
        "SELECT pg_terminate_backend(pid)
         FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = work.commit().await;
    assert!(
        matches!(answer, Err(StoreError::Unavailable(_))),
        "{answer:?}"
    );
    let mut view = store.read().await.unwrap();
    assert_eq!(view.buyer(&"acme".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_commit_that_nobody_waits_for_is_not_cancelled() {
    let database = Database::migrated();
    let shop = Shop::with_stock(Arc::new(open(&database).await), &[("WATER", 5)]).await;
    for number in 0..20 {
        let batch = [shop.order("acme", &format!("PO-{number}"), &[("WATER", 1)])];
        let mut work = shop.store.begin().await.unwrap();
        decide_batch(work.as_mut(), &batch).await;
        let mut commit = work.commit();
        // Sends it, and goes away before the answer.
        let sent = std::future::poll_fn(|context| {
            std::task::Poll::Ready(commit.as_mut().poll(context).is_pending())
        });
        assert!(sent.await);
        drop(commit);
        tokio::task::yield_now().await;
        // The next transaction has its turn after it, and sees it.
        let mut next = shop.store.begin().await.unwrap();
        let kept = next.order(&batch[0].order_id).await.unwrap();
        assert!(kept.is_some(), "{number}");
    }
}

#[tokio::test]
async fn a_failed_transaction_cannot_be_committed() {
    let database = Database::migrated();
    let store = open(&database).await;
    let mut work = store.begin().await.unwrap();
    work.insert_buyer(&buyer("acme")).await.unwrap();
    let mut twice = crate::shop::account("jo", Some("nobody"));
    twice.enabled = false;
    let refused = work.insert_account(&twice).await;
    assert!(
        matches!(refused, Err(StoreError::RuleBroken(_))),
        "{refused:?}"
    );
    assert!(work.commit().await.is_err());
    let mut view = store.read().await.unwrap();
    assert_eq!(view.buyer(&"acme".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_server_has_no_right_to_change_what_was_signed() {
    let database = Database::migrated();
    for (statement, what) in [
        ("UPDATE orders SET signed_data = ''", "orders"),
        ("UPDATE orders SET content_sha256 = ''", "orders"),
        ("DELETE FROM orders", "orders"),
        ("UPDATE order_lines SET ordered = 1", "order_lines"),
        ("UPDATE statements SET der = ''", "statements"),
        ("DELETE FROM statements", "statements"),
        ("TRUNCATE statements", "statements"),
        ("DELETE FROM logs", "logs"),
        (
            "UPDATE cancellation_requests SET signed_data = ''",
            "cancellation_requests",
        ),
        ("UPDATE stock_movements SET on_hand = 1", "stock_movements"),
        ("DELETE FROM audit", "audit"),
        ("UPDATE keys SET certificate = ''", "keys"),
        ("UPDATE schema_version SET version = 1", "schema_version"),
    ] {
        let refused = database.refusal_of(statement);
        let said = format!("permission denied for table {what}");
        assert!(refused.contains(&said), "{statement}: {refused}");
    }
    let refused = database.refusal_of("CREATE TABLE mine ()");
    assert!(
        refused.contains("permission denied for schema"),
        "{refused}"
    );
}

/// Waits until a backend waits for a standby, and tells which.
async fn waiting_for_standby(database: &Database) -> String {
    for _ in 0..200 {
        let found = database.psql(
            "SELECT pid
             FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event = 'SyncRep'",
        );
        if !found.is_empty() {
            return found.trim().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody waits for a standby");
}

/// Names a standby to wait for, or none. The value takes a moment to reach every backend.
fn wait_for(database: &Database, standby: &str) {
    database.psql(&format!(
        "ALTER SYSTEM SET synchronous_standby_names = '{standby}'"
    ));
    database.psql("SELECT pg_reload_conf()");
    std::thread::sleep(Duration::from_millis(300));
}

#[tokio::test]
async fn a_commit_that_no_standby_confirmed_has_an_unknown_outcome() {
    let database = Database::alone();
    // Nobody who administers the database can mute the warning by which it is known.
    database.psql("ALTER ROLE CURRENT_USER SET client_min_messages = error");
    wait_for(&database, "");
    let store = open(&database).await;
    try_to_insert(&store, "acme").await.unwrap();

    // Somebody ends the wait: the database says that all is well, and warns.
    wait_for(&database, "nobody");
    let (answer, ()) = tokio::join!(try_to_insert(&store, "bolt"), async {
        let backend = waiting_for_standby(&database).await;
        database.psql(&format!("SELECT pg_cancel_backend({backend})"));
    });
    assert!(
        matches!(answer, Err(StoreError::OutcomeUnknown(_))),
        "{answer:?}"
    );

    // Nobody ends it: the answer comes in time, and the commit still waits.
    wait_for(&database, "");
    try_to_insert(&store, "cargo").await.unwrap();
    wait_for(&database, "nobody");
    let begun = std::time::Instant::now();
    let answer = try_to_insert(&store, "delta").await;
    assert!(
        matches!(answer, Err(StoreError::OutcomeUnknown(_))),
        "{answer:?}"
    );
    let took = begun.elapsed();
    assert!(
        (COMMIT_DEADLINE..COMMIT_DEADLINE * 2).contains(&took),
        "{took:?}"
    );
    waiting_for_standby(&database).await;

    // Meanwhile everything can be read, from a server that starts just now too, and nobody can write.
    let late = open(&database).await;
    let mut view = late.read().await.unwrap();
    let acme = view.buyer(&"acme".parse().unwrap()).await.unwrap();
    assert!(acme.is_some());
    let begun = late.begin().await.map(drop);
    assert!(
        matches!(begun, Err(StoreError::Unavailable(_))),
        "{begun:?}"
    );

    // What has an unknown outcome is settled before anything is written on top of it.
    wait_for(&database, "");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut work = store.begin().await.unwrap();
    for name in ["acme", "bolt", "cargo", "delta"] {
        let found = work.buyer(&name.parse().unwrap()).await.unwrap();
        assert!(found.is_some(), "{name}");
    }
}

#[tokio::test]
async fn what_another_server_wrote_is_told_only_once_a_standby_has_it() {
    let database = Database::alone();
    wait_for(&database, "");
    let shop = Shop::with_stock(Arc::new(open(&database).await), &[("WATER", 5)]).await;
    let other = open(&database).await;
    let batch = [shop.order("acme", "PO-1", &[("WATER", 1)])];
    let mut work = shop.store.begin().await.unwrap();
    decide_batch(work.as_mut(), &batch).await;
    wait_for(&database, "nobody");
    let (answer, ()) = tokio::join!(work.commit(), async {
        let backend = waiting_for_standby(&database).await;
        database.psql(&format!("SELECT pg_cancel_backend({backend})"));
    });
    assert!(
        matches!(answer, Err(StoreError::OutcomeUnknown(_))),
        "{answer:?}"
    );

    // It can be seen, and is not told.
    let mut view = other.read().await.unwrap();
    assert!(view.order(&batch[0].order_id).await.unwrap().is_some());
    let head = view.log_head().await.unwrap().unwrap();
    let settling = tokio::spawn({
        let (other, next) = (other.clone(), head.next_statement());
        async move { other.settle(next).await }
    });
    waiting_for_standby(&database).await;
    assert!(!settling.is_finished());
    wait_for(&database, "");
    settling.await.unwrap().unwrap();
    // From then on nobody needs to wait for it.
    wait_for(&database, "nobody");
    other.settle(head.next_statement()).await.unwrap();
    wait_for(&database, "");
}

#[tokio::test]
async fn what_goes_over_a_network_is_encrypted_and_verified() {
    let database = Database::on_network();
    let trusting = database.settings_at("localhost", Some("authority"));
    let store = PostgresStore::open(&trusting).await.unwrap();
    let view = store.read().await.unwrap();
    let encrypted = database.psql(
        "SELECT bool_and(ssl)
         FROM pg_stat_ssl
         JOIN pg_stat_activity USING (pid)
         WHERE datname = current_database() AND application_name = 'countersign'",
    );
    assert_eq!(encrypted, "t\n");
    drop(view);

    for (host, authority) in [
        ("localhost", Some("stranger")),
        ("localhost", None),
        ("127.0.0.1", Some("authority")),
    ] {
        let settings = database.settings_at(host, authority);
        let refused = PostgresStore::open(&settings).await.map(drop).unwrap_err();
        let refused = format!("{refused:?}");
        assert!(refused.contains("InvalidCertificate"), "{host}: {refused}");
    }
    let nowhere = database.settings_at("localhost", Some("nobody"));
    let refused = PostgresStore::open(&nowhere).await.map(drop);
    assert!(
        matches!(refused, Err(OpenError::File { .. })),
        "{refused:?}"
    );
}

/// Ends every connection of a server's, again and again, for about two seconds.
const CUT: &str = "
    DO $$
    BEGIN
        FOR round IN 1..150 LOOP
            PERFORM pg_stat_clear_snapshot();
            PERFORM pg_terminate_backend(pid)
            FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'countersign';
            PERFORM pg_sleep(0.002 * (round % 12));
        END LOOP;
    END $$";

#[tokio::test]
async fn connections_that_are_cut_never_make_an_answer_untrue() {
    let database = Arc::new(Database::migrated());
    let store = open(&database).await;
    let cutting = tokio::task::spawn_blocking({
        let database = Arc::clone(&database);
        move || database.psql(CUT)
    });
    let mut answers = Vec::new();
    while !cutting.is_finished() {
        let name = format!("buyer-{}", answers.len());
        let answer = try_to_insert(&store, &name).await;
        answers.push((name, answer));
    }
    cutting.await.unwrap();

    let mut view = store.read().await.unwrap();
    let (mut kept, mut lost) = (0, 0);
    for (name, answer) in answers {
        let is_there = view.buyer(&name.parse().unwrap()).await.unwrap().is_some();
        match answer {
            Ok(()) => {
                assert!(is_there, "{name} was promised");
                kept += 1;
            }
            Err(StoreError::OutcomeUnknown(_)) => lost += 1,
            Err(error) => {
                assert!(!is_there, "{name} was refused: {error:?}");
                lost += 1;
            }
        }
    }
    assert!(kept > 0 && lost > 0, "{kept} kept, {lost} lost");
}

async fn try_to_insert(store: &PostgresStore, name: &str) -> Result<(), StoreError> {
    let mut work = store.begin().await?;
    work.insert_buyer(&buyer(name)).await?;
    work.commit().await
}

#[tokio::test]
async fn a_server_that_falls_silent_loses_its_turn() {
    let database = Database::migrated();
    let (silent, other) = (open(&database).await, open(&database).await);
    let mut work = silent.begin().await.unwrap();
    work.insert_buyer(&buyer("acme")).await.unwrap();
    let busy = other.begin().await.map(drop);
    assert!(matches!(busy, Err(StoreError::Busy)), "{busy:?}");

    tokio::time::sleep(Duration::from_secs(11)).await;
    try_to_insert(&other, "bolt").await.unwrap();
    assert!(work.commit().await.is_err());
    let mut view = other.read().await.unwrap();
    assert_eq!(view.buyer(&"acme".parse().unwrap()).await.unwrap(), None);
}
