//! Every way in which a request to cancel is not followed, by its own code, and what is recorded.

use countersign_order::Digest;
use countersign_server::config::DeskMode;
use http::Method;
use jiff::{SignedDuration, ToSpan as _};
use serde_json::json;

use super::Ordered;
use crate::support::{TestServer, cancellation_path, dsa_key, rsa_key, sha256};

#[tokio::test]
async fn without_a_session_nothing_is_cancelled() {
    let mut shop = Ordered::three().await;
    let (request, token) = (shop.request(), shop.acme.client.token.take());
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "401 sign-in-required");
    shop.acme.client.token = token;
    assert!(shop.acme.refusals().await.is_empty());
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
}

#[tokio::test]
async fn a_clerk_has_no_request_to_make() {
    let shop = Ordered::three().await;
    let mut clerk = shop.server.clerk("jo").await;
    let envelope = shop.acme.envelope(&shop.request().to_json());
    let body = Some(("application/pkcs7-mime", envelope));
    let path = cancellation_path(&shop.id);
    let answer = clerk.client.send(Method::POST, &path, body).await;
    assert_eq!(answer.verdict(), "404 not-found");
}

#[tokio::test]
async fn requests_count_against_the_accounts_rate() {
    let server = TestServer::with(|settings| {
        settings.desk.mode = DeskMode::Manual;
        settings.desk.orders_per_minute = 1;
    });
    let mut shop = Ordered::at(server.await).await;
    let request = shop.request();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "429 slow-down");
    assert!(shop.acme.refusals().await.is_empty());
}

#[tokio::test]
async fn a_body_beyond_the_limit_or_of_another_kind_is_refused() {
    let mut shop = Ordered::three().await;
    let path = cancellation_path(&shop.id);
    let body = Some(("application/json", b"{}".to_vec()));
    let answer = shop.acme.client.send(Method::POST, &path, body).await;
    assert_eq!(answer.verdict(), "415 media-type");
    shop.is_untouched("media-type").await;
    let answer = shop.sends(vec![0x30; 2 * 1024 * 1024]).await;
    assert_eq!(answer.verdict(), "413 too-large");
}

#[tokio::test]
async fn an_envelope_for_somebody_else_names_our_current_certificate() {
    let mut shop = Ordered::three().await;
    let stranger = TestServer::start().await.buyer("acme").await;
    let envelope = stranger.envelope_by(&shop.acme.key, &shop.request().to_json());
    let answer = shop.sends(envelope).await;
    assert_eq!(answer.verdict(), "400 recipient-unknown");
    assert_eq!(answer.json()["recipients"].as_array().unwrap().len(), 1);
    shop.is_untouched("recipient-unknown").await;
}

#[tokio::test]
async fn what_does_not_open_is_refused() {
    let mut shop = Ordered::three().await;
    let mut envelope = shop.acme.envelope(&shop.request().to_json());
    *envelope.last_mut().unwrap() ^= 1;
    let answer = shop.sends(envelope).await;
    assert_eq!(answer.verdict(), "400 envelope-not-accepted");
    shop.is_untouched("envelope-not-accepted").await;
}

#[tokio::test]
async fn an_account_without_a_key_is_told_to_enrol_one() {
    let shop = Ordered::three().await;
    let mut keyless = shop.server.buyer_without_key("imported").await;
    let envelope = shop.acme.envelope(&shop.request().to_json());
    let answer = keyless
        .sends_to(&cancellation_path(&shop.id), envelope)
        .await;
    assert_eq!(answer.verdict(), "403 new-key-required");
}

#[tokio::test]
async fn a_signature_by_another_key_is_not_accepted() {
    let mut shop = Ordered::three().await;
    let content = shop.request().to_json();
    for key in [rsa_key("acme"), dsa_key("acme")] {
        let envelope = shop.acme.envelope_by(&key, &content);
        let answer = shop.sends(envelope).await;
        assert_eq!(answer.verdict(), "403 signature-not-accepted");
    }
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
}

