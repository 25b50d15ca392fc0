//! Items and stock in SQL.

use async_trait::async_trait;
use countersign_order::{Keeping, MovementKind, Offer, Quantity, ShortText, Sku, StockLevel};
use rusqlite::params;
use serde::Serialize;

use super::cell::{Record, json};
use super::movements::MovementRow;
use super::unit_of_work::UnitOfWork;
use crate::{
    FilledLine, ItemRecord, ItemsChanged, MovementRecord, Occasion, Page, ReadInventory,
    StockMoved, StockRefusal, StoreError, WriteInventory,
};

#[async_trait]
impl ReadInventory for UnitOfWork {
    async fn items(
        &mut self,
        query: Option<&str>,
        after: Option<&Sku>,
        limit: u32,
    ) -> Result<Page<ItemRecord>, StoreError> {
        let rows = self.rows(
            "SELECT
                 sku,
                 name,
                 unit,
                 currency,
                 unit_price,
                 per,
                 on_hand,
                 reserved,
                 backorder,
                 low_stock
             FROM items
             WHERE sku > ?1
                 AND (?2 IS NULL OR instr(lower(sku), ?2) OR instr(lower(name), ?2))
             ORDER BY sku
             LIMIT ?3",
            params![
                after.map_or("", |sku| sku.as_str()),
                query.map(str::to_ascii_lowercase),
                i64::from(limit) + 1
            ],
            |row| {
                item(&Record {
                    row,
                    table: "items",
                })
            },
        )?;
        Ok(Page::cut(rows, limit))
    }

    async fn low_items(
        &mut self,
        after: Option<&Sku>,
        limit: u32,
    ) -> Result<Page<ItemRecord>, StoreError> {
        let rows = self.rows(
            "SELECT
                 sku,
                 name,
                 unit,
                 currency,
                 unit_price,
                 per,
                 on_hand,
                 reserved,
                 backorder,
                 low_stock
             FROM items
             WHERE sku > ?1
                 AND on_hand - reserved <= low_stock
             ORDER BY sku
             LIMIT ?2",
            params![after.map_or("", |sku| sku.as_str()), i64::from(limit) + 1],
            |row| {
                item(&Record {
                    row,
                    table: "items",
                })
            },
        )?;
        Ok(Page::cut(rows, limit))
    }

    async fn stock_movements(
        &mut self,
        sku: &Sku,
        after: u64,
        limit: u32,
    ) -> Result<Page<MovementRecord>, StoreError> {
        self.movements_of(sku, after, limit)
    }

    async fn item(&mut self, sku: &Sku) -> Result<Option<ItemRecord>, StoreError> {
        self.row(
            "SELECT
                 sku,
                 name,
                 unit,
                 currency,
                 unit_price,
                 per,
                 on_hand,
                 reserved,
                 backorder,
                 low_stock
             FROM items
             WHERE sku = ?1",
            params![sku.as_str()],
            |row| {
                item(&Record {
                    row,
                    table: "items",
                })
            },
        )
    }
}

#[async_trait]
impl WriteInventory for UnitOfWork {
    async fn upsert_items(&mut self, items: &[Offer]) -> Result<ItemsChanged, StoreError> {
        let rows: Vec<ItemRow<'_>> = items.iter().map(ItemRow::of).collect();
        let rows = json(&rows)?;
        let known = self.row(
            "SELECT count(*) AS known
             FROM jsonb_each(?1) AS named
             CROSS JOIN items ON items.sku = named.value ->> 'sku'",
            params![rows],
            |row| {
                Record {
                    row,
                    table: "items",
                }
                .cell::<u64>("known")
            },
        )?;
        let written = self.execute(
            "INSERT INTO items (
                 sku,
                 name,
                 unit,
                 currency,
                 unit_price,
                 per
             )
             SELECT
                 value ->> 'sku',
                 value ->> 'name',
                 value ->> 'unit',
                 value ->> 'currency',
                 value ->> 'unit_price',
                 value ->> 'per'
             FROM jsonb_each(?1)
             WHERE true
             ON CONFLICT (sku) DO UPDATE SET
                 name = excluded.name,
                 unit = excluded.unit,
                 currency = excluded.currency,
                 unit_price = excluded.unit_price,
                 per = excluded.per
             WHERE (items.name, items.unit, items.currency, items.unit_price, items.per)
                 <> (excluded.name, excluded.unit, excluded.currency, excluded.unit_price, excluded.per)",
            params![rows],
        )?;
        let (known, written) = (
            known.unwrap_or(0),
            u64::try_from(written).unwrap_or(u64::MAX),
        );
        let all = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let added = all.saturating_sub(known);
        Ok(ItemsChanged {
            added,
            changed: written.saturating_sub(added),
            unchanged: all.saturating_sub(written),
        })
    }

    async fn keep_items(&mut self, items: &[(Sku, Keeping)]) -> Result<(), StoreError> {
        let rows: Vec<(&str, bool, Option<u32>)> = items
            .iter()
            .map(|(sku, keeping)| (sku.as_str(), keeping.backorder, keeping.low_stock))
            .collect();
        self.execute(
            "UPDATE items
             SET backorder = kept.value ->> 1,
                 low_stock = kept.value ->> 2
             FROM jsonb_each(?1) AS kept
             WHERE items.sku = kept.value ->> 0",
            params![json(&rows)?],
        )?;
        Ok(())
    }

    async fn receive_stock(
        &mut self,
        sku: &Sku,
        quantity: Quantity,
        occasion: Occasion<'_>,
    ) -> Result<Result<StockMoved, StockRefusal>, StoreError> {
        let Some(item) = self.item(sku).await? else {
            return Ok(Err(StockRefusal::UnknownItem));
        };
        let on_hand = item
            .stock
            .on_hand
            .saturating_add(i64::from(quantity.units()));
        let units = i64::from(quantity.units());
        let movement = MovementRow::of(MovementKind::Received, sku, units);
        self.set_on_hand(&item, on_hand, movement, occasion).await
    }

    async fn correct_stock(
        &mut self,
        sku: &Sku,
        on_hand: i64,
        reason: &ShortText,
        occasion: Occasion<'_>,
    ) -> Result<Result<StockMoved, StockRefusal>, StoreError> {
        let Some(item) = self.item(sku).await? else {
            return Ok(Err(StockRefusal::UnknownItem));
        };
        let more = on_hand.saturating_sub(item.stock.on_hand);
        let movement = MovementRow::of(MovementKind::Corrected, sku, more);
        let movement = movement.because(reason.as_str());
        self.set_on_hand(&item, on_hand, movement, occasion).await
    }

    async fn fill_back_orders(
        &mut self,
        skus: &[Sku],
        occasion: Occasion<'_>,
    ) -> Result<Vec<FilledLine>, StoreError> {
        let filled = self.fillable(skus)?;
        if filled.is_empty() {
            return Ok(filled);
        }
        self.fill_lines(&filled, occasion)?;
        self.note_filled(&filled, occasion)?;
        Ok(filled)
    }
}

