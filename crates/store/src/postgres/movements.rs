//! The movements of stock in SQL: a set of them is one statement.

use countersign_order::{MovementKind, OrderId, Sku};

use super::bound::Bound;
use super::cell::{Word, column, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{MovementRecord, Occasion, Page, StoreError};

const INSERT_MOVEMENTS: &str = "
    INSERT INTO stock_movements (
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
        $1::bigint,
        $2::text,
        sku,
        kind,
        on_hand,
        reserved,
        order_id,
        line,
        reason
    FROM unnest(
        $3::text[],
        $4::text[],
        $5::bigint[],
        $6::bigint[],
        $7::text[],
        $8::bigint[],
        $9::text[]
    ) WITH ORDINALITY AS moved (
        sku, kind, on_hand, reserved, order_id, line, reason, place
    )
    ORDER BY place";

/// A movement to be kept.
#[derive(Debug)]
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

/// The statement that keeps the movements that move something; none, if none does.
#[must_use = "it runs only when a unit of work is given it"]
pub(super) fn insert_movements<'a>(
    mut movements: Vec<MovementRow<'a>>,
    occasion: Occasion<'a>,
) -> Option<Bound<'a>> {
    movements.retain(MovementRow::moves_something);
    let is_needed = !movements.is_empty();
    is_needed.then(|| {
        Bound::new(INSERT_MOVEMENTS)
            .to(micros(occasion.at))
            .to(occasion.by)
            .to(column(&movements, |row| row.sku))
            .to(column(&movements, |row| row.kind))
            .to(column(&movements, |row| row.on_hand))
            .to(column(&movements, |row| row.reserved))
            .to(column(&movements, |row| {
                row.order_id.map(|order| order.to_string())
            }))
            .to(column(&movements, |row| row.line.map(i64::from)))
            .to(column(&movements, |row| row.reason))
    })
}

impl UnitOfWork {
    pub(super) async fn movements_of(
        &mut self,
        sku: &Sku,
        after: u64,
        limit: u32,
    ) -> Result<Page<MovementRecord>, StoreError> {
        let rows = self
            .rows(
                "stock_movements",
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
             WHERE sku = $1
                 AND number > $2
             ORDER BY number
             LIMIT $3",
                &[
                    &sku.as_str(),
                    &column_number(after),
                    &(i64::from(limit) + 1),
                ],
                |record| {
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
            )
            .await?;
        Ok(Page::cut(rows, limit))
    }
}
