//! Refusals in SQL: a ring of slots for each buyer, so that writing and forgetting are one statement.

use async_trait::async_trait;
use countersign_order::{BuyerId, RefusalId};

use super::cell::{Record, column, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{
    Page, REFUSALS_KEPT, REFUSED_ITEMS_KEPT, ReadRefusals, RefusalRecord, RefusedOrder, StoreError,
    WriteRefusals,
};

/// Numbers what arrived on from each buyer's last refusal, and keeps as many of it as the ring holds: a
/// row is written once.
const INSERT: &str = "
    WITH arrived AS (
        SELECT
            given.*,
            row_number() OVER (PARTITION BY buyer ORDER BY place) + coalesce((
                SELECT max(kept.number)
                FROM refusals AS kept
                WHERE kept.buyer = given.buyer
            ), 0) AS number,
            row_number() OVER (PARTITION BY buyer ORDER BY place DESC) AS from_last
        FROM unnest(
            $1::text[],
            $2::text[],
            $3::text[],
            $4::bigint[],
            $5::text[],
            $6::bytea[],
            $7::text[],
            $8::bigint[],
            $9::text[]
        ) WITH ORDINALITY AS given (
            id, buyer, account, received_at, code, message_sha256, purchase_order_number, issued_at,
            items, place
        )
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
        number % $10,
        number,
        id,
        account,
        received_at,
        code,
        message_sha256,
        purchase_order_number,
        issued_at,
        items
    FROM arrived
    WHERE from_last <= $10
    ON CONFLICT (buyer, slot) DO UPDATE SET
        number = excluded.number,
        id = excluded.id,
        account = excluded.account,
        received_at = excluded.received_at,
        code = excluded.code,
        message_sha256 = excluded.message_sha256,
        purchase_order_number = excluded.purchase_order_number,
        issued_at = excluded.issued_at,
        items = excluded.items";

#[async_trait]
impl ReadRefusals for UnitOfWork {
    async fn refusals(
        &mut self,
        buyer: Option<&BuyerId>,
        before: Option<&RefusalId>,
        limit: u32,
    ) -> Result<Page<RefusalRecord>, StoreError> {
        let rows = self
            .rows(
                "refusals",
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
             WHERE ($1::text IS NULL OR buyer = $1)
                 AND ($2::text IS NULL OR id < $2)
             ORDER BY id DESC
             LIMIT $3",
                &[
                    &buyer.map(BuyerId::as_str),
                    &before.map(ToString::to_string),
                    &(i64::from(limit) + 1),
                ],
                refusal,
            )
            .await?;
        Ok(Page::cut(rows, limit))
    }

    async fn forgotten_refusals(&mut self, buyer: &BuyerId) -> Result<u64, StoreError> {
        let counted = self
            .row(
                "refusals",
                "SELECT coalesce(max(number), 0) AS counted
             FROM refusals
             WHERE buyer = $1",
                &[&buyer.as_str()],
                |record| record.cell::<u64>("counted"),
            )
            .await?;
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
        let orders = column(refusals, |refusal| refusal.order.as_ref());
        let items = orders
            .iter()
            .map(|order| order.map(kept_items).transpose())
            .collect::<Result<Vec<Option<String>>, StoreError>>()?;
        self.execute(
            INSERT,
            &[
                &column(refusals, |refusal| refusal.id.to_string()),
                &column(refusals, |refusal| refusal.buyer.as_str()),
                &column(refusals, |refusal| refusal.account.as_str()),
                &column(refusals, |refusal| micros(refusal.received_at)),
                &column(refusals, |refusal| refusal.code.as_str()),
                &column(refusals, |refusal| {
                    refusal
                        .message
                        .as_ref()
                        .map(|digest| digest.as_bytes().as_slice())
                }),
                &column(&orders, |order| {
                    order.map(|order| order.purchase_order_number.as_str())
                }),
                &column(&orders, |order| order.map(|order| micros(order.issued_at))),
                &items,
                &i64::from(REFUSALS_KEPT),
            ],
        )
        .await?;
        Ok(())
    }
}

fn refusal(record: &Record<'_>) -> Result<RefusalRecord, StoreError> {
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

/// The items of a refused order that are kept, as JSON.
fn kept_items(order: &RefusedOrder) -> Result<String, StoreError> {
    let kept = order.items.len().min(REFUSED_ITEMS_KEPT);
    json(order.items.get(..kept).unwrap_or_default())
}
