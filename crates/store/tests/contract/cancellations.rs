//! Cancellation requests: kept as they came, each content once.

use countersign_order::OrderId;
use countersign_store::{CancellationRecord, StoreError};

use crate::place::on_every_backend;
use crate::shop::{digest, fresh, later, order_id};

/// A request unlike all others to call an order off.
pub(crate) fn request(order: OrderId, statement: u64) -> CancellationRecord {
    CancellationRecord {
        statement,
        order,
        account: "acme/jo".parse().unwrap(),
        received_at: later(60),
        content: digest(fresh()),
        certificate: digest(fresh()),
        signed_data: vec![0x30, 0x80, 0x00, 0x00],
    }
}

on_every_backend! {
    async fn requests_are_kept_whole_with_their_order(place: &dyn Place) {
        let store = place.open().await;
        let [order, other] = [order_id(), order_id()];
        let (second, first, foreign) = (request(order, 9), request(order, 4), request(other, 7));
        let mut work = store.begin().await.unwrap();
        for request in [&second, &first, &foreign] {
            work.insert_cancellation_request(request).await.unwrap();
        }
        work.commit().await.unwrap();
        let mut view = store.read().await.unwrap();
        assert_eq!(view.cancellation_requests(&order).await.unwrap(), [first, second]);
        assert_eq!(view.cancellation_requests(&other).await.unwrap(), [foreign]);
        assert_eq!(view.cancellation_requests(&order_id()).await.unwrap(), []);
    }

    async fn a_content_is_kept_once_for_an_order(place: &dyn Place) {
        let store = place.open().await;
        let once = request(order_id(), 4);
        let elsewhere = CancellationRecord { statement: 5, order: order_id(), ..once.clone() };
        let mut work = store.begin().await.unwrap();
        work.insert_cancellation_request(&once).await.unwrap();
        work.insert_cancellation_request(&elsewhere).await.unwrap();
        let twice = CancellationRecord { statement: 6, ..once };
        let answer = work.insert_cancellation_request(&twice).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    }

    async fn a_cancellation_answers_one_request(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        work.insert_cancellation_request(&request(order_id(), 4)).await.unwrap();
        let answer = work.insert_cancellation_request(&request(order_id(), 4)).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    }
}
