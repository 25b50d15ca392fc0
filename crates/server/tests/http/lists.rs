//! Lists of orders: what a filter holds, by page and as a table.

use serde_json::Value;

use crate::support::{Answer, Buyer, Client, TestServer};

async fn orders(buyer: &mut Buyer, number: &str, sku: &str, quantity: u32) {
    let answer = buyer.submits(buyer.order(number, sku, quantity)).await;
    assert_eq!(answer.status.as_u16(), 201, "{number}");
}

fn numbers(answer: &Answer) -> Vec<String> {
    let page = answer.json();
    let rows = page["data"].as_array().unwrap_or_else(|| panic!("{page}"));
    let number = |row: &Value| row["purchase_order_number"].as_str().unwrap().to_owned();
    rows.iter().map(number).collect()
}

/// The column of a table by this name.
fn column(table: &Answer, name: &str) -> Vec<String> {
    let text = String::from_utf8(table.bytes.clone()).unwrap();
    let mut lines = text.split_terminator("\r\n").map(|line| line.split(','));
    let place = lines.next().unwrap().position(|head| head == name).unwrap();
    let cells = lines.map(|mut line| line.nth(place).unwrap().to_owned());
    cells.collect()
}

async fn shop_with_orders() -> (TestServer, Buyer, Client) {
    let server = TestServer::start().await;
    server.stocks("WATER", 500).await;
    server.stocks("BREAD", 5).await;
    let mut acme = server.buyer("acme").await;
    let mut bolt = server.buyer("bolt").await;
    orders(&mut acme, "PO-1", "WATER", 1).await;
    orders(&mut acme, "PO-2", "BREAD", 1).await;
    orders(&mut acme, "PO-3", "BREAD", 99).await;
    orders(&mut bolt, "B_1", "WATER", 1).await;
    let mut late = bolt.order("B-2", "BREAD", 1);
    late.requested_delivery = Some("2026-11-22".parse().unwrap());
    assert_eq!(bolt.submits(late).await.verdict(), "201 accepted");
    let mut due_today = bolt.order("B-3", "BREAD", 1);
    due_today.requested_delivery = Some("2026-11-23".parse().unwrap());
    assert_eq!(bolt.submits(due_today).await.verdict(), "201 accepted");
    let clerk = server.clerk("jo").await.client;
    (server, acme, clerk)
}

#[tokio::test]
async fn a_table_has_exactly_the_rows_of_its_filter() {
    let (_server, mut acme, mut clerk) = shop_with_orders().await;
    for (query, found) in [
        ("", &["PO-3", "PO-2", "PO-1", "B_1", "B-3", "B-2"][..]),
        ("buyer=acme", &["PO-3", "PO-2", "PO-1"]),
        ("state=declined", &["PO-3"]),
        ("sku=BREAD&state=accepted", &["PO-2", "B-3", "B-2"]),
        ("text=b_", &["B_1"]),
        ("text=bolt%20LTD", &["B_1", "B-3", "B-2"]),
        ("text=so-2", &["PO-2"]),
        ("text=%25", &[]),
        ("purchase_order_number=PO-2", &["PO-2"]),
        ("late=true", &["B-2"]),
        ("held=true", &[]),
        (
            "received_from=2026-11-23&received_to=2026-11-23&buyer=acme&sku=WATER",
            &["PO-1"],
        ),
        ("received_from=2026-11-24", &[]),
        ("received_to=2026-11-22", &[]),
    ] {
        let path = format!("/v1/desk/orders?{query}");
        let listed = numbers(&clerk.get(&path).await);
        let mut sorted = listed.clone();
        sorted.sort_by(|one, other| other.cmp(one));
        assert_eq!(sorted, found, "{query}");
        let table = clerk.table(&path).await;
        let media = table.header("content-type");
        assert_eq!(media, Some("text/csv; charset=utf-8; header=present"));
        assert_eq!(column(&table, "purchase_order_number"), listed, "{query}");
    }
    let own = acme.client.table("/v1/orders?sku=BREAD").await;
    let mut own = column(&own, "purchase_order_number");
    own.sort();
    assert_eq!(own, ["PO-2", "PO-3"]);
    let due = clerk.table("/v1/desk/orders?late=true").await;
    assert_eq!(column(&due, "requested_delivery"), ["2026-11-22"]);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_not_understood() {
    let (_server, mut acme, mut clerk) = shop_with_orders().await;
    for query in ["buyer=bolt", "buyer=acme"] {
        let answer = acme.client.get(&format!("/v1/orders?{query}")).await;
        assert_eq!(answer.verdict(), "400 bad-request", "{query}");
    }
    let long = format!("text={}", "x".repeat(201));
    for query in [
        &*long,
        "state=shipped&held=true",
        "received_from=23.11.2026",
        "after=x",
    ] {
        let answer = clerk.get(&format!("/v1/desk/orders?{query}")).await;
        assert_eq!(answer.verdict(), "400 bad-request", "{query}");
    }
    let answer = clerk.table("/v1/desk/orders?limit=1").await;
    assert_eq!(answer.verdict(), "400 bad-request");
}

#[tokio::test]
async fn a_table_goes_on_beyond_one_page() {
    let server = TestServer::start().await;
    server.stocks("WATER", 1).await;
    let mut acme = server.buyer("acme").await;
    let expected: Vec<String> = (1..=205).map(|n| format!("PO-{n:03}")).collect();
    for number in &expected {
        orders(&mut acme, number, "WATER", 2).await;
    }
    let mut clerk = server.clerk("jo").await.client;
    let table = clerk.table("/v1/desk/orders").await;
    let table = column(&table, "purchase_order_number");
    let mut sorted = table.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let page = clerk
            .get(&format!("/v1/desk/orders?limit=100{after}"))
            .await;
        paged.extend(numbers(&page));
        match page.json()["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(paged, table);
}
