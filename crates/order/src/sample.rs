//! Orders and offers for the tests, and strategies that make many of them.

use jiff::Timestamp;
use jiff::civil::Date;
use proptest::option;
use proptest::prelude::*;

use crate::address::Address;
use crate::digest::Digest;
use crate::item::Offer;
use crate::purchase_order::{Draft, DraftLine, Fulfilment, PurchaseOrder};
use crate::quantity::Quantity;
use crate::text::{Note, ShortText};
use crate::time::parse_instant;

/// The time at which the samples are issued.
pub(crate) const ISSUED_AT: &str = "2026-11-23T18:04:05.123Z";

/// The time that a text writes.
pub(crate) fn at(text: &str) -> Timestamp {
    parse_instant(text).unwrap()
}

/// So many units.
pub(crate) fn units(units: u32) -> Quantity {
    units.try_into().unwrap()
}

/// An offer in dollars for each.
pub(crate) fn offer(sku: &str, price: &str) -> Offer {
    Offer {
        sku: sku.parse().unwrap(),
        name: format!("Name of {sku}").parse().unwrap(),
        unit: "EA".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        unit_price: price.parse().unwrap(),
        per: Quantity::ONE,
    }
}

/// A draft of acme's with no lines yet.
pub(crate) fn draft() -> Draft {
    Draft {
        seller: "shop.example".parse().unwrap(),
        seller_root: Digest::from_bytes([0x9f; 32]),
        buyer: "acme".parse().unwrap(),
        purchase_order_number: "PO-1001".parse().unwrap(),
        issued_at: at(ISSUED_AT),
        lapses_at: None,
        fulfilment: Fulfilment::Complete,
        lines: Vec::new(),
        ship_to: None,
        requested_delivery: None,
        contract: None,
        contact: None,
        replaces: None,
        references: Vec::new(),
        note: None,
    }
}

/// An order of acme's: so many units of each offer.
pub(crate) fn order(lines: &[(Offer, u32)]) -> PurchaseOrder {
    let lines = lines
        .iter()
        .map(|(offer, count)| DraftLine::of(offer.clone(), units(*count)));
    Draft {
        lines: lines.collect(),
        ..draft()
    }
    .complete()
    .unwrap()
}

/// An address with nothing left out.
pub(crate) fn address() -> Address {
    Address {
        name: "Acme Ltd".parse().unwrap(),
        attention: Some("Jo".parse().unwrap()),
        street: "1 Main St".parse().unwrap(),
        street_2: Some("Rear".parse().unwrap()),
        city: "Fullerton".parse().unwrap(),
        region: Some("CA".parse().unwrap()),
        postal_code: Some("92831".parse().unwrap()),
        country: "US".parse().unwrap(),
        phone: Some("+1 714 555 0100".parse().unwrap()),
    }
}

/// Any order there can be, within amounts that can be counted.
pub(crate) fn any_order() -> impl Strategy<Value = PurchaseOrder> {
    let currency = prop::sample::select(vec!["USD", "JPY", "KWD", "CLF"]);
    let lines = prop::collection::btree_map("[A-Zäß0-9 \"\\\\-]{1,20}", any_line(), 1..20);
    let texts = (
        option::of(any_short_text()),
        option::of(any_short_text()),
        option::of(any_note()),
    );
    let references = prop::collection::vec(any_short_text(), 0..=20);
    let rest = (
        any::<bool>(),
        option::of(any_date()),
        option::of(1..=604_800_000_i64),
        any_instant(),
    );
    (currency, lines, texts, references, rest, any::<bool>()).prop_map(
        |(currency, lines, (contract, contact, note), references, rest, has_address)| {
            let (is_partial, requested_delivery, stands_for_ms, issued_at) = rest;
            let lines = lines.into_iter().map(|(sku, mut line)| {
                line.offer.sku = sku.parse().unwrap();
                line.offer.currency = currency.parse().unwrap();
                line
            });
            let lapse = |ms| issued_at + jiff::SignedDuration::from_millis(ms);
            let draft = Draft {
                issued_at,
                lapses_at: stands_for_ms.map(lapse),
                fulfilment: if is_partial {
                    Fulfilment::Partial
                } else {
                    Fulfilment::Complete
                },
                lines: lines.collect(),
                ship_to: has_address.then(address),
                requested_delivery,
                contract,
                contact,
                replaces: is_partial.then(|| "PO-1000".parse().unwrap()),
                references,
                note,
                ..draft()
            };
            draft.complete().unwrap()
        },
    )
}

fn any_line() -> impl Strategy<Value = DraftLine> {
    let price = prop_oneof![0..=99_999_999_u64, 0..=9_999_999_999_999_u64];
    let extras = (
        option::of(any_date()),
        option::of(any_short_text()),
        option::of(any_note()),
    );
    (
        price,
        1..=1_000_000_u32,
        prop_oneof![Just(1), 1..=1_000_000_u32],
        extras,
    )
        .prop_map(
            |(millionths, quantity, per, (requested_delivery, buyer_item, note))| {
                let unit_price = crate::money::UnitPrice::from_millionths(millionths).unwrap();
                let offer = Offer {
                    unit_price,
                    per: units(per),
                    ..offer("ANY", "1")
                };
                DraftLine {
                    offer,
                    quantity: units(quantity),
                    requested_delivery,
                    buyer_item,
                    note,
                }
            },
        )
}

fn any_short_text() -> impl Strategy<Value = ShortText> {
    "[ -~äß日本😀]{1,40}".prop_map(|text| text.parse().unwrap())
}

fn any_note() -> impl Strategy<Value = Note> {
    "[ -~äß\n😀]{1,80}".prop_map(|text| text.parse().unwrap())
}

fn any_date() -> impl Strategy<Value = Date> {
    (0..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    (0..=4_102_444_800_000_i64).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap())
}
