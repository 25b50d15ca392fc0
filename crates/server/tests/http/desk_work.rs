//! The rest of the desk's work over HTTP: papers, items, prices, buyers, mail and webhooks, by role.

use countersign_order::Role;
use countersign_server::config::DeskMode;
use countersign_server::desk::operations::AddWebhook;
use countersign_server::random::Random;
use countersign_server::webhooks::Secret;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Buyer, Client, TestServer, operator};

async fn shop() -> TestServer {
    let server = TestServer::with(|settings| {
        settings.desk.mode = DeskMode::Manual;
        settings.webhooks.allow = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    server.stocks("WATER", 100).await;
    server
}

async fn patch(client: &mut Client, path: &str, body: Value) -> Answer {
    let bytes = serde_json::to_vec(&body).unwrap();
    let body = Some(("application/json", bytes));
    client.send(Method::PATCH, path, body).await
}

async fn ordered(buyer: &mut Buyer, number: &str, units: u32) -> String {
    let answer = buyer.submits(buyer.order(number, "WATER", units)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    answer.order_id()
}

#[tokio::test]
async fn a_slip_tells_what_is_packed_and_then_what_went() {
    let server = shop().await;
    let mut acme = server.buyer("acme").await;
    let mut ada = server.works("ada", Role::Auditor).await;
    let mut kim = server.clerk("kim").await;
    let id = ordered(&mut acme, "PO-1", 5).await;
    let path = |rest: &str| format!("/v1/desk/orders/{id}/{rest}");
    let refused = ada.client.get(&path("slip")).await;
    assert_eq!(refused.verdict(), "409 move-not-allowed");
    kim.client.post(&path("prepare"), json!({})).await;
    let two = json!({"lines": [{"line": 1, "quantity": 2}]});
    kim.client.post(&path("pack"), two).await;
    let slip = ada.client.get(&path("slip")).await.json();
    let line = |slip: &Value| {
        let line = &slip["lines"][0];
        (line["units"].clone(), line["before"].clone())
    };
    assert_eq!(
        (&slip["shipment"], &slip["shipped"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(line(&slip), (json!(2), json!(0)));
    kim.client
        .post(&path("ship"), json!({"carrier": "UPS", "tracking": "1Z"}))
        .await;
    let slip = ada.client.get(&path("slip?shipment=1")).await.json();
    assert_eq!(slip["shipped"]["tracking"], "1Z");
    assert_eq!(line(&slip), (json!(2), json!(0)));
    let missing = ada.client.get(&path("slip?shipment=2")).await;
    assert_eq!(missing.verdict(), "404 not-found");
}

#[tokio::test]
async fn a_supervisor_brings_items_in_all_or_none_and_says_how_they_are_kept() {
    let server = shop().await;
    let mut lee = server.works("lee", Role::Supervisor).await;
    let salt = |price: &str| {
        json!({"sku": "SALT", "name": "Salt", "unit": "KGM", "unit_price": price,
            "currency": "USD", "on_hand": 7, "low_stock": "none"})
    };
    let items = "/v1/desk/items";
    let dry = json!({"dry_run": true, "items": [salt("0.95")]});
    let told = lee.client.post(items, dry).await.json();
    assert_eq!(told["changes"][0]["is_new"], true);
    assert_eq!(told["added"], 1);
    let listed = lee.client.get(items).await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "a dry run");
    let twice = json!({"items": [salt("0.95"), salt("0.99")]});
    let refused = lee.client.post(items, twice).await;
    assert_eq!(refused.verdict(), "400 bad-request");
    assert_eq!(refused.json()["rows"][0]["row"], 1);
    let done = lee
        .client
        .post(items, json!({"items": [salt("0.95")]}))
        .await;
    assert_eq!(done.json()["added"], 1);
    assert_eq!(server.stock("SALT").await, (7, 0));
    let keep = json!({"backorder": true, "low_stock": 10});
    let kept = lee.client.post("/v1/desk/items/SALT/keep", keep).await;
    assert_eq!(kept.json()["low_stock"], 10);
    assert_eq!(kept.json()["backorder"], true);
    let missing = lee
        .client
        .post("/v1/desk/items/SUGAR/keep", json!({}))
        .await;
    assert_eq!(missing.verdict(), "404 not-found");
}

#[tokio::test]
async fn an_import_may_be_larger_than_other_bodies_and_has_its_limit() {
    let server = shop().await;
    let mut lee = server.works("lee", Role::Supervisor).await;
    let item = |number: usize| {
        json!({"sku": format!("ITEM-{number}"), "name": "x".repeat(100), "unit": "EA",
            "unit_price": "1.00", "currency": "USD"})
    };
    let items: Vec<Value> = (0..1000).map(item).collect();
    let done = lee
        .client
        .post("/v1/desk/items", json!({"items": items}))
        .await;
    assert_eq!(done.json()["added"], 1000);
    let long = vec![b' '; countersign_api::limits::IMPORT_MAX_BYTES + 1];
    let body = Some(("application/json", long));
    let refused = lee.client.send(Method::POST, "/v1/desk/items", body).await;
    assert_eq!(refused.verdict(), "413 too-large");
}

#[tokio::test]
async fn prices_are_brought_in_listed_page_by_page_and_ended() {
    let server = shop().await;
    server.buyer("acme").await;
    let mut lee = server.works("lee", Role::Supervisor).await;
    let mut ada = server.works("ada", Role::Auditor).await;
    let prices = "/v1/desk/prices";
    let row = |buyer: &str, from: &str| json!({"buyer": buyer, "sku": "WATER", "currency": "USD", "price": "12.50", "from": from});
    let wrong = json!({"prices": [row("acme", "2026-11-01"), row("nobody", "2026-11-01")]});
    let refused = lee.client.post(prices, wrong).await;
    assert_eq!(refused.verdict(), "400 bad-request");
    assert_eq!(refused.json()["rows"][0]["row"], 1);
    let listed = ada.client.get(prices).await.json();
    assert_eq!(listed["data"], json!([]), "all or nothing");
    let two = json!({"prices": [row("acme", "2026-11-01"), row("acme", "2027-01-01")]});
    let done = lee.client.post(prices, two.clone()).await.json();
    assert_eq!((&done["added"], &done["changed"]), (&json!(2), &json!(0)));
    let mut dry = two;
    dry["dry_run"] = json!(true);
    assert_eq!(lee.client.post(prices, dry).await.json()["unchanged"], 2);
    let first = ada.client.get("/v1/desk/prices?limit=1&buyer=acme").await;
    let first = first.json();
    assert_eq!(first["data"][0]["from"], "2026-11-01");
    let after = first["next"].as_str().unwrap();
    let path = format!("{prices}?limit=1&after={after}");
    let second = ada.client.get(&path).await.json();
    assert_eq!(second["data"][0]["from"], "2027-01-01");
    assert_eq!(second["next"], Value::Null);
    let end = json!({"buyer": "acme", "sku": "WATER", "currency": "USD", "last_day": "2026-12-31"});
    let ended = lee.client.post("/v1/desk/prices/end", end).await.json();
    assert_eq!(ended, json!({"ended": 2, "last_day": "2026-12-31"}));
    let listed = ada.client.get(prices).await.json();
    assert_eq!(listed["data"][0]["to"], "2026-12-31");
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn terms_and_accounts_of_buyers_are_changed_by_supervisors_and_read_by_all() {
    let server = shop().await;
    let mut acme = server.buyer("acme").await;
    let mut lee = server.works("lee", Role::Supervisor).await;
    let mut ada = server.works("ada", Role::Auditor).await;
    let change = json!({"acceptance": "manual", "orders_email": "copies@acme.example",
        "credit_limits": [{"currency": "USD", "limit": "500.00"}]});
    let terms = patch(&mut lee.client, "/v1/desk/buyers/acme", change).await;
    let expected = json!({"buyer": "acme", "acceptance": "manual",
        "credit": [{"currency": "USD", "limit": "500.00", "open": "0.00"}]});
    assert_eq!(terms.json(), expected);
    let read = ada.client.get("/v1/desk/buyers/acme").await.json();
    assert_eq!(read, expected);
    for wrong in [
        json!({"credit_limits": [{"currency": "USD", "limit": "5"}]}),
        json!({"orders_email": "nobody"}),
        json!({"acceptance": "never"}),
    ] {
        let refused = patch(&mut lee.client, "/v1/desk/buyers/acme", wrong).await;
        assert_eq!(refused.verdict(), "400 bad-request");
    }
    let missing = patch(
        &mut lee.client,
        "/v1/desk/buyers/nobody",
        json!({"language": "de"}),
    );
    assert_eq!(missing.await.verdict(), "404 not-found");

    server.adds_account("acme", "acme/jo").await;
    let limit = json!({"order_limits": [{"currency": "USD", "largest": "50.00"}]});
    let account = patch(
        &mut lee.client,
        "/v1/desk/accounts/acme%2Fjo",
        limit.clone(),
    )
    .await;
    assert_eq!(account.json()["order_limits"], limit["order_limits"]);
    let accounts = ada.client.get("/v1/desk/buyers/acme/accounts").await.json();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 2);
    let out = json!({"enabled": false});
    patch(&mut lee.client, "/v1/desk/accounts/acme", out.clone()).await;
    assert_eq!(
        acme.client.get("/v1/orders").await.verdict(),
        "401 sign-in-required"
    );
    let own = patch(&mut lee.client, "/v1/desk/accounts/ada", out).await;
    assert_eq!(own.verdict(), "404 not-found", "people are the operator's");
    assert_eq!(ada.client.get("/v1/desk/orders").await.status.as_u16(), 200);
}

#[tokio::test]
async fn clerks_see_mail_and_webhooks_and_send_again() {
    let server = shop().await;
    let mut acme = server.buyer("acme").await;
    let mut kim = server.clerk("kim").await;
    let secret = Secret::generate(Random::system());
    let shown = secret.reveal();
    let operation = AddWebhook {
        buyer: None,
        url: "https://127.0.0.1:9/".to_owned(),
        kinds: Vec::new(),
        secret,
    };
    server.desk.run(&operator(), operation).await.unwrap();
    ordered(&mut acme, "PO-1", 1).await;
    let mails = kim.client.get("/v1/desk/outbox").await.json();
    let number = &mails["data"][0]["number"];
    let path = format!("/v1/desk/outbox/{number}/retry");
    let retried = kim.client.send(Method::POST, &path, None).await;
    let is_sent = retried.verdict() == "404 not-found";
    assert!(
        is_sent || retried.status.as_u16() == 204,
        "{}",
        retried.verdict()
    );
    let nothing = kim
        .client
        .send(Method::POST, "/v1/desk/outbox/9999/retry", None);
    assert_eq!(nothing.await.verdict(), "404 not-found");
    let dead = kim
        .client
        .get("/v1/desk/outbox?state=given%20up")
        .await
        .json();
    assert_eq!(dead["data"], json!([]));

    let listed = kim.client.get("/v1/desk/webhooks").await;
    assert_eq!(listed.json()["data"][0]["number"], 1);
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(&shown));
    let one = kim.client.get("/v1/desk/webhooks/1").await.json();
    assert_eq!(one, listed.json()["data"][0]);
    let told = kim
        .client
        .get("/v1/desk/webhooks/1/deliveries")
        .await
        .json();
    let event = told["data"][0]["event"].as_str().unwrap();
    let replay = "/v1/desk/webhooks/1/replay";
    let again = kim.client.post(replay, json!({"events": [event]})).await;
    assert_eq!(again.json(), json!({"replayed": 1}));
    let since = json!({"since": "2026-01-01T00:00:00Z"});
    assert_eq!(kim.client.post(replay, since).await.status.as_u16(), 200);
    let neither = kim.client.post(replay, json!({})).await;
    assert_eq!(neither.verdict(), "400 bad-request");
    let missing = kim.client.get("/v1/desk/webhooks/2/deliveries").await;
    assert_eq!(missing.verdict(), "404 not-found");
}
