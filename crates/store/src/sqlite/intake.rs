//! The hot path in SQL: one statement for each table, whatever the size of the batch.
//!
//! Sets go in as JSON, read by `jsonb_each`: `json_each` would write every row out as text and parse
//! it again for each column, which measured as a third of the batch. Bytes go in as one blob per
//! batch, and each row cuts its own out of it, since JSON would have to carry them as hex.

use std::collections::BTreeSet;

use async_trait::async_trait;
use countersign_order::{
    BuyerId, BuyerStanding, Changes, Decision, Digest, Entry, KeyStanding, Note, OrderId,
    OrderState, PriorAttempt, Progress, SalesOrderNumber, Snapshot,
};
use rusqlite::params;
use serde::Serialize;

use super::cell::{Record, Word, hex, json, micros};
use super::inventory::{StockRow, offer, stock};
use super::unit::Unit;
use crate::{Intake, LogHead, NewOrder, StoreError};

#[async_trait]
impl Intake for Unit {
    async fn load(&mut self, batch: &[Entry]) -> Result<Snapshot, StoreError> {
        let mut snapshot = self.load_head()?;
        self.load_standing(batch, &mut snapshot)?;
        self.load_items(batch, &mut snapshot)?;
        self.load_attempts(batch, &mut snapshot)?;
        Ok(snapshot)
    }

    async fn apply(
        &mut self,
        orders: &[NewOrder<'_>],
        changes: &Changes,
    ) -> Result<(), StoreError> {
        if orders.is_empty() {
            return Ok(());
        }
        self.insert_orders(orders)?;
        self.insert_lines(orders)?;
        self.move_stock(changes.reserved.iter().map(|(sku, reserved)| StockRow {
            sku: sku.as_str(),
            on_hand: 0,
            reserved: *reserved,
        }))
    }
}

impl Unit {
    /// A snapshot of the ends of both sequences, statements and sales orders, and nothing else.
    fn load_head(&mut self) -> Result<Snapshot, StoreError> {
        let found = self.row(
            "SELECT
                 last.number,
                 last.issued_at,
                 (
                     SELECT coalesce(max(sales_order_number), 0) + 1
                     FROM orders
                     WHERE sales_order_number IS NOT NULL
                 ) AS next_sales_order
             FROM (SELECT max(number) AS latest FROM statements) AS log
             LEFT JOIN statements AS last ON last.number = log.latest",
            (),
            |row| {
                let record = Record {
                    row,
                    table: "statements",
                };
                let last: Option<u64> = record.cell("number")?;
                let last_issued_at = record.cell("issued_at")?;
                let head = LogHead {
                    next_statement: last.map_or(0, |last| last + 1),
                    last_issued_at,
                };
                Ok((head, record.cell("next_sales_order")?))
            },
        )?;
        let (head, next_sales_order) =
            found.ok_or_else(|| StoreError::Unavailable("a query without rows".into()))?;
        self.head = Some(head);
        let last_issued_at = head.last_issued_at;
        Ok(Snapshot {
            last_issued_at,
            next_sales_order,
            ..Snapshot::default()
        })
    }

    fn load_standing(&self, batch: &[Entry], snapshot: &mut Snapshot) -> Result<(), StoreError> {
        let buyers: BTreeSet<&str> = batch.iter().map(|e| e.order.buyer.as_str()).collect();
        let accounts: BTreeSet<&str> = batch.iter().map(|e| e.account.as_str()).collect();
        let keys: BTreeSet<&Digest> = batch.iter().map(|e| &e.certificate).collect();
        let keys: Vec<String> = keys.into_iter().map(hex).collect();
        self.rows(
            "SELECT
                 buyers.id AS buyer,
                 NULL AS account,
                 NULL AS certificate_sha256,
                 buyers.enabled AS enabled,
                 buyers.on_stop AS on_stop,
                 buyers.manual_acceptance AS manual_acceptance
             FROM jsonb_each(?1) AS named
             CROSS JOIN buyers ON buyers.id = named.value
             UNION ALL
             SELECT NULL, accounts.id, NULL, accounts.enabled, NULL, NULL
             FROM jsonb_each(?2) AS named
             CROSS JOIN accounts ON accounts.id = named.value
             UNION ALL
             SELECT NULL, NULL, keys.certificate_sha256, keys.revoked_at IS NULL, NULL, NULL
             FROM jsonb_each(?3) AS named
             CROSS JOIN keys ON keys.certificate_sha256 = unhex(named.value)",
            params![json(&buyers)?, json(&accounts)?, json(&keys)?],
            |row| {
                let record = Record {
                    row,
                    table: "buyers",
                };
                let enabled = record.cell("enabled")?;
                if let Some(buyer) = record.cell("buyer")? {
                    let on_stop = record.cell("on_stop")?;
                    let manual_acceptance = record.cell("manual_acceptance")?;
                    let standing = BuyerStanding {
                        enabled,
                        on_stop,
                        manual_acceptance,
                    };
                    snapshot.buyers.insert(buyer, standing);
                } else if let Some(account) = record.cell("account")? {
                    snapshot.accounts.insert(account, enabled);
                } else {
                    let standing = if enabled {
                        KeyStanding::Active
                    } else {
                        KeyStanding::Revoked
                    };
                    snapshot
                        .keys
                        .insert(record.cell("certificate_sha256")?, standing);
                }
                Ok(())
            },
        )?;
        Ok(())
    }

