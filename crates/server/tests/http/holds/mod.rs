//! Held orders: why they are held, and the second receipt that ends each.

mod told;

use countersign_envelope::{Certificate, Opened};
use countersign_order::{
    Amounts, Decision, HoldFor, Money, ReasonCode, Receipt, Role, ShortText, Statement,
};
use countersign_server::config::{DeskMode, Settings};
use countersign_server::desk::operations::SetTerms;
use countersign_store::AccountRecord;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Answer, Buyer, Clerk, TestServer, operator, sha256, verifier};

fn dollars(text: &str) -> Money {
    Money::parse(text, "USD".parse().unwrap()).unwrap()
}

/// A desk that leaves shipping to clerks and holds what costs more than 40 dollars.
fn holding(settings: &mut Settings) {
    settings.desk.mode = DeskMode::Manual;
    settings.desk.hold_above = Amounts::from_iter([dollars("40.00")]);
}

/// A shop where acme has ordered three of ten bottles of water for 45 dollars, which are held.
struct Held {
    server: TestServer,
    acme: Buyer,
    answer: Answer,
    id: String,
}

impl Held {
    async fn three() -> Self {
        Self::with(holding).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let server = TestServer::with(change).await;
        server.stocks("WATER", 10).await;
        let mut acme = server.buyer("acme").await;
        let answer = acme.submits(acme.order("PO-1", "WATER", 3)).await;
        assert_eq!(answer.verdict(), "201 held");
        let id = answer.order_id();
        Self {
            server,
            acme,
            answer,
            id,
        }
    }

    /// Sends a person's answer.
    async fn answers(&self, person: &mut Clerk, word: &str, body: Value) -> Answer {
        let path = format!("/v1/desk/orders/{}/{word}", self.id);
        person.client.post(&path, body).await
    }

    /// The statements about the order, each with its digest.
    async fn receipts(&mut self) -> Vec<(Vec<u8>, Receipt)> {
        let path = format!("/v1/orders/{}/statements", self.id);
        let page = self.acme.client.get(&path).await.json();
        let rows = page["data"].as_array().unwrap().clone();
        rows.iter().map(|row| read(&self.server, row)).collect()
    }

    /// The order as its buyer sees it.
    async fn order(&mut self) -> Value {
        let path = format!("/v1/orders/{}", self.id);
        self.acme.client.get(&path).await.json()
    }

    /// Insists that a second receipt declines the order for this reason and gives the stock back.
    async fn is_declined(&mut self, code: ReasonCode, by: &str, note: Option<&str>) {
        let mails = self.server.mails("order-declined").await;
        assert_eq!(mails, ["acme@buyers.example"]);
        let receipts = self.receipts().await;
        assert_eq!(receipts.len(), 2);
        let (first, held) = &receipts[0];
        let (_, ended) = &receipts[1];
        assert_eq!(ended.common.previous, Some(sha256(first)));
        assert_eq!((ended.decision, ended.attempt), (Decision::Declined, 1));
        assert_eq!((ended.sales_order_number, ended.held_until), (None, None));
        assert_eq!(ended.order, held.order);
        let reasons: Vec<_> = ended.reasons.iter().map(|reason| reason.code).collect();
        assert_eq!(reasons, [code]);
        assert_eq!(ended.note.as_ref().map(ShortText::as_str), note);
        assert!(
            ended
                .lines
                .iter()
                .all(|line| line.accepted + line.back_ordered == 0)
        );
        assert_eq!(self.server.stock("WATER").await, (10, 0));
        let order = self.order().await;
        assert_eq!(order["state"], "declined");
        assert_eq!(
            (&order["timeline"][1]["by"], &order["timeline"][1]["event"]),
            (&json!(by), &json!("declined"))
        );
    }
}

/// What a row of statements holds, its signature verified.
fn read(server: &TestServer, row: &Value) -> (Vec<u8>, Receipt) {
    use base64::Engine as _;
    let text = row["statement"].as_str().unwrap();
    let der = base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap();
    let certificate = Certificate::from_pem(&server.desk.seller().certificates().receipt).unwrap();
    let opened = Opened::from_signed_data(der.clone()).unwrap();
    let verified = opened.verify(&[certificate]).unwrap();
    let Statement::Receipt(receipt) = Statement::parse(verified.content()).unwrap() else {
        panic!("not a receipt");
    };
    (der, *receipt)
}

