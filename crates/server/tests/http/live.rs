//! Streams of events: what they hold, from where, for whom, how many, and when they end.

use std::time::Duration;

use countersign_order::Role;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Buyer, TestServer};

/// Longer than any stream is silent.
const PATIENCE: Duration = Duration::from_secs(30);

async fn accepted(buyer: &mut Buyer, number: &str) -> String {
    let answer = buyer.submits(buyer.order(number, "WATER", 1)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    answer.json()["order"]["id"].as_str().unwrap().to_owned()
}

fn words(event: &Value) -> String {
    let word = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
    let number = word("purchase_order_number");
    format!(
        "{number} {} by {}: {}",
        word("event"),
        word("by"),
        word("state")
    )
}

#[tokio::test]
async fn an_orders_stream_begins_with_its_decision_and_goes_on_after_the_last_event_seen() {
    let server = TestServer::start().await;
    server.stocks("WATER", 9).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.clerk("jo").await;
    let id = accepted(&mut acme, "PO-1").await;
    accepted(&mut acme, "PO-2").await;
    let path = format!("/v1/orders/{id}/events");
    let mut first = acme.again(&server).await;
    let mut stream = first.client.listens(&path, None).await;
    let (decided, event) = stream.event().await.unwrap();
    assert_eq!(words(&event), "PO-1 accepted by automatic: accepted");
    let prepare = format!("/v1/desk/orders/{id}/prepare");
    clerk.client.post(&prepare, json!({})).await;
    let (prepared, event) = stream.event().await.unwrap();
    assert_eq!(words(&event), "PO-1 preparing by jo: preparing");
    assert_eq!(event["version"], 2);
    assert!(prepared > decided);

    let mut second = acme.again(&server).await;
    let seen = decided.to_string();
    let mut resumed = second.client.listens(&path, Some(&seen)).await;
    assert_eq!(resumed.event().await.unwrap(), (prepared, event));
    let pack = format!("/v1/desk/orders/{id}/pack");
    clerk.client.post(&pack, json!({})).await;
    for stream in [&mut stream, &mut resumed] {
        let (_, event) = stream.event().await.unwrap();
        assert_eq!(words(&event), "PO-1 packed by jo: packed");
    }
}

#[tokio::test]
async fn the_desk_hears_of_all_orders_and_a_buyer_of_its_own() {
    let server = TestServer::start().await;
    server.stocks("WATER", 900).await;
    let mut acme = server.buyer("acme").await;
    let mut bolt = server.buyer("bolt").await;
    accepted(&mut acme, "PO-1").await;
    let mut clerk = server.clerk("jo").await;
    let mut desk = clerk.client.listens("/v1/desk/events", None).await;
    let mut own = acme.again(&server).await;
    let mut own = own.client.listens("/v1/events", None).await;
    assert!(own.block().await.unwrap().ends_with("id: 1"));
    assert!(desk.block().await.unwrap().ends_with("id: 1"));
    accepted(&mut bolt, "B-1").await;
    accepted(&mut acme, "PO-2").await;
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(words(&desk.event().await.unwrap().1));
    }
    assert_eq!(
        told,
        [
            "B-1 accepted by automatic: accepted",
            "PO-2 accepted by automatic: accepted"
        ]
    );
    let (number, event) = own.event().await.unwrap();
    assert_eq!(words(&event), "PO-2 accepted by automatic: accepted");
    assert_eq!(number, 3);
}

#[tokio::test]
async fn whoever_was_away_for_long_misses_nothing_and_hears_nothing_twice() {
    let server = TestServer::start().await;
    server.stocks("WATER", 900).await;
    let mut acme = server.buyer("acme").await;
    for number in 0..210 {
        accepted(&mut acme, &format!("PO-{number}")).await;
    }
    let mut clerk = server.clerk("jo").await;
    let mut stream = clerk.client.listens("/v1/desk/events", Some("0")).await;
    for number in 0..210 {
        if number == 100 {
            accepted(&mut acme, "PO-210").await;
        }
        let (id, event) = stream.event().await.unwrap();
        assert_eq!(id, number + 1);
        assert_eq!(event["purchase_order_number"], format!("PO-{number}"));
    }
    assert_eq!(stream.event().await.unwrap().0, 211);
}

