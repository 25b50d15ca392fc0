//! The listener, and what the server says about itself.

use std::time::Duration;

use countersign_api::{Body, routes};
use countersign_server::config::MetricsReaders;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Client, TestServer, greet, verb};

#[tokio::test]
async fn the_contract_lists_what_is_said_to_anyone_about_a_wrong_body() {
    let server = TestServer::start().await;
    let buyer = server.buyer("acme").await.client.token;
    let clerk = server.clerk("clerk").await.client.token;
    let long = vec![b' '; 100 * 1024];
    let bodies = [
        ("text/plain", &b""[..]),
        ("application/json", b"{"),
        ("application/json", &long),
    ];
    for route in routes().filter(|route| !matches!(route.request, Body::Empty)) {
        for token in [&None, &buyer, &clerk] {
            for (media, bytes) in bodies {
                let mut client = server.client().await;
                client.token.clone_from(token);
                let body = Some((media, bytes.to_vec()));
                // The client compares every answer with the contract.
                let answer = client.send(verb(route), route.path, body).await;
                assert!(answer.status.is_client_error(), "{}", answer.verdict());
            }
        }
    }
}

#[tokio::test]
async fn every_route_of_the_contract_answers_and_others_are_not_found() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    for route in routes() {
        // Of what is open to anyone, only this needs a name of something that is there.
        let path = route
            .path
            .replace("{*tile}", "0/000.p/1")
            .replace("{log}", "1");
        let answer = client.send(verb(route), &path, None).await;
        let status = answer.status.as_u16();
        assert!(
            status != 404 && status != 405 && status < 500,
            "{} {status}",
            route.path
        );
    }
    assert_eq!(client.get("/v1/nothing").await.verdict(), "404 not-found");
    let answer = client.send(Method::DELETE, "/v1/orders", None).await;
    assert_eq!(answer.verdict(), "405 method-not-allowed");
    let answer = client.get("/nothing").await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(
        answer.json()["instance"].as_str(),
        answer.header("x-request-id")
    );
}

