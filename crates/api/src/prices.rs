//! What single buyers agreed to pay.

use countersign_order::{BuyerId, Currency, Quantity, Sku, UnitPrice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Day;

/// A price as the seller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceView {
    /// Whose it is.
    pub buyer: BuyerId,
    /// The item.
    pub sku: Sku,
    /// The price's currency.
    pub currency: Currency,
    /// The price of `per` units, with at least the currency's digits.
    pub price: String,
    /// How many units the price is for.
    pub per: Quantity,
    /// The first day on which it holds.
    pub from: Day,
    /// The last day on which it holds; null if it has no end.
    pub to: Option<Day>,
}

/// Which prices, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PriceQuery {
    /// The `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on the page: 50 unless asked for, 200 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only this buyer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<BuyerId>,
    /// Only those of this item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
}

/// Prices to add, or to put in the place of those of the same buyer, item, currency and first day: all
/// of them, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceImport {
    /// Whether to change nothing, and only say what would change.
    #[serde(default)]
    pub dry_run: bool,
    /// The prices; no two share buyer, item, currency and first day.
    pub prices: Vec<PriceRow>,
}

/// A price to bring in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceRow {
    /// Whose it is.
    pub buyer: BuyerId,
    /// The item.
    pub sku: Sku,
    /// The price's currency.
    pub currency: Currency,
    /// The price of `per` units.
    pub price: UnitPrice,
    /// How many units the price is for; one unless said.
    #[serde(default = "one")]
    pub per: Quantity,
    /// The first day on which it holds.
    pub from: Day,
    /// The last day on which it holds; without one it holds until it is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
}

const fn one() -> Quantity {
    Quantity::ONE
}

/// What an import of prices did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PricesImported {
    /// Prices that were not there before.
    pub added: usize,
    /// Prices that were there and changed.
    pub changed: usize,
    /// Prices that were there, just so.
    pub unchanged: usize,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// What changed, or would change.
    pub changes: Vec<PriceChange>,
}

/// A price that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceChange {
    /// The price as it was; null for a new one.
    pub before: Option<PriceView>,
    /// The price as it is to be.
    pub after: PriceView,
}

/// Which prices end, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceEnd {
    /// Whose they are.
    pub buyer: BuyerId,
    /// The item.
    pub sku: Sku,
    /// Their currency.
    pub currency: Currency,
    /// The last day on which they hold; yesterday unless said, which ends them now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Day>,
}

/// What ending prices came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PricesEnded {
    /// How many prices were ended or taken away.
    pub ended: usize,
    /// The last day on which they hold.
    pub last_day: Day,
}
