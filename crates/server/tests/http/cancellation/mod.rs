//! `POST /v1/orders/{id}/cancellation`: what a buyer calls off, and what that leads to.

mod refusals;

use countersign_envelope::{Certificate, Opened};
use countersign_order::{Cancellation, CancellationRequest, CancelledBy, Fulfilment, Statement};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{Answer, Buyer, TestServer, cancellation_path, dsa_key, sha256};

/// A shop where acme has ordered three of ten bottles of water.
struct Ordered {
    server: TestServer,
    acme: Buyer,
    answer: Answer,
    id: String,
}

impl Ordered {
    async fn three() -> Self {
        Self::at(TestServer::start().await).await
    }

    async fn at(server: TestServer) -> Self {
        server.stocks("WATER", 10).await;
        let mut acme = server.buyer("acme").await;
        let answer = acme.submits(acme.order("PO-1", "WATER", 3)).await;
        assert_eq!(answer.verdict(), "201 accepted");
        let id = answer.order_id();
        Self {
            server,
            acme,
            answer,
            id,
        }
    }

    fn request(&self) -> CancellationRequest {
        self.acme.cancellation(&self.answer)
    }

    async fn cancels(&mut self, request: &CancellationRequest) -> Answer {
        self.acme.cancels(&self.id, request).await
    }

    async fn sends(&mut self, envelope: Vec<u8>) -> Answer {
        let path = cancellation_path(&self.id);
        self.acme.sends_to(&path, envelope).await
    }

    /// The order stands as it did, and one refusal with this code was recorded.
    async fn is_untouched(&mut self, code: &str) {
        assert_eq!(self.server.stock("WATER").await, (10, 3));
        assert_eq!(self.acme.refusals().await, [code]);
    }
}

/// The cancellation of an answer, its signature verified.
fn cancellation(server: &TestServer, answer: &Answer) -> Cancellation {
    let certificate = Certificate::from_pem(&server.desk.seller().certificates().receipt).unwrap();
    let verified = Opened::from_signed_data(answer.der("statement"))
        .unwrap()
        .verify(&[certificate])
        .unwrap();
    let Statement::Cancellation(cancellation) = Statement::parse(verified.content()).unwrap()
    else {
        panic!("not a cancellation");
    };
    cancellation
}

#[tokio::test]
async fn a_buyer_cancels_and_gets_a_signed_statement() {
    let mut shop = Ordered::three().await;
    let request = shop.request();
    let signed = shop
        .acme
        .key
        .sign(&request.to_json(), shop.acme.now)
        .unwrap();
    let envelope = shop.acme.sealed(&signed);
    let answer = shop.sends(envelope).await;
    assert_eq!(answer.verdict(), "201 ");
    assert_eq!(answer.header("countersign-repeat"), None);

    let said = cancellation(&shop.server, &answer);
    assert_eq!(said.by, CancelledBy::Buyer);
    assert_eq!(said.request_sha256, Some(sha256(&signed)));
    assert_eq!(
        said.common.previous,
        Some(sha256(&shop.answer.der("receipt")))
    );
    assert_eq!(said.reason.as_str(), "ordered twice");
    assert_eq!((said.lines[0].line, said.lines[0].quantity), (1, 3));

    let order = answer.json()["order"].clone();
    assert_eq!(order["state"], "cancelled");
    assert_eq!(order["allowed_actions"], json!([]));
    let row = &order["timeline"][1];
    let told = (&row["by"], &row["event"], &row["detail"]);
    assert_eq!(
        told,
        (&json!("acme"), &json!("cancelled"), &json!("ordered twice"))
    );
    let path = format!("/v1/orders/{}", shop.id);
    assert_eq!(shop.acme.client.get(&path).await.json(), order);
    assert_eq!(shop.server.stock("WATER").await, (10, 0));
    let mails = shop.server.mails("order-cancelled").await;
    assert_eq!(mails, ["acme@buyers.example"]);
}

#[tokio::test]
async fn what_was_signed_is_kept_as_it_came() {
    let mut shop = Ordered::three().await;
    let content = shop.request().to_json();
    let signed = shop.acme.key.sign(&content, shop.acme.now).unwrap();
    let envelope = shop.acme.sealed(&signed);
    let answer = shop.sends(envelope).await;
    let number = cancellation(&shop.server, &answer).common.log.unwrap().leaf;
    let mut view = shop.server.desk.store().read().await.unwrap();
    let order = shop.id.parse().unwrap();
    let kept = view.cancellation_requests(&order).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].signed_data, signed);
    assert_eq!(kept[0].content, sha256(&content));
    assert_eq!(
        kept[0].certificate,
        sha256(shop.acme.key.certificate().der())
    );
    assert_eq!(
        (kept[0].account.as_str(), kept[0].statement),
        ("acme", number)
    );
}

