//! The catalogue as one buyer sees it.

use countersign_order::{Currency, Name, Quantity, Sku, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An item on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemView {
    /// The item.
    pub sku: Sku,
    /// What it is called.
    pub name: Name,
    /// What its quantity counts.
    pub unit: Unit,
    /// The price of `per` units, with at least the currency's digits.
    pub unit_price: String,
    /// How many units the price is for.
    pub per: Quantity,
    /// The price's currency.
    pub currency: Currency,
    /// How many units can be promised now.
    pub available: u64,
}

/// Which items, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ItemQuery {
    /// The `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on the page: 50 unless asked for, 200 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Text that the SKU or the name contains, whatever its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Prices in this currency, of items that have one in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}
