//! A clock that jumps: no receipt is older than the one before it, and no order is forgotten.

use countersign_api::Code;
use jiff::Timestamp;
use serde_json::Value;

use crate::support::{Answer, Buyer, PASSWORD, TestServer};

/// An hour and a year on; after 31 bits, after 32 bits, and after every leap second there will be.
const FORWARD: [&str; 5] = [
    "2026-11-23T19:00:00Z",
    "2027-11-23T23:59:59.999Z",
    "2038-01-19T03:14:08Z",
    "2106-02-07T06:28:16Z",
    "2199-12-31T23:59:59.999Z",
];

/// An hour before the last receipt, and before that of all: the beginning of time, as computers have it.
const BACK: [&str; 3] = [
    "2199-12-31T22:59:59Z",
    "2026-11-23T18:00:00Z",
    "1970-01-01T00:00:00Z",
];

/// Sets the clock, and has the buyer sign in again, which it has to after some of the jumps.
async fn is_now(server: &TestServer, buyer: &mut Buyer, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    server.clock.advance(at.duration_since(server.clock.now()));
    buyer.now = at;
    buyer.client = server.client().await;
    let signed_in = buyer.client.signs_in(&buyer.id, PASSWORD).await;
    assert_eq!(signed_in.verdict(), "201 ", "at {at}");
}

fn received_at(answer: &Answer) -> Timestamp {
    let order: Value = answer.json()["order"].clone();
    order["received_at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn whatever_the_clock_does_receipts_stay_in_order_and_repeats_are_known() {
    let server = TestServer::start().await;
    server.stocks("WATER", 100).await;
    let mut acme = server.buyer("acme").await;
    let first = acme.order("PO-0", "WATER", 1);
    let envelope = acme.envelope(&first.complete().unwrap().to_json());
    let answer = acme.sends(envelope.clone()).await;
    assert_eq!(answer.verdict(), "201 accepted");
    let receipt = answer.der("receipt");
    let mut last = received_at(&answer);
    for (number, at) in (1..).zip(FORWARD) {
        is_now(&server, &mut acme, at).await;
        let answer = acme
            .submits(acme.order(&format!("PO-{number}"), "WATER", 1))
            .await;
        assert_eq!(answer.verdict(), "201 accepted", "at {at}");
        assert!(received_at(&answer) > last, "at {at}");
        last = received_at(&answer);
        let again = acme.sends(envelope.clone()).await;
        assert_eq!(
            (again.status.as_u16(), again.der("receipt")),
            (200, receipt.clone())
        );
    }
    for at in BACK {
        is_now(&server, &mut acme, at).await;
        let answer = acme.submits(acme.order("PO-BACK", "WATER", 1)).await;
        assert_eq!(
            answer.verdict(),
            format!("503 {}", Code::ClockNotTrusted.as_str()),
            "at {at}"
        );
        let again = acme.sends(envelope.clone()).await;
        assert_eq!(
            (again.status.as_u16(), again.der("receipt")),
            (200, receipt.clone())
        );
    }
    is_now(&server, &mut acme, "2200-01-01T00:00:00Z").await;
    let answer = acme.submits(acme.order("PO-BACK", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    assert!(received_at(&answer) > last);
    assert_eq!(server.stock("WATER").await, (100, 7));
}
