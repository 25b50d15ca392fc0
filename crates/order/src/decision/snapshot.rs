//! What a decision looks at, as one transaction sees it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::decide::Entry;
use super::hold::{Credit, HoldRules};
use super::outcome::{Decision, Outcome};
use crate::digest::Digest;
use crate::id::OrderId;
use crate::inventory::StockLevel;
use crate::item::{Offer, Sku};
use crate::money::Currency;
use crate::order_limits::OrderLimits;
use crate::party::{AccountId, BuyerId};
use crate::purchase_order::PurchaseOrderNumber;

/// Everything the orders of a batch name, as it stands before the batch.
///
/// What is missing here does not exist: an account not listed is not enabled, a key not listed is
/// not active, an item not listed is unknown.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What everybody is offered.
    pub offers: HashMap<Sku, Offer>,
    /// What single buyers are offered instead: for each item no more than one offer in a currency.
    pub agreed_offers: HashMap<BuyerId, HashMap<Sku, Vec<Offer>>>,
    /// The stock of every item named.
    pub stock: HashMap<Sku, StockLevel>,
    /// The items named of which nothing is promised that is not there.
    pub not_back_ordered: HashSet<Sku>,
    /// How every buyer named stands.
    pub buyers: HashMap<BuyerId, BuyerStanding>,
    /// Whether each account named is enabled.
    pub accounts: HashMap<AccountId, bool>,
    /// What the accounts named may order at once, where that is limited.
    pub order_limits: HashMap<AccountId, OrderLimits>,
    /// How every key named stands, by the digest of its certificate.
    pub keys: HashMap<Digest, KeyStanding>,
    /// The attempts made under every number named, the oldest first.
    pub attempts: HashMap<BuyerId, HashMap<PurchaseOrderNumber, Vec<PriorAttempt>>>,
    /// The next sales order's place in the count.
    pub next_sales_order: u64,
    /// The time of the last statement.
    pub last_issued_at: Option<Timestamp>,
    /// How much of their credit the buyers named have taken; without a limit a currency is absent.
    pub credit: HashMap<BuyerId, HashMap<Currency, Credit>>,
    /// What the desk does not accept by itself.
    pub hold_rules: HoldRules,
}

/// How a buyer stands with the seller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuyerStanding {
    /// Whether the buyer may trade at all.
    pub enabled: bool,
    /// Whether the buyer gets nothing for the time being.
    pub on_stop: bool,
    /// Whether a person looks at this buyer's orders first.
    pub manual_acceptance: bool,
}

/// How an enrolled key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStanding {
    /// It may sign.
    Active,
    /// It may not any more.
    Revoked,
}

/// An earlier attempt under a purchase order number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriorAttempt {
    /// Its ID.
    pub order_id: OrderId,
    /// Its place in the count of attempts, from one.
    pub attempt: u32,
    /// The digest of what was signed.
    pub content: Digest,
    /// The latest answer to it; an accepted order stays accepted here when it is cancelled.
    pub decision: Decision,
}

impl Snapshot {
    /// The offer that holds for a buyer who orders in a currency: the agreed one before the general
    /// one. Without an offer in that currency it is one in another.
    pub fn offer(&self, buyer: &BuyerId, sku: &Sku, currency: Currency) -> Option<&Offer> {
        let agreed = self
            .agreed_offers
            .get(buyer)
            .and_then(|offers| offers.get(sku));
        let general = self.offers.get(sku)?;
        let agreed = agreed.map_or(&[][..], Vec::as_slice);
        Some(prevailing(agreed, general, currency))
    }

    /// How much of a buyer's credit in a currency is taken, if there is a limit.
    pub fn credit(&self, buyer: &BuyerId, currency: Currency) -> Option<Credit> {
        self.credit.get(buyer)?.get(&currency).copied()
    }

    /// The attempts made under a buyer's number.
    pub fn attempts(&self, buyer: &BuyerId, number: &PurchaseOrderNumber) -> &[PriorAttempt] {
        let of_buyer = self.attempts.get(buyer);
        of_buyer
            .and_then(|numbers| numbers.get(number))
            .map_or(&[], Vec::as_slice)
    }

    /// Brings the snapshot to where it stands after these entries had these outcomes.
    pub fn apply(&mut self, batch: &[Entry], outcomes: &[Outcome]) {
        for (entry, outcome) in batch.iter().zip(outcomes) {
            let Outcome::Decided(decided) = outcome else {
                continue;
            };
            for (line, promised) in entry.order.lines.iter().zip(&decided.lines) {
                if let Some(level) = self.stock.get_mut(&line.sku) {
                    level.reserved += i64::from(promised.accepted);
                }
            }
            if decided.decision != Decision::Declined
                && let Some(credit) = self.credit.get_mut(&entry.order.buyer)
                && let Some(credit) = credit.get_mut(&entry.order.currency)
            {
                credit.open = credit.open.saturating_add(entry.order.total.minor);
            }
            let numbers = self.attempts.entry(entry.order.buyer.clone()).or_default();
            let attempts = numbers
                .entry(entry.order.purchase_order_number.clone())
                .or_default();
            attempts.push(PriorAttempt {
                order_id: decided.order_id,
                attempt: decided.attempt,
                content: entry.content,
                decision: decided.decision,
            });
            if let Some(number) = decided.sales_order_number {
                self.next_sales_order = number.sequence() + 1;
            }
            self.last_issued_at = self.last_issued_at.max(Some(decided.decided_at));
        }
    }
}

/// Of what a buyer agreed on and what everybody is offered, the offer that holds in a currency: the
/// agreed one before the general one, and any before none.
pub fn prevailing<'a>(agreed: &'a [Offer], general: &'a Offer, currency: Currency) -> &'a Offer {
    let is_in = |offer: &&Offer| offer.currency == currency;
    let in_currency = agreed
        .iter()
        .find(is_in)
        .or_else(|| Some(general).filter(is_in));
    let first = || agreed.iter().min_by_key(|offer| offer.currency);
    in_currency.or_else(first).unwrap_or(general)
}