#[tokio::test]
async fn health_readiness_metrics_and_the_seller_need_no_session() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    assert_eq!(client.get("/healthz").await.bytes, b"ok\n");
    assert_eq!(client.get("/readyz").await.bytes, b"ready\n");
    let metrics = String::from_utf8(client.get("/metrics").await.bytes).unwrap();
    assert!(
        metrics.contains("countersign_http_answers_total{class=\"2xx\"} 2\n"),
        "{metrics}"
    );
    let seller = client.get("/v1/seller").await.json();
    assert_eq!(seller["origin"], "shop.example");
    assert_eq!(client.get("/openapi.json").await.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn every_stage_of_an_order_is_timed_and_why_others_failed_is_counted() {
    let server = TestServer::start().await;
    server.stocks("WATER", 1).await;
    let mut acme = server.buyer("acme").await;
    for (number, verdict) in [("PO-1", "201 accepted"), ("PO-2", "201 declined")] {
        let answer = acme.submits(acme.order(number, "WATER", 1)).await;
        assert_eq!(answer.verdict(), verdict);
    }
    let nonsense = acme.sends(b"nonsense".to_vec()).await;
    assert_eq!(nonsense.verdict(), "400 envelope-not-accepted");
    let metrics = server.client().await.get("/metrics").await.bytes;
    let metrics = String::from_utf8(metrics).unwrap();
    let is_there =
        |line: &str| assert!(metrics.contains(&format!("{line}\n")), "{line}: {metrics}");
    is_there("countersign_stage_seconds_count{stage=\"open\"} 3");
    for stage in ["verify", "load", "decide", "sign", "apply"] {
        is_there(&format!(
            "countersign_stage_seconds_count{{stage=\"{stage}\"}} 2"
        ));
    }
    // A batch of refusals alone waits for its turn and commits, too.
    is_there("countersign_stage_seconds_count{stage=\"turn\"} 3");
    is_there("countersign_stage_seconds_count{stage=\"commit\"} 3");
    is_there("countersign_orders_declined_total{reason=\"out-of-stock\"} 1");
    is_there("countersign_orders_refused_total{code=\"envelope-not-accepted\"} 1");
    for outcome in ["accepted", "declined", "repeated", "refused"] {
        let times = u8::from(outcome != "repeated");
        is_there(&format!(
            "countersign_orders_total{{outcome=\"{outcome}\"}} {times}"
        ));
    }
    // Three batches: two orders, and the refusal.
    is_there("countersign_batch_size_count 3");
    is_there("countersign_webhook_messages_waiting 0");
}

#[tokio::test]
async fn metrics_are_there_for_nobody_when_they_are_off() {
    let server = TestServer::with(|settings| settings.listen.metrics = MetricsReaders::Off).await;
    let answer = server.client().await.get("/metrics").await;
    assert_eq!(answer.verdict(), "404 not-found");
}

#[tokio::test]
async fn items_are_listed_by_page_and_by_text() {
    let server = TestServer::start().await;
    for sku in ["Café", "Nuka:Cola", "O'Brien", "Quit", "a::b"] {
        server.stocks(sku, 3).await;
    }
    let mut acme = server.buyer("acme").await;
    let mut skus = Vec::new();
    let mut path = "/v1/items?limit=2".to_owned();
    loop {
        let page = acme.client.get(&path).await.json();
        for item in page["data"].as_array().unwrap() {
            assert_eq!(item["unit_price"], "15.00");
            skus.push(item["sku"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        let next = next.replace('é', "%C3%A9").replace('\'', "%27");
        path = format!("/v1/items?limit=2&after={next}");
    }
    skus.sort();
    assert_eq!(skus, ["Café", "Nuka:Cola", "O'Brien", "Quit", "a::b"]);
    let page = acme.client.get("/v1/items?query=cola").await.json();
    assert_eq!(page["data"][0]["sku"], "Nuka:Cola");
    let answer = acme.client.get("/v1/items?colour=red").await;
    assert_eq!(answer.verdict(), "400 bad-request");
}

#[tokio::test]
async fn silent_connections_hold_nobody_up_and_are_closed() {
    let server = TestServer::with(|settings| {
        settings.listen.handshake_timeout_seconds = 1;
        settings.listen.idle_timeout_seconds = 1;
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut client = server.client().await;
    assert_eq!(client.get("/healthz").await.bytes, b"ok\n");
    for mut stream in silent {
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest);
        let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
        assert!(closed.is_ok(), "a silent connection was kept");
    }
}

#[tokio::test]
async fn who_agrees_on_tls_and_says_nothing_is_closed_in_time_and_holds_up_no_stop() {
    async fn ends(mut stream: impl AsyncReadExt + Unpin) -> bool {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        let ended = tokio::time::timeout(Duration::from_secs(5), ended).await;
        ended.is_ok_and(|ended| ended.is_ok())
    }
    let silent = async |server: &TestServer| {
        let stream = TcpStream::connect(server.address).await.unwrap();
        greet(stream, server.desk.seller()).await.unwrap()
    };
    let idle = TestServer::with(|settings| settings.listen.idle_timeout_seconds = 1).await;
    assert!(ends(silent(&idle).await).await, "it was kept, or cut off");
    let mut server = TestServer::start().await;
    let stream = silent(&server).await;
    // Far less than requests under way are given.
    let stopping = tokio::time::timeout(Duration::from_secs(5), server.stop());
    assert!(stopping.await.is_ok(), "it was waited for");
    assert!(ends(stream).await, "it was cut off");
}

/// A connection from another address of this machine.
async fn connects_from(address: [u8; 4], server: &TestServer) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    socket.connect(server.address).await.unwrap()
}

#[tokio::test]
async fn one_source_cannot_take_every_connection() {
    const NEIGHBOUR: [u8; 4] = [127, 0, 0, 2];
    let server = TestServer::with(|settings| {
        settings.listen.max_connections_per_source = 3.try_into().unwrap();
    })
    .await;
    let seller = server.desk.seller();
    let mut held = Vec::new();
    for _ in 0..3 {
        let stream = connects_from(NEIGHBOUR, &server).await;
        held.push(Client::over(stream, seller).await.unwrap());
    }
    let one_more = connects_from(NEIGHBOUR, &server).await;
    assert!(Client::over(one_more, seller).await.is_err());
    // Everybody else is served, those who were there before too.
    held.push(server.client().await);
    for client in &mut held {
        assert_eq!(client.get("/healthz").await.bytes, b"ok\n");
    }
    drop(held);
    let is_let_in_again = async {
        while Client::over(connects_from(NEIGHBOUR, &server).await, seller)
            .await
            .is_err()
        {}
    };
    let patience = Duration::from_secs(10);
    tokio::time::timeout(patience, is_let_in_again)
        .await
        .unwrap();
}

#[tokio::test]
async fn whoever_is_refused_before_it_has_sent_everything_still_learns_why() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let long = || Some(("application/json", vec![b' '; 4 << 20]));
    for (path, verdict) in [
        ("/v1/orders", "401 sign-in-required"),
        ("/v1/invites/redeem", "413 too-large"),
        ("/v1/nothing", "404 not-found"),
    ] {
        // On one connection: it was closed before by the first of them.
        let answer = client.send(Method::POST, path, long()).await;
        assert_eq!(answer.verdict(), verdict);
    }
}

#[tokio::test]
async fn garbage_instead_of_tls_ends_the_connection_and_nothing_else() {
    let server = TestServer::start().await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0x16, 3, 1, 0xff, 0xff],
        &[0; 4096],
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        drop(stream);
    }
    let mut client = server.client().await;
    assert_eq!(client.get("/healthz").await.bytes, b"ok\n");
}
