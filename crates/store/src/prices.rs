//! What single buyers agreed to pay, instead of the list price that everybody is offered.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{BuyerId, Currency, Offer, Quantity, Sku, UnitPrice};
use jiff::civil::Date;

use crate::StoreError;

/// A price that a buyer agreed on. Of several that hold on a day the one that began last counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRecord {
    /// Whose it is and from when; no two prices share it.
    pub key: PriceKey,
    /// The price of `per` units.
    pub unit_price: UnitPrice,
    /// How many units the price is for.
    pub per: Quantity,
    /// The last day on which it holds, if it ends.
    pub to: Option<Date>,
}

/// What tells one price from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PriceKey {
    /// The buyer.
    pub buyer: BuyerId,
    /// The item.
    pub sku: Sku,
    /// The currency of the order.
    pub currency: Currency,
    /// The first day on which it holds.
    pub from: Date,
}

/// Which prices to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceFilter {
    /// Only this buyer's.
    pub buyer: Option<BuyerId>,
    /// Only those of this item.
    pub sku: Option<Sku>,
}

/// Reading agreed prices.
#[async_trait]
pub trait ReadPrices {
    /// Prices by buyer, item, currency and first day, whether or not they hold now; no more than
    /// `limit`, those after `after` if given.
    async fn prices(
        &mut self,
        filter: &PriceFilter,
        after: Option<&PriceKey>,
        limit: u32,
    ) -> Result<Vec<PriceRecord>, StoreError>;

    /// Those of these prices that are there.
    async fn prices_at(
        &mut self,
        keys: &[PriceKey],
    ) -> Result<HashMap<PriceKey, PriceRecord>, StoreError>;

    /// What a buyer is offered of these items on a day under a price of its own, at most one offer
    /// in a currency for each.
    async fn agreed_offers(
        &mut self,
        buyer: &BuyerId,
        skus: &[&Sku],
        day: Date,
    ) -> Result<HashMap<Sku, Vec<Offer>>, StoreError>;
}

/// Writing agreed prices.
///
/// Isolation: a batch of orders is decided on the prices of its own transaction, so no order is
/// decided on half of a new price list.
#[async_trait]
pub trait WritePrices {
    /// Adds prices, or replaces those that are there. Their buyers and items exist.
    async fn upsert_prices(&mut self, prices: &[PriceRecord]) -> Result<(), StoreError>;

    /// Takes a price away. False if there is none.
    async fn remove_price(&mut self, key: &PriceKey) -> Result<bool, StoreError>;
}
