//! Orders at rest: lists, and moves with the stock behind them.

use std::sync::Arc;

use countersign_order::{Entry, LineUnits, Move, OrderState, Progress, PurchaseOrder};
use countersign_store::{
    EventRecord, NoteRecord, ORDER_NOTES_MAX, OrderFilter, OrderMove, OrderRecord, PAGE_LINES_MAX,
    StoreError,
};
use serde_json::Value;

use crate::place::on_every_backend;
use crate::shop::{Shop, later, order_id};

/// The move of an order, as the business makes it.
pub(crate) fn moved(order: &OrderRecord, made: &Move) -> OrderMove {
    let before = Progress {
        state: order.state,
        lines: order.lines.iter().map(|line| line.progress).collect(),
    };
    OrderMove {
        order: order.id,
        version: order.version,
        progress: before.after(made).unwrap(),
        event: EventRecord {
            at: later(i64::from(order.version)),
            by: "jo".to_owned(),
            event: format!("{:?}", made.action()).to_lowercase(),
            detail: Some("with care".to_owned()),
        },
        missing: Some("broken".parse().unwrap()),
    }
}

pub(crate) async fn make(shop: &Shop, entry: &Entry, made: Move) -> OrderRecord {
    let before = shop.kept(&entry.order_id).await.unwrap();
    let mut work = shop.store.begin().await.unwrap();
    work.move_order(&moved(&before, &made)).await.unwrap();
    work.commit().await.unwrap();
    shop.kept(&entry.order_id).await.unwrap()
}

pub(crate) fn shipping(lines: &[(u32, u32)]) -> Move {
    let lines = lines
        .iter()
        .map(|&(line, units)| LineUnits { line, units })
        .collect();
    Move::Ship { lines }
}

async fn ids(shop: &Shop, filter: &OrderFilter) -> Vec<String> {
    let mut view = shop.store.read().await.unwrap();
    let page = view.orders(filter, None, 100).await.unwrap();
    assert!(!page.more);
    page.rows
        .iter()
        .map(|order| order.purchase_order_number.to_string())
        .collect()
}

/// Has the order, or the line in this place of it, wanted by this day.
fn wants(entry: &mut Entry, place: &str, day: &str) {
    let mut document: Value = serde_json::from_slice(&entry.order.to_json()).unwrap();
    document.pointer_mut(place).unwrap()["requested_delivery"] = day.into();
    let order = PurchaseOrder::parse(document.to_string().as_bytes()).unwrap();
    entry.order = Arc::new(order);
}