/// A person of the seller's with another role than clerk, signed in.
async fn person(server: &TestServer, id: &str, role: Role) -> Clerk {
    let account = AccountRecord {
        id: id.parse().unwrap(),
        buyer: None,
        role,
        name: id.to_owned(),
        email: "sue@shop.example".parse().unwrap(),
        enabled: true,
        verifier: Some(verifier().await),
        created_at: server.clock.now(),
    };
    let mut transaction = server.desk.store().begin().await.unwrap();
    assert!(transaction.insert_account(&account).await.unwrap());
    transaction.commit().await.unwrap();
    Clerk::sign_in(server, id).await
}

async fn sets_terms(server: &TestServer, manual: bool, limit: Option<&str>) {
    let limits = limit.map(|limit| ("USD".parse().unwrap(), Some(dollars(limit))));
    let operation = SetTerms {
        buyer: "acme".parse().unwrap(),
        manual_acceptance: Some(manual),
        credit_limits: limits.into_iter().collect(),
    };
    server.desk.run(&operator(), operation).await.unwrap();
}

#[tokio::test]
async fn a_held_order_has_its_stock_and_no_acceptance() {
    let mut shop = Held::three().await;
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
    let order = shop.order().await;
    assert_eq!(
        (&order["state"], &order["allowed_actions"]),
        (&json!("held"), &json!(["cancel"]))
    );
    let receipts = shop.receipts().await;
    let (der, held) = &receipts[0];
    assert_eq!(*der, shop.answer.der("receipt"));
    assert_eq!(held.decision, Decision::Held);
    // A Monday, 18:00: two working days later.
    assert_eq!(held.held_until.unwrap().to_string(), "2026-11-25T18:00:00Z");
    assert!(held.sales_order_number.is_some());
    assert_eq!(
        shop.answer.json()["reasons"],
        json!([{"line": null, "code": "order-value", "offered": "45.00", "current": "40.00"}])
    );
    assert_eq!(
        shop.server.mails("order-held").await,
        ["acme@buyers.example"]
    );
}

#[tokio::test]
async fn a_supervisor_approves_and_a_second_receipt_accepts() {
    let mut shop = Held::three().await;
    let mut sue = person(&shop.server, "sue", Role::Supervisor).await;
    let path = format!("/v1/orders/{}", shop.id);
    let seen = sue.client.get(&path).await.json();
    assert_eq!(seen["allowed_actions"], json!(["approve", "decline"]));
    let answer = shop.answers(&mut sue, "approve", json!({})).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["state"]),
        (200, &json!("accepted"))
    );
    let receipts = shop.receipts().await;
    let (first, held) = &receipts[0];
    let (_, accepted) = &receipts[1];
    assert_eq!(accepted.common.previous, Some(sha256(first)));
    assert_eq!(accepted.decision, Decision::Accepted);
    assert_eq!(accepted.sales_order_number, held.sales_order_number);
    assert_eq!((accepted.held_until, accepted.reasons.len()), (None, 0));
    assert_eq!(
        (&accepted.lines, &accepted.order),
        (&held.lines, &held.order)
    );
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
    assert_eq!(shop.order().await["timeline"][1]["by"], "sue");
    assert_eq!(
        shop.server.mails("order-accepted").await,
        ["acme@buyers.example"]
    );

    let again = shop
        .answers(&mut sue, "decline", json!({"reason": "too late"}))
        .await;
    assert_eq!(again.verdict(), "409 move-not-allowed");
    assert_eq!(again.json()["moved_by"], "sue");
    // The same bytes bring the first answer, and tell how the order stands now.
    let content = shop.acme.order("PO-1", "WATER", 3).complete().unwrap();
    let repeat = shop.acme.submits_document(&content).await;
    assert_eq!(
        (repeat.status.as_u16(), repeat.der("receipt")),
        (200, first.clone())
    );
    assert_eq!(repeat.json()["order"]["state"], "accepted");
}

