//! The documents that are signed, and the bodies of requests: what is read can be written and read
//! again, and is the same.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use countersign_api::{
    CancelRequest, DeclineRequest, EmailChange, InviteRedemption, ItemChange, ItemImport,
    KeyEnrolmentRequest, KeyLabel, NoteRequest, PackRequest, PasswordChange, PriceImport,
    RevocationRequest, SessionRequest, ShipRequest, StockReceipt,
};
use countersign_fuzz::Campaign;
use countersign_order::{CancellationRequest, KeyEnrolment, PurchaseOrder, Statement};
use serde::Serialize;
use serde::de::DeserializeOwned;

const DIGEST: &str = "sha256:9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f";

/// Pieces of JSON, numbers at their edges, and characters that are not what they look like.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "\\\"",
    "null",
    "true",
    "-0",
    "0",
    "1e400",
    "1e2",
    "00",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "0.30000000000000004",
    "\u{feff}",
    "\u{202e}",
    "e\u{301}",
    "\u{2028}",
    "\"lines\":[",
    "\"total\":",
    "\"quantity\":",
    "\"2026-11-23T18:04:05.123Z\"",
    "\"2026-02-30T00:00:00Z\"",
    "\"9999-12-31T23:59:59.999Z\"",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":",
];

fn full_order() -> String {
    format!(
        r#"{{"document":"countersign/order/1","seller":"shop.example","seller_root":"{DIGEST}","buyer":"acme","purchase_order_number":"PO-1001","issued_at":"2026-11-23T18:04:05.123Z","lapses_at":"2026-11-23T19:04:05.123Z","currency":"USD","fulfilment":"partial","total":"47.50","lines":[{{"line":1,"sku":"WATER","description":"Water","quantity":3,"unit":"EA","unit_price":"15.00"}},{{"line":2,"sku":"BREAD","description":"Bread","quantity":1,"unit":"EA","unit_price":"2.50"}}],"ship_to":{{"name":"Acme Ltd","street":"1 Main St","city":"Fullerton","country":"US"}},"note":"ring twice"}}"#
    )
}

fn small_order() -> String {
    format!(
        r#"{{"document":"countersign/order/1","seller":"shop.example","seller_root":"{DIGEST}","buyer":"acme","purchase_order_number":"PO-1","issued_at":"2026-11-23T18:04:05.123Z","currency":"USD","total":"15.00","lines":[{{"line":1,"sku":"WATER","description":"Water","quantity":1,"unit":"EA","unit_price":"15.00"}}]}}"#
    )
}

#[test]
fn orders() {
    let small = small_order().into_bytes();
    assert!(
        PurchaseOrder::parse(&small).is_ok(),
        "{:?}",
        PurchaseOrder::parse(&small)
    );
    Campaign::new("orders", vec![small, full_order().into_bytes()])
        .words(WORDS)
        .run(|input| {
            if let Ok(order) = PurchaseOrder::parse(input) {
                let written = order.to_json();
                let again = PurchaseOrder::parse(&written).unwrap();
                assert_eq!(again, order);
                assert_eq!(again.to_json(), written);
            }
        });
}

#[test]
fn cancellation_requests_and_enrolments() {
    let cancellation = format!(
        r#"{{"document":"countersign/cancellation-request/1","seller":"shop.example","seller_root":"{DIGEST}","buyer":"acme","purchase_order_number":"PO-1","receipt_sha256":"{DIGEST}","reason":"ordered twice","issued_at":"2026-11-23T18:04:05.123Z"}}"#
    );
    assert!(CancellationRequest::parse(cancellation.as_bytes()).is_ok());
    let enrolment = format!(
        r#"{{"document":"countersign/key-enrolment/1","seller":"shop.example","seller_root":"{DIGEST}","account":"acme","certificate_sha256":"{DIGEST}","challenge":"abc","issued_at":"2026-11-23T18:04:05.123Z"}}"#
    );
    assert!(KeyEnrolment::parse(enrolment.as_bytes()).is_ok());
    Campaign::new(
        "requests that are signed",
        vec![cancellation.into(), enrolment.into()],
    )
    .words(WORDS)
    .run(|input| {
        if let Ok(request) = CancellationRequest::parse(input) {
            let written = request.to_json();
            assert_eq!(CancellationRequest::parse(&written).unwrap(), request);
        }
        if let Ok(enrolment) = KeyEnrolment::parse(input) {
            let written = enrolment.to_json();
            assert_eq!(KeyEnrolment::parse(&written).unwrap(), enrolment);
        }
    });
}

