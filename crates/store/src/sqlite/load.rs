//! Reading what a batch is decided on; see [`super::intake`].

use std::collections::{BTreeSet, HashMap};

use countersign_order::{
    AccountId, BuyerId, BuyerStanding, Decision, Digest, Entry, KeyStanding, Money, OrderState,
    PriorAttempt, Sku, Snapshot,
};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

use super::cell::{Record, hex, json};
use super::credit::{add_open, credit_taken};
use super::inventory::{offer, stock};
use super::log::log;
use super::parties::correspondent;
use super::prices::agreed_offers;
use super::unit_of_work::UnitOfWork;
use crate::{Correspondent, StoreError};

/// How the accounts and keys of the pairs in `?1` stand, their buyers, what mail to them needs, and their
/// order limits: a row for each key and limit.
const STANDING: &str = "
    SELECT
        accounts.id AS account,
        accounts.buyer,
        accounts.email,
        accounts.enabled AS account_enabled,
        buyers.enabled AS buyer_enabled,
        buyers.on_stop,
        buyers.manual_acceptance,
        buyers.name,
        buyers.mail_detail,
        buyers.address,
        coalesce(correspondence.language, 'en') AS language,
        correspondence.orders_email,
        correspondence.goods_in_email,
        keys.certificate_sha256,
        keys.revoked_at,
        order_limits.currency,
        order_limits.largest_minor
    FROM jsonb_each(?1) AS named
    CROSS JOIN accounts ON accounts.id = named.value ->> 0
    LEFT JOIN buyers ON buyers.id = accounts.buyer
    LEFT JOIN correspondence ON correspondence.buyer = accounts.buyer
    LEFT JOIN keys ON keys.certificate_sha256 = unhex(named.value ->> 1)
    LEFT JOIN order_limits ON order_limits.account = accounts.id";