    fn load_items(&self, batch: &[Entry], snapshot: &mut Snapshot) -> Result<(), StoreError> {
        let lines = batch.iter().flat_map(|entry| &entry.order.lines);
        let skus: BTreeSet<&str> = lines.map(|line| line.sku.as_str()).collect();
        self.rows(
            "SELECT
                 items.sku,
                 items.name,
                 items.unit,
                 items.currency,
                 items.unit_price,
                 items.per,
                 items.on_hand,
                 items.reserved
             FROM jsonb_each(?1) AS named
             CROSS JOIN items ON items.sku = named.value",
            params![json(&skus)?],
            |row| {
                let record = Record {
                    row,
                    table: "items",
                };
                let offer = offer(&record)?;
                snapshot.stock.insert(offer.sku.clone(), stock(&record)?);
                snapshot.offers.insert(offer.sku.clone(), offer);
                Ok(())
            },
        )?;
        Ok(())
    }

    fn load_attempts(&self, batch: &[Entry], snapshot: &mut Snapshot) -> Result<(), StoreError> {
        let named: BTreeSet<(&str, &str)> = batch
            .iter()
            .map(|e| {
                (
                    e.order.buyer.as_str(),
                    e.order.purchase_order_number.as_str(),
                )
            })
            .collect();
        self.rows(
            "SELECT
                 orders.id,
                 orders.buyer,
                 orders.purchase_order_number,
                 orders.attempt,
                 orders.content_sha256,
                 orders.state
             FROM jsonb_each(?1) AS named
             CROSS JOIN orders
                 ON orders.buyer = named.value ->> 0
                 AND orders.purchase_order_number = named.value ->> 1
             ORDER BY orders.buyer, orders.purchase_order_number, orders.attempt",
            params![json(&named)?],
            |row| {
                let record = Record {
                    row,
                    table: "orders",
                };
                let buyer: BuyerId = record.cell("buyer")?;
                let attempt = PriorAttempt {
                    order_id: record.cell("id")?,
                    attempt: record.cell("attempt")?,
                    content: record.cell("content_sha256")?,
                    decision: latest_answer(record.cell("state")?),
                };
                let numbers = snapshot.attempts.entry(buyer).or_default();
                numbers
                    .entry(record.cell("purchase_order_number")?)
                    .or_default()
                    .push(attempt);
                Ok(())
            },
        )?;
        Ok(())
    }

    fn insert_orders(&self, orders: &[NewOrder<'_>]) -> Result<(), StoreError> {
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

    fn insert_lines(&self, orders: &[NewOrder<'_>]) -> Result<(), StoreError> {
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

/// What the latest statement about an order in this state answered.
fn latest_answer(state: OrderState) -> Decision {
    match state {
        OrderState::Held => Decision::Held,
        OrderState::Declined => Decision::Declined,
        OrderState::Accepted
        | OrderState::Preparing
        | OrderState::Packed
        | OrderState::PartShipped
        | OrderState::Shipped
        | OrderState::Closed
        | OrderState::Cancelled => Decision::Accepted,
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
    ordered: u32,
    reserved: u32,
    back_ordered: u32,
    cancelled: u32,
}
