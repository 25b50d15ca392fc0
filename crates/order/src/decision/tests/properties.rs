//! What holds for every batch, however orders, stock, keys and clocks come together.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::decision::*;
use crate::digest::Digest;
use crate::id::OrderId;
use crate::inventory::StockLevel;
use crate::item::Sku;
use crate::party::BuyerId;
use crate::purchase_order::{Draft, DraftLine, Fulfilment, PurchaseOrder};
use crate::sample::{ISSUED_AT, at, draft, offer, units};

const SKUS: [&str; 4] = ["A", "B", "C", "UNKNOWN"];
const BUYERS: [&str; 3] = ["acme", "zenith", "stopped"];
const ACTIVE: Digest = Digest::from_bytes([1; 32]);
const REVOKED: Digest = Digest::from_bytes([2; 32]);

fn any_shop() -> impl Strategy<Value = Snapshot> {
    let stock = prop::array::uniform3((0..12_i64, 0..6_i64));
    (stock, any::<bool>(), prop::option::of(-180..180_i64)).prop_map(|(stock, is_manual, last)| {
        let mut shop = Snapshot {
            last_issued_at: last.map(|s| at(ISSUED_AT) + SignedDuration::from_secs(s)),
            ..Snapshot::default()
        };
        for (sku, (on_hand, reserved)) in SKUS.iter().zip(stock) {
            let sku: Sku = sku.parse().unwrap();
            shop.offers
                .insert(sku.clone(), offer(sku.as_str(), "15.00"));
            shop.stock.insert(sku, StockLevel { on_hand, reserved });
        }
        for buyer in BUYERS {
            let buyer: BuyerId = buyer.parse().unwrap();
            let on_stop = buyer.as_str() == "stopped";
            let manual_acceptance = is_manual && buyer.as_str() == "zenith";
            let standing = BuyerStanding {
                enabled: true,
                on_stop,
                manual_acceptance,
            };
            shop.accounts.insert((&buyer).into(), true);
            shop.buyers.insert(buyer, standing);
        }
        shop.keys.insert(ACTIVE, KeyStanding::Active);
        shop.keys.insert(REVOKED, KeyStanding::Revoked);
        shop
    })
}

/// One of few buyers, numbers and items, so that orders meet.
fn any_order() -> impl Strategy<Value = PurchaseOrder> {
    let lines = prop::collection::btree_map(prop::sample::select(&SKUS[..]), 1..6_u32, 1..4);
    let buyer = prop::sample::select(&BUYERS[..]);
    (buyer, 1..4_u8, lines, any::<bool>()).prop_map(|(buyer, number, lines, is_partial)| {
        let line = |(sku, count)| DraftLine::of(offer(sku, "15.00"), units(count));
        let draft = Draft {
            buyer: buyer.parse().unwrap(),
            purchase_order_number: format!("PO-{number}").parse().unwrap(),
            fulfilment: if is_partial {
                Fulfilment::Partial
            } else {
                Fulfilment::Complete
            },
            lines: lines.into_iter().map(line).collect(),
            ..draft()
        };
        draft.complete().unwrap()
    })
}

/// Entries that pick from a few signed orders, so that some come twice; one in eight with a revoked
/// key or late.
fn any_batch() -> impl Strategy<Value = Vec<Entry>> {
    let orders = prop::collection::vec(any_order(), 1..16);
    let picks = prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 0..48);
    (orders, picks).prop_map(|(orders, picks)| {
        let orders: Vec<_> = orders.into_iter().map(Arc::new).collect();
        let picked = picks.into_iter().zip(1_u8..).map(|((pick, flaw), place)| {
            let pick = pick.index(orders.len());
            let late = SignedDuration::from_mins(if flaw == 1 { 16 } else { 0 });
            Entry {
                order: Arc::clone(&orders[pick]),
                order_id: OrderId::from_uuid_bytes([place; 16]),
                account: (&orders[pick].buyer).into(),
                certificate: if flaw == 0 { REVOKED } else { ACTIVE },
                content: Digest::from_bytes([u8::try_from(pick).unwrap(); 32]),
                signing_time: at(ISSUED_AT),
                received_at: at(ISSUED_AT) + late,
            }
        });
        picked.collect()
    })
}