#[tokio::test]
async fn a_document_that_is_no_request_is_refused_with_the_place() {
    let mut shop = Ordered::three().await;
    let text = String::from_utf8(shop.request().to_json()).unwrap();
    let changed = text.replace("\"reason\"", "\"surprise\":1,\"reason\"");
    let envelope = shop.acme.envelope(changed.as_bytes());
    let answer = shop.sends(envelope).await;
    assert_eq!(answer.verdict(), "400 order-not-understood");
    assert_eq!(answer.json()["pointer"], "/surprise");
    shop.is_untouched("order-not-understood").await;
}

#[tokio::test]
async fn an_order_is_not_taken_for_a_request_nor_a_request_for_an_order() {
    let mut shop = Ordered::three().await;
    let order = shop.acme.order("PO-2", "WATER", 1).complete().unwrap();
    let envelope = shop.acme.envelope(&order.to_json());
    let answer = shop.sends(envelope).await;
    assert_eq!(answer.verdict(), "400 order-not-understood");
    assert_eq!(answer.json()["pointer"], "/document");
    let envelope = shop.acme.envelope(&shop.request().to_json());
    let answer = shop.acme.sends(envelope).await;
    assert_eq!(answer.verdict(), "400 order-not-understood");
    assert_eq!(answer.json()["pointer"], "/document");
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
}

#[tokio::test]
async fn a_request_for_another_seller_or_another_buyer_is_refused() {
    let mut shop = Ordered::three().await;
    let mut request = shop.request();
    request.seller = "copy.example".parse().unwrap();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "403 wrong-seller");
    let mut request = shop.request();
    request.seller_root = Digest::from_bytes([7; 32]);
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "403 wrong-seller");
    let mut request = shop.request();
    request.buyer = "other".parse().unwrap();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "403 wrong-buyer");
    let page = shop.acme.client.get("/v1/refusals?limit=1").await.json();
    let row = &page["data"][0];
    assert_eq!(row["purchase_order_number"], "PO-1");
    assert_eq!(row["items"], json!([]));
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
}

#[tokio::test]
async fn what_is_another_buyers_looks_as_if_it_were_not_there() {
    let mut shop = Ordered::three().await;
    let mut other = shop.server.buyer("other").await;
    let request = other.cancellation(&shop.answer);
    let unknown = format!("ord_{}", "0".repeat(32));
    for id in [shop.id.as_str(), unknown.as_str(), "PO-1"] {
        let answer = other.cancels(id, &request).await;
        assert_eq!(answer.verdict(), "404 not-found", "{id}");
    }
    assert_eq!(other.refusals().await, ["not-found", "not-found"]);
    assert!(shop.acme.refusals().await.is_empty());
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
}

#[tokio::test]
async fn a_request_cancels_only_the_attempt_that_it_names() {
    let mut shop = Ordered::three().await;
    let other = shop.acme.submits(shop.acme.order("PO-2", "WATER", 1)).await;
    let mut another_number = shop.request();
    another_number.purchase_order_number = "PO-2".parse().unwrap();
    let mut another_receipt = shop.request();
    another_receipt.receipt_sha256 = sha256(&other.der("receipt"));
    for request in [
        &another_number,
        &another_receipt,
        &shop.acme.cancellation(&other),
    ] {
        let answer = shop.cancels(request).await;
        assert_eq!(answer.verdict(), "403 wrong-order");
    }
    assert_eq!(shop.acme.refusals().await, ["wrong-order"; 3]);
    assert_eq!(shop.server.stock("WATER").await, (10, 4));
}

#[tokio::test]
async fn another_statement_of_the_order_does_not_stand_for_its_receipt() {
    let mut shop = Ordered::three().await;
    let request = shop.request();
    let statement = shop.cancels(&request).await.der("statement");
    let mut again = shop.request();
    again.receipt_sha256 = sha256(&statement);
    assert_eq!(shop.cancels(&again).await.verdict(), "403 wrong-order");
}

#[tokio::test]
async fn a_revoked_key_cancels_nothing() {
    let mut shop = Ordered::three().await;
    shop.server.revokes("acme").await;
    let request = shop.request();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "403 key-not-active");
    shop.is_untouched("key-not-active").await;
}

