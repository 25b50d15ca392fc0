//! Reading what a batch is decided on; see [`super::intake`].

use std::collections::{BTreeSet, HashMap};

use countersign_order::{
    AccountId, BuyerId, BuyerStanding, Decision, Digest, Entry, KeyStanding, Money, OrderState,
    PriorAttempt, Sku, Snapshot,
};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;

use super::bound::Bound;
use super::cell::{Record, records};
use super::credit::{add_open, credit_taken};
use super::inventory::{offer, stock};
use super::log::log;
use super::parties::correspondent;
use super::prices::agreed_offers;
use crate::{Correspondent, LogHead, StoreError};

/// How each pair of an account in `$1` and a key in `$2` stands, the accounts' buyers, what mail to them
/// needs, and their order limits: a row for each key and limit.
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
    FROM unnest($1::text[], $2::bytea[]) AS named (account, certificate)
    JOIN accounts ON accounts.id = named.account
    LEFT JOIN buyers ON buyers.id = accounts.buyer
    LEFT JOIN correspondence ON correspondence.buyer = accounts.buyer
    LEFT JOIN keys ON keys.certificate_sha256 = named.certificate
    LEFT JOIN order_limits ON order_limits.account = accounts.id";

/// The items in `$4`, locked in order of SKU; what the buyers in `$1` are offered of the items in `$2` on
/// the day `$3`, pair by pair; and the credit of the buyers in `$5`.
const ITEMS: &str = concat!(
    "WITH locked AS MATERIALIZED (
         SELECT
             sku,
             name,
             unit,
             currency,
             unit_price,
             per,
             on_hand,
             reserved,
             backorder
         FROM items
         WHERE sku = ANY ($4)
         ORDER BY sku
         FOR UPDATE
     )
     SELECT
         NULL AS buyer,
         sku,
         name,
         unit,
         currency,
         unit_price,
         per,
         on_hand,
         reserved,
         backorder,
         NULL::bigint AS limit_minor,
         NULL::bigint AS open
     FROM locked
     UNION ALL
     SELECT
         buyer,
         sku,
         name,
         unit,
         currency,
         unit_price,
         per,
         NULL,
         NULL,
         NULL,
         NULL,
         NULL
     FROM (",
    agreed_offers!(),
    ") AS agreed
     UNION ALL
     SELECT
         buyer,
         NULL,
         NULL,
         NULL,
         currency,
         unit_price,
         per,
         NULL,
         NULL,
         NULL,
         limit_minor,
         open
     FROM (",
    credit_taken!("$5"),
    ") AS credit"
);

/// Every attempt under the buyers in `$1` and the numbers in `$2`, pair by pair, locked; beside them the
/// log that grows, locked after them since they are counted first, and the next place in the count of
/// sales orders. Without any attempt, one row that has none.
const HEAD_AND_ATTEMPTS: &str = "
    WITH prior AS MATERIALIZED (
        SELECT
            orders.id,
            orders.buyer,
            orders.purchase_order_number,
            orders.attempt,
            orders.content_sha256,
            orders.state
        FROM unnest($1::text[], $2::text[]) AS named (buyer, purchase_order_number)
        JOIN orders
            ON orders.buyer = named.buyer
            AND orders.purchase_order_number = named.purchase_order_number
        ORDER BY orders.id
        FOR UPDATE OF orders
    ),
    head AS MATERIALIZED (
        SELECT
            generation,
            origin,
            first_statement,
            size,
            root,
            edge
        FROM logs
        WHERE (SELECT count(*) FROM prior) >= 0
        ORDER BY generation DESC
        LIMIT 1
        FOR UPDATE
    )
    SELECT
        head.origin,
        head.first_statement,
        head.size,
        head.root,
        head.edge,
        (
            SELECT last_issued_at
            FROM log_heads
            WHERE log_heads.generation = head.generation
        ) AS last_issued_at,
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
        ) AS seller_statement,
        prior.id,
        prior.buyer,
        prior.purchase_order_number,
        prior.attempt,
        prior.content_sha256,
        prior.state
    FROM head
    LEFT JOIN prior ON true
    ORDER BY prior.buyer, prior.purchase_order_number, prior.attempt";

