//! The movements of stock in SQL: a set of them is one statement.

use countersign_order::{MovementKind, OrderId, Sku};
use rusqlite::params;
use serde::Serialize;

use super::cell::{Record, Word, column_number, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{MovementRecord, Occasion, Page, StoreError};

/// A movement to be kept, by the names of the columns of `stock_movements`.
#[derive(Debug, Serialize)]
pub(super) struct MovementRow<'a> {
    sku: &'a str,
    kind: &'static str,
    on_hand: i64,
    reserved: i64,
    order_id: Option<OrderId>,
    line: Option<u32>,
    reason: Option<&'a str>,
}

impl<'a> MovementRow<'a> {
    /// Units that came in, were set aside, freed or shipped, or are more or fewer than was thought.
    pub(super) fn of(kind: MovementKind, sku: &'a Sku, units: i64) -> Self {
        let (on_hand, reserved) = match kind {
            MovementKind::Received | MovementKind::Corrected => (units, 0),
            MovementKind::Reserved => (0, units),
            MovementKind::Released => (0, -units),
            MovementKind::Shipped => (-units, -units),
        };
        Self {
            sku: sku.as_str(),
            kind: kind.word(),
            on_hand,
            reserved,
            order_id: None,
            line: None,
            reason: None,
        }
    }

    /// For this line of an order.
    pub(super) fn for_line(mut self, order: OrderId, line: u32) -> Self {
        (self.order_id, self.line) = (Some(order), Some(line));
        self
    }

    /// For this reason.
    pub(super) fn because(mut self, reason: &'a str) -> Self {
        self.reason = Some(reason);
        self
    }

    fn moves_something(&self) -> bool {
        (self.on_hand, self.reserved) != (0, 0)
    }
}

impl UnitOfWork {
    /// Keeps the movements that move something.
    pub(super) fn keep_movements(
        &self,
        mut movements: Vec<MovementRow<'_>>,
        occasion: Occasion<'_>,
    ) -> Result<(), StoreError> {
        movements.retain(MovementRow::moves_something);
        if movements.is_empty() {
            return Ok(());
        }
        self.execute(
            "INSERT INTO stock_movements (
                 at,
                 by,
                 sku,
                 kind,
                 on_hand,
                 reserved,
                 order_id,
                 line,
                 reason
             )
             SELECT
                 ?2,
                 ?3,
                 value ->> 'sku',
                 value ->> 'kind',
                 value ->> 'on_hand',
                 value ->> 'reserved',
                 value ->> 'order_id',
                 value ->> 'line',
                 value ->> 'reason'
             FROM jsonb_each(?1)",
            params![json(&movements)?, micros(occasion.at), occasion.by],
        )?;
        Ok(())
    }

    pub(super) fn movements_of(
        &self,
        sku: &Sku,
        after: u64,
        limit: u32,
    ) -> Result<Page<MovementRecord>, StoreError> {
        let rows = self.rows(
            "SELECT
                 number,
                 at,
                 by,
                 kind,
                 on_hand,
                 reserved,
                 order_id,
                 line,
                 reason
             FROM stock_movements
             WHERE sku = ?1
                 AND number > ?2
             ORDER BY number
             LIMIT ?3",
            params![sku.as_str(), column_number(after), i64::from(limit) + 1],
            |row| {
                let record = Record {
                    row,
                    table: "stock_movements",
                };
                let order: Option<OrderId> = record.cell("order_id")?;
                Ok(MovementRecord {
                    number: record.cell("number")?,
                    at: record.cell("at")?,
                    by: record.cell("by")?,
                    kind: record.cell("kind")?,
                    on_hand: record.cell("on_hand")?,
                    reserved: record.cell("reserved")?,
                    line: order.zip(record.cell("line")?),
                    reason: record.cell("reason")?,
                })
            },
        )?;
        Ok(Page::cut(rows, limit))
    }
}
