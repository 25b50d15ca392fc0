//! Orders at rest in SQL: a list is three statements, whatever its length.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{LineProgress, Money, OrderId};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::cell::{Record, Word, json, micros};
use super::order_filter::conditions;
use super::statements::statement;
use super::unit_of_work::UnitOfWork;
use crate::orders::cut_by_lines;
use crate::{
    EventRecord, LineRecord, NoteRecord, OrderFilter, OrderRecord, Page, ReadOrders,
    StatementRecord, StoreError,
};

/// Who decides orders, in the first row of a timeline.
pub(super) const DECIDED_BY: &str = "automatic";

#[async_trait]
impl ReadOrders for UnitOfWork {
    async fn order(&mut self, id: &OrderId) -> Result<Option<OrderRecord>, StoreError> {
        let mut found = self.rows(&selected("WHERE id = ?1"), params![id.to_string()], |row| {
            order(&Record {
                row,
                table: "orders",
            })
        })?;
        self.complete(&mut found)?;
        Ok(found.pop())
    }

    async fn orders(
        &mut self,
        filter: &OrderFilter,
        before: Option<&OrderId>,
        limit: u32,
    ) -> Result<Page<OrderRecord>, StoreError> {
        let (conditions, mut values) = conditions(filter, before)?;
        values.push(Value::Integer(i64::from(limit) + 1));
        let last = values.len();
        let sql = selected(&format!(
            "WHERE {conditions} ORDER BY received_at DESC, id DESC LIMIT ?{last}"
        ));
        let found = self.rows(&sql, params_from_iter(values), |row| {
            order(&Record {
                row,
                table: "orders",
            })
        })?;
        let mut page = Page::cut(found, limit);
        let lines = self.lines_counted(&page.rows)?;
        cut_by_lines(&mut page, &lines);
        self.complete(&mut page.rows)?;
        Ok(page)
    }

    async fn signed_data(&mut self, id: &OrderId) -> Result<Option<Vec<u8>>, StoreError> {
        self.row(
            "SELECT signed_data
             FROM orders
             WHERE id = ?1",
            params![id.to_string()],
            |row| {
                Record {
                    row,
                    table: "orders",
                }
                .cell("signed_data")
            },
        )
    }

    async fn receipts(
        &mut self,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, StatementRecord>, StoreError> {
        let found = self.rows(
            "SELECT
                 statements.number,
                 statements.kind,
                 orders.id AS order_id,
                 statements.account,
                 statements.issued_at,
                 statements.sha256,
                 statements.der
             FROM jsonb_each(?1) AS named
             CROSS JOIN orders ON orders.id = named.value
             CROSS JOIN statements ON statements.number = orders.receipt",
            params![json(orders)?],
            |row| {
                let record = Record {
                    row,
                    table: "statements",
                };
                Ok((record.cell("order_id")?, statement(&record)?))
            },
        )?;
        Ok(found.into_iter().collect())
    }

    async fn order_notes(&mut self, id: &OrderId) -> Result<Vec<NoteRecord>, StoreError> {
        self.notes_of(id)
    }

    async fn orders_to_fulfil(&mut self, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        self.rows(
            "SELECT id
             FROM orders
             WHERE state NOT IN ('shipped', 'closed', 'cancelled', 'declined')
                 AND state <> 'held'
                 AND EXISTS (
                     SELECT 1
                     FROM order_lines
                     WHERE order_lines.order_id = orders.id
                         AND order_lines.reserved > 0
                 )
             ORDER BY id
             LIMIT ?1",
            params![limit],
            |row| {
                Record {
                    row,
                    table: "orders",
                }
                .cell("id")
            },
        )
    }

    async fn expired_holds(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        self.rows(
            "SELECT id
             FROM orders
             WHERE state = 'held'
                 AND held_until <= ?1
             ORDER BY held_until
             LIMIT ?2",
            params![micros(now), limit],
            |row| {
                Record {
                    row,
                    table: "orders",
                }
                .cell("id")
            },
        )
    }
}

impl UnitOfWork {
    fn lines_counted(&self, orders: &[OrderRecord]) -> Result<HashMap<OrderId, u64>, StoreError> {
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        let counted = self.rows(
            "SELECT order_lines.order_id, count(*) AS lines
             FROM jsonb_each(?1) AS named
             CROSS JOIN order_lines ON order_lines.order_id = named.value
             GROUP BY order_lines.order_id",
            params![json(&ids)?],
            |row| {
                let record = Record {
                    row,
                    table: "order_lines",
                };
                Ok((record.cell("order_id")?, record.cell("lines")?))
            },
        )?;
        Ok(counted.into_iter().collect())
    }

