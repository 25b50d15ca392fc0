//! Prices of single buyers: brought in from a file, and ended.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{BuyerId, Currency, Sku};
use countersign_store::{
    PriceFilter, PriceKey, PriceRecord, ReadInventory, ReadParties, ReadPrices,
};
use jiff::civil::Date;

use super::{DeskError, Operation, Work};

/// Prices of a buyer for an item that are looked at together.
const PRICES_AT_ONCE: u32 = 500;

/// Adds prices, or replaces those of the same buyer, item, currency and first day: all of them, or none.
#[derive(Debug)]
pub struct ImportPrices {
    /// The prices; no two share a key.
    pub prices: Vec<PriceRecord>,
}

/// What bringing a price in changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// The price as it was, if there was one.
    pub before: Option<PriceRecord>,
    /// The price as it is to be.
    pub after: PriceRecord,
}

/// A price that cannot be brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitPrice {
    /// Its place in the list, from zero.
    pub place: usize,
    /// Why.
    pub why: &'static str,
}

#[async_trait]
impl Operation for ImportPrices {
    /// What changed, or why nothing did.
    type Answer = Result<Vec<PriceChange>, Vec<UnfitPrice>>;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Self::Answer, DeskError> {
        let compared = compare(work.transaction, &self.prices).await?;
        if let Ok(changes) = &compared {
            work.transaction.upsert_prices(&self.prices).await?;
            let count = changes.len().to_string();
            work.audit("import-prices", "prices", &count).await?;
        }
        Ok(compared)
    }
}

/// What bringing these prices in would change, or why it cannot be done.
pub(crate) async fn compare(
    store: &mut (impl ReadParties + ReadInventory + ReadPrices + ?Sized),
    prices: &[PriceRecord],
) -> Result<Result<Vec<PriceChange>, Vec<UnfitPrice>>, DeskError> {
    let (mut buyers, mut items) = (HashMap::new(), HashMap::new());
    let mut unfit = Vec::new();
    for (place, price) in prices.iter().enumerate() {
        let PriceKey { buyer, sku, .. } = &price.key;
        if !buyers.contains_key(buyer) {
            buyers.insert(buyer, store.buyer(buyer).await?.is_some());
        }
        if !items.contains_key(sku) {
            items.insert(sku, store.item(sku).await?.is_some());
        }
        if buyers.get(buyer) != Some(&true) {
            let why = "there is no such buyer; see: opd buyer list";
            unfit.push(UnfitPrice { place, why });
        } else if items.get(sku) != Some(&true) {
            let why = "there is no such item; see: opd item list";
            unfit.push(UnfitPrice { place, why });
        }
    }
    if !unfit.is_empty() {
        return Ok(Err(unfit));
    }
    let keys: Vec<PriceKey> = prices.iter().map(|price| price.key.clone()).collect();
    let mut known = store.prices_at(&keys).await?;
    let changes = prices.iter().map(|price| PriceChange {
        before: known.remove(&price.key),
        after: price.clone(),
    });
    Ok(Ok(changes.collect()))
}

/// Ends the prices of a buyer for an item: none holds after this day. Those that would begin later are
/// taken away.
#[derive(Debug)]
pub struct EndPrice {
    /// The buyer.
    pub buyer: BuyerId,
    /// The item.
    pub sku: Sku,
    /// The currency.
    pub currency: Currency,
    /// The last day on which one holds.
    pub last_day: Date,
}

#[async_trait]
impl Operation for EndPrice {
    /// How many prices were ended or taken away.
    type Answer = usize;

    async fn apply(&self, work: &mut Work<'_>) -> Result<usize, DeskError> {
        let mut ended = 0;
        for price in self.prices_after(work).await? {
            if price.key.from > self.last_day {
                work.transaction.remove_price(&price.key).await?;
            } else {
                let shortened = PriceRecord {
                    to: Some(self.last_day),
                    ..price
                };
                let shortened = std::slice::from_ref(&shortened);
                work.transaction.upsert_prices(shortened).await?;
            }
            ended += 1;
        }
        if ended == 0 {
            return Err(DeskError::NotFound("price"));
        }
        let subject = format!("{} {} {}", self.buyer, self.sku, self.currency);
        let last_day = self.last_day.to_string();
        work.audit("end-price", &subject, &last_day).await?;
        Ok(ended)
    }
}

impl EndPrice {
    /// The prices that would hold on a later day.
    async fn prices_after(&self, work: &mut Work<'_>) -> Result<Vec<PriceRecord>, DeskError> {
        let filter = PriceFilter {
            buyer: Some(self.buyer.clone()),
            sku: Some(self.sku.clone()),
        };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let transaction = &mut *work.transaction;
            let page = transaction
                .prices(&filter, after.as_ref(), PRICES_AT_ONCE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            after = Some(last.key.clone());
            found.extend(page.into_iter().filter(|price| {
                price.key.currency == self.currency && price.to.is_none_or(|to| to > self.last_day)
            }));
        }
    }
}
