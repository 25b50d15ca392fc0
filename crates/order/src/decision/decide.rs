//! Deciding a batch in arrival order: every entry sees what the ones before it have taken.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::check::{Promise, promise};
use super::hold::{Credit, reasons_to_hold};
use super::outcome::{Changes, Decided, Decision, Outcome, Rejection};
use super::snapshot::{BuyerStanding, KeyStanding, PriorAttempt, Snapshot};
use crate::digest::Digest;
use crate::id::OrderId;
use crate::item::Sku;
use crate::money::Currency;
use crate::party::{AccountId, BuyerId};
use crate::purchase_order::{PurchaseOrder, PurchaseOrderNumber, SalesOrderNumber};
use crate::time::to_millisecond;
use crate::window::{CLOCK_TOLERANCE, Window};

/// How often a number may be tried before it counts as used.
pub const MAX_ATTEMPTS: u32 = 16;

/// A verified order waiting for its decision.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The order; its buyer is the account's.
    pub order: Arc<PurchaseOrder>,
    /// The ID it gets if it is decided.
    pub order_id: OrderId,
    /// The account that sent it.
    pub account: AccountId,
    /// The digest of the certificate whose key verified it.
    pub certificate: Digest,
    /// The digest of what was signed.
    pub content: Digest,
    /// When it says it was signed.
    pub signing_time: Timestamp,
    /// When its last byte arrived.
    pub received_at: Timestamp,
}

/// Decides a batch: one outcome for each entry, in the same order, and what they change together.
///
/// `now` only stamps. Deciding a batch in pieces, each on the snapshot that [`Snapshot::apply`]
/// makes of the ones before, comes to the same outcomes.
pub fn decide(snapshot: &Snapshot, batch: &[Entry], now: Timestamp) -> (Vec<Outcome>, Changes) {
    let stamp = to_millisecond(now);
    let last = snapshot.last_issued_at.unwrap_or(stamp);
    let mut desk = Desk {
        snapshot,
        decided_at: last.max(stamp),
        clock_is_trusted: last.duration_since(now) <= CLOCK_TOLERANCE,
        taken: HashMap::new(),
        opened: HashMap::new(),
        attempts: HashMap::new(),
        sales_orders: 0,
    };
    let outcomes = batch.iter().map(|entry| desk.decide(entry)).collect();
    (outcomes, desk.changes())
}

/// A snapshot, and what the batch has done to it so far.
struct Desk<'a> {
    snapshot: &'a Snapshot,
    decided_at: Timestamp,
    clock_is_trusted: bool,
    taken: HashMap<&'a Sku, i64>,
    opened: HashMap<(&'a BuyerId, Currency), i64>,
    attempts: HashMap<(&'a BuyerId, &'a PurchaseOrderNumber), Vec<PriorAttempt>>,
    sales_orders: u64,
}

impl<'a> Desk<'a> {
    fn decide(&mut self, entry: &'a Entry) -> Outcome {
        match self.admit(entry) {
            Ok(Admitted::Repeat(order_id)) => Outcome::Repeat(order_id),
            Ok(Admitted::Attempt { attempt, buyer }) => {
                Outcome::Decided(self.settle(entry, attempt, buyer))
            }
            Err(rejection) => Outcome::Rejected(rejection),
        }
    }

    /// The checks that reject; the first that fails answers.
    fn admit(&self, entry: &'a Entry) -> Result<Admitted, Rejection> {
        let buyer = self
            .snapshot
            .buyers
            .get(&entry.order.buyer)
            .filter(|buyer| buyer.enabled);
        let account = self.snapshot.accounts.get(&entry.account);
        let (Some(&buyer), Some(true)) = (buyer, account) else {
            return Err(Rejection::SignInRequired);
        };
        let mut last_attempt = None;
        let mut standing = None;
        for prior in self.prior_attempts(&entry.order) {
            if prior.content == entry.content {
                return Ok(Admitted::Repeat(prior.order_id));
            }
            if prior.decision != Decision::Declined {
                standing = Some(prior.order_id);
            }
            last_attempt = Some(prior);
        }
        if let Some(order) = standing {
            return Err(Rejection::NumberAlreadyUsed { order });
        }
        let attempt = match last_attempt {
            Some(last) if last.attempt >= MAX_ATTEMPTS => {
                return Err(Rejection::NumberAlreadyUsed {
                    order: last.order_id,
                });
            }
            Some(last) => last.attempt + 1,
            None => 1,
        };
        if self.snapshot.keys.get(&entry.certificate) != Some(&KeyStanding::Active) {
            return Err(Rejection::KeyNotActive);
        }
        if !self.clock_is_trusted {
            return Err(Rejection::ClockNotTrusted);
        }
        if !is_timely(entry) {
            return Err(Rejection::TimestampNotAccepted);
        }
        let limits = self.snapshot.order_limits.get(&entry.account);
        if let Some(largest) = limits.and_then(|limits| limits.broken_by(entry.order.total)) {
            return Err(Rejection::OverOrderLimit { largest });
        }
        Ok(Admitted::Attempt { attempt, buyer })
    }

