use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::decision::{Decided, DecidedLine, Decision, Entry, Reason, ReasonCode};
use crate::digest::Der;
use crate::sample::{ISSUED_AT, address, at, offer, order};
use crate::time::write_instant;

fn digest(octet: u8) -> Digest {
    Digest::from_bytes([octet; 32])
}

fn common() -> Common {
    Common {
        seller: "shop.example".parse().unwrap(),
        seller_root: digest(1),
        issued_at: at(ISSUED_AT),
        previous: None,
        log: Some(LogPlace {
            origin: "shop.example".parse().unwrap(),
            leaf: 41,
        }),
        blind: Blind::from_bytes([2; 32]),
    }
}

fn reference() -> OrderReference {
    OrderReference {
        id: OrderId::from_uuid_bytes([3; 16]),
        buyer: "acme".parse().unwrap(),
        purchase_order_number: "PO-1001".parse().unwrap(),
        attempt: 1,
        sales_order_number: Some(SalesOrderNumber::from_sequence(7)),
    }
}

fn receipt() -> Receipt {
    let entry = Entry {
        order: Arc::new(order(&[(offer("WATER", "15"), 3)])),
        order_id: OrderId::from_uuid_bytes([3; 16]),
        account: "acme/jo".parse().unwrap(),
        certificate: digest(6),
        content: digest(3),
        signing_time: at(ISSUED_AT),
        received_at: at(ISSUED_AT),
    };
    let decided = Decided {
        order_id: entry.order_id,
        attempt: 1,
        decision: Decision::Declined,
        reasons: vec![Reason {
            line: Some(1),
            code: ReasonCode::PriceChanged,
            offered: Some("15.00".to_owned()),
            current: Some("16.00".to_owned()),
        }],
        lines: vec![DecidedLine {
            line: 1,
            accepted: 0,
            back_ordered: 0,
        }],
        sales_order_number: None,
        held_until: None,
        decided_at: at(ISSUED_AT),
    };
    let signed = SignedOrder {
        content_type: crate::purchase_order::MEDIA_TYPE.to_owned(),
        content_sha256: digest(3),
        signed_attributes_sha256: digest(4),
        signature_sha256: digest(5),
        certificate_sha256: digest(6),
        signed_data_sha256: digest(7),
    };
    Receipt::of(common(), &entry, &decided, Some(address()), signed)
}

#[track_caller]
fn reads_back(statement: &Statement) -> Value {
    let octets = statement.to_json();
    assert_eq!(Statement::parse(&octets).unwrap(), *statement);
    assert_eq!(*statement.common(), common());
    serde_json::from_slice(&octets).unwrap()
}

#[test]
fn a_receipt_says_what_was_decided_about_which_octets() {
    let sha256 = |octet: u8| digest(octet).to_string();
    assert_eq!(
        reads_back(&Statement::Receipt(Box::new(receipt()))),
        json!({
            "document": "countersign/receipt/1", "seller": "shop.example",
            "seller_root": sha256(1), "issued_at": ISSUED_AT, "previous": null,
            "log": {"origin": "shop.example", "leaf": 41}, "blind": "02".repeat(32),
            "buyer": "acme", "account": "acme/jo", "purchase_order_number": "PO-1001",
            "attempt": 1, "sales_order_number": null, "received_at": ISSUED_AT,
            "held_until": null, "decision": "declined",
            "reasons": [{"line": 1, "code": "price-changed", "offered": "15.00", "current": "16.00"}],
            "lines": [{"line": 1, "sku": "WATER", "accepted": 0, "back_ordered": 0, "unit": "EA",
                       "unit_price": "15.00", "per": 1}],
            "currency": "USD", "total": "45.00",
            "ship_to": {"name": "Acme Ltd", "attention": "Jo", "street": "1 Main St",
                        "street_2": "Rear", "city": "Fullerton", "region": "CA",
                        "postal_code": "92831", "country": "US", "phone": "+1 714 555 0100"},
            "order": {"content_type": "application/vnd.countersign.order+json",
                      "content_sha256": sha256(3), "signed_attributes_sha256": sha256(4),
                      "signature_sha256": sha256(5), "certificate_sha256": sha256(6),
                      "signed_data_sha256": sha256(7)},
        })
    );
}

