//! One sequence of statements.

use countersign_store::{StatementKind, StatementRecord, StoreError};

use crate::place::on_every_backend;
use crate::shop::{Shop, digest, founded, now};

/// A seller statement with this number.
pub(crate) fn statement(number: u64) -> StatementRecord {
    StatementRecord {
        number,
        kind: StatementKind::Seller,
        order: None,
        account: None,
        issued_at: now(),
        der: vec![0x30, 0x01, u8::try_from(number).unwrap()],
        sha256: digest(number),
    }
}

on_every_backend! {
    async fn statements_keep_their_bytes(place: &dyn Place) {
        let store = founded(place.open().await).await;
        let mut key = statement(1);
        key.kind = StatementKind::Key;
        key.account = Some("acme/jo".parse().unwrap());
        let mut work = store.begin().await.unwrap();
        work.append(&[statement(0), key.clone()]).await.unwrap();
        work.append(&[statement(2)]).await.unwrap();
        work.commit().await.unwrap();
        let mut view = store.read().await.unwrap();
        assert_eq!(view.statement(0).await.unwrap(), Some(statement(0)));
        assert_eq!(view.statement(1).await.unwrap(), Some(key));
        assert_eq!(view.statement(3).await.unwrap(), None);
        assert_eq!(view.statement(u64::MAX).await.unwrap(), None);
        assert_eq!(view.seller_statement().await.unwrap(), Some(statement(2)));
        let page = view.statements_from(1, 1).await.unwrap();
        assert_eq!(page.iter().map(|s| s.number).collect::<Vec<_>>(), [1]);
        assert_eq!(view.statements_from(1, 9).await.unwrap().len(), 2);
        assert_eq!(view.statements_from(3, 9).await.unwrap(), []);
    }

    async fn the_sequence_has_no_gap_and_no_number_twice(place: &dyn Place) {
        let store = founded(place.open().await).await;
        for wrong in [vec![statement(1)], vec![statement(0), statement(2)], vec![statement(0), statement(0)]] {
            let mut work = store.begin().await.unwrap();
            let answer = work.append(&wrong).await;
            assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
        }
        let mut view = store.read().await.unwrap();
        assert_eq!(view.log_head().await.unwrap().unwrap().next_statement(), 0);
        assert_eq!(view.seller_statement().await.unwrap(), None);
    }

    async fn an_orders_statements_and_its_first_receipt_are_found(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 50)]).await;
        let batch = [
            shop.order("acme", "PO-1", &[("WATER", 1)]),
            shop.order("bolt", "PO-1", &[("WATER", 1)]),
        ];
        shop.takes_in(&batch).await;
        let [first, second] = batch.map(|entry| entry.order_id);
        let mut shipment = statement(2);
        shipment.kind = StatementKind::Shipment;
        shipment.order = Some(first);
        let mut work = shop.store.begin().await.unwrap();
        work.append(&[shipment.clone()]).await.unwrap();
        work.commit().await.unwrap();

        let mut view = shop.store.read().await.unwrap();
        let of_first = view.statements_of(&first).await.unwrap();
        assert_eq!(of_first.iter().map(|s| s.number).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(of_first[1], shipment);
        let stranger = crate::shop::order_id();
        let receipts = view.receipts(&[second, first, stranger]).await.unwrap();
        assert_eq!(receipts.len(), 2);
        assert_eq!(receipts[&first], of_first[0]);
        assert_eq!(receipts[&second].der, format!("receipt {second}").into_bytes());
    }
}
