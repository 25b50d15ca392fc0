//! A shop and its news, for the tests of this module.

use std::sync::{Arc, OnceLock};

use countersign_order::{KeyId, OrderId, SalesOrderNumber};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::event::{
    DeclineReason, KeyEnrolled, KeyRevoked, MailDetail, MailEvent, MailLine, News, OrderAccepted,
    OrderCancelled, OrderDeclined, OrderHeld, OrderNumbers, OrderShipped, WebhookDisabled,
};
use crate::random::Random;
use crate::seller::make::{Founding, found};
use crate::seller::{DataDir, Passphrase, Seller};

/// When everything here happens.
pub(super) fn now() -> Timestamp {
    "2026-11-23T18:04:05.123Z".parse().unwrap()
}

/// The same shop for all tests: making its keys takes a while.
pub(super) fn seller() -> Arc<Seller> {
    static SELLER: OnceLock<Arc<Seller>> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::at(folder.path().join("shop"));
        let founding = Founding {
            origin: "shop.example".parse().unwrap(),
            hosts: vec!["localhost".parse().unwrap()],
            mail_from: "orders@shop.example".parse().unwrap(),
            root_passphrase: Passphrase::new(Zeroizing::new("a passphrase".to_owned())),
            service_passphrase: None,
        };
        found(&founding, &data, Random::system(), now()).unwrap();
        Arc::new(Seller::load(&data, None).unwrap())
    };
    Arc::clone(SELLER.get_or_init(make))
}

/// An event about acme.
pub(super) fn event(news: News) -> MailEvent {
    MailEvent {
        name: "Acme Ltd".to_owned(),
        account: "acme".parse().unwrap(),
        detail: MailDetail::Full,
        statement: Some(41),
        news,
    }
}

/// Three bottles and a coffee, the rest of which follows.
pub(super) fn shipped() -> MailEvent {
    event(News::OrderShipped(OrderShipped {
        numbers: numbers(),
        shipment: 1,
        lines: lines(),
        carrier: "Parcel & Co".to_owned(),
        tracking: Some("JD014600".to_owned()),
        shipped_at: now(),
        more_follows: false,
    }))
}

/// One event of every kind.
pub(super) fn every_kind() -> Vec<MailEvent> {
    let key = KeyId::from_uuid_bytes([9; 16]);
    let algorithm = "RSA-3072".to_owned();
    let fingerprint = format!("sha256:{}", "ab".repeat(32));
    let news = [
        News::OrderAccepted(OrderAccepted {
            numbers: numbers(),
            lines: lines(),
            currency: "USD".to_owned(),
            total: "48.10".to_owned(),
        }),
        News::OrderHeld(OrderHeld {
            numbers: numbers(),
            held_until: now(),
        }),
        News::OrderDeclined(OrderDeclined {
            numbers: numbers(),
            reasons: reasons(),
        }),
        News::OrderCancelled(OrderCancelled {
            numbers: numbers(),
            lines: lines(),
            by_buyer: false,
            reason: "the roof leaks".to_owned(),
        }),
        News::KeyEnrolled(KeyEnrolled {
            key,
            algorithm: algorithm.clone(),
            key_fingerprint: fingerprint.clone(),
            certificate_fingerprint: fingerprint.clone(),
            authorised_by: "invite".to_owned(),
            enrolled_at: now(),
        }),
        News::KeyRevoked(KeyRevoked {
            key,
            algorithm,
            key_fingerprint: fingerprint.clone(),
            certificate_fingerprint: fingerprint,
            reason: "laptop stolen".to_owned(),
            revoked_at: now(),
        }),
    ];
    let mut events: Vec<_> = news.into_iter().map(event).collect();
    events.push(shipped());
    let disabled = News::WebhookDisabled(WebhookDisabled {
        webhook: 3,
        buyer: None,
        url: "https://receiver.example/hook".to_owned(),
        reason: "it answered 410 Gone".to_owned(),
        disabled_at: now(),
    });
    events.push(MailEvent {
        statement: None,
        ..event(disabled)
    });
    events
}

fn numbers() -> OrderNumbers {
    OrderNumbers {
        order: OrderId::from_uuid_bytes([7; 16]),
        purchase_order_number: "PO-1001".parse().unwrap(),
        sales_order_number: Some(SalesOrderNumber::from_sequence(12)),
    }
}

fn lines() -> Vec<MailLine> {
    let line = |sku: &str, description: &str, quantity, back_ordered| MailLine {
        sku: sku.to_owned(),
        description: description.to_owned(),
        quantity,
        unit: "EA".to_owned(),
        back_ordered,
    };
    vec![
        line("WATER", "Water, 1 l", 3, 0),
        line("Café", "Café", 10, 2),
    ]
}

fn reasons() -> Vec<DeclineReason> {
    let reason = |code: &str, offered: Option<&str>, current: Option<&str>| DeclineReason {
        code: code.to_owned(),
        sku: Some("WATER".to_owned()),
        offered: offered.map(str::to_owned),
        current: current.map(str::to_owned),
    };
    vec![
        reason("out-of-stock", Some("5"), Some("3")),
        reason("price-changed", Some("15.00"), Some("16.00")),
        reason("unknown-item", Some("WATER"), None),
        reason("not-approved", None, Some("call us about your account")),
        reason("hold-expired", None, None),
        reason("buyer-withdrew", None, Some("found it in the cellar")),
    ]
}
