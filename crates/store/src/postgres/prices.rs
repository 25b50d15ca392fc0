//! Agreed prices in SQL.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{BuyerId, Offer, Sku};
use jiff::civil::Date;

use super::cell::{Record, column};
use super::inventory::offer;
use super::unit_of_work::UnitOfWork;
use crate::{PriceFilter, PriceKey, PriceRecord, ReadPrices, StoreError, WritePrices};

#[async_trait]
impl ReadPrices for UnitOfWork {
    async fn prices(
        &mut self,
        filter: &PriceFilter,
        after: Option<&PriceKey>,
        limit: u32,
    ) -> Result<Vec<PriceRecord>, StoreError> {
        let currency = after.map(|key| key.currency.to_string());
        let valid_from = after.map(|key| key.from.to_string());
        self.rows(
            "prices",
            "SELECT
                 buyer,
                 sku,
                 currency,
                 valid_from,
                 valid_to,
                 unit_price,
                 per
             FROM prices
             WHERE ($1::text IS NULL OR buyer = $1)
                 AND ($2::text IS NULL OR sku = $2)
                 AND (buyer, sku, currency, valid_from) > ($3, $4, $5, $6)
             ORDER BY buyer, sku, currency, valid_from
             LIMIT $7",
            &[
                &filter.buyer.as_ref().map(BuyerId::as_str),
                &filter.sku.as_ref().map(Sku::as_str),
                &after.map_or("", |key| key.buyer.as_str()),
                &after.map_or("", |key| key.sku.as_str()),
                &currency.unwrap_or_default(),
                &valid_from.unwrap_or_default(),
                &i64::from(limit),
            ],
            price,
        )
        .await
    }

    async fn prices_at(
        &mut self,
        keys: &[PriceKey],
    ) -> Result<HashMap<PriceKey, PriceRecord>, StoreError> {
        let found = self
            .rows(
                "prices",
                "SELECT
                 prices.buyer,
                 prices.sku,
                 prices.currency,
                 prices.valid_from,
                 prices.valid_to,
                 prices.unit_price,
                 prices.per
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
                 AS named (buyer, sku, currency, valid_from)
             JOIN prices
                 ON prices.buyer = named.buyer
                 AND prices.sku = named.sku
                 AND prices.currency = named.currency
                 AND prices.valid_from = named.valid_from",
                &[
                    &column(keys, |key| key.buyer.as_str()),
                    &column(keys, |key| key.sku.as_str()),
                    &column(keys, |key| key.currency.code()),
                    &column(keys, |key| key.from.to_string()),
                ],
                price,
            )
            .await?;
        let by_key = |price: PriceRecord| (price.key.clone(), price);
        Ok(found.into_iter().map(by_key).collect())
    }

    async fn agreed_offers(
        &mut self,
        buyer: &BuyerId,
        skus: &[&Sku],
        day: Date,
    ) -> Result<HashMap<Sku, Vec<Offer>>, StoreError> {
        let mut agreed: HashMap<Sku, Vec<Offer>> = HashMap::new();
        self.rows(
            "prices",
            agreed_offers!(),
            &[
                &column(skus, |_| buyer.as_str()),
                &column(skus, |sku| sku.as_str()),
                &day.to_string(),
            ],
            |record| {
                let offer = offer(record)?;
                agreed.entry(offer.sku.clone()).or_default().push(offer);
                Ok(())
            },
        )
        .await?;
        Ok(agreed)
    }
}

#[async_trait]
impl WritePrices for UnitOfWork {
    async fn upsert_prices(&mut self, prices: &[PriceRecord]) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO prices (
                 buyer,
                 sku,
                 currency,
                 valid_from,
                 valid_to,
                 unit_price,
                 per
             )
             SELECT DISTINCT ON (buyer, sku, currency, valid_from)
                 buyer,
                 sku,
                 currency,
                 valid_from,
                 valid_to,
                 unit_price,
                 per
             FROM unnest(
                 $1::text[],
                 $2::text[],
                 $3::text[],
                 $4::text[],
                 $5::text[],
                 $6::text[],
                 $7::bigint[]
             ) WITH ORDINALITY AS given (
                 buyer, sku, currency, valid_from, valid_to, unit_price, per, place
             )
             ORDER BY buyer, sku, currency, valid_from, place DESC
             ON CONFLICT (buyer, sku, currency, valid_from) DO UPDATE SET
                 valid_to = excluded.valid_to,
                 unit_price = excluded.unit_price,
                 per = excluded.per",
            &[
                &column(prices, |price| price.key.buyer.as_str()),
                &column(prices, |price| price.key.sku.as_str()),
                &column(prices, |price| price.key.currency.code()),
                &column(prices, |price| price.key.from.to_string()),
                &column(prices, |price| price.to.map(|day| day.to_string())),
                &column(prices, |price| price.unit_price.to_string()),
                &column(prices, |price| i64::from(price.per.units())),
            ],
        )
        .await?;
        Ok(())
    }

    async fn remove_price(&mut self, key: &PriceKey) -> Result<bool, StoreError> {
        self.changes(
            "DELETE FROM prices
             WHERE buyer = $1
                 AND sku = $2
                 AND currency = $3
                 AND valid_from = $4",
            &[
                &key.buyer.as_str(),
                &key.sku.as_str(),
                &key.currency.code(),
                &key.from.to_string(),
            ],
        )
        .await
    }
}

/// What each pair of a buyer in `$1` and an item in `$2` is offered on the day `$3` under prices of its
/// own: in each currency the price that came into force last.
macro_rules! agreed_offers {
    () => {
        "SELECT DISTINCT ON (prices.buyer, prices.sku, prices.currency)
             prices.buyer,
             items.sku,
             items.name,
             items.unit,
             prices.currency,
             prices.unit_price,
             prices.per
         FROM unnest($1::text[], $2::text[]) AS named (buyer, sku)
         JOIN prices
             ON prices.buyer = named.buyer
             AND prices.sku = named.sku
         JOIN items ON items.sku = prices.sku
         WHERE prices.valid_from <= $3
             AND coalesce(prices.valid_to, $3) >= $3
         ORDER BY prices.buyer, prices.sku, prices.currency, prices.valid_from DESC"
    };
}

pub(super) use agreed_offers;

fn price(record: &Record<'_>) -> Result<PriceRecord, StoreError> {
    Ok(PriceRecord {
        key: PriceKey {
            buyer: record.cell("buyer")?,
            sku: record.cell("sku")?,
            currency: record.cell("currency")?,
            from: record.cell("valid_from")?,
        },
        unit_price: record.cell("unit_price")?,
        per: record.cell("per")?,
        to: record.cell("valid_to")?,
    })
}
