//! Orders: signed and sealed to be sent, or taken into the store as the desk would, only faster.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use countersign_envelope::seal;
use countersign_order::{
    Decided, Digest, Draft, DraftLine, Entry, Fulfilment, Move, OrderId, Outcome, Progress,
    Quantity, decide,
};
use countersign_server::clock::Clock;
use countersign_server::desk::Actor;
use countersign_server::random::Random;
use countersign_store::{
    EventRecord, NewMail, NewOrder, OrderMove, StatementKind, StatementRecord, Store, Transaction,
};
use jiff::{SignedDuration, Timestamp};

use super::{Ground, ITEMS, PRODUCTS, buyer_id, offer, product};
use crate::on_all_cores;

/// Orders from before that are put into one transaction.
const FILL: usize = 4096;
/// Octets of what was signed of an order from before, and of its receipt: shorter than they were, so that a million
/// fit on the disk.
pub(crate) const OLD_BYTES: usize = 1400;
/// Octets of the receipt for an order of three lines.
const RECEIPT_BYTES: usize = 2220;
/// Octets of what the letter about such an order is written from.
const NEWS_BYTES: usize = 700;
/// How far off the day is when letters are due that nobody is to send.
const NEVER: SignedDuration = SignedDuration::from_hours(24 * 3650);

/// What is in an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Basket {
    /// Three lines, of eight items.
    Three,
    /// One line, in every order the same.
    OneProduct,
    /// One line, of [`PRODUCTS`] products.
    AnyProduct,
}

impl Basket {
    /// The items in the order of this number.
    fn skus(self, order: usize) -> Vec<String> {
        match self {
            Self::Three => {
                let items = ITEMS.iter().cycle().skip(order % ITEMS.len());
                items.take(3).map(|&sku| sku.to_owned()).collect()
            }
            Self::OneProduct => vec![product(0)],
            Self::AnyProduct => vec![product(order % PRODUCTS)],
        }
    }
}

impl Ground {
    /// The order of this number, signed by its buyer.
    pub(crate) fn message(&self, buyer: usize, order: usize, basket: Basket) -> Result<Vec<u8>> {
        let now = Clock::system().now();
        let name = format!("PO-{order}");
        let order = self.draft(buyer, &name, &basket.skus(order), now)?;
        let signer = self.signer(buyer)?;
        Ok(signer.sign(&order.complete()?.to_json(), now)?)
    }

    /// The same, sealed.
    pub(crate) fn envelope(&self, buyer: usize, order: usize, basket: Basket) -> Result<Vec<u8>> {
        let message = self.message(buyer, order, basket)?;
        let mut rng = Random::system().rng();
        Ok(seal(&message, &[&self.recipient], &mut rng)?)
    }

    /// The order of this number as it is when its signature has been verified.
    pub(crate) fn entry(
        &self,
        buyer: usize,
        prefix: &str,
        order: usize,
        now: Timestamp,
    ) -> Result<Entry> {
        let certificate = self.signer(buyer)?.certificate().fingerprint();
        let name = format!("{prefix}-{order}");
        let order = self.draft(buyer, &name, &Basket::Three.skus(order), now)?;
        Ok(Entry {
            order: Arc::new(order.complete()?),
            order_id: OrderId::from_uuid_bytes(Random::system().uuid_v7(now)),
            account: buyer_id(buyer).parse()?,
            certificate: Digest::from_bytes(*certificate.as_bytes()),
            content: digest_of(name.as_bytes()),
            signing_time: now,
            received_at: now,
        })
    }

    /// Takes in orders as the desk does and ships them, only faster: nobody signs, and nobody is told.
    pub(super) async fn fill(&self, count: usize) -> Result<()> {
        let buyers = self.buyers();
        for first in (0..count).step_by(FILL) {
            let now = Clock::system().now();
            let numbers = first..count.min(first + FILL);
            let batch = on_all_cores(numbers, |number| {
                self.entry(number % buyers, "OLD", number, now)
            })?;
            take_in(self.store.as_ref(), &batch, now, Age::Old).await?;
        }
        Ok(())
    }

