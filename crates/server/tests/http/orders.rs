//! `POST /v1/orders` and what can be read afterwards.

use countersign_envelope::{Certificate, Opened};
use countersign_order::{Fulfilment, Statement};
use jiff::{SignedDuration, ToSpan as _};
use serde_json::json;

use crate::support::{Answer, TestServer};

/// The receipt of an answer, its signature verified.
fn receipt(server: &TestServer, answer: &Answer) -> countersign_order::Receipt {
    let der = answer.der("receipt");
    let certificate = Certificate::from_pem(&server.desk.seller().certificates().receipt).unwrap();
    let verified = Opened::from_signed_data(der)
        .unwrap()
        .verify(&[certificate])
        .unwrap();
    let Statement::Receipt(receipt) = Statement::parse(verified.content()).unwrap() else {
        panic!("not a receipt");
    };
    *receipt
}

#[tokio::test]
async fn an_order_is_accepted_with_a_signed_receipt_and_its_stock_is_reserved() {
    let server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let answer = acme.submits(acme.order("PO-1", "WATER", 3)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    assert_eq!(answer.header("countersign-repeat"), None);
    assert_eq!(answer.header("ratelimit"), None);
    let receipt = receipt(&server, &answer);
    assert_eq!(receipt.purchase_order_number.as_str(), "PO-1");
    assert_eq!(receipt.total, "45.00");
    assert_eq!(receipt.lines[0].accepted, 3);
    assert_eq!(receipt.common.log.unwrap().leaf, 2);
    assert_eq!(server.stock("WATER").await, (10, 3));

    let id = answer.json()["order"]["id"].as_str().unwrap().to_owned();
    let order = acme.client.get(&format!("/v1/orders/{id}")).await.json();
    assert_eq!(order, answer.json()["order"]);
    assert_eq!(order["allowed_actions"], json!(["cancel"]));
    let same = acme.client.get(&format!("/v1/orders/{id}/receipt")).await;
    assert_eq!(same.header("content-type"), Some("application/pkcs7-mime"));
    let listed = acme.client.get("/v1/orders").await.json();
    assert_eq!(listed["data"], json!([order]));
    let statements = acme
        .client
        .get(&format!("/v1/orders/{id}/statements"))
        .await
        .json();
    assert_eq!(statements["data"][0]["document"], "countersign/receipt/1");
}

#[tokio::test]
async fn a_dsa_key_orders_as_an_rsa_key_does() {
    let server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let key = crate::support::dsa_key("acme dsa");
    server.enrols("acme", &key).await;
    let content = acme.order("PO-1", "WATER", 1).complete().unwrap().to_json();
    let envelope = acme.envelope_by(&key, &content);
    assert_eq!(acme.sends(envelope).await.verdict(), "201 accepted");
}

#[tokio::test]
async fn the_same_order_again_gets_the_first_receipt_byte_for_byte() {
    let server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let order = acme.order("PO-1", "WATER", 3).complete().unwrap();
    let first = acme.submits_document(&order).await;
    // Sealed anew and signed anew: what counts is what was signed.
    let second = acme.submits_document(&order).await;
    assert_eq!(second.verdict(), "200 accepted");
    assert_eq!(second.header("countersign-repeat"), Some("true"));
    assert_eq!(first.json()["receipt"], second.json()["receipt"]);
    assert_eq!(server.stock("WATER").await, (10, 3));
    assert!(acme.refusals().await.is_empty());
}

#[tokio::test]
async fn a_repeat_is_answered_after_lapse_restart_and_revocation() {
    let mut server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let order = acme.order("PO-1", "WATER", 3).complete().unwrap();
    let envelope = acme.envelope(&order.to_json());
    let first = acme.sends(envelope.clone()).await;
    server.clock.advance(SignedDuration::from_mins(40));
    server.revokes("acme").await;
    server.restart().await;
    let mut acme = acme.again(&server).await;
    let again = acme.sends(envelope).await;
    assert_eq!(again.verdict(), "200 accepted");
    assert_eq!(first.json()["receipt"], again.json()["receipt"]);
    assert_eq!(server.stock("WATER").await, (10, 3));
}

#[tokio::test]
async fn an_order_for_more_than_there_is_is_declined_whole_and_recorded() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    assert_eq!(
        acme.submits(acme.order("PO-1", "WATER", 3)).await.verdict(),
        "201 accepted"
    );
    let answer = acme.submits(acme.order("PO-2", "WATER", 3)).await;
    assert_eq!(answer.verdict(), "201 declined");
    let reason = json!({"line": 1, "code": "out-of-stock", "offered": "3", "current": "2"});
    assert_eq!(answer.json()["reasons"], json!([reason]));
    assert_eq!(
        receipt(&server, &answer).reasons[0].current.as_deref(),
        Some("2")
    );
    assert_eq!(server.stock("WATER").await, (5, 3));
}

#[tokio::test]
async fn a_declined_number_may_be_tried_again_with_other_content() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    assert_eq!(
        acme.submits(acme.order("PO-1", "WATER", 9)).await.verdict(),
        "201 declined"
    );
    let answer = acme.submits(acme.order("PO-1", "WATER", 4)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    assert_eq!(answer.json()["order"]["attempt"], 2);
}

#[tokio::test]
async fn a_partial_order_takes_what_is_there_and_waits_for_the_rest() {
    let server = TestServer::start().await;
    server.stocks("WATER", 2).await;
    let mut acme = server.buyer("acme").await;
    let mut draft = acme.order("PO-1", "WATER", 3);
    draft.fulfilment = Fulfilment::Partial;
    let answer = acme.submits(draft).await;
    assert_eq!(answer.verdict(), "201 accepted");
    assert_eq!(answer.json()["order"]["lines"][0]["back_ordered"], 1);
}

#[tokio::test]
async fn what_is_another_buyers_looks_as_if_it_were_not_there() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut other = server.buyer("other").await;
    let answer = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    let id = answer.json()["order"]["id"].as_str().unwrap().to_owned();
    for path in ["", "/receipt", "/statements"] {
        let answer = other.client.get(&format!("/v1/orders/{id}{path}")).await;
        assert_eq!(answer.verdict(), "404 not-found");
    }
    assert_eq!(
        other.client.get("/v1/orders").await.json()["data"],
        json!([])
    );
}

#[tokio::test]
async fn a_path_that_is_not_text_names_nothing() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    for path in [
        "/v1/orders/%FF",
        "/v1/orders/%FF/receipt",
        "/v1/orders/%FF/evidence",
        "/log/tile/%FF",
    ] {
        assert_eq!(acme.client.get(path).await.verdict(), "404 not-found");
    }
}

#[tokio::test]
async fn an_accepted_order_is_announced_by_mail() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    acme.submits(acme.order("PO-1", "WATER", 1)).await;
    let mails = server.mails("order-accepted").await;
    assert_eq!(mails, ["acme@buyers.example"]);
}

#[tokio::test]
async fn an_order_that_arrived_with_its_last_second_is_in_time() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut draft = acme.order("PO-1", "WATER", 1);
    draft.lapses_at = Some(acme.now + 1.minute());
    server.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(acme.submits(draft).await.verdict(), "201 accepted");
}
