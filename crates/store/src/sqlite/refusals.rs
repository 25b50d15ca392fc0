//! Refusals in SQL: a ring of slots for each buyer, so that writing and forgetting are one statement.

use async_trait::async_trait;
use countersign_order::{BuyerId, RefusalId};
use rusqlite::params;
use serde::Serialize;

use super::cell::{Record, hex, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{
    Page, REFUSALS_KEPT, REFUSED_ITEMS_KEPT, ReadRefusals, RefusalRecord, RefusedOrder, StoreError,
    WriteRefusals,
};

#[async_trait]
impl ReadRefusals for UnitOfWork {
    async fn refusals(
        &mut self,
        buyer: Option<&BuyerId>,
        before: Option<&RefusalId>,
        limit: u32,
    ) -> Result<Page<RefusalRecord>, StoreError> {
        let rows = self.rows(
            "SELECT
                 id,
                 buyer,
                 account,
                 received_at,
                 code,
                 message_sha256,
                 purchase_order_number,
                 issued_at,
                 items
             FROM refusals
             WHERE (?1 IS NULL OR buyer = ?1)
                 AND (?2 IS NULL OR id < ?2)
             ORDER BY id DESC
             LIMIT ?3",
            params![
                buyer.map(BuyerId::as_str),
                before.map(ToString::to_string),
                i64::from(limit) + 1
            ],
            |row| {
                refusal(&Record {
                    row,
                    table: "refusals",
                })
            },
        )?;
        Ok(Page::cut(rows, limit))
    }

    async fn forgotten_refusals(&mut self, buyer: &BuyerId) -> Result<u64, StoreError> {
        let counted = self.row(
            "SELECT coalesce(max(number), 0) AS counted
             FROM refusals
             WHERE buyer = ?1",
            params![buyer.as_str()],
            |row| {
                Record {
                    row,
                    table: "refusals",
                }
                .cell::<u64>("counted")
            },
        )?;
        Ok(counted
            .unwrap_or(0)
            .saturating_sub(u64::from(REFUSALS_KEPT)))
    }
}

#[async_trait]
impl WriteRefusals for UnitOfWork {
    async fn insert_refusals(&mut self, refusals: &[RefusalRecord]) -> Result<(), StoreError> {
        if refusals.is_empty() {
            return Ok(());
        }
        let rows = refusals
            .iter()
            .map(RefusalRow::of)
            .collect::<Result<Vec<_>, _>>()?;
        self.execute(
            "WITH arrived AS (
                 SELECT
                     value,
                     value ->> 'buyer' AS buyer,
                     row_number() OVER (PARTITION BY value ->> 'buyer' ORDER BY key) + coalesce((
                         SELECT max(kept.number)
                         FROM refusals AS kept
                         WHERE kept.buyer = value ->> 'buyer'
                     ), 0) AS number
                 FROM jsonb_each(?1)
             )
             INSERT INTO refusals (
                 buyer,
                 slot,
                 number,
                 id,
                 account,
                 received_at,
                 code,
                 message_sha256,
                 purchase_order_number,
                 issued_at,
                 items
             )
             SELECT
                 buyer,
                 number % ?2,
                 number,
                 value ->> 'id',
                 value ->> 'account',
                 value ->> 'received_at',
                 value ->> 'code',
                 unhex(value ->> 'message_sha256'),
                 value ->> 'purchase_order_number',
                 value ->> 'issued_at',
                 value ->> 'items'
             FROM arrived
             WHERE true
             ON CONFLICT (buyer, slot) DO UPDATE SET
                 number = excluded.number,
                 id = excluded.id,
                 account = excluded.account,
                 received_at = excluded.received_at,
                 code = excluded.code,
                 message_sha256 = excluded.message_sha256,
                 purchase_order_number = excluded.purchase_order_number,
                 issued_at = excluded.issued_at,
                 items = excluded.items",
            params![json(&rows)?, REFUSALS_KEPT],
        )?;
        Ok(())
    }
}

fn refusal(record: &Record<'_, '_>) -> Result<RefusalRecord, StoreError> {
    let order = match record.cell("purchase_order_number")? {
        None => None,
        Some(purchase_order_number) => Some(RefusedOrder {
            purchase_order_number,
            issued_at: record.cell("issued_at")?,
            items: record.json("items")?,
        }),
    };
    Ok(RefusalRecord {
        id: record.cell("id")?,
        buyer: record.cell("buyer")?,
        account: record.cell("account")?,
        received_at: record.cell("received_at")?,
        code: record.cell("code")?,
        message: record.cell("message_sha256")?,
        order,
    })
}

/// A row of `refusals`, by the names of its columns.
#[derive(Serialize)]
struct RefusalRow<'a> {
    id: RefusalId,
    buyer: &'a str,
    account: &'a str,
    received_at: i64,
    code: &'a str,
    message_sha256: Option<String>,
    purchase_order_number: Option<&'a str>,
    issued_at: Option<i64>,
    items: Option<String>,
}

impl<'a> RefusalRow<'a> {
    fn of(refusal: &'a RefusalRecord) -> Result<Self, StoreError> {
        let order = refusal.order.as_ref();
        let items = order.map(|order| {
            let kept = order.items.len().min(REFUSED_ITEMS_KEPT);
            json(order.items.get(..kept).unwrap_or_default())
        });
        Ok(Self {
            id: refusal.id,
            buyer: refusal.buyer.as_str(),
            account: refusal.account.as_str(),
            received_at: micros(refusal.received_at),
            code: &refusal.code,
            message_sha256: refusal.message.as_ref().map(hex),
            purchase_order_number: order.map(|order| order.purchase_order_number.as_str()),
            issued_at: order.map(|order| micros(order.issued_at)),
            items: items.transpose()?,
        })
    }
}