    /// Adds lines and timelines to orders that were read without.
    fn complete(&self, orders: &mut [OrderRecord]) -> Result<(), StoreError> {
        if orders.is_empty() {
            return Ok(());
        }
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        let ids = json(&ids)?;
        let mut lines: HashMap<OrderId, Vec<LineRecord>> = HashMap::new();
        for (order, line) in self.lines_of(&ids)? {
            lines.entry(order).or_default().push(line);
        }
        let mut events: HashMap<OrderId, Vec<EventRecord>> = HashMap::new();
        for (order, event) in self.events_of(&ids)? {
            events.entry(order).or_default().push(event);
        }
        for order in orders {
            order.lines = lines.remove(&order.id).unwrap_or_default();
            order.timeline.append(events.entry(order.id).or_default());
        }
        Ok(())
    }

    pub(super) fn lines_of(&self, ids: &str) -> Result<Vec<(OrderId, LineRecord)>, StoreError> {
        self.rows(
            "SELECT
                 order_lines.order_id,
                 order_lines.line,
                 order_lines.sku,
                 order_lines.description,
                 order_lines.unit,
                 order_lines.unit_price,
                 order_lines.per,
                 order_lines.requested_delivery,
                 order_lines.ordered,
                 order_lines.reserved,
                 order_lines.packed,
                 order_lines.back_ordered,
                 order_lines.shipped,
                 order_lines.cancelled
             FROM jsonb_each(?1) AS named
             CROSS JOIN order_lines ON order_lines.order_id = named.value
             ORDER BY order_lines.order_id, order_lines.line",
            params![ids],
            |row| {
                let record = Record {
                    row,
                    table: "order_lines",
                };
                let line = LineRecord {
                    sku: record.cell("sku")?,
                    description: record.cell("description")?,
                    unit: record.cell("unit")?,
                    unit_price: record.cell("unit_price")?,
                    per: record.cell("per")?,
                    requested_delivery: record.cell("requested_delivery")?,
                    progress: LineProgress {
                        line: record.cell("line")?,
                        ordered: record.cell("ordered")?,
                        reserved: record.cell("reserved")?,
                        packed: record.cell("packed")?,
                        back_ordered: record.cell("back_ordered")?,
                        shipped: record.cell("shipped")?,
                        cancelled: record.cell("cancelled")?,
                    },
                };
                Ok((record.cell("order_id")?, line))
            },
        )
    }

    fn events_of(&self, ids: &str) -> Result<Vec<(OrderId, EventRecord)>, StoreError> {
        self.rows(
            "SELECT
                 order_events.order_id,
                 order_events.at,
                 order_events.by,
                 order_events.event,
                 order_events.detail
             FROM jsonb_each(?1) AS named
             CROSS JOIN order_events ON order_events.order_id = named.value
             ORDER BY order_events.order_id, order_events.version",
            params![ids],
            |row| {
                let record = Record {
                    row,
                    table: "order_events",
                };
                let event = EventRecord {
                    at: record.cell("at")?,
                    by: record.cell("by")?,
                    event: record.cell("event")?,
                    detail: record.cell("detail")?,
                };
                Ok((record.cell("order_id")?, event))
            },
        )
    }
}

/// The query for orders without lines and timelines.
pub(super) fn selected(rest: &str) -> String {
    format!(
        "SELECT
             id,
             buyer,
             account,
             purchase_order_number,
             attempt,
             sales_order_number,
             decision,
             reasons,
             state,
             version,
             fulfilment,
             currency,
             total_minor,
             ship_to,
             note,
             issued_at,
             received_at,
             decided_at,
             held_until,
             content_sha256,
             certificate_sha256,
             receipt
         FROM orders
         {rest}"
    )
}

/// An order from its row, its timeline begun with the decision and its lines still to come.
fn order(record: &Record<'_, '_>) -> Result<OrderRecord, StoreError> {
    let decision = record.cell("decision")?;
    let decided_at = record.cell("decided_at")?;
    Ok(OrderRecord {
        id: record.cell("id")?,
        buyer: record.cell("buyer")?,
        account: record.cell("account")?,
        purchase_order_number: record.cell("purchase_order_number")?,
        attempt: record.cell("attempt")?,
        sales_order_number: record.cell("sales_order_number")?,
        decision,
        reasons: record.json("reasons")?,
        state: record.cell("state")?,
        version: record.cell("version")?,
        fulfilment: record.cell("fulfilment")?,
        total: Money {
            minor: record.cell("total_minor")?,
            currency: record.cell("currency")?,
        },
        ship_to: record.json_or_null("ship_to")?,
        note: record.cell("note")?,
        issued_at: record.cell("issued_at")?,
        received_at: record.cell("received_at")?,
        decided_at,
        held_until: record.cell("held_until")?,
        content: record.cell("content_sha256")?,
        certificate: record.cell("certificate_sha256")?,
        receipt: record.cell("receipt")?,
        lines: Vec::new(),
        timeline: vec![EventRecord {
            at: decided_at,
            by: DECIDED_BY.to_owned(),
            event: decision.word().to_owned(),
            detail: None,
        }],
    })
}
