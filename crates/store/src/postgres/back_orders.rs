//! Giving stock to those who wait for it, in SQL: all items at once, the oldest order first.

use std::collections::BTreeMap;

use countersign_order::{MovementKind, OrderId, Sku};

use super::bound::Bound;
use super::cell::{column, micros};
use super::inventory::{StockRow, move_stock};
use super::movements::{MovementRow, insert_movements};
use super::unit_of_work::UnitOfWork;
use crate::{FilledLine, Occasion, StoreError};

impl UnitOfWork {
    /// What of the available stock goes to which back-ordered line.
    pub(super) async fn fillable(&mut self, skus: &[Sku]) -> Result<Vec<FilledLine>, StoreError> {
        self.rows(
            "order_lines",
            "WITH waiting AS (
                 SELECT
                     order_lines.order_id,
                     order_lines.line,
                     order_lines.sku,
                     order_lines.back_ordered,
                     items.on_hand - items.reserved AS available,
                     orders.sales_order_number,
                     (sum(order_lines.back_ordered) OVER (
                         PARTITION BY order_lines.sku
                         ORDER BY orders.sales_order_number
                     ))::bigint - order_lines.back_ordered AS before
                 FROM items
                 JOIN order_lines ON order_lines.sku = items.sku
                 JOIN orders ON orders.id = order_lines.order_id
                 WHERE items.sku = ANY ($1)
                     AND items.on_hand > items.reserved
                     AND order_lines.back_ordered > 0
             )
             SELECT
                 order_id,
                 line,
                 sku,
                 least(back_ordered, available - before) AS quantity
             FROM waiting
             WHERE before < available
             ORDER BY sales_order_number, line",
            &[&column(skus, Sku::as_str)],
            |record| {
                Ok(FilledLine {
                    order: record.cell("order_id")?,
                    line: record.cell("line")?,
                    sku: record.cell("sku")?,
                    quantity: record.cell("quantity")?,
                })
            },
        )
        .await
    }

    pub(super) async fn fill_lines(
        &mut self,
        filled: &[FilledLine],
        occasion: Occasion<'_>,
    ) -> Result<(), StoreError> {
        let lines = Bound::new(
            "UPDATE order_lines
             SET reserved = order_lines.reserved + filled.quantity,
                 back_ordered = order_lines.back_ordered - filled.quantity
             FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS filled (order_id, line, quantity)
             WHERE order_lines.order_id = filled.order_id
                 AND order_lines.line = filled.line",
        )
        .to(column(filled, |line| line.order.to_string()))
        .to(column(filled, |line| i64::from(line.line)))
        .to(column(filled, |line| i64::from(line.quantity)));
        let movements = filled.iter().map(|line| {
            let units = i64::from(line.quantity);
            MovementRow::of(MovementKind::Reserved, &line.sku, units)
                .for_line(line.order, line.line)
        });
        let mut units: BTreeMap<&str, i64> = BTreeMap::new();
        for line in filled {
            *units.entry(line.sku.as_str()).or_default() += i64::from(line.quantity);
        }
        let stock = move_stock(units.into_iter().map(|(sku, reserved)| StockRow {
            sku,
            on_hand: 0,
            reserved,
        }));
        let movements = insert_movements(movements.collect(), occasion);
        let written = [Some(lines), movements, stock];
        self.execute_all(written.into_iter().flatten()).await
    }

    /// Moves each filled order on by one version, and tells in its timeline why.
    pub(super) async fn note_filled(
        &mut self,
        filled: &[FilledLine],
        occasion: Occasion<'_>,
    ) -> Result<(), StoreError> {
        let mut details: BTreeMap<OrderId, Vec<String>> = BTreeMap::new();
        for line in filled {
            let detail = format!("line {}: {}", line.line, line.quantity);
            details.entry(line.order).or_default().push(detail);
        }
        let (orders, details): (Vec<String>, Vec<String>) = details
            .into_iter()
            .map(|(order, lines)| (order.to_string(), lines.join(", ")))
            .unzip();
        let moved = Bound::new(
            "UPDATE orders
             SET version = version + 1
             WHERE id = ANY ($1)",
        )
        .to(&orders);
        let noted = Bound::new(
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
                 $2::bigint,
                 $3::text,
                 'back_order_filled',
                 filled.detail
             FROM unnest($1::text[], $4::text[]) AS filled (order_id, detail)
             JOIN orders ON orders.id = filled.order_id",
        )
        .to(&orders)
        .to(micros(occasion.at))
        .to(occasion.by)
        .to(details);
        self.execute_all([moved, noted]).await
    }
}
