//! Credit: the limit, and what is open.

use countersign_order::{Credit, Currency, Decision, Money, Move, Progress, ReasonCode};

use crate::orders::{make, shipping};
use crate::place::on_every_backend;
use crate::shop::{Shop, decided};

fn dollars() -> Currency {
    "USD".parse().unwrap()
}

async fn limits(shop: &Shop, buyer: &str, limit: &str) {
    let limit = Money::parse(limit, dollars()).unwrap();
    let mut work = shop.store.begin().await.unwrap();
    work.set_credit_limit(&buyer.parse().unwrap(), limit)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// Limit and open value of a buyer in cents.
async fn credit(shop: &Shop, buyer: &str) -> Option<(i64, i64)> {
    let mut view = shop.store.read().await.unwrap();
    let credit = view.credit(&buyer.parse().unwrap()).await.unwrap();
    let of_dollars = credit.get(&dollars()).copied();
    of_dollars.map(|Credit { limit, open }| (limit, open))
}

on_every_backend! {
    async fn what_is_ordered_is_open_until_it_is_shipped_or_cancelled(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 20), ("WINE", 1)]).await;
        limits(&shop, "acme", "100.00").await;
        assert_eq!(credit(&shop, "acme").await, Some((10_000, 0)));
        assert_eq!(credit(&shop, "bolt").await, None);

        let whole = shop.order("acme", "PO-1", &[("WATER", 3)]);
        let part = shop.partial("acme", "PO-2", &[("WATER", 1), ("WINE", 2)]);
        let others = shop.order("bolt", "PO-1", &[("WATER", 3)]);
        shop.takes_in(&[whole.clone(), part.clone(), others]).await;
        // What is back-ordered is owed like what is there.
        assert_eq!(credit(&shop, "acme").await, Some((10_000, 9_000)));

        make(&shop, &whole, Move::Prepare).await;
        make(&shop, &whole, Progress::pack_all()).await;
        make(&shop, &whole, shipping(&[(1, 2)])).await;
        assert_eq!(credit(&shop, "acme").await, Some((10_000, 6_000)));
        make(&shop, &part, Move::Cancel).await;
        assert_eq!(credit(&shop, "acme").await, Some((10_000, 1_500)));
        make(&shop, &whole, Move::Cancel).await;
        assert_eq!(credit(&shop, "acme").await, Some((10_000, 0)));
    }

    async fn a_batch_is_decided_on_the_credit_of_its_buyers(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 20)]).await;
        limits(&shop, "acme", "1.00").await;
        limits(&shop, "acme", "60.00").await;
        let orders = [
            shop.order("acme", "PO-1", &[("WATER", 3)]),
            shop.order("acme", "PO-2", &[("WATER", 2)]),
            shop.order("bolt", "PO-1", &[("WATER", 9)]),
        ];
        shop.takes_in(&orders[..1]).await;
        let outcomes = shop.takes_in(&orders[1..]).await;
        let held = decided(&outcomes[0]);
        assert_eq!((held.decision, held.reasons[0].code), (Decision::Held, ReasonCode::CreditLimit));
        assert_eq!(held.reasons[0].offered.as_deref(), Some("75.00"));
        assert_eq!(decided(&outcomes[1]).decision, Decision::Accepted);
        // A held order has its part of the credit, as it has its stock.
        assert_eq!(credit(&shop, "acme").await, Some((6_000, 7_500)));
        let kept = shop.kept(&orders[1].order_id).await.unwrap();
        assert_eq!(kept.reasons, held.reasons);

        let mut work = shop.store.begin().await.unwrap();
        let acme = "acme".parse().unwrap();
        assert!(work.remove_credit_limit(&acme, dollars()).await.unwrap());
        assert!(!work.remove_credit_limit(&acme, dollars()).await.unwrap());
    }

    async fn holds_expire_when_their_time_is_over(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 20)]).await;
        limits(&shop, "acme", "0.00").await;
        let orders = [
            shop.order("acme", "PO-1", &[("WATER", 1)]),
            shop.order("acme", "PO-2", &[("WATER", 1)]),
            shop.order("bolt", "PO-1", &[("WATER", 1)]),
        ];
        shop.takes_in(&orders).await;
        let until = shop.kept(&orders[0].order_id).await.unwrap().held_until.unwrap();
        let mut view = shop.store.read().await.unwrap();
        let before = until - jiff::SignedDuration::from_micros(1);
        assert_eq!(view.expired_holds(before, 10).await.unwrap(), []);
        assert_eq!(view.expired_holds(until, 10).await.unwrap().len(), 2);
        assert_eq!(view.expired_holds(until, 1).await.unwrap().len(), 1);
        drop(view);
        make(&shop, &orders[0], Move::Decline).await;
        let mut view = shop.store.read().await.unwrap();
        assert_eq!(view.expired_holds(until, 10).await.unwrap(), [orders[1].order_id]);
    }
}
