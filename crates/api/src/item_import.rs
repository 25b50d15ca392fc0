//! Items brought in together, and how they are kept.

use countersign_order::{Currency, Name, Quantity, Sku, Unit, UnitPrice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Items to add or to change: all of them, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemImport {
    /// Whether to change nothing, and only say what would change.
    #[serde(default)]
    pub dry_run: bool,
    /// The items; no two share a SKU.
    pub items: Vec<ItemRow>,
}

/// An item to add or to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemRow {
    /// The item.
    pub sku: Sku,
    /// What it is called.
    pub name: Name,
    /// What its quantity counts.
    pub unit: Unit,
    /// The price of `per` units.
    pub unit_price: UnitPrice,
    /// How many units the price is for; one unless said.
    #[serde(default = "one")]
    pub per: Quantity,
    /// The price's currency.
    pub currency: Currency,
    /// Units counted; the stock stays as it is unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_hand: Option<i64>,
    /// Whether units that are not there may be promised for later; stays as it is unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backorder: Option<bool>,
    /// When the item is low, or `"none"` for never; stays as it is unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock: Option<Threshold>,
}

const fn one() -> Quantity {
    Quantity::ONE
}

/// How an item is to be kept; what is not said stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepRequest {
    /// Whether units that are not there may be promised for later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backorder: Option<bool>,
    /// When the item is low: at so many units available, or `"none"` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock: Option<Threshold>,
}

/// When an item is low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Threshold {
    /// When no more than so many units are available.
    At(u32),
    /// Never.
    Never(Never),
}

/// The word for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Never {
    /// The only one.
    #[serde(rename = "none")]
    None,
}

impl From<Threshold> for Option<u32> {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::At(units) => Some(units),
            Threshold::Never(Never::None) => None,
        }
    }
}

impl From<Option<u32>> for Threshold {
    fn from(threshold: Option<u32>) -> Self {
        threshold.map_or(Self::Never(Never::None), Self::At)
    }
}

/// What an import of items did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemsImported {
    /// Items that were not there before.
    pub added: u64,
    /// Items of which something changed.
    pub changed: u64,
    /// Items that were there, just so.
    pub unchanged: u64,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// What a dry run would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ItemDifference>>,
}

/// What an import would do to one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemDifference {
    /// The item.
    pub sku: Sku,
    /// Whether it was not there before.
    pub is_new: bool,
    /// What would change; of a new item all that is set.
    pub changes: Vec<ValueChange>,
}

/// A value that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValueChange {
    /// The column of the file.
    pub column: String,
    /// What it is; null for a new item.
    pub before: Option<String>,
    /// What it would be.
    pub after: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_number_or_none_and_may_be_left_out() {
        for (text, expected) in [
            (r#"{"low_stock":5}"#, Some(Some(5))),
            (r#"{"low_stock":"none"}"#, Some(None)),
            ("{}", None),
        ] {
            let request: KeepRequest = serde_json::from_str(text).unwrap();
            assert_eq!(request.low_stock.map(Option::from), expected, "{text}");
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
        }
        for wrong in [r#"{"low_stock":-1}"#, r#"{"low_stock":"all"}"#] {
            assert!(serde_json::from_str::<KeepRequest>(wrong).is_err());
        }
    }
}
