//! What single buyers agreed to pay: in their catalogue, and in what their orders are decided on.

use countersign_server::desk::operations::{EndPrice, ImportPrices};
use countersign_store::{PriceKey, PriceRecord};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::support::{Buyer, PASSWORD, TestServer, operator};

fn price(sku: &str, currency: &str, unit_price: &str, per: u32, from: &str) -> PriceRecord {
    PriceRecord {
        key: PriceKey {
            buyer: "acme".parse().unwrap(),
            sku: sku.parse().unwrap(),
            currency: currency.parse().unwrap(),
            from: from.parse().unwrap(),
        },
        unit_price: unit_price.parse().unwrap(),
        per: per.try_into().unwrap(),
        to: None,
    }
}

async fn imports(server: &TestServer, prices: Vec<PriceRecord>) {
    let operation = ImportPrices { prices };
    server
        .desk
        .run(&operator(), operation)
        .await
        .unwrap()
        .unwrap();
}

/// Currency, price and units of each item in a catalogue.
async fn catalogue(buyer: &mut Buyer, query: &str) -> Vec<String> {
    let page = buyer.client.get(&format!("/v1/items{query}")).await.json();
    let text = |item: &Value| {
        let word = |name: &str| item[name].as_str().unwrap().to_owned();
        format!(
            "{} {} {} per {}",
            word("sku"),
            word("currency"),
            word("unit_price"),
            item["per"]
        )
    };
    page["data"].as_array().unwrap().iter().map(text).collect()
}

/// A shop with water and wine for everybody at 15.00, and a clock at 18:00 on 2026-11-23.
async fn shop() -> (TestServer, Buyer, Buyer) {
    let server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    server.stocks("WINE", 10).await;
    let (acme, bolt) = (server.buyer("acme").await, server.buyer("bolt").await);
    (server, acme, bolt)
}

#[tokio::test]
async fn a_buyer_sees_its_own_prices_and_no_others() {
    let (server, mut acme, mut bolt) = shop().await;
    imports(
        &server,
        vec![
            price("WATER", "USD", "1250", 100, "2026-11-23"),
            price("WINE", "EUR", "11", 1, "2026-11-23"),
        ],
    )
    .await;
    assert_eq!(
        catalogue(&mut acme, "").await,
        ["WATER USD 1250.00 per 100", "WINE EUR 11.00 per 1"]
    );
    assert_eq!(
        catalogue(&mut acme, "?currency=USD").await,
        ["WATER USD 1250.00 per 100", "WINE USD 15.00 per 1"]
    );
    assert_eq!(
        catalogue(&mut acme, "?query=wine&currency=EUR").await,
        ["WINE EUR 11.00 per 1"]
    );
    assert_eq!(
        catalogue(&mut bolt, "").await,
        ["WATER USD 15.00 per 1", "WINE USD 15.00 per 1"]
    );
}

#[tokio::test]
async fn an_order_is_decided_on_the_price_of_its_day() {
    let (server, mut acme, mut bolt) = shop().await;
    imports(
        &server,
        vec![price("WATER", "USD", "12.50", 1, "2026-11-24")],
    )
    .await;
    let today = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(today.verdict(), "201 accepted");
    server.clock.advance(SignedDuration::from_hours(6));
    for buyer in [&mut acme, &mut bolt] {
        buyer.now = server.clock.now();
        buyer.client.signs_in(&buyer.id.clone(), PASSWORD).await;
    }
    let tomorrow = acme.submits(acme.order("PO-2", "WATER", 1)).await;
    assert_eq!(
        tomorrow.json()["reasons"],
        json!([{"line": 1, "code": "price-changed", "offered": "15.00", "current": "12.50"}])
    );
    assert_eq!(
        bolt.submits(bolt.order("PO-1", "WATER", 1)).await.verdict(),
        "201 accepted"
    );
    let mut corrected = acme.order("PO-2", "WATER", 1);
    corrected.lines[0].offer.unit_price = "12.5".parse().unwrap();
    let corrected = acme.submits(corrected).await;
    assert_eq!(corrected.verdict(), "201 accepted");
    assert_eq!(corrected.json()["order"]["attempt"], 2);
}

#[tokio::test]
async fn a_declined_receipt_tells_every_failing_line_with_both_values() {
    let (server, mut acme, _) = shop().await;
    server.stocks("SALT", 1).await;
    imports(&server, vec![price("WATER", "USD", "16", 1, "2026-11-23")]).await;
    let mut order = acme.order("PO-1", "WATER", 1);
    let of = |sku: &str, quantity| acme.order("PO-1", sku, quantity).lines.remove(0);
    order
        .lines
        .extend([of("SALT", 2), of("NOTHING", 1), of("WINE", 1)]);
    order.lines[3].offer.unit = "KGM".parse().unwrap();
    let answer = acme.submits(order).await;
    assert_eq!(
        answer.json()["reasons"],
        json!([
            {"line": 1, "code": "price-changed", "offered": "15.00", "current": "16.00"},
            {"line": 2, "code": "out-of-stock", "offered": "2", "current": "1"},
            {"line": 3, "code": "unknown-item", "offered": "NOTHING", "current": null},
            {"line": 4, "code": "unit-differs", "offered": "KGM", "current": "EA"},
        ])
    );
    let mut euros = acme.order("PO-2", "WATER", 1);
    euros.lines[0].offer.currency = "EUR".parse().unwrap();
    assert_eq!(
        acme.submits(euros).await.json()["reasons"],
        json!([{"line": 1, "code": "currency-differs", "offered": "EUR", "current": "USD"}])
    );
}

#[tokio::test]
async fn a_price_that_ended_gives_way_to_the_list_price() {
    let (server, mut acme, _) = shop().await;
    imports(
        &server,
        vec![
            price("WATER", "USD", "12", 1, "2026-11-01"),
            price("WATER", "USD", "11", 1, "2026-12-01"),
            price("WATER", "EUR", "10", 1, "2026-12-01"),
        ],
    )
    .await;
    let end = |day: Date| EndPrice {
        buyer: "acme".parse().unwrap(),
        sku: "WATER".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        last_day: day,
    };
    let ended = server
        .desk
        .run(&operator(), end("2026-11-22".parse().unwrap()))
        .await;
    assert_eq!(ended.unwrap(), 2);
    assert_eq!(
        catalogue(&mut acme, "?query=water").await,
        ["WATER USD 15.00 per 1"]
    );
    let again = server
        .desk
        .run(&operator(), end("2026-11-22".parse().unwrap()))
        .await;
    assert!(again.is_err());
}

#[tokio::test]
async fn an_import_with_a_wrong_row_changes_nothing() {
    let (server, mut acme, _) = shop().await;
    let prices = vec![
        price("WATER", "USD", "12", 1, "2026-11-01"),
        price("NOTHING", "USD", "12", 1, "2026-11-01"),
    ];
    let refused = server.desk.run(&operator(), ImportPrices { prices }).await;
    let unfit = refused.unwrap().unwrap_err();
    assert_eq!((unfit.len(), unfit[0].place), (1, 1));
    assert_eq!(
        catalogue(&mut acme, "?query=water").await,
        ["WATER USD 15.00 per 1"]
    );
}