fn now() -> Timestamp {
    at(ISSUED_AT)
}

fn decisions(outcomes: &[Outcome]) -> impl Iterator<Item = (usize, &Decided)> {
    outcomes
        .iter()
        .enumerate()
        .filter_map(|(place, outcome)| match outcome {
            Outcome::Decided(decided) => Some((place, decided)),
            Outcome::Repeat(_) | Outcome::Rejected(_) => None,
        })
}

proptest! {
    #[test]
    fn no_item_is_promised_beyond_its_stock(shop in any_shop(), batch in any_batch()) {
        let (outcomes, changes) = decide(&shop, &batch, now());
        let mut promised: BTreeMap<Sku, i64> = BTreeMap::new();
        for (place, decided) in decisions(&outcomes) {
            for (line, units) in batch[place].order.lines.iter().zip(&decided.lines) {
                if units.accepted > 0 {
                    *promised.entry(line.sku.clone()).or_default() += i64::from(units.accepted);
                }
            }
        }
        for (sku, units) in &promised {
            let available = i64::try_from(shop.stock[sku].available()).unwrap();
            prop_assert!(*units <= available, "{} of {}, {} available", units, sku, available);
        }
        prop_assert_eq!(changes.reserved, promised);
    }

    #[test]
    fn every_entry_has_one_outcome_and_the_same_each_time(shop in any_shop(), batch in any_batch()) {
        let first = decide(&shop, &batch, now());
        prop_assert_eq!(first.0.len(), batch.len());
        prop_assert_eq!(first, decide(&shop, &batch, now()));
    }

    #[test]
    fn splitting_a_batch_changes_no_outcome(
        mut shop in any_shop(),
        batch in any_batch(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let (whole, whole_changes) = decide(&shop, &batch, now());
        let mut ends: Vec<usize> = places.iter().map(|place| place.index(batch.len() + 1)).collect();
        ends.push(batch.len());
        ends.sort_unstable();
        let (mut outcomes, mut changes, mut start) = (Vec::new(), Changes::default(), 0);
        for end in ends {
            let part = &batch[start..end];
            let (decided, changed) = decide(&shop, part, now());
            shop.apply(part, &decided);
            outcomes.extend(decided);
            changes.sales_orders += changed.sales_orders;
            for (sku, units) in changed.reserved {
                *changes.reserved.entry(sku).or_default() += units;
            }
            start = end;
        }
        prop_assert_eq!(outcomes, whole);
        prop_assert_eq!(changes, whole_changes);
    }

    #[test]
    fn a_number_has_at_most_one_order_and_a_sales_order_number_is_given_once(
        shop in any_shop(),
        batch in any_batch(),
    ) {
        let (outcomes, changes) = decide(&shop, &batch, now());
        let mut numbers = HashSet::new();
        let mut contents = HashSet::new();
        let mut expected = shop.next_sales_order;
        for (place, decided) in decisions(&outcomes) {
            let order = &batch[place].order;
            let number = (&order.buyer, &order.purchase_order_number);
            prop_assert!(contents.insert((number, batch[place].content)), "decided twice");
            prop_assert_eq!(decided.decision == Decision::Declined, decided.sales_order_number.is_none());
            prop_assert_eq!(decided.decision == Decision::Accepted, decided.reasons.is_empty());
            if let Some(given) = decided.sales_order_number {
                prop_assert!(numbers.insert(number), "two orders under one number");
                prop_assert_eq!(given.sequence(), expected);
                expected += 1;
            }
        }
        prop_assert_eq!(changes.sales_orders, expected - shop.next_sales_order);
    }
}