#[tokio::test]
async fn a_supervisor_declines_and_says_why() {
    let mut shop = Held::three().await;
    let mut sue = person(&shop.server, "sue", Role::Supervisor).await;
    let body = json!({"reason": "your last invoice is open"});
    let answer = shop.answers(&mut sue, "decline", body).await;
    assert_eq!(answer.json()["state"], "declined");
    shop.is_declined(
        ReasonCode::NotApproved,
        "sue",
        Some("your last invoice is open"),
    )
    .await;
    // The number is free again.
    let fresh = shop.acme.submits(shop.acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(fresh.verdict(), "201 accepted");
    assert_eq!(fresh.json()["order"]["attempt"], 2);
}

#[tokio::test]
async fn only_supervisors_answer_held_orders() {
    let shop = Held::three().await;
    let mut clerk = shop.server.clerk("jo").await;
    let mut auditor = person(&shop.server, "ann", Role::Auditor).await;
    for person in [&mut clerk, &mut auditor] {
        let answer = shop.answers(person, "approve", json!({})).await;
        assert_eq!(answer.verdict(), "403 role-not-enough");
        let answer = shop
            .answers(person, "decline", json!({"reason": "no"}))
            .await;
        assert_eq!(answer.verdict(), "403 role-not-enough");
    }
    let seen = clerk.client.get(&format!("/v1/orders/{}", shop.id)).await;
    assert_eq!(seen.json()["allowed_actions"], json!([]));
    let cancel = shop
        .answers(&mut clerk, "cancel", json!({"reason": "no"}))
        .await;
    assert_eq!(cancel.verdict(), "409 move-not-allowed");
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
}

#[tokio::test]
async fn a_hold_that_nobody_answers_expires() {
    let mut shop = Held::with(|settings| {
        holding(settings);
        settings.desk.hold_for = "10 minutes".parse::<HoldFor>().unwrap();
    })
    .await;
    shop.server.clock.advance(SignedDuration::from_mins(9));
    shop.server.settled().await;
    assert_eq!(shop.order().await["state"], "held");
    shop.server.clock.advance(SignedDuration::from_mins(1));
    shop.is_declined(ReasonCode::HoldExpired, "automatic", None)
        .await;
    let mut view = shop.server.desk.store().read().await.unwrap();
    let audit = view.audit(None, 1).await.unwrap().rows;
    let entry = &audit[0].entry;
    assert_eq!(
        (entry.action.as_str(), entry.subject.as_str()),
        ("expire-hold", shop.id.as_str())
    );
}

#[tokio::test]
async fn a_hold_is_answered_at_the_revision_that_was_seen() {
    let shop = Held::three().await;
    let mut sue = person(&shop.server, "sue", Role::Supervisor).await;
    let path = format!("/v1/desk/orders/{}/approve", shop.id);
    let body = || Some(("application/json", b"{}".to_vec()));
    let stale = sue
        .client
        .send_if(Some("\"7\""), Method::POST, &path, body())
        .await;
    assert_eq!(stale.verdict(), "409 move-not-allowed");
    let answer = sue
        .client
        .send_if(Some("\"1\""), Method::POST, &path, body())
        .await;
    assert_eq!(
        (answer.header("etag"), &answer.json()["state"]),
        (Some("\"2\""), &json!("accepted"))
    );
}

#[tokio::test]
async fn after_its_time_a_hold_is_not_approved_any_more() {
    let shop = Held::with(|settings| {
        holding(settings);
        settings.desk.hold_for = "10 minutes".parse::<HoldFor>().unwrap();
    })
    .await;
    let mut sue = person(&shop.server, "sue", Role::Supervisor).await;
    let gate = shop.server.faults.nothing_begins().await;
    shop.server.clock.advance(SignedDuration::from_mins(10));
    let path = format!("/v1/desk/orders/{}/approve", shop.id);
    let asked = sue.client.post(&path, json!({}));
    let (answer, ()) = tokio::join!(asked, async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        drop(gate);
    });
    assert_eq!(answer.verdict(), "409 move-not-allowed");
    assert_eq!(shop.server.mails("order-declined").await.len(), 1);
}

