//! Orders at rest in SQL: a list is three statements, whatever its length.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{LineProgress, Money, OrderId};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::cell::{Record, Word, column, micros};
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
        let mut found = self
            .rows(
                "orders",
                &selected("WHERE id = $1"),
                &[&id.to_string()],
                order,
            )
            .await?;
        self.complete(&mut found).await?;
        Ok(found.pop())
    }

    async fn orders(
        &mut self,
        filter: &OrderFilter,
        before: Option<&OrderId>,
        limit: u32,
    ) -> Result<Page<OrderRecord>, StoreError> {
        let (conditions, mut values) = conditions(filter, before);
        values.push(Box::new(i64::from(limit) + 1));
        let last = values.len();
        let sql = selected(&format!(
            "WHERE {conditions} ORDER BY received_at DESC, id DESC LIMIT ${last}"
        ));
        let mut bound: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(last);
        for value in &values {
            bound.push(value.as_ref());
        }
        let found = self.rows("orders", &sql, &bound, order).await?;
        let mut page = Page::cut(found, limit);
        let lines = self.lines_counted(&page.rows).await?;
        cut_by_lines(&mut page, &lines);
        self.complete(&mut page.rows).await?;
        Ok(page)
    }

    async fn signed_data(&mut self, id: &OrderId) -> Result<Option<Vec<u8>>, StoreError> {
        self.row(
            "orders",
            "SELECT signed_data
             FROM orders
             WHERE id = $1",
            &[&id.to_string()],
            |record| record.cell("signed_data"),
        )
        .await
    }

    async fn receipts(
        &mut self,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, StatementRecord>, StoreError> {
        let found = self
            .rows(
                "statements",
                "SELECT
                 statements.number,
                 statements.kind,
                 orders.id AS order_id,
                 statements.account,
                 statements.issued_at,
                 statements.sha256,
                 statements.der
             FROM orders
             JOIN statements ON statements.number = orders.receipt
             WHERE orders.id = ANY ($1)",
                &[&column(orders, ToString::to_string)],
                |record| Ok((record.cell("order_id")?, statement(record)?)),
            )
            .await?;
        Ok(found.into_iter().collect())
    }

    async fn order_notes(&mut self, id: &OrderId) -> Result<Vec<NoteRecord>, StoreError> {
        self.notes_of(id).await
    }

    async fn orders_to_fulfil(&mut self, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        self.rows(
            "orders",
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
             LIMIT $1",
            &[&i64::from(limit)],
            |record| record.cell("id"),
        )
        .await
    }

    async fn expired_holds(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        self.rows(
            "orders",
            "SELECT id
             FROM orders
             WHERE state = 'held'
                 AND held_until <= $1
             ORDER BY held_until
             LIMIT $2",
            &[&micros(now), &i64::from(limit)],
            |record| record.cell("id"),
        )
        .await
    }
}

impl UnitOfWork {
    async fn lines_counted(
        &mut self,
        orders: &[OrderRecord],
    ) -> Result<HashMap<OrderId, u64>, StoreError> {
        let counted = self
            .rows(
                "order_lines",
                "SELECT order_lines.order_id, count(*) AS lines
             FROM order_lines
             WHERE order_lines.order_id = ANY ($1)
             GROUP BY order_lines.order_id",
                &[&column(orders, |order| order.id.to_string())],
                |record| Ok((record.cell("order_id")?, record.cell("lines")?)),
            )
            .await?;
        Ok(counted.into_iter().collect())
    }

    /// Adds lines and timelines to orders that were read without.
    async fn complete(&mut self, orders: &mut [OrderRecord]) -> Result<(), StoreError> {
        if orders.is_empty() {
            return Ok(());
        }
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        let mut lines: HashMap<OrderId, Vec<LineRecord>> = HashMap::new();
        for (order, line) in self.lines_of(&ids).await? {
            lines.entry(order).or_default().push(line);
        }
        let mut events: HashMap<OrderId, Vec<EventRecord>> = HashMap::new();
        for (order, event) in self.events_of(&ids).await? {
            events.entry(order).or_default().push(event);
        }
        for order in orders {
            order.lines = lines.remove(&order.id).unwrap_or_default();
            order.timeline.append(events.entry(order.id).or_default());
        }
        Ok(())
    }

    pub(super) async fn lines_of(
        &mut self,
        ids: &[OrderId],
    ) -> Result<Vec<(OrderId, LineRecord)>, StoreError> {
        self.rows(
            "order_lines",
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
             FROM order_lines
             WHERE order_lines.order_id = ANY ($1)
             ORDER BY order_lines.order_id, order_lines.line",
            &[&column(ids, ToString::to_string)],
            |record| {
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
        .await
    }

    async fn events_of(
        &mut self,
        ids: &[OrderId],
    ) -> Result<Vec<(OrderId, EventRecord)>, StoreError> {
        self.rows(
            "order_events",
            "SELECT
                 order_events.order_id,
                 order_events.at,
                 order_events.by,
                 order_events.event,
                 order_events.detail
             FROM order_events
             WHERE order_events.order_id = ANY ($1)
             ORDER BY order_events.order_id, order_events.version",
            &[&column(ids, ToString::to_string)],
            |record| {
                let event = EventRecord {
                    at: record.cell("at")?,
                    by: record.cell("by")?,
                    event: record.cell("event")?,
                    detail: record.cell("detail")?,
                };
                Ok((record.cell("order_id")?, event))
            },
        )
        .await
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
fn order(record: &Record<'_>) -> Result<OrderRecord, StoreError> {
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
