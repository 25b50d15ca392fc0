//! Moves of orders at rest in SQL, with the stock behind them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use countersign_order::{LineProgress, MovementKind, OrderId, ShortText, Sku};

use super::bound::Bound;
use super::cell::{Word, column, micros};
use super::inventory::{StockRow, move_stock};
use super::movements::{MovementRow, insert_movements};
use super::unit_of_work::UnitOfWork;
use crate::{LineRecord, NoteRecord, Occasion, OrderMove, StoreError, WriteOrders};

#[async_trait]
impl WriteOrders for UnitOfWork {
    async fn move_order(&mut self, order_move: &OrderMove) -> Result<(), StoreError> {
        let moved = Bound::new(
            "UPDATE orders
             SET state = $3,
                 version = version + 1
             WHERE id = $1
                 AND version = $2",
        )
        .to(order_move.order.to_string())
        .to(i64::from(order_move.version))
        .to(order_move.progress.state.word())
        .changing(1);
        self.execute_all([moved]).await?;
        self.move_lines(order_move).await?;
        self.execute(
            "INSERT INTO order_events (
                 order_id,
                 version,
                 at,
                 by,
                 event,
                 detail
             )
             VALUES ($1, $2::bigint + 1, $3, $4, $5, $6)",
            &[
                &order_move.order.to_string(),
                &i64::from(order_move.version),
                &micros(order_move.event.at),
                &order_move.event.by,
                &order_move.event.event,
                &order_move.event.detail,
            ],
        )
        .await?;
        Ok(())
    }

    async fn insert_order_note(
        &mut self,
        id: &OrderId,
        note: &NoteRecord,
    ) -> Result<bool, StoreError> {
        self.insert_note(id, note).await
    }
}

impl UnitOfWork {
    /// Moves the units of lines, and the stock behind them by as much.
    async fn move_lines(&mut self, order_move: &OrderMove) -> Result<(), StoreError> {
        let (order, lines) = (&order_move.order, &order_move.progress.lines);
        if lines.is_empty() {
            return Ok(());
        }
        let stored: BTreeMap<u32, LineRecord> = self
            .lines_of(&[*order])
            .await?
            .into_iter()
            .map(|(_, line)| (line.progress.line, line))
            .collect();
        let mut stock: BTreeMap<&Sku, (i64, i64)> = BTreeMap::new();
        let mut movements = Vec::new();
        for after in lines {
            let before = stored.get(&after.line).ok_or(StoreError::Conflict)?;
            let change = before.progress.stock_change(after);
            let (on_hand, reserved) = stock.entry(&before.sku).or_default();
            *on_hand += change.on_hand;
            *reserved += change.reserved;
            movements.extend(moved(order_move, &before.sku, &before.progress, after));
        }
        let units = Bound::new(
            "UPDATE order_lines
             SET reserved = moved.reserved,
                 packed = moved.packed,
                 back_ordered = moved.back_ordered,
                 shipped = moved.shipped,
                 cancelled = moved.cancelled
             FROM unnest(
                 $2::bigint[],
                 $3::bigint[],
                 $4::bigint[],
                 $5::bigint[],
                 $6::bigint[],
                 $7::bigint[]
             ) AS moved (line, reserved, packed, back_ordered, shipped, cancelled)
             WHERE order_lines.order_id = $1
                 AND order_lines.line = moved.line",
        )
        .to(order.to_string())
        .to(column(lines, |line| i64::from(line.line)))
        .to(column(lines, |line| i64::from(line.reserved)))
        .to(column(lines, |line| i64::from(line.packed)))
        .to(column(lines, |line| i64::from(line.back_ordered)))
        .to(column(lines, |line| i64::from(line.shipped)))
        .to(column(lines, |line| i64::from(line.cancelled)));
        let occasion = Occasion {
            at: order_move.event.at,
            by: &order_move.event.by,
        };
        let moved = stock.into_iter().filter(|(_, change)| *change != (0, 0));
        let stock = move_stock(moved.map(|(sku, (on_hand, reserved))| StockRow {
            sku: sku.as_str(),
            on_hand,
            reserved,
        }));
        let written = [Some(units), insert_movements(movements, occasion), stock];
        self.execute_all(written.into_iter().flatten()).await
    }
}

/// Why units are missing when nobody said it.
const MISSING: &str = "not found when the order was packed";

/// The movements behind what a move did to one line.
fn moved<'a>(
    order_move: &'a OrderMove,
    sku: &'a Sku,
    before: &LineProgress,
    after: &LineProgress,
) -> impl Iterator<Item = MovementRow<'a>> {
    let missing = i64::from(before.missing(after));
    let shipped = i64::from(after.shipped) - i64::from(before.shipped);
    let set_aside = i64::from(after.reserved) - i64::from(before.reserved) + shipped;
    let reason = order_move
        .missing
        .as_ref()
        .map_or(MISSING, ShortText::as_str);
    let row =
        move |kind, units| MovementRow::of(kind, sku, units).for_line(order_move.order, after.line);
    [
        row(MovementKind::Shipped, shipped),
        row(MovementKind::Reserved, set_aside.max(0)),
        row(MovementKind::Released, (-set_aside).max(0)),
        row(MovementKind::Corrected, -missing).because(reason),
    ]
    .into_iter()
}
