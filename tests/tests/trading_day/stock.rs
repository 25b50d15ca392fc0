//! The stock of every item, after every step and at every movement of the day.

use std::collections::BTreeMap;

use countersign_tests::shop::{GOODS, Shop, rows};
use serde_json::Value;

use crate::proofs::Proof;

fn units(row: &Value, of: &str) -> i64 {
    row[of].as_i64().unwrap()
}

fn movements(shop: &Shop, sku: &str) -> Vec<Value> {
    rows(&shop.opd_json(&["stock", "movements", sku]))
}

/// How many units of an item have left with shipments.
fn shipped(movements: &[Value]) -> i64 {
    let left = movements.iter().filter(|row| row["kind"] == "shipped");
    -left.map(|row| units(row, "on_hand")).sum::<i64>()
}

/// What came in and what counts found is on hand or was shipped, and no movement promised what was
/// not there.
pub(crate) fn adds_up(shop: &Shop) {
    let items = rows(&shop.opd_json(&["item", "list"]));
    assert_eq!(items.len(), GOODS.len());
    for item in &items {
        let sku = item["sku"].as_str().unwrap();
        let movements = movements(shop, sku);
        let (mut on_hand, mut reserved) = (0, 0);
        for row in &movements {
            on_hand += units(row, "on_hand");
            reserved += units(row, "reserved");
            assert!(0 <= reserved && reserved <= on_hand, "{sku}: {row}");
        }
        let of_item = (units(item, "on_hand"), units(item, "reserved"));
        assert_eq!((on_hand, reserved), of_item, "{sku}");
        let is_found = |row: &&Value| row["kind"] == "received" || row["kind"] == "corrected";
        let found = movements.iter().filter(is_found);
        let found: i64 = found.map(|row| units(row, "on_hand")).sum();
        assert_eq!(found, on_hand + shipped(&movements), "{sku}");
        let promised: i64 = shop
            .orders()
            .iter()
            .flat_map(|order| order["lines"].as_array().unwrap().clone())
            .filter(|line| line["sku"] == sku)
            .map(|line| units(&line, "reserved"))
            .sum();
        assert_eq!(promised, reserved, "{sku}");
    }
}

/// What left the shelves is what the shipments say that the seller signed.
pub(crate) fn left_as_was_stated(shop: &Shop, proofs: &[Proof]) {
    let mut stated: BTreeMap<String, i64> = BTreeMap::new();
    let statements = proofs.iter().flat_map(|proof| &proof.statements);
    for shipment in statements.filter(|one| one.said["document"] == "countersign/shipment/1") {
        for line in shipment.said["lines"].as_array().unwrap() {
            let sku = line["sku"].as_str().unwrap().to_owned();
            *stated.entry(sku).or_default() += units(line, "quantity");
        }
    }
    let left = GOODS.iter().map(|(sku, _, _)| {
        let movements = movements(shop, sku);
        ((*sku).to_owned(), shipped(&movements))
    });
    let left: BTreeMap<_, _> = left.collect();
    assert_eq!(left, stated);
    assert!(left.values().all(|units| *units > 0), "{left:?}");
}
