//! How rows rest in PostgreSQL, and what is not written on top of them.

use std::sync::Arc;
use std::time::Duration;

use countersign_store::{NewOrder, StoreError};

use crate::postgres::open;
use crate::postgres_cluster::Database;
use crate::shop::{Shop, decided, now, today};
use crate::statements::statement;

#[tokio::test]
async fn no_statement_is_compressed_and_one_that_fits_stays_in_its_row() {
    let database = Database::empty();
    let shop = Shop::with_stock(Arc::new(open(&database).await), &[("WATER", 1)]).await;
    for (number, octets, outside) in [(0, 4_000, "f"), (1, 20_000, "t")] {
        let mut compressible = statement(number);
        compressible.der = vec![0; octets];
        let mut work = shop.store.begin().await.unwrap();
        work.append(&[compressible]).await.unwrap();
        work.commit().await.unwrap();
        let rests = format!(
            "SELECT pg_column_size(der) >= {octets}, pg_relation_size(reltoastrelid) > 0
             FROM statements, pg_class
             WHERE number = {number} AND pg_class.oid = 'statements'::regclass"
        );
        assert_eq!(database.psql(&rests), format!("t|{outside}\n"));
    }
}

#[tokio::test]
async fn what_changed_other_rows_than_it_must_cannot_be_committed() {
    let database = Database::migrated();
    let shop = Shop::with_stock(Arc::new(open(&database).await), &[("WATER", 5)]).await;
    let batch = [shop.order("acme", "PO-1", &[("WATER", 1)])];
    let mut work = shop.store.begin().await.unwrap();
    let snapshot = work.load(&batch, today()).await.unwrap().snapshot;
    let (outcomes, mut changes) = countersign_order::decide(&snapshot, &batch, now());
    changes.reserved.insert("TEA".parse().unwrap(), 1);
    let order = NewOrder {
        entry: &batch[0],
        decided: decided(&outcomes[0]),
        receipt: 0,
        signed_data: b"x",
    };
    let answer = work.apply(&[order], &changes).await;
    assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    assert!(work.commit().await.is_err());
    assert_eq!(shop.stock("WATER").await, (5, 0));
}

#[tokio::test]
async fn a_database_that_holds_less_than_was_kept_is_not_written_to() {
    let database = Database::migrated();
    let shop = Shop::with_stock(Arc::new(open(&database).await), &[("WATER", 5)]).await;
    let batch = [shop.order("acme", "PO-1", &[("WATER", 1)])];
    shop.takes_in(&batch).await;
    let mut view = shop.store.read().await.unwrap();
    let next = view.log_head().await.unwrap().unwrap().next_statement();
    drop(view);
    let set_back = async |leaves: &str| {
        database.psql(&format!("UPDATE logs SET size = size {leaves}"));
        database.psql(
            "SELECT pg_terminate_backend(pid)
             FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    set_back("- 1").await;
    let begun = shop.store.begin().await.map(drop).unwrap_err();
    assert!(format!("{begun:?}").contains("holds less"), "{begun:?}");
    let settled = shop.store.settle(next + 1).await.unwrap_err();
    assert!(format!("{settled:?}").contains("holds less"), "{settled:?}");
    set_back("+ 1").await;
    drop(shop.store.begin().await.unwrap());
    let settled = shop.store.settle(next + 1).await.unwrap_err();
    assert!(format!("{settled:?}").contains("holds less"), "{settled:?}");
}
