//! What a buyer sees of a store that fails, and what is left when it works again.

use countersign_store::{MailFilter, NewSession};
use http::StatusCode;
use jiff::{SignedDuration, ToSpan as _};
use tokio::task::JoinSet;

use crate::support::{Answer, Buyer, Fault, TestServer};

/// Orders of one buyer that may wait at once.
const PLACES_PER_BUYER: usize = 256;

/// A buyer's order, as it goes over the wire again and again.
fn envelope(buyer: &Buyer, number: &str) -> Vec<u8> {
    let order = buyer.order(number, "WATER", 1).complete().unwrap();
    buyer.envelope(&order.to_json())
}

async fn orders(buyer: &mut Buyer) -> usize {
    let page = buyer.client.get("/v1/orders?limit=200").await.json();
    page["data"].as_array().unwrap().len()
}

/// How many letters of this kind were written, sent or not.
async fn letters(server: &TestServer, kind: &str) -> usize {
    let mut view = server.desk.store().read().await.unwrap();
    let mails = view.mails(&MailFilter::default(), None, 100).await.unwrap();
    mails.rows.iter().filter(|mail| mail.kind == kind).count()
}

/// The receipt as it is stored under the order of an answer.
async fn stored_receipt(buyer: &mut Buyer, answer: &Answer) -> String {
    let id = answer.json()["order"]["id"].as_str().unwrap().to_owned();
    let stored = buyer.client.get(&format!("/v1/orders/{id}/receipt")).await;
    crate::support::base64(&stored.bytes)
}

#[tokio::test]
async fn an_order_whose_commit_nobody_knows_of_is_told_by_the_same_bytes() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let envelope = envelope(&acme, "PO-1");
    server.faults.every_commit(Some(Fault::AfterCommit));
    let unknown = acme.sends(envelope.clone()).await;
    assert_eq!(unknown.verdict(), "503 outcome-unknown");
    assert_eq!(unknown.header("retry-after"), Some("1"));
    server.faults.every_commit(None);
    let answer = acme.sends(envelope).await;
    assert_eq!(answer.verdict(), "200 accepted");
    assert_eq!(answer.header("countersign-repeat"), Some("true"));
    let stored = stored_receipt(&mut acme, &answer).await;
    assert_eq!(answer.json()["receipt"], stored);
    assert_eq!(server.stock("WATER").await, (5, 1));
    assert_eq!(letters(&server, "order-accepted").await, 1);
}

#[tokio::test]
async fn an_order_that_fails_before_its_commit_leaves_nothing() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let envelope = envelope(&acme, "PO-1");
    for (fault, verdict) in [
        (Fault::BeforeCommit, "503 storage-unavailable"),
        (Fault::Conflict, "503 busy"),
    ] {
        server.faults.every_commit(Some(fault));
        assert_eq!(acme.sends(envelope.clone()).await.verdict(), verdict);
        server.faults.every_commit(None);
        assert_eq!(orders(&mut acme).await, 0);
        assert!(acme.refusals().await.is_empty());
        assert_eq!(server.stock("WATER").await, (5, 0));
        assert_eq!(letters(&server, "order-accepted").await, 0);
    }
    assert_eq!(acme.sends(envelope).await.verdict(), "201 accepted");
    assert_eq!(server.stock("WATER").await, (5, 1));
}

#[tokio::test]
async fn a_refusal_that_cannot_be_recorded_is_not_told() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    server.faults.every_commit(Some(Fault::BeforeCommit));
    let answer = acme.sends(b"no envelope".to_vec()).await;
    assert_eq!(answer.verdict(), "503 storage-unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    server.faults.every_commit(None);
    let answer = acme.sends(b"no envelope".to_vec()).await;
    assert_eq!(answer.verdict(), "400 envelope-not-accepted");
    assert_eq!(acme.refusals().await, ["envelope-not-accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_more_than_there_are_places_is_told_to_come_again() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let envelope = envelope(&acme, "PO-1");
    let stands_still = server.faults.nothing_begins().await;
    let mut copies = JoinSet::new();
    for _ in 0..=PLACES_PER_BUYER {
        let (mut buyer, envelope) = (acme.again(&server).await, envelope.clone());
        copies.spawn(async move { buyer.sends(envelope).await });
    }
    let refused = copies.join_next().await.unwrap().unwrap();
    assert_eq!(refused.verdict(), "503 busy");
    assert_eq!(refused.header("retry-after"), Some("1"));
    drop(stands_still);
    let mut statuses = Vec::new();
    while let Some(answer) = copies.join_next().await {
        statuses.push(answer.unwrap().status);
    }
    let with = |status| statuses.iter().filter(|of| **of == status).count();
    let expected = (1, PLACES_PER_BUYER - 1);
    assert_eq!((with(StatusCode::CREATED), with(StatusCode::OK)), expected);
    assert_eq!(acme.sends(envelope).await.verdict(), "200 accepted");
}

/// Fills a part of the disk with sessions that end within a second.
async fn fill_for_a_second(server: &TestServer) {
    let now = server.clock.now();
    let mut transaction = server.desk.store().begin().await.unwrap();
    for n in 0..500_u32 {
        let token = countersign_envelope::Digest::of(&n.to_be_bytes());
        let session = NewSession {
            token_sha256: countersign_order::Digest::from_bytes(*token.as_bytes()),
            account: "filler".parse().unwrap(),
            created_at: now,
            idle_ends_at: now + 1.second(),
            ends_at: now + 1.second(),
        };
        transaction.insert_session(&session).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_takes_no_order_loses_none_and_is_over_when_there_is_space() {
    let server = TestServer::on_a_disk_of(160).await;
    server.stocks("WATER", 1_000).await;
    drop(server.buyer_without_key("filler").await);
    let mut acme = server.buyer("acme").await;
    fill_for_a_second(&server).await;
    let mut accepted = Vec::new();
    let refused = loop {
        let envelope = envelope(&acme, &format!("PO-{}", accepted.len()));
        let answer = acme.sends(envelope.clone()).await;
        if answer.verdict() != "201 accepted" {
            assert_eq!(answer.verdict(), "503 storage-unavailable");
            assert_eq!(answer.header("retry-after"), Some("1"));
            break envelope;
        }
        accepted.push((envelope, answer.json()["receipt"].clone()));
    };
    // Everything that was promised is there to be read, and is promised again.
    assert!(!accepted.is_empty());
    assert_eq!(orders(&mut acme).await, accepted.len());
    let reserved = i64::try_from(accepted.len()).unwrap();
    assert_eq!(server.stock("WATER").await, (1_000, reserved));
    for (envelope, receipt) in [&accepted[0], &accepted[accepted.len() - 1]] {
        let again = acme.sends(envelope.clone()).await;
        assert_eq!(again.verdict(), "200 accepted");
        assert_eq!(again.json()["receipt"], *receipt);
    }
    // Space.
    server.clock.advance(SignedDuration::from_secs(1));
    let mut transaction = server.desk.store().begin().await.unwrap();
    let forgotten = transaction.forget_expired(server.clock.now()).await;
    assert_eq!(forgotten.unwrap(), 500);
    transaction.commit().await.unwrap();
    assert_eq!(acme.sends(refused).await.verdict(), "201 accepted");
    assert_eq!(server.stock("WATER").await, (1_000, reserved + 1));
}
