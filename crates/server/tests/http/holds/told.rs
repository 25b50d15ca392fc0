//! What webhooks are told of held orders: every end of a hold, whoever brings it about.

use countersign_order::{HoldFor, Role};
use jiff::SignedDuration;
use serde_json::json;

use super::{Held, holding, person};
use crate::support::Receiver;
use crate::webhooks::tells;

/// A shop with a held order, whose buyer is told of what happens from now on.
struct Watched {
    shop: Held,
    receiver: Receiver,
}

impl Watched {
    async fn three() -> Self {
        let shop = Held::with(|settings| {
            holding(settings);
            settings.desk.hold_for = "10 minutes".parse::<HoldFor>().unwrap();
            settings.webhooks.allow = vec!["127.0.0.1".parse().unwrap()];
        })
        .await;
        let receiver = Receiver::willing().await;
        tells(&shop.server, &receiver.url, Some("acme")).await;
        Self { shop, receiver }
    }

    /// Insists that one event tells of the end, and names the receipt that ended the hold.
    async fn tells_of_the_end(mut self, kind: &str, state: &str) {
        self.receiver.told_so_often(1).await;
        self.shop.server.settled().await;
        let told = self.receiver.told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].kind(), kind);
        let data = &told[0].json()["data"];
        assert_eq!(
            (&data["order"], &data["state"]),
            (&json!(self.shop.id), &json!(state))
        );
        let number = data["statement"].as_u64().unwrap();
        let mut view = self.shop.server.desk.store().read().await.unwrap();
        let statement = view.statement(number).await.unwrap().unwrap();
        drop(view);
        let receipts = self.shop.receipts().await;
        assert_eq!(receipts.len(), 2);
        assert_eq!(statement.der, receipts[1].0);
    }
}

#[tokio::test]
async fn an_approval_is_told_as_an_acceptance() {
    let watched = Watched::three().await;
    let mut sue = person(&watched.shop.server, "sue", Role::Supervisor).await;
    watched.shop.answers(&mut sue, "approve", json!({})).await;
    watched.tells_of_the_end("order.accepted", "accepted").await;
}

#[tokio::test]
async fn a_supervisors_refusal_is_told() {
    let watched = Watched::three().await;
    let mut sue = person(&watched.shop.server, "sue", Role::Supervisor).await;
    let body = json!({"reason": "your last invoice is open"});
    watched.shop.answers(&mut sue, "decline", body).await;
    watched.tells_of_the_end("order.declined", "declined").await;
}

#[tokio::test]
async fn the_end_of_its_time_is_told() {
    let watched = Watched::three().await;
    watched
        .shop
        .server
        .clock
        .advance(SignedDuration::from_mins(10));
    watched.tells_of_the_end("order.declined", "declined").await;
}

#[tokio::test]
async fn a_withdrawal_is_told() {
    let mut watched = Watched::three().await;
    let shop = &mut watched.shop;
    let request = shop.acme.cancellation(&shop.answer).to_json();
    let signed = shop.acme.key.sign(&request, shop.acme.now).unwrap();
    let sealed = shop.acme.sealed(&signed);
    let path = format!("/v1/orders/{}/cancellation", shop.id);
    let answer = shop.acme.sends_to(&path, sealed).await;
    assert_eq!(answer.verdict(), "201 ");
    watched.tells_of_the_end("order.declined", "declined").await;
}
