//! Agreed prices: which one holds, and that a batch is decided on it.

use countersign_order::{Decision, Offer};
use countersign_store::{PriceFilter, PriceKey, PriceRecord, StoreError, Transaction, View};
use jiff::civil::Date;

use crate::place::on_every_backend;
use crate::shop::{Shop, decided, offer, today};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn key(buyer: &str, sku: &str, currency: &str, from: &str) -> PriceKey {
    PriceKey {
        buyer: buyer.parse().unwrap(),
        sku: sku.parse().unwrap(),
        currency: currency.parse().unwrap(),
        from: day(from),
    }
}

fn price(key: PriceKey, unit_price: &str, per: u32, to: Option<&str>) -> PriceRecord {
    PriceRecord {
        key,
        unit_price: unit_price.parse().unwrap(),
        per: per.try_into().unwrap(),
        to: to.map(day),
    }
}

async fn agrees(shop: &Shop, prices: &[PriceRecord]) {
    let mut work = shop.store.begin().await.unwrap();
    work.upsert_prices(prices).await.unwrap();
    work.commit().await.unwrap();
}

/// What acme is offered of WATER on a day.
async fn offers(view: &mut dyn View, on: Date) -> Vec<String> {
    let general = offer("WATER");
    let agreed = view
        .agreed_offers(&"acme".parse().unwrap(), &[&general.sku], on)
        .await
        .unwrap();
    let text = |offer: &Offer| {
        assert_eq!(
            (&offer.sku, &offer.name, &offer.unit),
            (&general.sku, &general.name, &general.unit)
        );
        format!("{} {} per {}", offer.unit_price, offer.currency, offer.per)
    };
    agreed.values().flatten().map(text).collect()
}

async fn remove(work: &mut dyn Transaction, key: &PriceKey) -> bool {
    work.remove_price(key).await.unwrap()
}

on_every_backend! {
    async fn a_price_holds_from_its_first_to_its_last_day(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        agrees(&shop, &[
            price(key("acme", "WATER", "USD", "2026-11-20"), "14.5", 1, None),
            price(key("acme", "WATER", "USD", "2026-11-24"), "1300", 100, Some("2026-11-25")),
            price(key("acme", "WATER", "EUR", "2026-11-24"), "12", 1, Some("2026-11-24")),
            price(key("bolt", "WATER", "USD", "2026-11-01"), "1", 1, None),
        ])
        .await;
        let mut view = shop.store.read().await.unwrap();
        for (on, expected) in [
            ("2026-11-19", vec![]),
            ("2026-11-20", vec!["14.5 USD per 1"]),
            ("2026-11-23", vec!["14.5 USD per 1"]),
            ("2026-11-24", vec!["12 EUR per 1", "1300 USD per 100"]),
            ("2026-11-25", vec!["1300 USD per 100"]),
            ("2026-11-26", vec!["14.5 USD per 1"]),
        ] {
            assert_eq!(offers(view.as_mut(), day(on)).await, expected, "on {on}");
        }
    }

    async fn a_batch_is_decided_on_what_its_buyers_agreed_on(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        // Bolt's costs what everybody's does, by the hundred; acme's is another.
        agrees(&shop, &[
            price(key("bolt", "WATER", "USD", "2026-11-24"), "1500", 100, None),
            price(key("acme", "WATER", "USD", "2026-11-24"), "14", 1, Some("2026-11-24")),
        ])
        .await;
        let batch = [
            shop.order("acme", "PO-1", &[("WATER", 1)]),
            shop.order("bolt", "PO-1", &[("WATER", 1)]),
        ];
        let outcomes = shop.takes_in(&batch).await;
        let declined = decided(&outcomes[0]);
        assert_eq!(declined.decision, Decision::Declined);
        assert_eq!(declined.reasons[0].current.as_deref(), Some("14.00"));
        assert_eq!(decided(&outcomes[1]).decision, Decision::Accepted);
        let mut work = shop.store.begin().await.unwrap();
        let tomorrow = today().tomorrow().unwrap();
        let snapshot = work.load(&batch, tomorrow).await.unwrap().snapshot;
        assert!(!snapshot.agreed_offers.contains_key("acme"));
    }

    async fn a_price_is_replaced_by_its_key_and_taken_away(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let first = key("acme", "WATER", "USD", "2026-11-20");
        let second = key("acme", "WATER", "USD", "2026-11-24");
        agrees(&shop, &[price(first.clone(), "14", 1, None), price(second.clone(), "13", 1, None)]).await;
        let changed = price(first.clone(), "14.25", 10, Some("2026-12-31"));
        agrees(&shop, std::slice::from_ref(&changed)).await;

        let mut work = shop.store.begin().await.unwrap();
        let found = work.prices_at(&[first.clone(), key("acme", "WATER", "EUR", "2026-11-20")]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[&first], changed);
        assert!(remove(work.as_mut(), &second).await);
        assert!(!remove(work.as_mut(), &second).await);
        let all = work.prices(&PriceFilter::default(), None, 10).await.unwrap();
        assert_eq!(all, [changed]);
    }

    async fn prices_are_listed_by_buyer_and_item_page_by_page(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5), ("WINE", 5)]).await;
        let keys = [
            key("acme", "WATER", "EUR", "2026-11-20"),
            key("acme", "WATER", "USD", "2026-11-20"),
            key("acme", "WINE", "USD", "2026-11-20"),
            key("bolt", "WINE", "USD", "2026-11-20"),
        ];
        let prices: Vec<_> = keys.iter().map(|key| price(key.clone(), "1", 1, None)).collect();
        agrees(&shop, &prices).await;
        let mut view = shop.store.read().await.unwrap();
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = view.prices(&PriceFilter::default(), after.as_ref(), 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            listed.extend(page);
        }
        assert_eq!(listed, prices);
        let of_wine = PriceFilter { buyer: Some("acme".parse().unwrap()), sku: Some("WINE".parse().unwrap()) };
        assert_eq!(view.prices(&of_wine, None, 10).await.unwrap(), prices[2..3]);
    }

    async fn a_price_of_nobody_or_of_nothing_breaks_a_rule(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        for key in [
            key("nobody", "WATER", "USD", "2026-11-20"),
            key("acme", "NOTHING", "USD", "2026-11-20"),
        ] {
            let mut work = shop.store.begin().await.unwrap();
            let refused = work.upsert_prices(&[price(key, "1", 1, None)]).await;
            assert!(matches!(refused, Err(StoreError::RuleBroken(_))));
        }
    }
}