on_every_backend! {
    async fn shipping_takes_units_out_of_stock_and_reservation(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5), ("WINE", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 3), ("WINE", 2)]);
        shop.takes_in(std::slice::from_ref(&entry)).await;
        make(&shop, &entry, Move::Prepare).await;
        let packed = make(&shop, &entry, Progress::pack_all()).await;
        assert_eq!((packed.state, packed.version), (OrderState::Packed, 3));
        assert_eq!(shop.stock("WATER").await, (5, 3));
        let shipped = make(&shop, &entry, shipping(&[(1, 3), (2, 2)])).await;
        assert_eq!((shipped.state, shipped.version), (OrderState::Shipped, 4));
        assert_eq!(shipped.lines[1].progress.shipped, 2);
        assert_eq!(shop.stock("WATER").await, (2, 0));
        assert_eq!(shop.stock("WINE").await, (3, 0));
        let events: Vec<&str> = shipped.timeline.iter().map(|e| e.event.as_str()).collect();
        assert_eq!(events, ["accepted", "prepare", "pack", "ship"]);
        assert_eq!(shipped.timeline[3].by, "jo");
        assert_eq!(shipped.timeline[3].at, later(3));
        assert_eq!(shipped.timeline[3].detail.as_deref(), Some("with care"));
    }

    async fn what_is_not_found_leaves_the_stock_with_a_reason(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 3)]);
        shop.takes_in(std::slice::from_ref(&entry)).await;
        make(&shop, &entry, Move::Prepare).await;
        let lines = vec![LineUnits { line: 1, units: 1 }];
        let packed = make(&shop, &entry, Move::Pack { lines, is_short: true }).await;
        let line = packed.lines[0].progress;
        assert_eq!((line.reserved, line.packed, line.back_ordered), (1, 1, 2));
        assert_eq!(shop.stock("WATER").await, (3, 1));
        let sku = "WATER".parse().unwrap();
        let mut view = shop.store.read().await.unwrap();
        let page = view.stock_movements(&sku, 0, 10).await.unwrap();
        let last = page.rows[2..].iter().map(|row| {
            (row.kind.as_str(), row.on_hand, row.reserved, row.reason.as_deref())
        });
        let expected = [("released", 0, -2, None), ("corrected", -2, 0, Some("broken"))];
        assert_eq!(last.collect::<Vec<_>>(), expected);
        assert_eq!(page.rows[3].line, Some((entry.order_id, 1)));
    }

    async fn notes_are_kept_in_order_and_bounded(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let (order, other) = (order_id(), order_id());
        let mut work = shop.store.begin().await.unwrap();
        for number in 0..ORDER_NOTES_MAX {
            let note = NoteRecord {
                at: later(i64::from(number)),
                by: "jo".to_owned(),
                note: format!("note {number}").parse().unwrap(),
            };
            assert!(work.insert_order_note(&order, &note).await.unwrap());
        }
        let notes = work.order_notes(&order).await.unwrap();
        assert_eq!(notes.len(), usize::try_from(ORDER_NOTES_MAX).unwrap());
        assert_eq!((notes[1].note.as_str(), notes[1].at), ("note 1", later(1)));
        assert!(!work.insert_order_note(&order, &notes[0]).await.unwrap());
        assert!(work.insert_order_note(&other, &notes[0]).await.unwrap());
        assert_eq!(work.order_notes(&other).await.unwrap(), [notes[0].clone()]);
    }

    async fn cancelling_gives_reserved_units_back(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 3)]);
        shop.takes_in(std::slice::from_ref(&entry)).await;
        let cancelled = make(&shop, &entry, Move::Cancel).await;
        assert_eq!(cancelled.state, OrderState::Cancelled);
        assert_eq!(cancelled.lines[0].progress.cancelled, 3);
        assert_eq!(shop.stock("WATER").await, (5, 0));
    }

    async fn of_two_moves_from_one_version_one_wins(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 3)]);
        shop.takes_in(std::slice::from_ref(&entry)).await;
        let seen = shop.kept(&entry.order_id).await.unwrap();
        make(&shop, &entry, Move::Prepare).await;
        let mut work = shop.store.begin().await.unwrap();
        let late = work.move_order(&moved(&seen, &Move::Cancel)).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
        drop(work);
        let mut stranger = moved(&seen, &Move::Cancel);
        stranger.order = order_id();
        let mut work = shop.store.begin().await.unwrap();
        let answer = work.move_order(&stranger).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
        drop(work);
        assert_eq!(shop.stock("WATER").await, (5, 3));
        assert_eq!(shop.kept(&entry.order_id).await.unwrap().state, OrderState::Preparing);
    }

    async fn units_cannot_appear_from_nowhere(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 3)]);
        shop.takes_in(std::slice::from_ref(&entry)).await;
        let seen = shop.kept(&entry.order_id).await.unwrap();
        let mut forged = moved(&seen, &Move::Prepare);
        forged.progress.lines[0].shipped = 1;
        let mut work = shop.store.begin().await.unwrap();
        let answer = work.move_order(&forged).await;
        assert!(matches!(answer, Err(StoreError::RuleBroken(_))), "{answer:?}");
    }

    async fn lists_are_filtered_and_paged_newest_first(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 50), ("Café", 50)]).await;
        let batch = [
            shop.order("acme", "PO-1", &[("WATER", 1)]),
            shop.order("acme", "PO-2", &[("Café", 1)]),
            shop.order("bolt", "PO-3", &[("WATER", 99)]),
            shop.order("bolt", "PO-4", &[("WATER", 1)]),
        ];
        shop.takes_in(&batch).await;
        make(&shop, &batch[0], Move::Prepare).await;
        let any = OrderFilter::default();
        assert_eq!(ids(&shop, &any).await, ["PO-4", "PO-3", "PO-2", "PO-1"]);
        let buyer = OrderFilter { buyer: Some("acme".parse().unwrap()), ..any.clone() };
        assert_eq!(ids(&shop, &buyer).await, ["PO-2", "PO-1"]);
        let states = |states: &[OrderState]| OrderFilter { states: states.to_vec(), ..any.clone() };
        let open = states(&[OrderState::Accepted, OrderState::Preparing]);
        assert_eq!(ids(&shop, &open).await, ["PO-4", "PO-2", "PO-1"]);
        let mixed = states(&[OrderState::Declined, OrderState::Preparing]);
        assert_eq!(ids(&shop, &mixed).await, ["PO-3", "PO-1"]);
        let number = OrderFilter {
            purchase_order_number: Some("PO-3".parse().unwrap()),
            ..any.clone()
        };
        assert_eq!(ids(&shop, &number).await, ["PO-3"]);
        for (text, found) in [("café", "PO-2"), ("SO-1", "PO-1"), ("po-4", "PO-4")] {
            let filter = OrderFilter { text: Some(text.to_owned()), ..any.clone() };
            assert_eq!(ids(&shop, &filter).await, [found], "{text}");
        }
        let nothing = OrderFilter { text: Some("' OR 1=1 --".to_owned()), ..any.clone() };
        assert_eq!(ids(&shop, &nothing).await, Vec::<String>::new());

        let mut view = shop.store.read().await.unwrap();
        let page = view.orders(&any, None, 3).await.unwrap();
        assert!(page.more);
        assert_eq!(page.rows[2].lines.len(), 1);
        assert_eq!(page.rows[0].timeline.len(), 1);
        let page = view.orders(&any, Some(&page.rows[2].id), 3).await.unwrap();
        assert_eq!((page.rows.len(), page.more), (1, false));
        assert_eq!(page.rows[0].timeline.len(), 2);
    }

    async fn a_page_of_long_orders_is_a_short_one(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let skus: Vec<String> = (0..900).map(|n| format!("SKU-{n}")).collect();
        let lines: Vec<(&str, u32)> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
        let fitting = usize::try_from(PAGE_LINES_MAX).unwrap() / lines.len();
        let batch: Vec<Entry> = (0..=fitting)
            .map(|n| {
                let mut entry = shop.order("acme", &format!("PO-{n}"), &lines);
                entry.received_at = later(-i64::try_from(n).unwrap());
                entry
            })
            .collect();
        shop.takes_in(&batch).await;
        let mut view = shop.store.read().await.unwrap();
        let any = OrderFilter::default();
        let page = view.orders(&any, None, 100).await.unwrap();
        assert_eq!((page.rows.len(), page.more), (fitting, true));
        let last = page.rows.last().unwrap();
        assert_eq!(last.lines.len(), lines.len());
        let rest = view.orders(&any, Some(&last.id), 100).await.unwrap();
        assert_eq!((rest.rows.len(), rest.more), (1, false));
    }

    async fn lists_are_by_item_time_name_and_lateness(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5), ("BREAD", 5)]).await;
        let mut batch = vec![
            shop.order("acme", "PO-1", &[("WATER", 1)]),
            shop.order("acme", "PO-2", &[("BREAD", 1), ("WATER", 1)]),
            shop.order("bolt", "100_PO", &[("BREAD", 1)]),
        ];
        for (entry, seconds) in batch.iter_mut().zip([20, 10, 30]) {
            entry.received_at = later(seconds);
        }
        let day = |text: &str| Some(text.parse().unwrap());
        wants(&mut batch[0], "", "2026-11-20");
        wants(&mut batch[1], "/lines/1", "2026-11-23");
        wants(&mut batch[2], "", "2026-11-24");
        shop.takes_in(&batch).await;

        let any = OrderFilter::default();
        assert_eq!(ids(&shop, &any).await, ["100_PO", "PO-1", "PO-2"], "by arrival");
        let item = OrderFilter { sku: Some("BREAD".parse().unwrap()), ..any.clone() };
        assert_eq!(ids(&shop, &item).await, ["100_PO", "PO-2"]);
        let from = OrderFilter { received_from: Some(later(20)), ..any.clone() };
        assert_eq!(ids(&shop, &from).await, ["100_PO", "PO-1"]);
        let before = OrderFilter { received_before: Some(later(20)), ..any.clone() };
        assert_eq!(ids(&shop, &before).await, ["PO-2"]);
        let late_on = |text| OrderFilter { late_on: day(text), ..any.clone() };
        assert_eq!(ids(&shop, &late_on("2026-11-24")).await, ["PO-1", "PO-2"]);
        assert_eq!(ids(&shop, &late_on("2026-11-21")).await, ["PO-1"]);
        make(&shop, &batch[0], Move::Cancel).await;
        assert_eq!(ids(&shop, &late_on("2026-11-24")).await, ["PO-2"], "nothing is awaited");
        for (text, found) in [("00_p", "100_PO"), ("BOLT ltd", "100_PO"), ("_", "100_PO")] {
            let filter = OrderFilter { text: Some(text.to_owned()), ..any.clone() };
            assert_eq!(ids(&shop, &filter).await, [found], "{text}");
        }
        let mut view = shop.store.read().await.unwrap();
        let found = view.order(&batch[1].order_id).await.unwrap().unwrap();
        let days: Vec<_> = found.lines.iter().map(|line| line.requested_delivery).collect();
        assert_eq!(days, [None, day("2026-11-23")]);
    }

    async fn a_page_begins_where_the_last_one_ended_whatever_arrives(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 9)]).await;
        let mut seen = Vec::new();
        let mut before = None;
        for round in 0..3 {
            let number = |n: usize| format!("PO-{round}-{n}");
            let batch = [0, 1].map(|n| shop.order("acme", &number(n), &[("WATER", 1)]));
            if round == 0 {
                shop.takes_in(&batch).await;
            } else {
                let mut late = batch;
                for entry in &mut late {
                    entry.received_at = later(round);
                }
                shop.takes_in(&late).await;
            }
            let mut view = shop.store.read().await.unwrap();
            let page = view.orders(&OrderFilter::default(), before.as_ref(), 1).await.unwrap();
            before = page.rows.last().map(|order| order.id);
            seen.extend(page.rows.iter().map(|order| order.purchase_order_number.to_string()));
        }
        assert_eq!(seen, ["PO-0-1", "PO-0-0"]);
    }

    async fn orders_to_fulfil_are_those_with_units_to_ship(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 4)]).await;
        let whole = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let declined = shop.order("acme", "PO-2", &[("WATER", 99)]);
        let cancelled = shop.order("acme", "PO-3", &[("WATER", 1)]);
        let part = shop.partial("acme", "PO-4", &[("WATER", 4)]);
        shop.takes_in(&[whole.clone(), declined, cancelled.clone(), part.clone()]).await;
        make(&shop, &cancelled, Move::Cancel).await;
        let to_fulfil = async |limit| {
            shop.store.read().await.unwrap().orders_to_fulfil(limit).await.unwrap()
        };
        assert_eq!(to_fulfil(10).await, [whole.order_id, part.order_id]);
        assert_eq!(to_fulfil(1).await, [whole.order_id]);
        for made in [Move::Prepare, Progress::pack_all(), shipping(&[(1, 2)])] {
            make(&shop, &part, made).await;
        }
        assert_eq!(to_fulfil(10).await, [whole.order_id]);
    }

    async fn an_unknown_order_is_nothing(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut view = shop.store.read().await.unwrap();
        assert_eq!(view.order(&order_id()).await.unwrap(), None);
        assert_eq!(view.signed_data(&order_id()).await.unwrap(), None);
        assert_eq!(view.statements_of(&order_id()).await.unwrap(), []);
    }
}