    fn prior_attempts(&self, order: &'a PurchaseOrder) -> impl Iterator<Item = &PriorAttempt> {
        let (buyer, number) = (&order.buyer, &order.purchase_order_number);
        let of_batch = self.attempts.get(&(buyer, number));
        self.snapshot
            .attempts(buyer, number)
            .iter()
            .chain(of_batch.into_iter().flatten())
    }

    /// The business answer: final, and what it takes is taken for the rest of the batch.
    fn settle(&mut self, entry: &'a Entry, attempt: u32, buyer: BuyerStanding) -> Decided {
        let order: &'a PurchaseOrder = &entry.order;
        let available = |sku: &Sku| self.available(sku);
        let Promise { mut reasons, lines } = promise(self.snapshot, order, buyer, available);
        let decision = if reasons.is_empty() {
            let (rules, credit) = (&self.snapshot.hold_rules, self.credit(order));
            reasons = reasons_to_hold(order, rules, credit, buyer.manual_acceptance);
            let opened = self.opened.entry((&order.buyer, order.currency));
            let opened = opened.or_default();
            *opened = opened.saturating_add(order.total.minor);
            if reasons.is_empty() {
                Decision::Accepted
            } else {
                Decision::Held
            }
        } else {
            Decision::Declined
        };
        for (line, promised) in order.lines.iter().zip(&lines) {
            if promised.accepted > 0 {
                *self.taken.entry(&line.sku).or_default() += i64::from(promised.accepted);
            }
        }
        let number = (&order.buyer, &order.purchase_order_number);
        self.attempts.entry(number).or_default().push(PriorAttempt {
            order_id: entry.order_id,
            attempt,
            content: entry.content,
            decision,
        });
        Decided {
            order_id: entry.order_id,
            attempt,
            decision,
            reasons,
            lines,
            sales_order_number: (decision != Decision::Declined).then(|| self.next_number()),
            held_until: (decision == Decision::Held).then(|| self.held_until()),
            decided_at: self.decided_at,
        }
    }

    /// How much of the buyer's credit earlier orders and this batch have taken.
    fn credit(&self, order: &'a PurchaseOrder) -> Option<Credit> {
        let mut credit = self.snapshot.credit(&order.buyer, order.currency)?;
        let opened = self.opened.get(&(&order.buyer, order.currency));
        credit.open = credit.open.saturating_add(opened.copied().unwrap_or(0));
        Some(credit)
    }

    /// Units of an item that neither earlier orders nor this batch has taken.
    fn available(&self, sku: &Sku) -> u64 {
        let mut level = self.snapshot.stock.get(sku).copied().unwrap_or_default();
        let taken = self.taken.get(sku).copied().unwrap_or(0);
        level.reserved = level.reserved.saturating_add(taken);
        level.available()
    }

    fn changes(self) -> Changes {
        let reserved = self
            .taken
            .into_iter()
            .map(|(sku, units)| (sku.clone(), units));
        Changes {
            reserved: reserved.collect(),
            sales_orders: self.sales_orders,
        }
    }

    fn next_number(&mut self) -> SalesOrderNumber {
        let sequence = self.snapshot.next_sales_order + self.sales_orders;
        self.sales_orders += 1;
        SalesOrderNumber::from_sequence(sequence)
    }

    fn held_until(&self) -> Timestamp {
        self.snapshot.hold_rules.hold_for.until(self.decided_at)
    }
}

/// How an entry comes through the checks that reject.
enum Admitted {
    Repeat(OrderId),
    Attempt { attempt: u32, buyer: BuyerStanding },
}

fn is_timely(entry: &Entry) -> bool {
    let window = Window {
        issued_at: entry.order.issued_at,
        lapses_at: entry.order.lapses_at,
    };
    window.admits(entry.signing_time, entry.received_at)
}