#[tokio::test]
async fn a_buyer_withdraws_a_held_order() {
    let mut shop = Held::three().await;
    let request = shop.acme.cancellation(&shop.answer);
    let signed = shop
        .acme
        .key
        .sign(&request.to_json(), shop.acme.now)
        .unwrap();
    let sealed = shop.acme.sealed(&signed);
    let path = format!("/v1/orders/{}/cancellation", shop.id);
    let answer = shop.acme.sends_to(&path, sealed).await;
    assert_eq!(answer.verdict(), "201 ");
    shop.is_declined(ReasonCode::BuyerWithdrew, "acme", Some("ordered twice"))
        .await;
    let receipts = shop.receipts().await;
    assert_eq!(receipts[1].0, answer.der("statement"));
    assert_eq!(receipts[1].1.request_sha256, Some(sha256(&signed)));
    // Sent again, it brings the same answer.
    let again = shop.acme.sealed(
        &shop
            .acme
            .key
            .sign(&request.to_json(), shop.acme.now)
            .unwrap(),
    );
    let again = shop.acme.sends_to(&path, again).await;
    assert_eq!(
        (again.status.as_u16(), again.der("statement")),
        (200, answer.der("statement"))
    );
    let path = format!("/v1/orders/{}/evidence", shop.id);
    let evidence = shop.acme.client.get(&path).await.json();
    assert_eq!(
        evidence["cancellation_requests"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn credit_is_taken_by_orders_and_freed_by_shipping() {
    let server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    sets_terms(&server, false, Some("50.00")).await;
    let first = acme.submits(acme.order("PO-1", "WATER", 2)).await;
    assert_eq!(first.verdict(), "201 accepted");
    let second = acme.submits(acme.order("PO-2", "WATER", 2)).await;
    assert_eq!(second.verdict(), "201 held");
    assert_eq!(
        second.json()["reasons"],
        json!([{"line": null, "code": "credit-limit", "offered": "60.00", "current": "50.00"}])
    );
    let mut clerk = server.clerk("jo").await;
    for (action, body) in [
        ("prepare", json!({})),
        ("pack", json!({})),
        ("ship", json!({"carrier": "UPS"})),
    ] {
        let path = format!("/v1/desk/orders/{}/{action}", first.order_id());
        assert_eq!(clerk.client.post(&path, body).await.status.as_u16(), 200);
    }
    // What is held has its part of the credit: thirty of fifty are taken.
    let third = acme.submits(acme.order("PO-3", "WATER", 1)).await;
    assert_eq!(third.verdict(), "201 accepted");
    let fourth = acme.submits(acme.order("PO-4", "WATER", 1)).await;
    assert_eq!(fourth.verdict(), "201 held");
}

#[tokio::test]
async fn every_order_of_a_buyer_may_be_held() {
    let server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let mut bolt = server.buyer("bolt").await;
    sets_terms(&server, true, None).await;
    let held = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(held.json()["reasons"][0]["code"], "manual-acceptance");
    assert_eq!(
        bolt.submits(bolt.order("PO-1", "WATER", 1)).await.verdict(),
        "201 accepted"
    );
    sets_terms(&server, false, None).await;
    assert_eq!(
        acme.submits(acme.order("PO-2", "WATER", 1)).await.verdict(),
        "201 accepted"
    );
}

#[tokio::test]
async fn an_approved_order_is_shipped_by_the_automatic_desk_and_a_held_one_is_not() {
    let shop =
        Held::with(|settings| settings.desk.hold_above = Amounts::from_iter([dollars("40.00")]))
            .await;
    let mut sue = person(&shop.server, "sue", Role::Supervisor).await;
    shop.server.settled().await;
    assert_eq!(shop.server.stock("WATER").await, (10, 3));
    shop.answers(&mut sue, "approve", json!({})).await;
    assert_eq!(
        shop.server.mails("order-shipped").await,
        ["acme@buyers.example"]
    );
    assert_eq!(shop.server.stock("WATER").await, (7, 0));
}

#[tokio::test]
async fn what_a_declined_hold_frees_goes_to_whoever_waits() {
    let shop = Held::three().await;
    let mut bolt = shop.server.buyer("bolt").await;
    let mut wants = bolt.order("PO-1", "WATER", 2);
    wants.fulfilment = countersign_order::Fulfilment::Partial;
    shop.server.stocks("WATER", 4).await;
    let waiting = bolt.submits(wants).await;
    assert_eq!(waiting.json()["order"]["lines"][0]["back_ordered"], 1);
    let mut sue = person(&shop.server, "sue", Role::Supervisor).await;
    shop.answers(&mut sue, "decline", json!({"reason": "no"}))
        .await;
    let path = format!("/v1/orders/{}", waiting.order_id());
    let order = bolt.client.get(&path).await.json();
    assert_eq!(
        (
            &order["lines"][0]["reserved"],
            &order["lines"][0]["back_ordered"]
        ),
        (&json!(2), &json!(0))
    );
    assert_eq!(shop.server.stock("WATER").await, (4, 2));
    assert_eq!(
        shop.server.mails("back-order-filled").await,
        ["bolt@buyers.example"]
    );
}
