//! The documents that are signed, and the bodies of requests: what is read can be written and read
//! again, and is the same.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use countersign_api::{
    CancelRequest, DeclineRequest, EmailChange, InviteRedemption, ItemChange, KeyEnrolmentRequest,
    KeyLabel, NoteRequest, PackRequest, PasswordChange, RevocationRequest, SessionRequest,
    ShipRequest, StockReceipt,
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

#[test]
fn statements() {
    let common = r#""seller":"shop.example","number":7,"issued_at":"2026-11-23T18:04:05.123Z""#;
    let seeds = [
        format!(r#"{{"document":"countersign/receipt/1",{common},"decision":"accepted"}}"#),
        format!(r#"{{"document":"countersign/shipment/1",{common},"lines":[]}}"#),
        format!(r#"{{"document":"countersign/cancellation/1",{common},"reason":"x","lines":[]}}"#),
        format!(
            r#"{{"document":"countersign/key/1",{common},"account":"acme","action":"enrolled","certificate_sha256":"{DIGEST}","algorithm":"rsa"}}"#
        ),
    ];
    Campaign::new("statements", seeds.map(String::into_bytes).to_vec())
        .words(WORDS)
        .run(|input| {
            if let Ok(statement) = Statement::parse(input) {
                let written = statement.to_json();
                assert_eq!(Statement::parse(&written).unwrap().to_json(), written);
            }
        });
}

/// Reads octets as a body; what is read is written, read again and written again.
fn is_stable<T: Serialize + DeserializeOwned>(input: &[u8]) {
    if let Ok(body) = serde_json::from_slice::<T>(input) {
        let written = serde_json::to_vec(&body).unwrap();
        let again: T = serde_json::from_slice(&written).unwrap();
        assert_eq!(serde_json::to_vec(&again).unwrap(), written);
    }
}

#[test]
fn bodies_of_requests() {
    let seeds = [
        r#"{"id":"acme","password":"password of acme"}"#,
        r#"{"code":"abc","password":"a long password"}"#,
        r#"{"password":"a","new_password":"another one"}"#,
        r#"{"password":"a","email":"acme@buyer.example"}"#,
        r#"{"label":"laptop","password":"a","reason":"lost","note":"x"}"#,
        r#"{"certificate":"AAAA","proof":"AAAA","label":"laptop"}"#,
        r#"{"carrier":"UPS","tracking":"1Z","lines":[{"line":1,"quantity":2}]}"#,
        r#"{"name":"Water","unit":"EA","unit_price":"15.00","currency":"USD","quantity":3}"#,
    ];
    Campaign::new(
        "bodies",
        seeds.map(|seed| seed.as_bytes().to_vec()).to_vec(),
    )
    .words(WORDS)
    .run(|input| {
        is_stable::<SessionRequest>(input);
        is_stable::<InviteRedemption>(input);
        is_stable::<PasswordChange>(input);
        is_stable::<EmailChange>(input);
        is_stable::<KeyEnrolmentRequest>(input);
        is_stable::<KeyLabel>(input);
        is_stable::<RevocationRequest>(input);
        is_stable::<CancelRequest>(input);
        is_stable::<DeclineRequest>(input);
        is_stable::<NoteRequest>(input);
        is_stable::<PackRequest>(input);
        is_stable::<ShipRequest>(input);
        is_stable::<ItemChange>(input);
        is_stable::<StockReceipt>(input);
    });
}
