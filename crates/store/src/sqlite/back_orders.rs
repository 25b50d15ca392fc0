//! Giving stock to those who wait for it, in SQL: all items at once, the oldest order first.

use std::collections::BTreeMap;

use countersign_order::{MovementKind, OrderId, Sku};
use rusqlite::params;

use super::cell::{Record, json, micros};
use super::inventory::StockRow;
use super::movements::MovementRow;
use super::unit_of_work::UnitOfWork;
use crate::{FilledLine, Occasion, StoreError};

impl UnitOfWork {
    /// What of the available stock goes to which back-ordered line.
    pub(super) fn fillable(&self, skus: &[Sku]) -> Result<Vec<FilledLine>, StoreError> {
        let skus: Vec<&str> = skus.iter().map(Sku::as_str).collect();
        self.rows(
            "WITH waiting AS (
                 SELECT
                     order_lines.order_id,
                     order_lines.line,
                     order_lines.sku,
                     order_lines.back_ordered,
                     items.on_hand - items.reserved AS available,
                     orders.sales_order_number,
                     sum(order_lines.back_ordered) OVER (
                         PARTITION BY order_lines.sku
                         ORDER BY orders.sales_order_number
                     ) - order_lines.back_ordered AS before
                 FROM jsonb_each(?1) AS named
                 CROSS JOIN items ON items.sku = named.value
                 CROSS JOIN order_lines ON order_lines.sku = items.sku
                 JOIN orders ON orders.id = order_lines.order_id
                 WHERE items.on_hand > items.reserved
                     AND order_lines.back_ordered > 0
             )
             SELECT
                 order_id,
                 line,
                 sku,
                 min(back_ordered, available - before) AS quantity
             FROM waiting
             WHERE before < available
             ORDER BY sales_order_number, line",
            params![json(&skus)?],
            |row| {
                let record = Record {
                    row,
                    table: "order_lines",
                };
                Ok(FilledLine {
                    order: record.cell("order_id")?,
                    line: record.cell("line")?,
                    sku: record.cell("sku")?,
                    quantity: record.cell("quantity")?,
                })
            },
        )
    }

    pub(super) fn fill_lines(
        &self,
        filled: &[FilledLine],
        occasion: Occasion<'_>,
    ) -> Result<(), StoreError> {
        let lines: Vec<(OrderId, u32, u32)> = filled
            .iter()
            .map(|line| (line.order, line.line, line.quantity))
            .collect();
        self.execute(
            "UPDATE order_lines
             SET reserved = reserved + (filled.value ->> 2),
                 back_ordered = back_ordered - (filled.value ->> 2)
             FROM jsonb_each(?1) AS filled
             WHERE order_lines.order_id = filled.value ->> 0
                 AND order_lines.line = filled.value ->> 1",
            params![json(&lines)?],
        )?;
        let movements = filled.iter().map(|line| {
            let units = i64::from(line.quantity);
            MovementRow::of(MovementKind::Reserved, &line.sku, units)
                .for_line(line.order, line.line)
        });
        self.keep_movements(movements.collect(), occasion)?;
        let mut units: BTreeMap<&str, i64> = BTreeMap::new();
        for line in filled {
            *units.entry(line.sku.as_str()).or_default() += i64::from(line.quantity);
        }
        self.move_stock(units.into_iter().map(|(sku, reserved)| StockRow {
            sku,
            on_hand: 0,
            reserved,
        }))
    }

    /// Moves each filled order on by one version, and tells in its timeline why.
    pub(super) fn note_filled(
        &self,
        filled: &[FilledLine],
        occasion: Occasion<'_>,
    ) -> Result<(), StoreError> {
        let mut details: BTreeMap<OrderId, Vec<String>> = BTreeMap::new();
        for line in filled {
            let detail = format!("line {}: {}", line.line, line.quantity);
            details.entry(line.order).or_default().push(detail);
        }
        let orders: Vec<(OrderId, String)> = details
            .into_iter()
            .map(|(order, lines)| (order, lines.join(", ")))
            .collect();
        let orders = json(&orders)?;
        self.execute(
            "UPDATE orders
             SET version = version + 1
             FROM jsonb_each(?1) AS filled
             WHERE orders.id = filled.value ->> 0",
            params![orders],
        )?;
        self.execute(
            "INSERT INTO order_events (
                 order_id,
                 version,
                 at,
                 by,
                 event,
                 detail
             )
             SELECT
                 orders.id,
                 orders.version,
                 ?2,
                 ?3,
                 'back_order_filled',
                 filled.value ->> 1
             FROM jsonb_each(?1) AS filled
             CROSS JOIN orders ON orders.id = filled.value ->> 0",
            params![orders, micros(occasion.at), occasion.by],
        )?;
        Ok(())
    }
}
