//! `inventory.json`: `[{"Category":[{itemName,itemCount,itemCost}]}]`, whole numbers, no currency.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use countersign_order::{Currency, Offer, Quantity, Sku};
use serde::Deserialize;
use serde_json::Value;

use super::{Item, ReferenceError, Remark, read_json};

const FILE: &str = "inventory.json";
/// UN/ECE Recommendation 20: each.
const UNIT: &str = "EA";

#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "itemName")]
    name: String,
    #[serde(rename = "itemCount")]
    count: i64,
    #[serde(rename = "itemCost")]
    cost: i64,
}

/// The items, and what is wrong.
pub(super) fn read(
    folder: &Path,
    currency: Currency,
) -> Result<(Vec<Item>, Vec<Remark>), ReferenceError> {
    let categories: Vec<BTreeMap<String, Vec<Value>>> = read_json(folder, FILE)?;
    let records: Vec<Value> = categories
        .into_iter()
        .flat_map(BTreeMap::into_values)
        .flatten()
        .collect();
    if records.is_empty() {
        return Err(ReferenceError::File {
            file: FILE,
            text: "holds no items".to_owned(),
        });
    }
    let mut skus: HashSet<Sku> = HashSet::new();
    let (mut items, mut wrong) = (Vec::new(), Vec::new());
    for (number, value) in (1..).zip(records) {
        let record = record_name(&value, number);
        match item(value, currency) {
            Err(text) => wrong.push(Remark { record, text }),
            Ok(item) if !skus.insert(item.offer.sku.clone()) => wrong.push(Remark {
                record,
                text: "stands there twice".to_owned(),
            }),
            Ok(item) => items.push(item),
        }
    }
    Ok((items, wrong))
}

fn record_name(value: &Value, number: u32) -> String {
    match value.get("itemName").and_then(Value::as_str) {
        Some(name) => format!("item {name:?}"),
        None => format!("item number {number}"),
    }
}

fn item(value: Value, currency: Currency) -> Result<Item, String> {
    let record: Record =
        serde_json::from_value(value).map_err(|error| format!("is not understood: {error}"))?;
    let Record { name, count, cost } = record;
    if count < 0 {
        return Err(format!("its stock is negative: {count}"));
    }
    let unit_price = cost
        .to_string()
        .parse()
        .map_err(|error| format!("its price {cost}: {error}"))?;
    let unfit = |error| format!("its name {error}");
    let offer = Offer {
        sku: name.parse().map_err(unfit)?,
        name: name.parse().map_err(unfit)?,
        unit: UNIT.parse().map_err(|error| format!("its unit {error}"))?,
        currency,
        unit_price,
        per: Quantity::ONE,
    };
    Ok(Item {
        offer,
        on_hand: count,
    })
}
