//! A small shop, and what it answers.

mod admission;
mod holds;
mod promises;
mod properties;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::digest::Digest;
use crate::id::OrderId;
use crate::inventory::StockLevel;
use crate::item::Offer;
use crate::money::Money;
use crate::purchase_order::{Draft, DraftLine, Fulfilment, PurchaseOrder, SalesOrderNumber};
use crate::sample::{ISSUED_AT, at, draft, offer, units};

const KEY: Digest = Digest::from_bytes([7; 32]);

/// A shop with ten of A, two of B and none of C, and acme as its buyer.
fn shop() -> Snapshot {
    let mut shop = Snapshot {
        hold_rules: HoldRules {
            hold_for: HoldFor::Span(SignedDuration::from_hours(48)),
            ..HoldRules::default()
        },
        next_sales_order: 41,
        ..Snapshot::default()
    };
    for (sku, on_hand) in [("A", 10), ("B", 2), ("C", 0)] {
        shop.offers
            .insert(sku.parse().unwrap(), offer(sku, "15.00"));
        shop.stock.insert(
            sku.parse().unwrap(),
            StockLevel {
                on_hand,
                reserved: 0,
            },
        );
    }
    shop.buyers.insert("acme".parse().unwrap(), standing());
    shop.accounts.insert("acme".parse().unwrap(), true);
    shop.keys.insert(KEY, KeyStanding::Active);
    shop
}

fn standing() -> BuyerStanding {
    BuyerStanding {
        enabled: true,
        on_stop: false,
        manual_acceptance: false,
    }
}

fn asks(number: &str, lines: &[(&str, u32)]) -> PurchaseOrder {
    asks_for(number, Fulfilment::Complete, lines)
}

fn asks_for(number: &str, fulfilment: Fulfilment, lines: &[(&str, u32)]) -> PurchaseOrder {
    let line = |(sku, count): &(&str, u32)| DraftLine::of(offer(sku, "15.00"), units(*count));
    let lines = lines.iter().map(line).collect();
    let purchase_order_number = number.parse().unwrap();
    Draft {
        purchase_order_number,
        fulfilment,
        lines,
        ..draft()
    }
    .complete()
    .unwrap()
}

fn takes_up(offer: Offer) -> PurchaseOrder {
    Draft {
        lines: vec![DraftLine::of(offer, units(1))],
        ..draft()
    }
    .complete()
    .unwrap()
}

/// An entry that arrives when it is issued; `content` stands for what was signed.
fn entry(order: PurchaseOrder, content: u8) -> Entry {
    Entry {
        order: Arc::new(order),
        order_id: OrderId::from_uuid_bytes([content; 16]),
        account: "acme".parse().unwrap(),
        certificate: KEY,
        content: Digest::from_bytes([content; 32]),
        signing_time: at("2026-11-23T18:04:05Z"),
        received_at: at(ISSUED_AT),
    }
}

fn now() -> Timestamp {
    at("2026-11-23T18:04:06Z")
}

fn outcomes(shop: &Snapshot, batch: &[Entry]) -> Vec<Outcome> {
    decide(shop, batch, now()).0
}

fn outcome(shop: &Snapshot, entry: Entry) -> Outcome {
    outcomes(shop, &[entry]).remove(0)
}

#[track_caller]
fn decided(outcome: &Outcome) -> &Decided {
    match outcome {
        Outcome::Decided(decided) => decided,
        Outcome::Repeat(_) | Outcome::Rejected(_) => panic!("not decided: {outcome:?}"),
    }
}

#[track_caller]
fn reasons<'a>(outcome: &'a Outcome) -> Vec<(Option<u32>, ReasonCode, &'a str, &'a str)> {
    let decided = decided(outcome);
    assert_eq!(decided.decision, Decision::Declined);
    assert_eq!(decided.sales_order_number, None);
    assert!(
        decided
            .lines
            .iter()
            .all(|line| line.accepted == 0 && line.back_ordered == 0)
    );
    let reason = |reason: &'a Reason| {
        let [offered, current] =
            [&reason.offered, &reason.current].map(|text| text.as_deref().unwrap_or_default());
        (reason.line, reason.code, offered, current)
    };
    decided.reasons.iter().map(reason).collect()
}

fn rejected(rejection: Rejection) -> Outcome {
    Outcome::Rejected(rejection)
}
