//! Keeping the decided orders of a batch; see [`super::intake`].

use countersign_order::{MovementKind, Note, OrderId, Progress, SalesOrderNumber};
use rusqlite::params;
use serde::Serialize;

use super::cell::{Word, hex, json, micros};
use super::movements::MovementRow;
use super::orders::DECIDED_BY;
use super::unit_of_work::UnitOfWork;
use crate::{NewOrder, Occasion, StoreError};

impl UnitOfWork {
    pub(super) fn insert_orders(&self, orders: &[NewOrder<'_>]) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        let mut rows = Vec::with_capacity(orders.len());
        for order in orders {
            rows.push(OrderRow::of(order, bytes.len())?);
            bytes.extend_from_slice(order.signed_data);
        }
        self.execute(
            "INSERT INTO orders (
                 id,
                 buyer,
                 account,
                 purchase_order_number,
                 attempt,
                 sales_order_number,
                 decision,
                 reasons,
                 state,
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
                 receipt,
                 signed_data
             )
             SELECT
                 value ->> 'id',
                 value ->> 'buyer',
                 value ->> 'account',
                 value ->> 'purchase_order_number',
                 value ->> 'attempt',
                 value ->> 'sales_order_number',
                 value ->> 'decision',
                 value ->> 'reasons',
                 value ->> 'decision',
                 value ->> 'fulfilment',
                 value ->> 'currency',
                 value ->> 'total_minor',
                 value ->> 'ship_to',
                 value ->> 'note',
                 value ->> 'issued_at',
                 value ->> 'received_at',
                 value ->> 'decided_at',
                 value ->> 'held_until',
                 unhex(value ->> 'content_sha256'),
                 unhex(value ->> 'certificate_sha256'),
                 value ->> 'receipt',
                 substr(?2, value ->> 'start', value ->> 'length')
             FROM jsonb_each(?1)",
            params![json(&rows)?, bytes],
        )?;
        Ok(())
    }

    pub(super) fn insert_lines(&self, orders: &[NewOrder<'_>]) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for order in orders {
            let id = order.decided.order_id;
            let progress = Progress::of(&order.entry.order, order.decided);
            for (line, units) in order.entry.order.lines.iter().zip(progress.lines) {
                rows.push(LineRow {
                    order_id: id,
                    line: units.line,
                    sku: line.sku.as_str(),
                    description: line.description.as_str(),
                    unit: line.unit.as_str(),
                    unit_price: line.unit_price.to_string(),
                    per: line.per.units(),
                    requested_delivery: line
                        .requested_delivery
                        .or(order.entry.order.requested_delivery)
                        .map(|date| date.to_string()),
                    ordered: units.ordered,
                    reserved: units.reserved,
                    back_ordered: units.back_ordered,
                    cancelled: units.cancelled,
                });
            }
        }
        self.execute(
            "INSERT INTO order_lines (
                 order_id,
                 line,
                 sku,
                 description,
                 unit,
                 unit_price,
                 per,
                 requested_delivery,
                 ordered,
                 reserved,
                 back_ordered,
                 cancelled
             )
             SELECT
                 value ->> 'order_id',
                 value ->> 'line',
                 value ->> 'sku',
                 value ->> 'description',
                 value ->> 'unit',
                 value ->> 'unit_price',
                 value ->> 'per',
                 value ->> 'requested_delivery',
                 value ->> 'ordered',
                 value ->> 'reserved',
                 value ->> 'back_ordered',
                 value ->> 'cancelled'
             FROM jsonb_each(?1)",
            params![json(&rows)?],
        )?;
        Ok(())
    }
}

impl UnitOfWork {
    /// Keeps what the orders of a batch set aside as movements of stock.
    pub(super) fn keep_reservations(&self, orders: &[NewOrder<'_>]) -> Result<(), StoreError> {
        let Some(first) = orders.first() else {
            return Ok(());
        };
        let mut movements = Vec::new();
        for order in orders {
            let lines = order.entry.order.lines.iter().zip(&order.decided.lines);
            movements.extend(lines.map(|(line, promised)| {
                let units = i64::from(promised.accepted);
                MovementRow::of(MovementKind::Reserved, &line.sku, units)
                    .for_line(order.decided.order_id, promised.line)
            }));
        }
        let occasion = Occasion {
            at: first.decided.decided_at,
            by: DECIDED_BY,
        };
        self.keep_movements(movements, occasion)
    }
}

/// A row of `orders`, by the names of its columns.
#[derive(Serialize)]
struct OrderRow<'a> {
    id: OrderId,
    buyer: &'a str,
    account: &'a str,
    purchase_order_number: &'a str,
    attempt: u32,
    sales_order_number: Option<u64>,
    decision: &'static str,
    reasons: String,
    fulfilment: &'static str,
    currency: String,
    total_minor: i64,
    ship_to: Option<String>,
    note: Option<&'a str>,
    issued_at: i64,
    received_at: i64,
    decided_at: i64,
    held_until: Option<i64>,
    content_sha256: String,
    certificate_sha256: String,
    receipt: u64,
    /// Where its bytes begin in the batch's, counted from 1 as SQL does.
    start: usize,
    length: usize,
}

impl<'a> OrderRow<'a> {
    fn of(order: &NewOrder<'a>, before: usize) -> Result<Self, StoreError> {
        let (entry, decided) = (order.entry, order.decided);
        Ok(Self {
            id: decided.order_id,
            buyer: entry.order.buyer.as_str(),
            account: entry.account.as_str(),
            purchase_order_number: entry.order.purchase_order_number.as_str(),
            attempt: decided.attempt,
            sales_order_number: decided.sales_order_number.map(SalesOrderNumber::sequence),
            decision: decided.decision.word(),
            reasons: json(&decided.reasons)?,
            fulfilment: entry.order.fulfilment.word(),
            currency: entry.order.currency.to_string(),
            total_minor: entry.order.total.minor,
            ship_to: entry.order.ship_to.as_ref().map(json).transpose()?,
            note: entry.order.note.as_ref().map(Note::as_str),
            issued_at: micros(entry.order.issued_at),
            received_at: micros(entry.received_at),
            decided_at: micros(decided.decided_at),
            held_until: decided.held_until.map(micros),
            content_sha256: hex(&entry.content),
            certificate_sha256: hex(&entry.certificate),
            receipt: order.receipt,
            start: before + 1,
            length: order.signed_data.len(),
        })
    }
}

/// A row of `order_lines`, by the names of its columns.
#[derive(Serialize)]
struct LineRow<'a> {
    order_id: OrderId,
    line: u32,
    sku: &'a str,
    description: &'a str,
    unit: &'a str,
    unit_price: String,
    per: u32,
    requested_delivery: Option<String>,
    ordered: u32,
    reserved: u32,
    back_ordered: u32,
    cancelled: u32,
}