#[tokio::test]
async fn what_is_not_ones_own_is_not_heard_and_a_made_up_id_is_refused() {
    let server = TestServer::start().await;
    server.stocks("WATER", 9).await;
    let mut acme = server.buyer("acme").await;
    let mut bolt = server.buyer("bolt").await;
    let mut clerk = server.clerk("jo").await;
    let id = accepted(&mut acme, "PO-1").await;
    let order = format!("/v1/orders/{id}/events");
    for path in [&*order, "/v1/desk/events"] {
        let answer = bolt.client.get(path).await;
        assert_eq!(answer.verdict(), "404 not-found", "{path}");
    }
    let answer = clerk.client.get("/v1/events").await;
    assert_eq!(answer.verdict(), "404 not-found");
    let stream = acme.client.listens(&order, Some("seven")).await;
    assert_eq!(stream.status, 400);
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_one_that_ends_makes_room() {
    let server = TestServer::start().await;
    server.stocks("WATER", 9).await;
    let acme = server.buyer("acme").await;
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut again = acme.again(&server).await;
        let stream = again.client.listens("/v1/events", None).await;
        assert_eq!(stream.status, 200);
        open.push((again, stream));
    }
    let mut one_more = acme.again(&server).await;
    let answer = one_more.client.get("/v1/events").await;
    assert_eq!(answer.verdict(), "429 slow-down");
    let mut bolt = server.buyer("bolt").await;
    assert_eq!(bolt.client.listens("/v1/events", None).await.status, 200);
    drop(open.pop());
    let made_room = timeout(PATIENCE, async {
        loop {
            let mut again = acme.again(&server).await;
            if again.client.listens("/v1/events", None).await.status == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    made_room.await.unwrap();
}

#[tokio::test]
async fn a_stream_is_never_silent_for_long_and_ends_with_its_session() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let mut watching = acme.again(&server).await;
    let mut stream = watching.client.listens("/v1/events", None).await;
    stream.block().await.unwrap();
    let beat = timeout(PATIENCE, stream.block()).await.unwrap();
    assert_eq!(beat.as_deref(), Some(":"));
    let gone = acme
        .client
        .send(http::Method::DELETE, "/v1/sessions/current", None)
        .await;
    assert_eq!(gone.status.as_u16(), 204);
    let end = timeout(PATIENCE, stream.block()).await.unwrap();
    assert_eq!(end, None);
}

#[tokio::test]
async fn a_stream_that_is_never_silent_ends_with_its_session_too() {
    let server = TestServer::start().await;
    server.stocks("WATER", 1_000).await;
    let mut acme = server.buyer("acme").await;
    let mut clerk = server.works("kim", Role::Clerk).await;
    let mut watching = server.client().await;
    watching.token.clone_from(&clerk.client.token);
    let mut stream = watching.listens("/v1/desk/events", None).await;
    stream.block().await.unwrap();
    let gone = clerk
        .client
        .send(http::Method::DELETE, "/v1/sessions/current", None)
        .await;
    assert_eq!(gone.status.as_u16(), 204);
    let busy = async {
        for n in 0.. {
            accepted(&mut acme, &format!("PO-{n}")).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let ends = async { while stream.block().await.is_some() {} };
    tokio::select! {
        () = busy => {}
        ended = timeout(PATIENCE, ends) => ended.expect("it ends"),
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let mut server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let mut stream = acme.client.listens("/v1/events", None).await;
    stream.block().await.unwrap();
    let stopped = timeout(Duration::from_secs(5), server.stop());
    stopped.await.expect("no stream holds the server up");
    assert_eq!(stream.block().await, None);
}
