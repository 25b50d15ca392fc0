//! Agreed prices in SQL.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{BuyerId, Offer, Sku};
use jiff::civil::Date;
use rusqlite::params;
use serde::Serialize;

use super::cell::{Record, json};
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
        let after = after.map(KeyRow::of);
        self.rows(
            "SELECT
                 buyer,
                 sku,
                 currency,
                 valid_from,
                 valid_to,
                 unit_price,
                 per
             FROM prices
             WHERE (?1 IS NULL OR buyer = ?1)
                 AND (?2 IS NULL OR sku = ?2)
                 AND (buyer, sku, currency, valid_from) > (?3, ?4, ?5, ?6)
             ORDER BY buyer, sku, currency, valid_from
             LIMIT ?7",
            params![
                filter.buyer.as_ref().map(BuyerId::as_str),
                filter.sku.as_ref().map(Sku::as_str),
                after.as_ref().map_or("", |key| key.buyer),
                after.as_ref().map_or("", |key| key.sku),
                after.as_ref().map_or("", |key| key.currency.as_str()),
                after.as_ref().map_or("", |key| key.valid_from.as_str()),
                limit
            ],
            |row| {
                price(&Record {
                    row,
                    table: "prices",
                })
            },
        )
    }

    async fn prices_at(
        &mut self,
        keys: &[PriceKey],
    ) -> Result<HashMap<PriceKey, PriceRecord>, StoreError> {
        let keys: Vec<KeyRow<'_>> = keys.iter().map(KeyRow::of).collect();
        let found = self.rows(
            "SELECT
                 prices.buyer,
                 prices.sku,
                 prices.currency,
                 prices.valid_from,
                 prices.valid_to,
                 prices.unit_price,
                 prices.per
             FROM jsonb_each(?1) AS named
             CROSS JOIN prices
                 ON prices.buyer = named.value ->> 'buyer'
                 AND prices.sku = named.value ->> 'sku'
                 AND prices.currency = named.value ->> 'currency'
                 AND prices.valid_from = named.value ->> 'valid_from'",
            params![json(&keys)?],
            |row| {
                price(&Record {
                    row,
                    table: "prices",
                })
            },
        )?;
        let by_key = |price: PriceRecord| (price.key.clone(), price);
        Ok(found.into_iter().map(by_key).collect())
    }

    async fn agreed_offers(
        &mut self,
        buyer: &BuyerId,
        skus: &[&Sku],
        day: Date,
    ) -> Result<HashMap<Sku, Vec<Offer>>, StoreError> {
        let pairs: Vec<(&BuyerId, &Sku)> = skus.iter().map(|sku| (buyer, *sku)).collect();
        let mut agreed: HashMap<Sku, Vec<Offer>> = HashMap::new();
        let sql = concat!(agreed_offers!(), " ORDER BY prices.sku, prices.currency");
        self.rows(sql, params![json(&pairs)?, day.to_string()], |row| {
            let offer = offer(&Record {
                row,
                table: "prices",
            })?;
            agreed.entry(offer.sku.clone()).or_default().push(offer);
            Ok(())
        })?;
        Ok(agreed)
    }
}

#[async_trait]
impl WritePrices for UnitOfWork {
    async fn upsert_prices(&mut self, prices: &[PriceRecord]) -> Result<(), StoreError> {
        let rows: Vec<PriceRow<'_>> = prices.iter().map(PriceRow::of).collect();
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
             SELECT
                 value ->> 'buyer',
                 value ->> 'sku',
                 value ->> 'currency',
                 value ->> 'valid_from',
                 value ->> 'valid_to',
                 value ->> 'unit_price',
                 value ->> 'per'
             FROM jsonb_each(?1)
             WHERE true
             ON CONFLICT (buyer, sku, currency, valid_from) DO UPDATE SET
                 valid_to = excluded.valid_to,
                 unit_price = excluded.unit_price,
                 per = excluded.per",
            params![json(&rows)?],
        )?;
        Ok(())
    }

    async fn remove_price(&mut self, key: &PriceKey) -> Result<bool, StoreError> {
        let key = KeyRow::of(key);
        self.changes(
            "DELETE FROM prices
             WHERE buyer = ?1
                 AND sku = ?2
                 AND currency = ?3
                 AND valid_from = ?4",
            params![key.buyer, key.sku, key.currency, key.valid_from],
        )
    }
}

/// What the buyers and items in `?1` are offered on the day `?2` under prices of their own: one offer in
/// a currency for each. With `max` SQLite takes the other columns from the row that has it.
macro_rules! agreed_offers {
    () => {
        "SELECT
             prices.buyer,
             items.sku,
             items.name,
             items.unit,
             prices.currency,
             prices.unit_price,
             prices.per,
             NULL AS on_hand,
             NULL AS reserved,
             NULL AS backorder,
             max(prices.valid_from) AS valid_from
         FROM jsonb_each(?1) AS named
         CROSS JOIN prices
             ON prices.buyer = named.value ->> 0
             AND prices.sku = named.value ->> 1
         CROSS JOIN items ON items.sku = prices.sku
         WHERE prices.valid_from <= ?2
             AND coalesce(prices.valid_to, ?2) >= ?2
         GROUP BY prices.buyer, prices.sku, prices.currency"
    };
}

pub(super) use agreed_offers;

fn price(record: &Record<'_, '_>) -> Result<PriceRecord, StoreError> {
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

/// The key of a row of `prices`, by the names of its columns.
#[derive(Serialize)]
struct KeyRow<'a> {
    buyer: &'a str,
    sku: &'a str,
    currency: String,
    valid_from: String,
}

impl<'a> KeyRow<'a> {
    fn of(key: &'a PriceKey) -> Self {
        Self {
            buyer: key.buyer.as_str(),
            sku: key.sku.as_str(),
            currency: key.currency.to_string(),
            valid_from: key.from.to_string(),
        }
    }
}

/// A row of `prices`, by the names of its columns.
#[derive(Serialize)]
struct PriceRow<'a> {
    #[serde(flatten)]
    key: KeyRow<'a>,
    valid_to: Option<String>,
    unit_price: String,
    per: u32,
}

impl<'a> PriceRow<'a> {
    fn of(price: &'a PriceRecord) -> Self {
        Self {
            key: KeyRow::of(&price.key),
            valid_to: price.to.map(|day| day.to_string()),
            unit_price: price.unit_price.to_string(),
            per: price.per.units(),
        }
    }
}