    fn draft(&self, buyer: usize, number: &str, skus: &[String], now: Timestamp) -> Result<Draft> {
        let lines = skus
            .iter()
            .map(|sku| Ok(DraftLine::of(offer(sku)?, Quantity::ONE)));
        Ok(Draft {
            seller: self.seller.origin().clone(),
            seller_root: self.seller.root_fingerprint(),
            buyer: buyer_id(buyer).parse()?,
            purchase_order_number: number.parse()?,
            issued_at: now,
            lapses_at: None,
            fulfilment: Fulfilment::Complete,
            lines: lines.collect::<Result<_>>()?,
            ship_to: None,
            requested_delivery: None,
            contract: None,
            contact: None,
            replaces: None,
            references: Vec::new(),
            note: None,
        })
    }
}

pub(super) fn digest_of(octets: &[u8]) -> Digest {
    let digest = countersign_envelope::Digest::of(octets);
    Digest::from_bytes(*digest.as_bytes())
}

/// From when the orders of a batch are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Age<'a> {
    /// From today: each is kept as this message, and a letter about it is queued.
    New(&'a [u8]),
    /// From before: the letters went out long ago, and the goods. Open ones would make each buyer's credit a sum
    /// over all of them.
    Old,
}

/// One batch, as the desk takes it in, but for the cryptography. Orders from before are shipped, too.
pub(crate) async fn take_in(
    store: &dyn Store,
    batch: &[Entry],
    now: Timestamp,
    age: Age<'_>,
) -> Result<()> {
    let mut work = store.begin().await?;
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let snapshot = work.load(batch, today).await?.snapshot;
    let (outcomes, changes) = decide(&snapshot, batch, now);
    let head = work.log_head().await?.context("no log")?;
    let mut orders = Vec::with_capacity(batch.len());
    let old = vec![0x30; OLD_BYTES];
    let (signed_data, receipt_der) = match age {
        Age::New(message) => (message, vec![0x30; RECEIPT_BYTES]),
        Age::Old => (old.as_slice(), old.clone()),
    };
    for ((entry, outcome), receipt) in batch.iter().zip(&outcomes).zip(head.next_statement()..) {
        let Outcome::Decided(decided) = outcome else {
            anyhow::bail!("an order was not decided: {outcome:?}");
        };
        orders.push(NewOrder {
            entry,
            decided,
            receipt,
            signed_data,
        });
    }
    let receipts: Vec<StatementRecord> = orders
        .iter()
        .map(|order| StatementRecord {
            number: order.receipt,
            kind: StatementKind::Receipt,
            order: Some(order.decided.order_id),
            account: Some(order.entry.account.clone()),
            issued_at: order.decided.decided_at,
            der: receipt_der.clone(),
            sha256: order.entry.content,
        })
        .collect();
    work.append(&receipts).await?;
    work.apply(&orders, &changes).await?;
    match age {
        Age::New(_) => {
            let mails = orders.iter().map(|order| letter(order.decided, now));
            let mails = mails.collect::<Result<Vec<_>>>()?;
            work.insert_mail(&mails, now).await?;
        }
        Age::Old => {
            for order in &orders {
                ship(work.as_mut(), order, now).await?;
            }
        }
    }
    work.commit().await?;
    Ok(())
}

/// Ships all of an order, in one move.
async fn ship(work: &mut dyn Transaction, order: &NewOrder<'_>, now: Timestamp) -> Result<()> {
    let accepted = Progress::of(&order.entry.order, order.decided);
    let preparing = accepted.after(&Move::Prepare)?;
    let packed = preparing.after(&Progress::pack_all())?;
    let all = packed.ship_all();
    let shipped = packed.after(&all)?;
    let event = EventRecord {
        at: now,
        by: Actor::automatic().to_string(),
        event: shipped.state.as_str().to_owned(),
        detail: None,
    };
    work.move_order(&OrderMove {
        order: order.decided.order_id,
        version: 1,
        progress: shipped,
        event,
        missing: None,
    })
    .await?;
    Ok(())
}

/// A letter about an order, as long as a real one, that is not sent while anything is measured.
fn letter(decided: &Decided, now: Timestamp) -> Result<NewMail> {
    Ok(NewMail {
        event_id: format!("order-accepted:{}", decided.order_id),
        kind: "order-accepted".to_owned(),
        to: "orders@buyer.example".parse()?,
        order: Some(decided.order_id),
        payload: serde_json::to_string(&"x".repeat(NEWS_BYTES))?,
        due_at: now.checked_add(NEVER)?,
    })
}