/// Asks how the accounts and keys of a batch stand.
pub(super) fn ask_standing(batch: &[Entry]) -> Bound<'_> {
    let named: BTreeSet<(&str, &Digest)> = batch
        .iter()
        .map(|e| (e.account.as_str(), &e.certificate))
        .collect();
    let (accounts, keys): (Vec<&str>, Vec<&[u8]>) = named
        .into_iter()
        .map(|(account, key)| (account, key.as_bytes().as_slice()))
        .unzip();
    Bound::new(STANDING).to(accounts).to(keys)
}

/// Asks for the items of a batch, as its buyers are offered them, and for the credit of the buyers.
pub(super) fn ask_items(batch: &[Entry], today: Date) -> Bound<'_> {
    let named: BTreeSet<(&str, &str)> = batch
        .iter()
        .flat_map(|entry| {
            let lines = entry.order.lines.iter();
            lines.map(|line| (entry.order.buyer.as_str(), line.sku.as_str()))
        })
        .collect();
    let skus: BTreeSet<&str> = named.iter().map(|(_, sku)| *sku).collect();
    let skus: Vec<&str> = skus.into_iter().collect();
    let buyers: BTreeSet<&str> = named.iter().map(|(buyer, _)| *buyer).collect();
    let buyers: Vec<&str> = buyers.into_iter().collect();
    let (of_buyers, offered): (Vec<&str>, Vec<&str>) = named.into_iter().unzip();
    Bound::new(ITEMS)
        .to(of_buyers)
        .to(offered)
        .to(today.to_string())
        .to(skus)
        .to(buyers)
}

/// Asks for the ends of both sequences, statements and sales orders, and for the attempts made before.
pub(super) fn ask_head_and_attempts(batch: &[Entry]) -> Bound<'_> {
    let named: BTreeSet<(&str, &str)> = batch
        .iter()
        .map(|e| {
            (
                e.order.buyer.as_str(),
                e.order.purchase_order_number.as_str(),
            )
        })
        .collect();
    let (buyers, numbers): (Vec<&str>, Vec<&str>) = named.into_iter().unzip();
    Bound::new(HEAD_AND_ATTEMPTS).to(buyers).to(numbers)
}

/// Puts into the snapshot how everybody named stands, and gives back what mail to them needs.
pub(super) fn add_standing(
    rows: &[Row],
    snapshot: &mut Snapshot,
) -> Result<HashMap<AccountId, Correspondent>, StoreError> {
    let mut correspondents = HashMap::new();
    for record in records("accounts", rows) {
        add_account(&record, snapshot)?;
        if let Some(buyer) = record.cell("buyer")? {
            snapshot.buyers.insert(buyer, standing_of_buyer(&record)?);
            let to = correspondent(&record)?;
            correspondents.insert(to.account.clone(), to);
        }
    }
    Ok(correspondents)
}

/// Puts items, offers and credit into the snapshot.
pub(super) fn add_items(rows: &[Row], snapshot: &mut Snapshot) -> Result<(), StoreError> {
    records("items", rows).try_for_each(|record| add_item(&record, snapshot))
}

/// Puts the attempts made before, the next sales order number and the time of the last statement into the
/// snapshot. Gives back the log that grows, and the digest of the newest seller statement.
pub(super) fn add_head_and_attempts(
    rows: &[Row],
    snapshot: &mut Snapshot,
) -> Result<(LogHead, Option<Digest>), StoreError> {
    let first = records("logs", rows).next();
    let first = first.ok_or_else(|| StoreError::Unavailable("there is no shop yet".into()))?;
    let head = log(&first)?;
    snapshot.last_issued_at = head.last_issued_at;
    snapshot.next_sales_order = first.cell("next_sales_order")?;
    for record in records("orders", rows) {
        add_attempt(&record, snapshot)?;
    }
    Ok((head, first.cell("seller_statement")?))
}

/// Adds an account from its row, with its key and order limit, where the row has them.
fn add_account(record: &Record<'_>, snapshot: &mut Snapshot) -> Result<(), StoreError> {
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

fn standing_of_buyer(record: &Record<'_>) -> Result<BuyerStanding, StoreError> {
    Ok(BuyerStanding {
        enabled: record.cell("buyer_enabled")?,
        on_stop: record.cell("on_stop")?,
        manual_acceptance: record.cell("manual_acceptance")?,
    })
}

/// Adds what a row of [`ITEMS`] is: credit, an offer to one buyer, or an item as everybody is offered it.
fn add_item(record: &Record<'_>, snapshot: &mut Snapshot) -> Result<(), StoreError> {
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
fn add_attempt(record: &Record<'_>, snapshot: &mut Snapshot) -> Result<(), StoreError> {
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
