//! Refusals: kept with what they asked for, and bounded.

use countersign_order::Quantity;
use countersign_store::{
    REFUSALS_KEPT, REFUSED_ITEMS_KEPT, RefusalRecord, RefusedItem, RefusedOrder, StoreError,
};

use crate::place::on_every_backend;
use crate::shop::{digest, fresh, later, now, refusal_id};

/// A refusal of a message that could not be opened.
pub(crate) fn refusal(buyer: &str) -> RefusalRecord {
    RefusalRecord {
        id: refusal_id(),
        buyer: buyer.parse().unwrap(),
        account: buyer.parse().unwrap(),
        received_at: now(),
        code: "envelope-not-accepted".to_owned(),
        message: Some(digest(fresh())),
        order: None,
    }
}

/// A refusal of an order that is too late, of so many items.
pub(crate) fn of_an_order(buyer: &str, items: usize) -> RefusalRecord {
    let item = |n| RefusedItem {
        sku: format!("Café \"{n}\"").parse().unwrap(),
        quantity: Quantity::try_from(3_u32).unwrap(),
    };
    RefusalRecord {
        code: "timestamp-not-accepted".to_owned(),
        message: None,
        order: Some(RefusedOrder {
            purchase_order_number: "PO-1".parse().unwrap(),
            issued_at: later(-3600),
            items: (0..items).map(item).collect(),
        }),
        ..refusal(buyer)
    }
}

on_every_backend! {
    async fn refusals_are_kept_whole_and_listed_newest_first(place: &dyn Place) {
        let store = place.open().await;
        let (first, second) = (refusal("acme"), of_an_order("acme", 2));
        let foreign = refusal("bolt");
        let mut work = store.begin().await.unwrap();
        work.insert_refusals(&[first.clone(), second.clone(), foreign.clone()]).await.unwrap();
        work.commit().await.unwrap();
        let mut view = store.read().await.unwrap();
        let acme = "acme".parse().unwrap();
        let page = view.refusals(Some(&acme), None, 1).await.unwrap();
        assert_eq!((page.rows.as_slice(), page.more), (&[second.clone()][..], true));
        let page = view.refusals(Some(&acme), Some(&second.id), 10).await.unwrap();
        assert_eq!((page.rows.as_slice(), page.more), (&[first.clone()][..], false));
        let page = view.refusals(None, None, 10).await.unwrap();
        assert_eq!(page.rows, [foreign, second, first]);
        assert_eq!(view.forgotten_refusals(&acme).await.unwrap(), 0);
    }

    async fn a_buyers_refusals_are_bounded_and_the_rest_counted(place: &dyn Place) {
        let store = place.open().await;
        let surplus = 300_u64;
        let all: Vec<RefusalRecord> =
            (0..u64::from(REFUSALS_KEPT) + surplus).map(|_| refusal("acme")).collect();
        let mut work = store.begin().await.unwrap();
        let other = refusal("bolt");
        work.insert_refusals(std::slice::from_ref(&other)).await.unwrap();
        for batch in all.chunks(256) {
            work.insert_refusals(batch).await.unwrap();
        }
        work.commit().await.unwrap();
        let mut view = store.read().await.unwrap();
        let acme = "acme".parse().unwrap();
        let page = view.refusals(Some(&acme), None, REFUSALS_KEPT + 1).await.unwrap();
        assert!(!page.more);
        let newest: Vec<_> = all.iter().skip(300).rev().map(|refusal| refusal.id).collect();
        assert_eq!(page.rows.iter().map(|refusal| refusal.id).collect::<Vec<_>>(), newest);
        assert_eq!(view.forgotten_refusals(&acme).await.unwrap(), surplus);
        let bolt = "bolt".parse().unwrap();
        assert_eq!(view.refusals(Some(&bolt), None, 10).await.unwrap().rows, [other]);
    }

    async fn a_long_refused_order_is_kept_in_part(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        work.insert_refusals(&[of_an_order("acme", REFUSED_ITEMS_KEPT + 1)]).await.unwrap();
        let page = work.refusals(None, None, 1).await.unwrap();
        let items = page.rows[0].order.as_ref().unwrap().items.len();
        assert_eq!(items, REFUSED_ITEMS_KEPT);
    }

    async fn a_refusal_is_kept_once(place: &dyn Place) {
        let store = place.open().await;
        let once = refusal("acme");
        let mut work = store.begin().await.unwrap();
        work.insert_refusals(std::slice::from_ref(&once)).await.unwrap();
        let twice = work.insert_refusals(&[once]).await;
        assert!(matches!(twice, Err(StoreError::Conflict)), "{twice:?}");
    }
}