/// One statement of each kind that is in the log, and one of those that are not.
fn every_statement() -> Vec<String> {
    let common = format!(
        r#""seller":"shop.example","seller_root":"{DIGEST}","issued_at":"2026-11-23T18:04:05.123Z","previous":null,"log":{{"origin":"shop.example","leaf":41}},"blind":"{}""#,
        "02".repeat(32)
    );
    let order = r#""order":{"id":"ord_03030303030303030303030303030303","buyer":"acme","purchase_order_number":"PO-1001","attempt":1,"sales_order_number":"SO-7"}"#;
    vec![
        format!(
            r#"{{"document":"countersign/receipt/1",{common},"buyer":"acme","account":"acme/jo","purchase_order_number":"PO-1001","attempt":1,"sales_order_number":null,"received_at":"2026-11-23T18:04:05.123Z","held_until":null,"decision":"declined","reasons":[{{"line":1,"code":"price-changed","offered":"15.00","current":"16.00"}}],"lines":[{{"line":1,"sku":"WATER","accepted":0,"back_ordered":0,"unit":"EA","unit_price":"15.00","per":1}}],"currency":"USD","total":"45.00","ship_to":{{"name":"Acme Ltd","street":"1 Main St","city":"Fullerton","country":"US"}},"order":{{"content_type":"application/vnd.countersign.order+json","content_sha256":"{DIGEST}","signed_attributes_sha256":"{DIGEST}","signature_sha256":"{DIGEST}","certificate_sha256":"{DIGEST}","signed_data_sha256":"{DIGEST}"}}}}"#
        ),
        format!(
            r#"{{"document":"countersign/shipment/1",{common},{order},"shipment":2,"lines":[{{"line":1,"sku":"WATER","quantity":3,"back_ordered":1}}],"carrier":"none","tracking":null,"shipped_at":"2026-11-23T18:04:05.123Z"}}"#
        ),
        format!(
            r#"{{"document":"countersign/cancellation/1",{common},{order},"lines":[{{"line":1,"sku":"WATER","quantity":3}}],"by":"seller","request_sha256":null,"reason":"discontinued"}}"#
        ),
        format!(
            r#"{{"document":"countersign/key/1",{common},"buyer":"acme","account":"acme/jo","action":"enrolled","certificate":"MAA=","key_fingerprint":"{DIGEST}","certificate_fingerprint":"{DIGEST}","authorised_by":"invite","possession_sha256":"{DIGEST}","authorisation_sha256":null,"reason":null}}"#
        ),
    ]
}

#[test]
fn statements() {
    let seeds = every_statement();
    for seed in &seeds {
        let read = Statement::parse(seed.as_bytes());
        assert!(read.is_ok(), "{read:?} in {seed}");
    }
    Campaign::new(
        "statements",
        seeds.into_iter().map(String::into_bytes).collect(),
    )
    .words(WORDS)
    .run(|input| {
        if let Ok(statement) = Statement::parse(input) {
            let written = statement.to_json();
            assert_eq!(Statement::parse(&written).unwrap().to_json(), written);
        }
    });
}

/// Reads octets as a body, and tells whether they are one; what is read is written, read again and
/// written again.
fn is_stable<T: Serialize + DeserializeOwned>(input: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<T>(input) else {
        return false;
    };
    let written = serde_json::to_vec(&body).unwrap();
    let again: T = serde_json::from_slice(&written).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), written);
    true
}

/// A reader of a body, and a body that it reads.
type Reader = (fn(&[u8]) -> bool, &'static str);

const BODIES: &[Reader] = &[
    (
        is_stable::<SessionRequest>,
        r#"{"id":"acme","password":"password of acme"}"#,
    ),
    (
        is_stable::<InviteRedemption>,
        r#"{"code":"abc","password":"a long password"}"#,
    ),
    (
        is_stable::<PasswordChange>,
        r#"{"password":"a","new_password":"another one"}"#,
    ),
    (
        is_stable::<EmailChange>,
        r#"{"password":"a","email":"acme@buyer.example"}"#,
    ),
    (
        is_stable::<KeyEnrolmentRequest>,
        r#"{"certificate":"MAA=","possession":"MAA=","authorisation":"MAA=","label":"laptop"}"#,
    ),
    (is_stable::<KeyLabel>, r#"{"label":"laptop"}"#),
    (
        is_stable::<RevocationRequest>,
        r#"{"password":"a","reason":"lost"}"#,
    ),
    (is_stable::<CancelRequest>, r#"{"reason":"sold out"}"#),
    (is_stable::<DeclineRequest>, r#"{"reason":"sold out"}"#),
    (is_stable::<NoteRequest>, r#"{"note":"call first"}"#),
    (
        is_stable::<PackRequest>,
        r#"{"lines":[{"line":1,"quantity":2}],"missing":"one is broken"}"#,
    ),
    (
        is_stable::<ShipRequest>,
        r#"{"carrier":"UPS","tracking":"1Z","lines":[{"line":1,"quantity":2}]}"#,
    ),
    (
        is_stable::<ItemChange>,
        r#"{"receive":3,"reason":"counted"}"#,
    ),
    (is_stable::<StockReceipt>, r#"{"quantity":3}"#),
    (
        is_stable::<ItemImport>,
        r#"{"dry_run":true,"items":[{"sku":"SALT","name":"Salt","unit":"KGM","unit_price":"0.995","per":1,"currency":"USD"}]}"#,
    ),
    (
        is_stable::<PriceImport>,
        r#"{"dry_run":true,"prices":[{"buyer":"acme","sku":"SALT","currency":"USD","price":"14.00","per":1,"from":"2026-11-24"}]}"#,
    ),
];

#[test]
fn bodies_of_requests() {
    for (reads, body) in BODIES {
        assert!(reads(body.as_bytes()), "{body}");
    }
    let seeds = BODIES.iter().map(|(_, body)| body.as_bytes().to_vec());
    Campaign::new("bodies", seeds.collect())
        .words(WORDS)
        .run(|input| {
            for (reads, _) in BODIES {
                reads(input);
            }
        });
}
