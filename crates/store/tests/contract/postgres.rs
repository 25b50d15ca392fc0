//! What only PostgreSQL promises.

use std::time::Duration;

use countersign_store::{
    Durability, OpenError, PostgresSettings, PostgresStore, Store, StoreError,
};

use crate::postgres_cluster::Database;
use crate::shop::{Shop, buyer, decide_batch};

async fn open(database: &Database) -> PostgresStore {
    PostgresStore::open(&database.settings()).await.unwrap()
}

#[tokio::test]
async fn servers_that_start_at_once_bring_the_schema_up_to_date_once() {
    let database = Database::empty();
    let settings = database.settings();
    let starting = (0..4).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move { PostgresStore::open(&settings).await.map(drop) })
    });
    for server in starting.collect::<Vec<_>>() {
        server.await.unwrap().unwrap();
    }
    assert_eq!(database.psql("SELECT version FROM schema_version"), "15\n");
}

#[tokio::test]
async fn a_database_that_a_newer_version_has_migrated_is_refused() {
    let database = Database::migrated();
    database.psql("UPDATE schema_version SET version = 16");
    let refused = PostgresStore::open(&database.settings()).await.map(drop);
    assert!(
        matches!(
            refused,
            Err(OpenError::NewerSchema {
                found: 16,
                known: 15
            })
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
    let shop = Shop::with_stock(std::sync::Arc::new(open(&database).await), &[("WATER", 5)]).await;
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
