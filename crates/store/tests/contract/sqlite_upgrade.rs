//! Databases from before movements of stock were kept, from before events went without a statement, and from
//! before a change told whose it is.

use std::path::Path;

use countersign_store::{ChangeScope, DeliveryState, Store as _};
use jiff::Timestamp;
use rusqlite::Connection;

use crate::sqlite::reopen;

/// The first migration that the first release did not have.
const AFTER_RELEASE: &str = "0010";

/// The migration by which events may go without a statement.
const WITHOUT_STATEMENT: &str = "0016";

/// The migration by which a change tells whose it is.
const WITHOUT_BUYERS: &str = "0017";

/// What was there: eight came in, one left; two are reserved in an order that is packed.
const OLD: &str = "
    INSERT INTO shop VALUES (1, 'shop.example', zeroblob(32), 0);
    INSERT INTO items (sku, name, unit, currency, unit_price, per, on_hand, reserved)
    VALUES ('WATER', 'Water', 'EA', 'USD', '15', 1, 7, 2),
           ('WINE', 'Wine', 'EA', 'USD', '15', 1, 0, 0);
    INSERT INTO orders (
        id, buyer, account, purchase_order_number, attempt, sales_order_number, decision, reasons,
        state, fulfilment, currency, total_minor, issued_at, received_at, decided_at,
        content_sha256, certificate_sha256, receipt, signed_data
    )
    VALUES (
        'ord_00000000000070008000000000000001', 'acme', 'acme', 'PO-1', 1, 1, 'accepted', '[]',
        'packed', 'partial', 'USD', 6000, 1000, 1000, 1000, zeroblob(32), zeroblob(32), 1, x'00'
    );
    INSERT INTO order_lines (
        order_id, line, sku, description, unit, unit_price, per, ordered, reserved, back_ordered,
        shipped
    )
    VALUES (
        'ord_00000000000070008000000000000001', 1, 'WATER', 'Water', 'EA', '15', 1, 4, 2, 1, 1
    );";

/// What was on its way to a webhook.
const TOLD: &str = "
    INSERT INTO webhooks (number, url, kinds, secret, created_at)
    VALUES (3, 'https://receiver.example', '[]', 'whsec_', 1000);
    INSERT INTO webhook_deliveries (
        number, webhook, event_id, kind, order_id, statement, payload, state, claims, attempts,
        created_at, due_at, tried_at, status, error
    )
    VALUES (
        7, 3, 'msg_1', 'order.accepted', 'ord_00000000000070008000000000000001', 5, '{}', 'waiting',
        2, 1, 1000, 2000, 1500, 500, 'answered 500'
    );";

/// A database as it was before a migration, with what was in it then.
fn an_old_database(folder: &Path, before: &str, facts: &str) {
    let connection = Connection::open(folder.join("opd.db")).unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut files: Vec<_> = std::fs::read_dir(migrations)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.file_name().unwrap().to_str().unwrap() < before)
        .collect();
    files.sort();
    for file in &files {
        let sql = std::fs::read_to_string(file).unwrap();
        connection.execute_batch(&sql).unwrap();
    }
    let marks = format!(
        "PRAGMA application_id = 0x4374536E; PRAGMA user_version = {};",
        files.len()
    );
    connection.execute_batch(&marks).unwrap();
    connection.execute_batch(facts).unwrap();
}

#[tokio::test]
async fn an_old_database_gets_movements_that_sum_up_to_its_stock() {
    let folder = tempfile::tempdir().unwrap();
    an_old_database(folder.path(), AFTER_RELEASE, OLD);
    let store = reopen(folder.path()).unwrap();
    let mut view = store.read().await.unwrap();
    let water = "WATER".parse().unwrap();
    let rows = view.stock_movements(&water, 0, 10).await.unwrap().rows;
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.kind.as_str(), row.on_hand, row.reserved))
        .collect();
    let expected = [("corrected", 8, 0), ("reserved", 0, 3), ("shipped", -1, -1)];
    assert_eq!(told, expected);
    assert!(rows[0].reason.is_some() && rows[1].line == rows[2].line);
    let wine = "WINE".parse().unwrap();
    assert_eq!(view.stock_movements(&wine, 0, 10).await.unwrap().rows, []);
    let item = view.item(&wine).await.unwrap().unwrap();
    assert!(item.keeping.backorder && item.keeping.low_stock.is_none());
    let order = "ord_00000000000070008000000000000001".parse().unwrap();
    let order = view.order(&order).await.unwrap().unwrap();
    assert_eq!(order.lines[0].progress.packed, 2, "it can be shipped");
}

#[tokio::test]
async fn what_was_on_its_way_to_a_webhook_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    an_old_database(folder.path(), WITHOUT_STATEMENT, TOLD);
    let store = reopen(folder.path()).unwrap();
    let mut view = store.read().await.unwrap();
    let rows = view.deliveries(3, None, 10).await.unwrap().rows;
    assert_eq!(rows.len(), 1);
    let kept = &rows[0];
    assert_eq!((kept.number, kept.event_id.as_str()), (7, "msg_1"));
    assert_eq!(
        (kept.kind.as_str(), kept.statement),
        ("order.accepted", Some(5))
    );
    assert_eq!(
        (kept.state, kept.claims, kept.attempts),
        (DeliveryState::Waiting, 2, 1)
    );
    assert_eq!(
        (kept.status, kept.error.as_deref()),
        (Some(500), Some("answered 500"))
    );
    let times = [kept.created_at, kept.due_at, kept.tried_at.unwrap()];
    assert_eq!(times.map(Timestamp::as_microsecond), [1000, 2000, 1500]);
}

#[tokio::test]
async fn what_happened_before_is_the_buyers_too() {
    let folder = tempfile::tempdir().unwrap();
    an_old_database(folder.path(), WITHOUT_BUYERS, OLD);
    let store = reopen(folder.path()).unwrap();
    let mut view = store.read().await.unwrap();
    for (buyer, numbers) in [("acme", vec![1]), ("bolt", vec![])] {
        let scope = ChangeScope {
            buyer: Some(buyer.parse().unwrap()),
            order: None,
        };
        let changes = view.changes(&scope, 0, 10).await.unwrap();
        let told: Vec<u64> = changes.iter().map(|change| change.number).collect();
        assert_eq!(told, numbers, "{buyer}");
    }
}