#[test]
fn the_kind_of_a_document_stands_first_and_each_member_once() {
    let text = String::from_utf8(Statement::Receipt(Box::new(receipt())).to_json()).unwrap();
    assert!(
        text.starts_with(r#"{"document":"countersign/receipt/1","seller":"#),
        "{text}"
    );
    assert_eq!(text.matches(r#""issued_at":"#).count(), 1);
    assert_eq!(text.matches(r#""buyer":"#).count(), 1);
}

#[test]
fn a_shipment_reads_back_as_written() {
    let shipment = Shipment {
        common: common(),
        order: reference(),
        shipment: 2,
        lines: vec![ShipmentLine {
            line: 1,
            sku: "WATER".parse().unwrap(),
            quantity: 3,
            back_ordered: 1,
        }],
        carrier: "none".parse().unwrap(),
        tracking: None,
        shipped_at: at(ISSUED_AT),
    };
    let document = reads_back(&Statement::Shipment(shipment));
    assert_eq!(document["document"], "countersign/shipment/1");
    assert_eq!(document["order"]["sales_order_number"], "SO-7");
    assert_eq!(document["tracking"], Value::Null);
    assert_eq!(document["shipped_at"], write_instant(at(ISSUED_AT)));
}

#[test]
fn a_cancellation_reads_back_as_written() {
    let cancellation = Cancellation {
        common: common(),
        order: reference(),
        lines: vec![CancelledLine {
            line: 1,
            sku: "WATER".parse().unwrap(),
            quantity: 3,
        }],
        by: CancelledBy::Seller,
        request_sha256: None,
        reason: "discontinued".parse().unwrap(),
    };
    let document = reads_back(&Statement::Cancellation(cancellation));
    assert_eq!(document["document"], "countersign/cancellation/1");
    assert_eq!(
        (&document["by"], &document["request_sha256"]),
        (&json!("seller"), &Value::Null)
    );
}

#[test]
fn a_key_statement_reads_back_as_written() {
    let key = KeyStatement {
        common: common(),
        buyer: "acme".parse().unwrap(),
        account: "acme/jo".parse().unwrap(),
        action: KeyAction::Enrolled,
        certificate: Der::from(vec![0x30, 0]),
        key_fingerprint: digest(8),
        certificate_fingerprint: digest(9),
        authorised_by: Authorisation::Invite,
        possession_sha256: Some(digest(10)),
        authorisation_sha256: None,
        reason: None,
    };
    let document = reads_back(&Statement::Key(key));
    assert_eq!(document["document"], "countersign/key/1");
    assert_eq!(document["certificate"], "MAA=");
    assert_eq!(
        (&document["action"], &document["authorised_by"]),
        (&json!("enrolled"), &json!("invite"))
    );
}

#[test]
fn a_seller_statement_has_no_place_in_the_log() {
    let seller = SellerStatement {
        common: Common {
            log: None,
            ..common()
        },
        number: 0,
        certificates: vec![SellerCertificate {
            purpose: CertificateUse::Recipient,
            certificate: Der::from(vec![0x30, 0]),
            from: at(ISSUED_AT),
            to: None,
            revoked_at: None,
        }],
        log_keys: vec![LogKey {
            origin: "shop.example".parse().unwrap(),
            key: Der::from(vec![0x30, 0]),
            from: at(ISSUED_AT),
        }],
    };
    let statement = Statement::Seller(seller);
    let document: Value = serde_json::from_slice(&statement.to_json()).unwrap();
    assert_eq!(Statement::parse(&statement.to_json()).unwrap(), statement);
    assert_eq!(document.get("log"), None);
    assert_eq!(document["certificates"][0]["use"], "recipient");
    assert_eq!(document["certificates"][0]["to"], Value::Null);
}

#[test]
fn members_of_later_versions_are_ignored() {
    let statement = Statement::Receipt(Box::new(receipt()));
    let mut document: Value = serde_json::from_slice(&statement.to_json()).unwrap();
    document["later"] = json!({"a": [1, 2]});
    document["order"]["later"] = json!(1);
    document["lines"][0]["later"] = json!(1);
    assert_eq!(
        Statement::parse(document.to_string().as_bytes()).unwrap(),
        statement
    );
}

#[test]
fn what_is_no_statement_is_refused() {
    let text = String::from_utf8(Statement::Receipt(Box::new(receipt())).to_json()).unwrap();
    for wrong in [
        "{}".to_owned(),
        text.replace("receipt/1", "receipt/2"),
        text.replace("\"attempt\":1,", ""),
        text.replace("\"attempt\":1,", "\"attempt\":1,\"attempt\":2,"),
        text.replace("\"seller\":", "\"seller\":\"other.example\",\"seller\":"),
        text.replace("\"decision\":\"declined\"", "\"decision\":\"perhaps\""),
        text.clone() + "x",
    ] {
        assert!(Statement::parse(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn a_recovery_names_what_is_lost_and_what_follows() {
    let recovery = Recovery {
        common: Common {
            log: None,
            ..common()
        },
        lost: RecoveredLog {
            origin: "shop.example".parse().unwrap(),
            checkpoint: "shop.example\n9\n".to_owned(),
            kept_size: 4,
            kept_root: digest(9),
        },
        successor: "shop.example/2".parse().unwrap(),
        reason: "the disk failed".parse().unwrap(),
    };
    let statement = Statement::Recovery(recovery);
    let text = String::from_utf8(statement.to_json()).unwrap();
    assert!(
        text.starts_with(r#"{"document":"countersign/recovery/1","#),
        "{text}"
    );
    assert!(text.contains(r#""successor":"shop.example/2""#), "{text}");
    assert_eq!(Statement::parse(text.as_bytes()).unwrap(), statement);
}
