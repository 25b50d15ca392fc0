//! Items and stock in SQL.

use async_trait::async_trait;
use countersign_order::{Keeping, MovementKind, Offer, Quantity, ShortText, Sku, StockLevel};

use super::bound::Bound;
use super::cell::{Record, column};
use super::movements::{MovementRow, insert_movements};
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
        let rows = self
            .rows(
                "items",
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
             WHERE sku > $1
                 AND ($2::text IS NULL OR strpos(lower(sku), $2) > 0 OR strpos(lower(name), $2) > 0)
             ORDER BY sku
             LIMIT $3",
                &[
                    &after.map_or("", |sku| sku.as_str()),
                    &query.map(str::to_ascii_lowercase),
                    &(i64::from(limit) + 1),
                ],
                item,
            )
            .await?;
        Ok(Page::cut(rows, limit))
    }

    async fn low_items(
        &mut self,
        after: Option<&Sku>,
        limit: u32,
    ) -> Result<Page<ItemRecord>, StoreError> {
        let rows = self
            .rows(
                "items",
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
             WHERE sku > $1
                 AND on_hand - reserved <= low_stock
             ORDER BY sku
             LIMIT $2",
                &[
                    &after.map_or("", |sku| sku.as_str()),
                    &(i64::from(limit) + 1),
                ],
                item,
            )
            .await?;
        Ok(Page::cut(rows, limit))
    }

    async fn stock_movements(
        &mut self,
        sku: &Sku,
        after: u64,
        limit: u32,
    ) -> Result<Page<MovementRecord>, StoreError> {
        self.movements_of(sku, after, limit).await
    }

    async fn item(&mut self, sku: &Sku) -> Result<Option<ItemRecord>, StoreError> {
        self.row(
            "items",
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
             WHERE sku = $1",
            &[&sku.as_str()],
            item,
        )
        .await
    }
}

#[async_trait]
impl WriteInventory for UnitOfWork {
    async fn upsert_items(&mut self, items: &[Offer]) -> Result<ItemsChanged, StoreError> {
        let rows = self
            .rows(
                "items",
                "INSERT INTO items (
                     sku,
                     name,
                     unit,
                     currency,
                     unit_price,
                     per
                 )
                 SELECT DISTINCT ON (sku)
                     sku,
                     name,
                     unit,
                     currency,
                     unit_price,
                     per
                 FROM unnest(
                     $1::text[],
                     $2::text[],
                     $3::text[],
                     $4::text[],
                     $5::text[],
                     $6::bigint[]
                 ) WITH ORDINALITY AS given (sku, name, unit, currency, unit_price, per, place)
                 ORDER BY sku, place DESC
                 ON CONFLICT (sku) DO UPDATE SET
                     name = excluded.name,
                     unit = excluded.unit,
                     currency = excluded.currency,
                     unit_price = excluded.unit_price,
                     per = excluded.per
                 WHERE (items.name, items.unit, items.currency, items.unit_price, items.per)
                     <> (excluded.name, excluded.unit, excluded.currency, excluded.unit_price, excluded.per)
                 RETURNING xmax = 0 AS is_new",
                &[
                    &column(items, |offer| offer.sku.as_str()),
                    &column(items, |offer| offer.name.as_str()),
                    &column(items, |offer| offer.unit.as_str()),
                    &column(items, |offer| offer.currency.code()),
                    &column(items, |offer| offer.unit_price.to_string()),
                    &column(items, |offer| i64::from(offer.per.units())),
                ],
                |record| record.cell::<bool>("is_new"),
            )
            .await?;
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let added = rows.iter().filter(|is_new| **is_new).count();
        Ok(ItemsChanged {
            added: count(added),
            changed: count(rows.len() - added),
            unchanged: count(items.len() - rows.len()),
        })
    }

    async fn keep_items(&mut self, items: &[(Sku, Keeping)]) -> Result<(), StoreError> {
        self.execute(
            "UPDATE items
             SET backorder = kept.backorder,
                 low_stock = kept.low_stock
             FROM unnest($1::text[], $2::boolean[], $3::bigint[]) AS kept (sku, backorder, low_stock)
             WHERE items.sku = kept.sku",
            &[
                &column(items, |(sku, _)| sku.as_str()),
                &column(items, |(_, keeping)| keeping.backorder),
                &column(items, |(_, keeping)| keeping.low_stock.map(i64::from)),
            ],
        )
        .await?;
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
        let filled = self.fillable(skus).await?;
        if filled.is_empty() {
            return Ok(filled);
        }
        self.fill_lines(&filled, occasion).await?;
        self.note_filled(&filled, occasion).await?;
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
        let counted = Bound::new(
            "UPDATE items
             SET on_hand = $2
             WHERE sku = $1",
        )
        .to(sku.as_str())
        .to(on_hand);
        let written = [Some(counted), insert_movements(vec![movement], occasion)];
        self.execute_all(written.into_iter().flatten()).await?;
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
}

/// The statement that adds to what items have on hand and reserved; none, if nothing is added.
#[must_use = "it runs only when a unit of work is given it"]
pub(super) fn move_stock<'a>(moves: impl IntoIterator<Item = StockRow<'a>>) -> Option<Bound<'a>> {
    let moves: Vec<StockRow<'a>> = moves.into_iter().collect();
    let is_needed = !moves.is_empty();
    is_needed.then(|| {
        Bound::new(
            "UPDATE items
             SET on_hand = items.on_hand + moved.on_hand,
                 reserved = items.reserved + moved.reserved
             FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS moved (sku, on_hand, reserved)
             WHERE items.sku = moved.sku",
        )
        .to(column(&moves, |row| row.sku))
        .to(column(&moves, |row| row.on_hand))
        .to(column(&moves, |row| row.reserved))
        .changing(moves.len())
    })
}

/// The most units of an item that are counted.
const ON_HAND_MAX: i64 = 1_000_000_000_000;

/// An offer from its row.
pub(super) fn offer(record: &Record<'_>) -> Result<Offer, StoreError> {
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
pub(super) fn stock(record: &Record<'_>) -> Result<StockLevel, StoreError> {
    Ok(StockLevel {
        on_hand: record.cell("on_hand")?,
        reserved: record.cell("reserved")?,
    })
}

fn item(record: &Record<'_>) -> Result<ItemRecord, StoreError> {
    Ok(ItemRecord {
        offer: offer(record)?,
        stock: stock(record)?,
        keeping: Keeping {
            backorder: record.cell("backorder")?,
            low_stock: record.cell("low_stock")?,
        },
    })
}

/// A change of stock.
pub(super) struct StockRow<'a> {
    pub(super) sku: &'a str,
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
}
