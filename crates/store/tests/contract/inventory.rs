//! Items, and stock that is never promised twice.

use countersign_order::{Keeping, MovementKind, OrderState, Quantity, StockLevel};
use countersign_store::{FilledLine, ItemsChanged, StockRefusal};

use crate::place::on_every_backend;
use crate::shop::{Shop, counted, later, occasion, offer};

on_every_backend! {
    async fn items_are_added_changed_or_left(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        let changed = work.upsert_items(&[offer("WATER"), offer("WINE")]).await.unwrap();
        assert_eq!(changed, ItemsChanged { added: 2, changed: 0, unchanged: 0 });
        let mut dearer = offer("WINE");
        dearer.unit_price = "15.5".parse().unwrap();
        let items = [offer("WATER"), dearer.clone(), offer("BEER")];
        let changed = work.upsert_items(&items).await.unwrap();
        assert_eq!(changed, ItemsChanged { added: 1, changed: 1, unchanged: 1 });
        let kept = work.item(&dearer.sku).await.unwrap().unwrap();
        assert_eq!((kept.offer, kept.stock), (dearer, StockLevel::default()));
        assert_eq!(work.item(&"GONE".parse().unwrap()).await.unwrap(), None);
        let changed = work.upsert_items(&[]).await.unwrap();
        assert_eq!(changed, ItemsChanged::default());
    }

    async fn changing_an_items_price_leaves_its_stock(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let mut dearer = offer("WATER");
        dearer.unit_price = "16".parse().unwrap();
        let mut work = shop.store.begin().await.unwrap();
        work.upsert_items(&[dearer]).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(shop.stock("WATER").await, (5, 0));
    }

    async fn items_are_listed_in_pages_and_searched(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        let names = ["Nuka:Cola", "O'Brien", "Café", "100% juice_", "a::b"];
        let offers: Vec<_> = names.iter().map(|name| offer(name)).collect();
        work.upsert_items(&offers).await.unwrap();
        let page = work.items(None, None, 2).await.unwrap();
        let skus = |rows: &[countersign_store::ItemRecord]| -> Vec<String> {
            rows.iter().map(|item| item.offer.sku.to_string()).collect()
        };
        assert_eq!((skus(&page.rows), page.more), (vec!["100% juice_".into(), "Café".into()], true));
        let page = work.items(None, Some(&page.rows[1].offer.sku), 10).await.unwrap();
        assert_eq!((skus(&page.rows).len(), page.more), (3, false));
        for (query, found) in [("NUKA", "Nuka:Cola"), ("fé", "Café"), ("0% j", "100% juice_")] {
            let page = work.items(Some(query), None, 10).await.unwrap();
            assert_eq!(skus(&page.rows), [found]);
        }
        assert_eq!(work.items(Some("%"), None, 10).await.unwrap().rows.len(), 1);
        assert_eq!(work.items(Some("BOXED"), None, 10).await.unwrap().rows.len(), 5);
    }

    async fn stock_below_what_is_promised_is_refused(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        shop.takes_in(&[shop.order("acme", "PO-1", &[("WATER", 3)])]).await;
        let sku = "WATER".parse().unwrap();
        let mut work = shop.store.begin().await.unwrap();
        let level = StockLevel { on_hand: 5, reserved: 3 };
        for (count, refusal) in [
            (2, StockRefusal::BelowReserved(level)),
            (-1, StockRefusal::OutOfRange),
            (i64::MAX, StockRefusal::OutOfRange),
        ] {
            let answer = work.correct_stock(&sku, count, &counted(), occasion(later(1))).await.unwrap();
            assert_eq!(answer, Err(refusal));
        }
        let unknown = "GONE".parse().unwrap();
        let answer = work.correct_stock(&unknown, 1, &counted(), occasion(later(1))).await.unwrap();
        assert_eq!(answer, Err(StockRefusal::UnknownItem));
        let answer = work.receive_stock(&unknown, Quantity::ONE, occasion(later(1))).await.unwrap();
        assert_eq!(answer, Err(StockRefusal::UnknownItem));
        let answer = work.correct_stock(&sku, 3, &counted(), occasion(later(1))).await.unwrap().unwrap();
        assert_eq!(answer.level, StockLevel { on_hand: 3, reserved: 3 });
    }

    async fn back_orders_are_filled_oldest_first(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 1), ("WINE", 9)]).await;
        let first = shop.partial("acme", "PO-1", &[("WATER", 4), ("WINE", 1)]);
        // Younger, though its ID sorts before the first.
        let mut second = shop.partial("bolt", "PO-1", &[("WINE", 1), ("WATER", 5)]);
        second.order_id = countersign_order::OrderId::from_uuid_bytes([0; 16]);
        shop.takes_in(&[first.clone(), second.clone()]).await;
        assert_eq!(shop.stock("WATER").await, (1, 1));

        let sku: countersign_order::Sku = "WATER".parse().unwrap();
        let mut work = shop.store.begin().await.unwrap();
        let four = Quantity::try_from(4_u32).unwrap();
        let moved = work.receive_stock(&sku, four, occasion(later(1))).await.unwrap().unwrap();
        let line = |order, line, quantity| FilledLine { order, line, sku: sku.clone(), quantity };
        assert_eq!(moved.filled, [line(first.order_id, 1, 3), line(second.order_id, 2, 1)]);
        assert_eq!(moved.level, StockLevel { on_hand: 5, reserved: 5 });
        work.commit().await.unwrap();
        assert_eq!(shop.stock("WATER").await, (5, 5));

        let kept = shop.kept(&second.order_id).await.unwrap();
        let progress = kept.lines[1].progress;
        assert_eq!((progress.reserved, progress.back_ordered), (1, 4));
        assert_eq!((kept.version, kept.state), (2, OrderState::Accepted));
        let event = &kept.timeline[1];
        assert_eq!((event.event.as_str(), event.by.as_str()), ("back_order_filled", "operator:test"));
        assert_eq!((event.at, event.detail.as_deref()), (later(1), Some("line 2: 1")));

        let mut work = shop.store.begin().await.unwrap();
        let moved = work.correct_stock(&sku, 100, &counted(), occasion(later(2))).await.unwrap().unwrap();
        assert_eq!(moved.filled, [line(second.order_id, 2, 4)]);
        assert_eq!(moved.level, StockLevel { on_hand: 100, reserved: 9 });
        let again = work.fill_back_orders(&[sku], occasion(later(3))).await.unwrap();
        assert_eq!(again, []);
    }

    async fn every_unit_that_moves_is_a_row_with_who_when_and_why(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 2)]).await;
        let entry = shop.partial("acme", "PO-1", &[("WATER", 3)]);
        shop.takes_in(std::slice::from_ref(&entry)).await;
        let sku = "WATER".parse().unwrap();
        let mut work = shop.store.begin().await.unwrap();
        let (four, three) = (Quantity::try_from(4_u32).unwrap(), occasion(later(3)));
        work.receive_stock(&sku, four, occasion(later(1))).await.unwrap().unwrap();
        work.correct_stock(&sku, 5, &counted(), three).await.unwrap().unwrap();
        work.correct_stock(&sku, 5, &counted(), three).await.unwrap().unwrap();
        let page = work.stock_movements(&sku, 0, 10).await.unwrap();
        assert!(!page.more);
        let told: Vec<_> = page.rows.iter().map(|row| (row.kind, row.on_hand, row.reserved)).collect();
        let expected = [
            (MovementKind::Received, 2, 0),
            (MovementKind::Reserved, 0, 2),
            (MovementKind::Received, 4, 0),
            (MovementKind::Reserved, 0, 1),
            (MovementKind::Corrected, -1, 0),
        ];
        assert_eq!(told, expected);
        let lines: Vec<_> = page.rows.iter().map(|row| row.line).collect();
        let line = Some((entry.order_id, 1));
        assert_eq!(lines, [None, line, None, line, None]);
        assert_eq!((page.rows[1].by.as_str(), page.rows[3].by.as_str()), ("automatic", "operator:test"));
        assert_eq!(page.rows[4].reason.as_deref(), Some("counted"));
        assert_eq!(page.rows[4].at, later(3));
        let page = work.stock_movements(&sku, page.rows[1].number, 2).await.unwrap();
        assert_eq!((page.rows[0].on_hand, page.rows.len(), page.more), (4, 2, true));
        assert_eq!(work.stock_movements(&"GONE".parse().unwrap(), 0, 2).await.unwrap().rows, []);
    }

    async fn items_at_or_below_their_threshold_are_low(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("BEER", 3), ("WATER", 5), ("WINE", 0)]).await;
        shop.takes_in(&[shop.order("acme", "PO-1", &[("WATER", 2)])]).await;
        let low = async || {
            let page = shop.store.read().await.unwrap().low_items(None, 10).await.unwrap();
            page.rows.iter().map(|item| item.offer.sku.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(low().await, Vec::<String>::new());
        let keeping = |backorder, low_stock| Keeping { backorder, low_stock };
        let mut work = shop.store.begin().await.unwrap();
        let kept = [
            ("BEER".parse().unwrap(), keeping(true, Some(2))),
            ("WATER".parse().unwrap(), keeping(false, Some(3))),
            ("WINE".parse().unwrap(), keeping(true, Some(0))),
            ("GONE".parse().unwrap(), keeping(true, Some(9))),
        ];
        work.keep_items(&kept).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(low().await, ["WATER", "WINE"]);
        let page = shop.store.read().await.unwrap().low_items(None, 1).await.unwrap();
        assert_eq!((page.rows[0].keeping, page.more), (keeping(false, Some(3)), true));
    }

    async fn what_may_not_be_back_ordered_is_not_promised_for_later(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5), ("WINE", 1)]).await;
        let mut work = shop.store.begin().await.unwrap();
        let keeping = Keeping { backorder: false, low_stock: None };
        work.keep_items(&[("WINE".parse().unwrap(), keeping)]).await.unwrap();
        work.commit().await.unwrap();
        let batch = [
            shop.partial("acme", "PO-1", &[("WATER", 1), ("WINE", 2)]),
            shop.partial("acme", "PO-2", &[("WATER", 9), ("WINE", 1)]),
        ];
        shop.takes_in(&batch).await;
        let states = [&batch[0], &batch[1]].map(|entry| entry.order_id);
        assert_eq!(shop.kept(&states[0]).await.unwrap().state, OrderState::Declined);
        assert_eq!(shop.kept(&states[1]).await.unwrap().state, OrderState::Accepted);
        assert_eq!(shop.stock("WINE").await, (1, 1));
    }
}