/// The items in `?3`, what the buyers and items in `?1` are offered on the day `?2`, and the credit of
/// the buyers in `?4`.
const ITEMS: &str = concat!(
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
         NULL AS valid_from,
         NULL AS limit_minor,
         NULL AS open
     FROM jsonb_each(?3) AS named
     CROSS JOIN items ON items.sku = named.value
     UNION ALL
     SELECT *, NULL, NULL FROM (",
    agreed_offers!(),
    ")
     UNION ALL
     SELECT
         buyer,
         NULL, NULL, NULL,
         currency,
         unit_price,
         per,
         NULL, NULL, NULL, NULL,
         limit_minor,
         open
     FROM (",
    credit_taken!("?4"),
    ")"
);

/// The log that grows, the next place in the count of sales orders, the newest seller statement, and beside
/// them every attempt under the buyers and numbers in `?1`; without any, one row that has none.
const HEAD_AND_ATTEMPTS: &str = "
    SELECT
        head.origin,
        head.first_statement,
        head.size,
        head.root,
        head.edge,
        head.last_issued_at,
        head.next_sales_order,
        head.seller_statement,
        prior.id,
        prior.buyer,
        prior.purchase_order_number,
        prior.attempt,
        prior.content_sha256,
        prior.state
    FROM (
        SELECT
            origin,
            first_statement,
            size,
            root,
            edge,
            last_issued_at,
            (
                SELECT coalesce(max(sales_order_number), 0) + 1
                FROM orders
                WHERE sales_order_number IS NOT NULL
            ) AS next_sales_order,
            (
                SELECT sha256
                FROM statements
                WHERE kind = 'seller'
                ORDER BY number DESC
                LIMIT 1
            ) AS seller_statement
        FROM log_heads
        ORDER BY generation DESC
        LIMIT 1
    ) AS head
    LEFT JOIN (
        SELECT
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
    ) AS prior ON true
    ORDER BY prior.buyer, prior.purchase_order_number, prior.attempt";

impl UnitOfWork {
    /// The ends of both sequences, statements and sales orders, and the attempts made before. Gives back
    /// the digest of the newest seller statement.
    pub(super) fn load_head_and_attempts(
        &mut self,
        batch: &[Entry],
        snapshot: &mut Snapshot,
    ) -> Result<Option<Digest>, StoreError> {
        let named: BTreeSet<(&str, &str)> = batch
            .iter()
            .map(|e| {
                (
                    e.order.buyer.as_str(),
                    e.order.purchase_order_number.as_str(),
                )
            })
            .collect();
        let (mut head, mut seller_statement) = (None, None);
        self.rows(HEAD_AND_ATTEMPTS, params![json(&named)?], |row| {
            if head.is_none() {
                head = Some(log(row)?);
                let record = Record { row, table: "logs" };
                snapshot.next_sales_order = record.cell("next_sales_order")?;
                seller_statement = record.cell("seller_statement")?;
            }
            add_attempt(
                &Record {
                    row,
                    table: "orders",
                },
                snapshot,
            )
        })?;
        let head = head.ok_or_else(|| StoreError::Unavailable("there is no shop yet".into()))?;
        snapshot.last_issued_at = head.last_issued_at;
        self.head = Some(head);
        Ok(seller_statement)
    }

    /// Puts into the snapshot how everybody named stands, and gives back what mail to them needs.
    pub(super) fn load_standing(
        &self,
        batch: &[Entry],
        snapshot: &mut Snapshot,
    ) -> Result<HashMap<AccountId, Correspondent>, StoreError> {
        let named: BTreeSet<(&str, &Digest)> = batch
            .iter()
            .map(|e| (e.account.as_str(), &e.certificate))
            .collect();
        let named: Vec<(&str, String)> = named
            .into_iter()
            .map(|(account, key)| (account, hex(key)))
            .collect();
        let mut correspondents = HashMap::new();
        self.rows(STANDING, params![json(&named)?], |row| {
            let record = Record {
                row,
                table: "accounts",
            };
            add_account(&record, snapshot)?;
            if let Some(buyer) = record.cell("buyer")? {
                snapshot.buyers.insert(buyer, standing_of_buyer(&record)?);
                let to = correspondent(&record)?;
                correspondents.insert(to.account.clone(), to);
            }
            Ok(())
        })?;
        Ok(correspondents)
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
        let buyers: BTreeSet<&str> = named.iter().map(|(buyer, _)| *buyer).collect();
        self.rows(
            ITEMS,
            params![
                json(&named)?,
                today.to_string(),
                json(&skus)?,
                json(&buyers)?
            ],
            |row| {
                add_item(
                    &Record {
                        row,
                        table: "items",
                    },
                    snapshot,
                )
            },
        )?;
        Ok(())
    }
}

/// Adds an account from its row, with its key and order limit, where the row has them.
fn add_account(record: &Record<'_, '_>, snapshot: &mut Snapshot) -> Result<(), StoreError> {
    let account: AccountId = record.cell("account")?;
    if let Some(certificate) = record.cell("certificate_sha256")? {
        let revoked_at: Option<Timestamp> = record.cell("revoked_at")?;
        let standing = match revoked_at {
            None => KeyStanding::Active,
            Some(_) => KeyStanding::Revoked,
        };
        snapshot.keys.insert(certificate, standing);
    }
    if let Some(currency) = record.cell("currency")? {
        let limits = snapshot.order_limits.entry(account.clone()).or_default();
        limits.set(Money {
            currency,
            minor: record.cell("largest_minor")?,
        });
    }
    let enabled = record.cell("account_enabled")?;
    snapshot.accounts.insert(account, enabled);
    Ok(())
}

fn standing_of_buyer(record: &Record<'_, '_>) -> Result<BuyerStanding, StoreError> {
    Ok(BuyerStanding {
        enabled: record.cell("buyer_enabled")?,
        on_stop: record.cell("on_stop")?,
        manual_acceptance: record.cell("manual_acceptance")?,
    })
}

/// Adds what a row of [`ITEMS`] is: credit, an offer to one buyer, or an item as everybody is offered it.
fn add_item(record: &Record<'_, '_>, snapshot: &mut Snapshot) -> Result<(), StoreError> {
    let Some(sku) = record.cell::<Option<Sku>>("sku")? else {
        let of_buyer = snapshot.credit.entry(record.cell("buyer")?).or_default();
        return add_open(record, record.cell("currency")?, of_buyer);
    };
    let offer = offer(record)?;
    if let Some(buyer) = record.cell("buyer")? {
        let agreed = snapshot.agreed_offers.entry(buyer).or_default();
        agreed.entry(sku).or_default().push(offer);
        return Ok(());
    }
    if !record.cell::<bool>("backorder")? {
        snapshot.not_back_ordered.insert(sku.clone());
    }
    snapshot.stock.insert(sku.clone(), stock(record)?);
    snapshot.offers.insert(sku, offer);
    Ok(())
}

/// Adds the attempt of a row, if it has one.
fn add_attempt(record: &Record<'_, '_>, snapshot: &mut Snapshot) -> Result<(), StoreError> {
    let Some(order_id) = record.cell("id")? else {
        return Ok(());
    };
    let attempt = PriorAttempt {
        order_id,
        attempt: record.cell("attempt")?,
        content: record.cell("content_sha256")?,
        decision: latest_answer(record.cell("state")?),
    };
    let buyer: BuyerId = record.cell("buyer")?;
    let numbers = snapshot.attempts.entry(buyer).or_default();
    numbers
        .entry(record.cell("purchase_order_number")?)
        .or_default()
        .push(attempt);
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
