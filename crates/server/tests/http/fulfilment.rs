//! Orders on their way through the house, by clerks or by themselves.

use countersign_order::{Fulfilment, Role};
use countersign_server::config::{DeskMode, Settings};
use countersign_server::desk::operations::ReceiveStock;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Buyer, Receiver, TestServer, operator};
use crate::webhooks::tells;

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

#[tokio::test]
async fn a_move_at_another_revision_is_refused_with_who_was_first() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let (mut jo, mut sam) = (server.clerk("jo").await, server.clerk("sam").await);
    let id = accepted(&mut acme, "PO-1", 3).await;
    let seen = jo.client.get(&format!("/v1/orders/{id}")).await;
    assert_eq!(seen.header("etag"), Some("\"1\""));
    assert_eq!(seen.json()["revision"], 1);
    let path = |action: &str| format!("/v1/desk/orders/{id}/{action}");
    let prepare = path("prepare");
    let answer = jo
        .client
        .send_if(Some("\"1\""), Method::POST, &prepare, None)
        .await;
    assert_eq!(
        (answer.header("etag"), answer.json()["state"].as_str()),
        (Some("\"2\""), Some("preparing"))
    );
    // Packing would be allowed now; the one who asks has not seen that it is.
    let pack = path("pack");
    let late = sam
        .client
        .send_if(Some("\"1\""), Method::POST, &pack, None)
        .await;
    assert_eq!(late.verdict(), "409 move-not-allowed");
    assert_eq!(late.json()["moved_by"], "jo");
    assert_eq!(late.json()["moved_at"], "2026-11-23T18:00:00.000Z");
    let wrong = sam
        .client
        .send_if(Some("2"), Method::POST, &pack, None)
        .await;
    assert_eq!(wrong.verdict(), "400 bad-request");
    for tag in ["*", "\"3\""] {
        let path = if tag == "*" { &pack } else { &path("cancel") };
        let body = json!({"reason": "broken"}).to_string().into_bytes();
        let body = (tag != "*").then_some(("application/json", body));
        let answer = sam
            .client
            .send_if(Some(tag), Method::POST, path, body)
            .await;
        assert_eq!(answer.status, 200, "{tag}");
    }
}

#[tokio::test]
async fn what_a_clerk_does_not_find_waits_and_leaves_the_stock() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.clerk("jo").await;
    let id = accepted(&mut acme, "PO-1", 3).await;
    let path = |action: &str| format!("/v1/desk/orders/{id}/{action}");
    clerk.client.post(&path("prepare"), json!({})).await;
    let too_many = json!({"lines": [{"line": 1, "quantity": 4}]});
    let answer = clerk.client.post(&path("pack"), too_many).await;
    assert_eq!(answer.verdict(), "400 bad-request");
    let short = json!({"lines": [{"line": 1, "quantity": 2}], "missing": "one is broken"});
    let order = clerk.client.post(&path("pack"), short).await.json();
    assert_eq!(order["state"], "packed");
    // One is gone from the shelf, another of the two that are free is set aside at once.
    let line = &order["lines"][0];
    let units = ["reserved", "packed", "back_ordered"].map(|of| line[of].as_u64().unwrap());
    assert_eq!(units, [3, 2, 0]);
    assert_eq!(server.stock("WATER").await, (4, 3));
    assert_eq!(
        order["timeline"][2]["detail"],
        "line 1: 2 of 3, 1 not found"
    );
    let parcel = json!({"carrier": "UPS"});
    let order = clerk.client.post(&path("ship"), parcel).await.json();
    assert_eq!(
        (&order["state"], &order["lines"][0]["shipped"]),
        (&json!("part_shipped"), &json!(2))
    );
    assert_eq!(order["allowed_actions"], json!(["prepare", "cancel"]));
    let moved = clerk
        .client
        .get("/v1/desk/items/WATER/movements")
        .await
        .json();
    let told: Vec<_> = moved["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["kind"].as_str().unwrap(),
                row["on_hand"].as_i64().unwrap(),
                row["by"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told[1..],
        [
            ("reserved", 0, "automatic"),
            ("released", 0, "jo"),
            ("corrected", -1, "jo"),
            ("reserved", 0, "jo"),
            ("shipped", -2, "jo"),
        ]
    );
    assert_eq!(moved["data"][3]["reason"], "one is broken");
    let hidden = acme.client.get("/v1/desk/items/WATER/movements").await;
    assert_eq!(hidden.verdict(), "404 not-found");
}

#[tokio::test]
async fn notes_are_for_the_desk_alone() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.clerk("jo").await;
    let id = accepted(&mut acme, "PO-1", 3).await;
    let path = format!("/v1/desk/orders/{id}/notes");
    let written = clerk
        .client
        .post(&path, json!({"note": "rang at noon"}))
        .await;
    assert_eq!(written.status, 201);
    let expected = json!({"at": "2026-11-23T18:00:00.000Z", "by": "jo", "note": "rang at noon"});
    assert_eq!(written.json(), expected);
    let listed = clerk.client.get(&path).await.json();
    assert_eq!(listed, json!({"data": [expected], "next": null}));
    assert_eq!(acme.client.get(&path).await.verdict(), "404 not-found");
    let answer = acme.client.post(&path, json!({"note": "me too"})).await;
    assert_eq!(answer.verdict(), "404 not-found");
    let order = acme.client.get(&format!("/v1/orders/{id}")).await;
    assert!(!String::from_utf8_lossy(&order.bytes).contains("rang"));
    let nobody = "/v1/desk/orders/ord_00000000-0000-7000-8000-000000000000/notes";
    let answer = clerk.client.post(nobody, json!({"note": "lost"})).await;
    assert_eq!(answer.verdict(), "404 not-found");
}

#[tokio::test]
async fn a_count_is_corrected_with_a_reason_only() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut clerk = server.works("sue", Role::Supervisor).await;
    let body = Some((
        "application/json",
        json!({"on_hand": 4}).to_string().into_bytes(),
    ));
    let answer = clerk
        .client
        .send(Method::PATCH, "/v1/desk/items/WATER", body)
        .await;
    assert_eq!(answer.verdict(), "400 bad-request");
    assert_eq!(server.stock("WATER").await, (5, 0));
}

#[tokio::test]
async fn a_back_order_that_is_filled_is_told_once_by_mail_and_once_by_webhook() {
    let server = TestServer::with(|settings| {
        settings.desk.mode = DeskMode::Manual;
        settings.webhooks.allow = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    server.stocks("WATER", 2).await;
    let mut acme = server.buyer("acme").await;
    let mut draft = acme.order("PO-1", "WATER", 5);
    draft.fulfilment = Fulfilment::Partial;
    let answer = acme.submits(draft).await;
    assert_eq!(answer.json()["order"]["lines"][0]["back_ordered"], 3);
    let receiver = Receiver::willing().await;
    tells(&server, &receiver.url, Some("acme")).await;
    let operation = ReceiveStock {
        sku: "WATER".parse().unwrap(),
        quantity: 10_u32.try_into().unwrap(),
    };
    let desk = server.served_desk();
    desk.run(&operator(), operation).await.unwrap();
    assert_eq!(
        server.mails("back-order-filled").await,
        ["acme@buyers.example"]
    );
    receiver.told_so_often(1).await;
    server.settled().await;
    let told = receiver.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].kind(), "order.back_order_filled");
    let data = &told[0].json()["data"];
    assert_eq!(
        (&data["order"], &data["state"]),
        (&json!(answer.order_id()), &json!("accepted"))
    );
    assert_eq!(
        (&data["statement"], &data["leaf"]),
        (&json!(null), &json!(null))
    );
}