#[tokio::test]
async fn a_request_outside_its_time_is_refused() {
    let mut shop = Ordered::three().await;
    let now = shop.acme.now;
    for issued_at in [
        now - 15.minutes() - 1.second(),
        now + 2.minutes() + 1.second(),
    ] {
        shop.acme.now = issued_at;
        let request = shop.request();
        let answer = shop.cancels(&request).await;
        assert_eq!(
            answer.verdict(),
            "403 timestamp-not-accepted",
            "{issued_at}"
        );
    }
    // Signed long after it was issued.
    shop.acme.now = now;
    let request = shop.request();
    let signed = shop.acme.key.sign(&request.to_json(), now + 6.minutes());
    let envelope = shop.acme.sealed(&signed.unwrap());
    let answer = shop.sends(envelope).await;
    assert_eq!(answer.verdict(), "403 timestamp-not-accepted");
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
    for issued_at in [now - 15.minutes(), now + 2.minutes()] {
        let number = format!("PO-{}", issued_at.as_second());
        shop.acme.now = now;
        let answer = shop
            .acme
            .submits(shop.acme.order(&number, "WATER", 1))
            .await;
        shop.acme.now = issued_at;
        let request = shop.acme.cancellation(&answer);
        let cancelled = shop.acme.cancels(&answer.order_id(), &request).await;
        assert_eq!(cancelled.verdict(), "201 ", "{issued_at}");
    }
}

#[tokio::test]
async fn a_clock_that_fell_behind_the_last_statement_is_not_trusted() {
    let mut shop = Ordered::three().await;
    shop.server.clock.advance(SignedDuration::from_mins(-20));
    let request = shop.request();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "503 clock-not-trusted");
    assert!(shop.acme.refusals().await.is_empty());
}

#[tokio::test]
async fn what_was_shipped_is_not_cancelled() {
    let mut shop = Ordered::three().await;
    let mut clerk = shop.server.clerk("jo").await;
    for (action, body) in [
        ("prepare", json!({})),
        ("pack", json!({})),
        ("ship", json!({"carrier": "UPS"})),
    ] {
        let path = format!("/v1/desk/orders/{}/{action}", shop.id);
        assert_eq!(clerk.client.post(&path, body).await.verdict(), "200 ");
    }
    let request = shop.request();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "409 move-not-allowed");
    assert_eq!(answer.json()["moved_by"], "jo");
    assert_eq!(shop.acme.refusals().await, ["move-not-allowed"]);
    assert_eq!(shop.server.stock("WATER").await, (7, 0));
}

#[tokio::test]
async fn who_comes_second_learns_who_cancelled_and_when() {
    let mut shop = Ordered::three().await;
    let mut clerk = shop.server.clerk("jo").await;
    let path = format!("/v1/desk/orders/{}/cancel", shop.id);
    clerk.client.post(&path, json!({"reason": "broken"})).await;
    let request = shop.request();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.verdict(), "409 move-not-allowed");
    assert_eq!(answer.json()["moved_by"], "jo");
    assert_eq!(answer.json()["moved_at"], "2026-11-23T18:00:00.000Z");

    let second = shop.acme.submits(shop.acme.order("PO-2", "WATER", 1)).await;
    let id = second.order_id();
    let request = shop.acme.cancellation(&second);
    assert_eq!(shop.acme.cancels(&id, &request).await.verdict(), "201 ");
    let mut otherwise = request;
    otherwise.reason = "changed my mind".parse().unwrap();
    let answer = shop.acme.cancels(&id, &otherwise).await;
    assert_eq!(answer.verdict(), "409 move-not-allowed");
    assert_eq!(answer.json()["moved_by"], "acme");
}

#[tokio::test]
async fn a_declined_order_leaves_nothing_to_cancel() {
    let server = TestServer::start().await;
    server.stocks("WATER", 1).await;
    let mut acme = server.buyer("acme").await;
    let declined = acme.submits(acme.order("PO-1", "WATER", 3)).await;
    assert_eq!(declined.verdict(), "201 declined");
    assert_eq!(declined.json()["order"]["allowed_actions"], json!([]));
    let request = acme.cancellation(&declined);
    let answer = acme.cancels(&declined.order_id(), &request).await;
    assert_eq!(answer.verdict(), "409 move-not-allowed");
}
