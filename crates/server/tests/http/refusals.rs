//! Every way in which a message does not become an order, by its own code, and what is recorded.

use countersign_order::{Digest, DraftLine, Quantity};
use countersign_server::desk::operations::SetEnabled;
use http::Method;
use jiff::{SignedDuration, ToSpan as _};
use serde_json::json;

use crate::support::{Buyer, TestServer, dsa_key, offer, operator, rsa_key};

async fn shop() -> (TestServer, Buyer) {
    let server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let acme = server.buyer("acme").await;
    (server, acme)
}

#[tokio::test]
async fn without_a_session_nothing_is_taken_in() {
    let (_server, mut acme) = shop().await;
    acme.client.token = None;
    let answer = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "401 sign-in-required");
    acme.client.token = Some("made-up".to_owned());
    let answer = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "401 sign-in-required");
}

#[tokio::test]
async fn a_disabled_buyer_is_signed_out() {
    let (server, mut acme) = shop().await;
    let operation = SetEnabled {
        account: "acme".parse().unwrap(),
        enabled: false,
    };
    server.desk.run(&operator(), operation).await.unwrap();
    let answer = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "401 sign-in-required");
}

#[tokio::test]
async fn an_account_over_its_rate_is_slowed_down_and_told_how_long() {
    let server = TestServer::with(|settings| settings.desk.orders_per_minute = 1).await;
    let policy = Some("\"orders\";q=1;w=60");
    let used_up = Some("\"orders\";r=0;t=60");
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let answer = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    assert_eq!(answer.header("ratelimit-policy"), policy);
    assert_eq!(answer.header("ratelimit"), used_up);
    let answer = acme.submits(acme.order("PO-2", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "429 slow-down");
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(answer.header("ratelimit-policy"), policy);
    assert_eq!(answer.header("ratelimit"), used_up);
    assert!(acme.refusals().await.is_empty());
}

#[tokio::test]
async fn a_body_beyond_the_limit_or_of_another_kind_is_refused_and_recorded() {
    let (server, mut acme) = shop().await;
    assert_eq!(
        acme.sends(vec![0x30; 2 * 1024 * 1024]).await.verdict(),
        "413 too-large"
    );
    let mut acme = acme.again(&server).await;
    let body = Some(("application/json", b"{}".to_vec()));
    let answer = acme.client.send(Method::POST, "/v1/orders", body).await;
    assert_eq!(answer.verdict(), "415 media-type");
    let mut refusals = acme.refusals().await;
    refusals.sort();
    assert_eq!(refusals, ["media-type", "too-large"]);
}

#[tokio::test]
async fn an_envelope_for_somebody_else_names_our_current_certificate() {
    let (server, mut acme) = shop().await;
    let other = TestServer::start().await;
    let stranger = other.buyer("acme").await;
    let order = acme.order("PO-1", "WATER", 1).complete().unwrap();
    let envelope = stranger.envelope_by(&acme.key, &order.to_json());
    let answer = acme.sends(envelope).await;
    assert_eq!(answer.verdict(), "400 recipient-unknown");
    let now = server.desk.clock().now();
    let current = server.desk.seller().recipients(now)[0]
        .certificate()
        .fingerprint();
    assert_eq!(answer.json()["recipients"], json!([current.to_string()]));
}

#[tokio::test]
async fn whatever_does_not_open_is_refused_alike() {
    let (_server, mut acme) = shop().await;
    let order = acme.order("PO-1", "WATER", 1).complete().unwrap();
    let good = acme.envelope(&order.to_json());
    let mut tampered = good.clone();
    *tampered.last_mut().unwrap() ^= 1;
    let unsigned = acme.sealed(b"not signed at all");
    let mut answers = Vec::new();
    for envelope in [Vec::new(), b"garbage".to_vec(), tampered, unsigned] {
        let answer = acme.sends(envelope).await;
        assert_eq!(answer.verdict(), "400 envelope-not-accepted");
        let mut problem = answer.json();
        problem["instance"] = json!(null);
        answers.push(problem);
    }
    assert!(
        answers.windows(2).all(|two| two[0] == two[1]),
        "{answers:?}"
    );
    assert_eq!(acme.refusals().await.len(), 4);
}

#[tokio::test]
async fn an_account_without_a_key_is_told_to_enrol_one() {
    let (server, acme) = shop().await;
    let mut keyless = server.buyer_without_key("imported").await;
    let order = keyless.order("PO-1", "WATER", 1).complete().unwrap();
    let envelope = keyless.envelope_by(&acme.key, &order.to_json());
    assert_eq!(
        keyless.sends(envelope).await.verdict(),
        "403 new-key-required"
    );
}

#[tokio::test]
async fn a_signature_by_another_key_is_not_accepted() {
    let (server, mut acme) = shop().await;
    let other = server.buyer("other").await;
    let content = acme.order("PO-1", "WATER", 1).complete().unwrap().to_json();
    for key in [rsa_key("acme"), dsa_key("acme")] {
        let envelope = acme.envelope_by(&key, &content);
        assert_eq!(
            acme.sends(envelope).await.verdict(),
            "403 signature-not-accepted"
        );
    }
    let envelope = acme.envelope_by(&other.key, &content);
    assert_eq!(
        acme.sends(envelope).await.verdict(),
        "403 signature-not-accepted"
    );
}

#[tokio::test]
async fn one_flipped_bit_of_the_signature_is_enough() {
    let (server, mut acme) = shop().await;
    let dsa = dsa_key("acme dsa");
    server.enrols("acme", &dsa).await;
    let content = acme.order("PO-1", "WATER", 1).complete().unwrap().to_json();
    let rsa = std::sync::Arc::clone(&acme.key);
    for key in [rsa.as_ref(), &dsa] {
        let mut signed = key.sign(&content, acme.now).unwrap();
        *signed.last_mut().unwrap() ^= 1;
        let envelope = acme.sealed(&signed);
        assert_eq!(
            acme.sends(envelope).await.verdict(),
            "403 signature-not-accepted"
        );
    }
}

#[tokio::test]
async fn a_document_that_is_no_order_is_refused_with_the_place() {
    let (_server, mut acme) = shop().await;
    let order = acme.order("PO-1", "WATER", 1).complete().unwrap();
    let text = String::from_utf8(order.to_json()).unwrap();
    for (from, to, pointer) in [
        ("\"quantity\":1", "\"quantity\":0", "/lines/0/quantity"),
        ("\"quantity\":1", "\"quantity\":1.5", "/lines/0/quantity"),
        (
            "\"quantity\":1",
            "\"quantity\":9223372036854775808",
            "/lines/0/quantity",
        ),
        ("\"total\":\"15.00\"", "\"total\":\"14.00\"", "/total"),
        ("\"buyer\"", "\"surprise\":1,\"buyer\"", "/surprise"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        let envelope = acme.envelope(changed.as_bytes());
        let answer = acme.sends(envelope).await;
        assert_eq!(answer.verdict(), "400 order-not-understood", "{to}");
        assert_eq!(answer.json()["pointer"], pointer, "{to}");
    }
    assert_eq!(acme.refusals().await.len(), 5);
}

#[tokio::test]
async fn an_order_for_another_seller_or_another_buyer_is_refused() {
    let (_server, mut acme) = shop().await;
    let mut draft = acme.order("PO-1", "WATER", 1);
    draft.seller = "copy.example".parse().unwrap();
    assert_eq!(acme.submits(draft).await.verdict(), "403 wrong-seller");
    let mut draft = acme.order("PO-1", "WATER", 1);
    draft.seller_root = Digest::from_bytes([7; 32]);
    assert_eq!(acme.submits(draft).await.verdict(), "403 wrong-seller");
    let mut draft = acme.order("PO-1", "WATER", 1);
    draft.buyer = "other".parse().unwrap();
    assert_eq!(acme.submits(draft).await.verdict(), "403 wrong-buyer");
    let page = acme.client.get("/v1/refusals?limit=1").await.json();
    assert_eq!(page["data"][0]["purchase_order_number"], "PO-1");
    assert_eq!(
        page["data"][0]["items"],
        json!([{"sku": "WATER", "quantity": 1}])
    );
    assert!(page["next"].is_string());
}

#[tokio::test]
async fn a_number_stands_for_one_accepted_order() {
    let (_server, mut acme) = shop().await;
    let first = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    let answer = acme.submits(acme.order("PO-1", "WATER", 2)).await;
    assert_eq!(answer.verdict(), "409 number-already-used");
    assert_eq!(answer.json()["order"], first.json()["order"]["id"]);
    assert_eq!(acme.refusals().await, ["number-already-used"]);
}

#[tokio::test]
async fn a_revoked_key_signs_no_new_order() {
    let (server, mut acme) = shop().await;
    server.revokes("acme").await;
    let answer = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "403 key-not-active");
    assert_eq!(acme.refusals().await, ["key-not-active"]);
}

#[tokio::test]
async fn an_order_outside_its_time_is_refused() {
    let (server, mut acme) = shop().await;
    let issued_at = acme.now;
    for (issued_at, verdict) in [
        (
            issued_at - 15.minutes() - 1.second(),
            "403 timestamp-not-accepted",
        ),
        (
            issued_at + 2.minutes() + 1.second(),
            "403 timestamp-not-accepted",
        ),
        (issued_at + 2.seconds(), "201 accepted"),
    ] {
        acme.now = issued_at;
        let number = format!("PO-{}", issued_at.as_second());
        let answer = acme.submits(acme.order(&number, "WATER", 1)).await;
        assert_eq!(answer.verdict(), verdict, "{issued_at}");
    }
    // Signed long after it was issued.
    let content = acme.order("PO-9", "WATER", 1).complete().unwrap().to_json();
    let signed = acme.key.sign(&content, acme.now + 6.minutes()).unwrap();
    let envelope = acme.sealed(&signed);
    assert_eq!(
        acme.sends(envelope).await.verdict(),
        "403 timestamp-not-accepted"
    );
    assert_eq!(server.stock("WATER").await, (10, 1));
}

#[tokio::test]
async fn a_clock_that_fell_behind_the_last_receipt_is_not_trusted() {
    let (server, mut acme) = shop().await;
    assert_eq!(
        acme.submits(acme.order("PO-1", "WATER", 1)).await.verdict(),
        "201 accepted"
    );
    server.clock.advance(SignedDuration::from_secs(-121));
    let answer = acme.submits(acme.order("PO-2", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "503 clock-not-trusted");
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn what_the_business_objects_to_is_declined_line_by_line() {
    let (_server, mut acme) = shop().await;
    let mut draft = acme.order("PO-1", "WATER", 1);
    let mut dearer = offer("WATER");
    dearer.unit_price = "16".parse().unwrap();
    let unknown = offer("NOTHING");
    draft.lines = [dearer, unknown]
        .map(|offer| DraftLine::of(offer, Quantity::ONE))
        .to_vec();
    let answer = acme.submits(draft).await;
    assert_eq!(answer.verdict(), "201 declined");
    let codes: Vec<_> = answer.json()["reasons"].as_array().unwrap().clone();
    assert_eq!(codes[0]["code"], "price-changed");
    assert_eq!(
        (&codes[0]["offered"], &codes[0]["current"]),
        (&json!("16.00"), &json!("15.00"))
    );
    assert_eq!(codes[1]["code"], "unknown-item");
}