impl UnitOfWork {
    async fn set_on_hand(
        &mut self,
        item: &ItemRecord,
        on_hand: i64,
        movement: MovementRow<'_>,
        occasion: Occasion<'_>,
    ) -> Result<Result<StockMoved, StockRefusal>, StoreError> {
        if !(0..=ON_HAND_MAX).contains(&on_hand) {
            return Ok(Err(StockRefusal::OutOfRange));
        }
        if on_hand < item.stock.reserved {
            return Ok(Err(StockRefusal::BelowReserved(item.stock)));
        }
        let sku = &item.offer.sku;
        self.execute(
            "UPDATE items
             SET on_hand = ?2
             WHERE sku = ?1",
            params![sku.as_str(), on_hand],
        )?;
        self.keep_movements(vec![movement], occasion)?;
        let filled = self
            .fill_back_orders(std::slice::from_ref(sku), occasion)
            .await?;
        let promised: i64 = filled.iter().map(|line| i64::from(line.quantity)).sum();
        let level = StockLevel {
            on_hand,
            reserved: item.stock.reserved + promised,
        };
        Ok(Ok(StockMoved { level, filled }))
    }

    /// Adds to what items have on hand and reserved.
    pub(super) fn move_stock<'a>(
        &self,
        moves: impl IntoIterator<Item = StockRow<'a>>,
    ) -> Result<(), StoreError> {
        let moves: Vec<StockRow<'a>> = moves.into_iter().collect();
        if moves.is_empty() {
            return Ok(());
        }
        let changed = self.execute(
            "UPDATE items
             SET on_hand = items.on_hand + (move.value ->> 'on_hand'),
                 reserved = items.reserved + (move.value ->> 'reserved')
             FROM jsonb_each(?1) AS move
             WHERE items.sku = move.value ->> 'sku'",
            params![json(&moves)?],
        )?;
        if changed == moves.len() {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

/// The most units of an item that are counted.
const ON_HAND_MAX: i64 = 1_000_000_000_000;

/// An offer from its row.
pub(super) fn offer(record: &Record<'_, '_>) -> Result<Offer, StoreError> {
    Ok(Offer {
        sku: record.cell("sku")?,
        name: record.cell("name")?,
        unit: record.cell("unit")?,
        currency: record.cell("currency")?,
        unit_price: record.cell("unit_price")?,
        per: record.cell("per")?,
    })
}

/// A level of stock from its row.
pub(super) fn stock(record: &Record<'_, '_>) -> Result<StockLevel, StoreError> {
    Ok(StockLevel {
        on_hand: record.cell("on_hand")?,
        reserved: record.cell("reserved")?,
    })
}

fn item(record: &Record<'_, '_>) -> Result<ItemRecord, StoreError> {
    Ok(ItemRecord {
        offer: offer(record)?,
        stock: stock(record)?,
        keeping: Keeping {
            backorder: record.cell("backorder")?,
            low_stock: record.cell("low_stock")?,
        },
    })
}

/// A change of stock, by the names of the columns of `items`.
#[derive(Serialize)]
pub(super) struct StockRow<'a> {
    pub(super) sku: &'a str,
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
}

/// A row of `items` without its stock, by the names of its columns.
#[derive(Serialize)]
struct ItemRow<'a> {
    sku: &'a str,
    name: &'a str,
    unit: &'a str,
    currency: String,
    unit_price: String,
    per: u32,
}

impl<'a> ItemRow<'a> {
    fn of(offer: &'a Offer) -> Self {
        Self {
            sku: offer.sku.as_str(),
            name: offer.name.as_str(),
            unit: offer.unit.as_str(),
            currency: offer.currency.to_string(),
            unit_price: offer.unit_price.to_string(),
            per: offer.per.units(),
        }
    }
}
