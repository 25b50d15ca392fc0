//! Orders on their way through the house, by clerks or by themselves.

use countersign_order::Role;
use countersign_server::config::Settings;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Buyer, TestServer};

async fn accepted(buyer: &mut Buyer, number: &str, quantity: u32) -> String {
    let answer = buyer.submits(buyer.order(number, "WATER", quantity)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    answer.json()["order"]["id"].as_str().unwrap().to_owned()
}

fn states(order: &Value) -> Vec<&str> {
    let timeline = order["timeline"].as_array().unwrap().iter();
    timeline
        .map(|event| event["event"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_clerk_takes_an_order_through_the_house() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.clerk("jo").await;
    let id = accepted(&mut acme, "PO-1", 3).await;
    let order = clerk.client.get(&format!("/v1/orders/{id}")).await.json();
    assert_eq!(order["allowed_actions"], json!(["prepare", "cancel"]));
    let path = |action: &str| format!("/v1/desk/orders/{id}/{action}");
    for (action, state) in [("prepare", "preparing"), ("pack", "packed")] {
        let answer = clerk.client.post(&path(action), json!({})).await;
        assert_eq!(answer.json()["state"], state);
    }
    let parcel = json!({"carrier": "UPS", "tracking": "1Z"});
    let answer = clerk.client.post(&path("ship"), parcel).await;
    assert_eq!(answer.json()["state"], "shipped");
    assert_eq!(
        states(&answer.json()),
        ["accepted", "preparing", "packed", "shipped"]
    );
    assert_eq!(server.stock("WATER").await, (2, 0));
    assert_eq!(server.mails("order-shipped").await, ["acme@buyers.example"]);
    let statements = acme
        .client
        .get(&format!("/v1/orders/{id}/statements"))
        .await
        .json();
    assert_eq!(statements["data"][1]["document"], "countersign/shipment/1");
}

#[tokio::test]
async fn an_order_in_the_wrong_place_tells_who_moved_it() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.clerk("jo").await;
    let id = accepted(&mut acme, "PO-1", 3).await;
    let path = format!("/v1/desk/orders/{id}/prepare");
    clerk.client.post(&path, json!({})).await;
    let answer = clerk.client.post(&path, json!({})).await;
    assert_eq!(answer.verdict(), "409 move-not-allowed");
    assert_eq!(answer.json()["moved_by"], "jo");
    assert_eq!(answer.json()["moved_at"], "2026-11-23T18:00:00.000Z");
}

#[tokio::test]
async fn a_cancelled_order_gives_its_stock_back() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.clerk("jo").await;
    let id = accepted(&mut acme, "PO-1", 3).await;
    let path = format!("/v1/desk/orders/{id}/cancel");
    let answer = clerk.client.post(&path, json!({"reason": "broken"})).await;
    assert_eq!(answer.json()["state"], "cancelled");
    assert_eq!(server.stock("WATER").await, (5, 0));
    assert_eq!(server.mails("order-cancelled").await.len(), 1);
}

#[tokio::test]
async fn clerks_receive_stock_supervisors_correct_it_and_buyers_do_neither() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.clerk("jo").await;
    let mut supervisor = server.works("su", Role::Supervisor).await;
    let path = "/v1/desk/items/WATER";
    let receive = format!("{path}/receive");
    let four = json!({"quantity": 4});
    let answer = acme.client.post(&receive, four.clone()).await;
    assert_eq!(answer.verdict(), "404 not-found");
    let answer = clerk.client.post(&receive, four).await;
    assert_eq!(
        answer.json(),
        json!({"sku": "WATER", "on_hand": 9, "reserved": 0})
    );
    accepted(&mut acme, "PO-1", 3).await;
    let change = |body: Value| Some(("application/json", body.to_string().into_bytes()));
    let counted = |units: u32| change(json!({"on_hand": units, "reason": "counted"}));
    let answer = acme.client.send(Method::PATCH, path, counted(8)).await;
    assert_eq!(answer.verdict(), "404 not-found");
    let answer = clerk.client.send(Method::PATCH, path, counted(8)).await;
    assert_eq!(answer.verdict(), "403 role-not-enough");
    let answer = supervisor
        .client
        .send(Method::PATCH, path, counted(2))
        .await;
    assert_eq!(answer.verdict(), "409 stock-not-accepted");
    let answer = supervisor
        .client
        .send(Method::PATCH, path, counted(8))
        .await;
    assert_eq!(answer.json()["on_hand"], 8);
    assert_eq!(
        acme.client.get("/v1/desk/orders").await.verdict(),
        "404 not-found"
    );
    let listed = clerk
        .client
        .get("/v1/desk/orders?state=accepted")
        .await
        .json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_automatic_desk_ships_by_itself_and_says_so_once() {
    let server = TestServer::with(|_: &mut Settings| {}).await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let id = accepted(&mut acme, "PO-1", 3).await;
    assert_eq!(server.mails("order-shipped").await, ["acme@buyers.example"]);
    let order = acme.client.get(&format!("/v1/orders/{id}")).await.json();
    assert_eq!(order["state"], "shipped");
    assert_eq!(order["timeline"][3]["detail"], "none");
    assert_eq!(server.stock("WATER").await, (2, 0));
}
