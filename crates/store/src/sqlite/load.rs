//! Reading what a batch is decided on; see [`super::intake`].

use std::collections::BTreeSet;

use countersign_order::{
    AccountId, BuyerId, BuyerStanding, Currency, Decision, Digest, Entry, KeyStanding, Money,
    OrderState, PriorAttempt, Snapshot,
};
use jiff::civil::Date;
use rusqlite::params;

use super::cell::{Record, hex, json};
use super::credit::{add_open, credit_taken};
use super::inventory::{offer, stock};
use super::log::log;
use super::prices::agreed_offers;
use super::unit::Unit;
use crate::StoreError;

/// How the buyers `?1`, accounts `?2` and keys `?3` of a batch stand, the credit of the buyers, and
/// what the accounts may order at once.
const STANDING: &str = concat!(
    "SELECT
         buyers.id AS buyer,
         NULL AS currency,
         NULL AS limit_minor,
         NULL AS unit_price,
         NULL AS per,
         NULL AS open,
         NULL AS account,
         NULL AS certificate_sha256,
         buyers.enabled AS enabled,
         buyers.on_stop AS on_stop,
         buyers.manual_acceptance AS manual_acceptance
     FROM jsonb_each(?1) AS named
     CROSS JOIN buyers ON buyers.id = named.value
     UNION ALL
     SELECT *, NULL, NULL, NULL, NULL, NULL FROM (",
    credit_taken!(),
    ")
     UNION ALL
     SELECT
         NULL, order_limits.currency, order_limits.largest_minor, NULL, NULL, NULL,
         accounts.id, NULL, accounts.enabled, NULL, NULL
     FROM jsonb_each(?2) AS named
     CROSS JOIN accounts ON accounts.id = named.value
     LEFT JOIN order_limits ON order_limits.account = accounts.id
     UNION ALL
     SELECT
         NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, keys.certificate_sha256, keys.revoked_at IS NULL, NULL, NULL
     FROM jsonb_each(?3) AS named
     CROSS JOIN keys ON keys.certificate_sha256 = unhex(named.value)"
);

impl Unit {
    /// A snapshot of the ends of both sequences, statements and sales orders, and nothing else.
    pub(super) fn load_head(&mut self) -> Result<Snapshot, StoreError> {
        let found = self.row(
            "SELECT
                 generation,
                 origin,
                 first_statement,
                 size,
                 root,
                 edge,
                 (
                     SELECT issued_at
                     FROM statements
                     WHERE number = first_statement + size - 1
                 ) AS last_issued_at,
                 (
                     SELECT coalesce(max(sales_order_number), 0) + 1
                     FROM orders
                     WHERE sales_order_number IS NOT NULL
                 ) AS next_sales_order
             FROM logs
             ORDER BY generation DESC
             LIMIT 1",
            (),
            |row| {
                let record = Record { row, table: "logs" };
                Ok((log(row)?, record.cell("next_sales_order")?))
            },
        )?;
        let (head, next_sales_order) =
            found.ok_or_else(|| StoreError::Unavailable("there is no shop yet".into()))?;
        let last_issued_at = head.last_issued_at;
        self.head = Some(head);
        Ok(Snapshot {
            last_issued_at,
            next_sales_order,
            ..Snapshot::default()
        })
    }

    pub(super) fn load_standing(
        &self,
        batch: &[Entry],
        snapshot: &mut Snapshot,
    ) -> Result<(), StoreError> {
        let buyers: BTreeSet<&str> = batch.iter().map(|e| e.order.buyer.as_str()).collect();
        let accounts: BTreeSet<&str> = batch.iter().map(|e| e.account.as_str()).collect();
        let keys: BTreeSet<&Digest> = batch.iter().map(|e| &e.certificate).collect();
        let keys: Vec<String> = keys.into_iter().map(hex).collect();
        self.rows(
            STANDING,
            params![json(&buyers)?, json(&accounts)?, json(&keys)?],
            |row| {
                let record = Record {
                    row,
                    table: "buyers",
                };
                let currency = record.cell("currency")?;
                if let Some(account) = record.cell("account")? {
                    return add_account(&record, account, currency, snapshot);
                }
                if let Some(currency) = currency {
                    let of_buyer = snapshot.credit.entry(record.cell("buyer")?);
                    return add_open(&record, currency, of_buyer.or_default());
                }
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

    pub(super) fn load_items(
        &self,
        batch: &[Entry],
        today: Date,
        snapshot: &mut Snapshot,
    ) -> Result<(), StoreError> {
        let named: BTreeSet<(&str, &str)> = batch
            .iter()
            .flat_map(|entry| {
                let lines = entry.order.lines.iter();
                lines.map(|line| (entry.order.buyer.as_str(), line.sku.as_str()))
            })
            .collect();
        let skus: BTreeSet<&str> = named.iter().map(|(_, sku)| *sku).collect();
        self.rows(
            concat!(
                "SELECT
                     NULL AS buyer,
                     items.sku,
                     items.name,
                     items.unit,
                     items.currency,
                     items.unit_price,
                     items.per,
                     items.on_hand,
                     items.reserved,
                     items.backorder,
                     NULL AS valid_from
                 FROM jsonb_each(?3) AS named
                 CROSS JOIN items ON items.sku = named.value
                 UNION ALL
                 SELECT * FROM (",
                agreed_offers!(),
                ")"
            ),
            params![json(&named)?, today.to_string(), json(&skus)?],
            |row| {
                let record = Record {
                    row,
                    table: "items",
                };
                let offer = offer(&record)?;
                if let Some(buyer) = record.cell("buyer")? {
                    let agreed = snapshot.agreed_offers.entry(buyer).or_default();
                    agreed.entry(offer.sku.clone()).or_default().push(offer);
                    return Ok(());
                }
                if !record.cell::<bool>("backorder")? {
                    snapshot.not_back_ordered.insert(offer.sku.clone());
                }
                snapshot.stock.insert(offer.sku.clone(), stock(&record)?);
                snapshot.offers.insert(offer.sku.clone(), offer);
                Ok(())
            },
        )?;
        Ok(())
    }

    pub(super) fn load_attempts(
        &self,
        batch: &[Entry],
        snapshot: &mut Snapshot,
    ) -> Result<(), StoreError> {
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
}

/// Adds how an account stands, and one of its limits.
fn add_account(
    record: &Record<'_, '_>,
    account: AccountId,
    currency: Option<Currency>,
    snapshot: &mut Snapshot,
) -> Result<(), StoreError> {
    if let Some(currency) = currency {
        let minor = record.cell("limit_minor")?;
        let limits = snapshot.order_limits.entry(account.clone());
        limits.or_default().set(Money { currency, minor });
    }
    snapshot.accounts.insert(account, record.cell("enabled")?);
    Ok(())
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