#[tokio::test]
async fn the_same_request_again_gets_the_first_statement_and_moves_nothing() {
    let mut shop = Ordered::three().await;
    let request = shop.request();
    let first = shop.cancels(&request).await;
    assert_eq!(first.verdict(), "201 ");
    // Sealed anew and signed anew, by a key that is revoked by now, long after its time.
    shop.server.clock.advance(SignedDuration::from_mins(40));
    shop.server.revokes("acme").await;
    let again = shop.cancels(&request).await;
    assert_eq!(again.verdict(), "200 ");
    assert_eq!(again.header("countersign-repeat"), Some("true"));
    // The log has grown meanwhile, so its proof is another one.
    for member in ["order", "statement"] {
        assert_eq!(again.json()[member], first.json()[member]);
    }
    assert_eq!(shop.server.stock("WATER").await, (10, 0));
    assert_eq!(shop.server.mails("order-cancelled").await.len(), 1);
    assert!(shop.acme.refusals().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_ten_times_at_once_is_one_cancellation() {
    let shop = Ordered::three().await;
    let envelope = shop.acme.envelope(&shop.request().to_json());
    let path = cancellation_path(&shop.id);
    let mut copies = Vec::new();
    for _ in 0..10 {
        let mut buyer = shop.acme.again(&shop.server).await;
        let (path, envelope) = (path.clone(), envelope.clone());
        copies.push(tokio::spawn(async move {
            buyer.sends_to(&path, envelope).await
        }));
    }
    let mut answers = Vec::new();
    for copy in copies {
        answers.push(copy.await.unwrap());
    }
    let first = answers.iter().filter(|a| a.verdict() == "201 ").count();
    let repeats = answers.iter().filter(|a| a.verdict() == "200 ").count();
    assert_eq!((first, repeats), (1, 9));
    let statement = answers[0].der("statement");
    assert!(answers.iter().all(|a| a.der("statement") == statement));
    assert_eq!(shop.server.stock("WATER").await, (10, 0));
}

#[tokio::test]
async fn what_is_let_go_goes_to_whoever_waits_for_it() {
    let mut shop = Ordered::three().await;
    let mut other = shop.server.buyer("other").await;
    let mut draft = other.order("PO-9", "WATER", 9);
    draft.fulfilment = Fulfilment::Partial;
    let waiting = other.submits(draft).await;
    assert_eq!(waiting.json()["order"]["lines"][0]["back_ordered"], 2);
    let request = shop.request();
    assert_eq!(shop.cancels(&request).await.verdict(), "201 ");
    let path = format!("/v1/orders/{}", waiting.order_id());
    let line = other.client.get(&path).await.json()["lines"][0].clone();
    assert_eq!(
        (&line["reserved"], &line["back_ordered"]),
        (&json!(9), &json!(0))
    );
    assert_eq!(shop.server.stock("WATER").await, (10, 9));
}

#[tokio::test]
async fn of_an_order_shipped_in_part_the_rest_is_cancelled() {
    let mut shop = Ordered::three().await;
    let mut clerk = shop.server.clerk("jo").await;
    for (action, body) in [
        ("prepare", json!({})),
        ("pack", json!({})),
        (
            "ship",
            json!({"carrier": "UPS", "lines": [{"line": 1, "quantity": 2}]}),
        ),
    ] {
        let path = format!("/v1/desk/orders/{}/{action}", shop.id);
        assert_eq!(clerk.client.post(&path, body).await.verdict(), "200 ");
    }
    let statements = format!("/v1/orders/{}/statements", shop.id);
    let before = shop.acme.client.get(&statements).await.json();
    let request = shop.request();
    let answer = shop.cancels(&request).await;
    assert_eq!(answer.json()["order"]["state"], "closed");
    let said = cancellation(&shop.server, &answer);
    assert_eq!(said.lines[0].quantity, 1);
    let previous = said.common.previous.unwrap().to_string();
    assert_eq!(before["data"][1]["document"], "countersign/shipment/1");
    assert_eq!(before["data"][1]["sha256"], previous);
    assert_eq!(shop.server.stock("WATER").await, (8, 0));
}

#[tokio::test]
async fn a_dsa_key_cancels_as_an_rsa_key_does() {
    let mut shop = Ordered::three().await;
    let key = dsa_key("acme dsa");
    shop.server.enrols("acme", &key).await;
    let envelope = shop.acme.envelope_by(&key, &shop.request().to_json());
    assert_eq!(shop.sends(envelope).await.verdict(), "201 ");
}

#[tokio::test]
async fn a_cancelled_number_stays_used_and_its_receipt_answers_a_repeat() {
    let mut shop = Ordered::three().await;
    let request = shop.request();
    shop.cancels(&request).await;
    let answer = shop.acme.submits(shop.acme.order("PO-1", "WATER", 4)).await;
    assert_eq!(answer.verdict(), "409 number-already-used");
    let repeat = shop.acme.submits(shop.acme.order("PO-1", "WATER", 3)).await;
    assert_eq!(repeat.verdict(), "200 accepted");
    assert_eq!(repeat.der("receipt"), shop.answer.der("receipt"));
    assert_eq!(repeat.json()["order"]["state"], "cancelled");
}
