//! Stock: never oversold, never lost, whole units only.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::BTreeMap;

use countersign_tests::buyer::Buyer;
use countersign_tests::crowd::all_at_once;
use countersign_tests::http::{Answer, Request};
use countersign_tests::shop::{Shop, eventually};
use serde_json::{Value, json};

fn count(answers: &[Answer], decision: &str) -> usize {
    let decided = answers.iter().filter(|answer| answer.status == 201);
    decided
        .filter(|answer| answer.json()["decision"] == decision)
        .count()
}

#[test]
fn two_hundred_at_once_for_fifty_units_sell_exactly_fifty() {
    const ROUNDS: usize = 20;
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    for round in 0..ROUNDS {
        shop.opd(&[
            "stock",
            "correct",
            "WATER",
            "50",
            "--reason",
            "a round begins",
        ])
        .ok();
        let envelopes: Vec<Vec<u8>> = (0..200)
            .map(|n| {
                acme.envelope(
                    &acme
                        .draft(&format!("PO-{round}-{n}"))
                        .line("WATER", 1, "15.00"),
                )
            })
            .collect();
        let answers = all_at_once(envelopes.len(), |n| session.submits(&envelopes[n]));
        let decided = (count(&answers, "accepted"), count(&answers, "declined"));
        assert_eq!(decided, (50, 150), "round {round}");
        let declined = answers
            .iter()
            .map(Answer::json)
            .filter(|body| body["decision"] == "declined");
        assert!(
            declined
                .into_iter()
                .all(|body| body["reasons"][0]["code"] == "out-of-stock")
        );
        assert_eq!(session.available("WATER"), 0);
        // What is shipped has left the shelf before it is counted anew.
        eventually("all is shipped", || {
            ["accepted", "preparing", "packed"]
                .into_iter()
                .all(|state| {
                    let open = session.rows(&format!("/v1/orders?state={state}&limit=100"));
                    open.is_empty()
                })
        });
    }
}

/// A basket of two of the four goods, different from order to order but the same on every run.
fn basket(buyer: &Buyer, client: usize, order: usize) -> (Vec<u8>, Vec<(&'static str, u32)>) {
    const GOODS: [(&str, &str); 4] = [
        ("WATER", "15.00"),
        ("BREAD", "2.50"),
        ("SALT", "0.99"),
        ("RICE", "1.20"),
    ];
    let seed = client * 7 + order * 13;
    let (first, second) = (GOODS[seed % 4], GOODS[(seed + 1 + order % 3) % 4]);
    let quantities = [
        1 + u32::try_from(seed % 3).unwrap_or(0),
        1 + u32::try_from(order % 2).unwrap_or(0),
    ];
    let draft = buyer
        .draft(&format!("PO-{client}-{order}"))
        .line(first.0, quantities[0], first.1)
        .line(second.0, quantities[1], second.1);
    (
        buyer.envelope(&draft),
        vec![(first.0, quantities[0]), (second.0, quantities[1])],
    )
}

#[test]
fn a_hundred_clients_with_mixed_orders_lose_and_invent_nothing() {
    const CLIENTS: usize = 100;
    const ORDERS: usize = 50;
    const STOCK: u32 = 4_000;
    let shop = Shop::open();
    shop.sells(&["WATER", "BREAD", "SALT", "RICE"].map(|sku| match sku {
        "WATER" => (sku, "15.00", STOCK),
        "BREAD" => (sku, "2.50", STOCK),
        "SALT" => (sku, "0.99", STOCK / 2),
        _ => (sku, "1.20", STOCK / 2),
    }));
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let before: BTreeMap<&str, i64> = ["WATER", "BREAD", "SALT", "RICE"]
        .map(|sku| (sku, session.available(sku)))
        .into();
    let sold = all_at_once(CLIENTS, |client| {
        let mut sold: BTreeMap<&str, i64> = BTreeMap::new();
        let mut connection = session.server.connect().expect("a connection");
        for order in 0..ORDERS {
            let (envelope, lines) = basket(&acme, client, order);
            let request = Request::post_sealed("/v1/orders", envelope).token(&session.token);
            let answer = connection.ask(&request).expect("an answer");
            if answer.with_status(201).json()["decision"] == "accepted" {
                for (sku, quantity) in lines {
                    *sold.entry(sku).or_insert(0) += i64::from(quantity);
                }
            }
        }
        sold
    });
    for (sku, before) in before {
        let sold: i64 = sold.iter().filter_map(|sold| sold.get(sku)).sum();
        assert_eq!(before - session.available(sku), sold, "{sku}");
    }
    assert_eq!(
        session.available("SALT").min(session.available("RICE")),
        0,
        "the load was too small"
    );
}

#[test]
fn an_order_is_filled_whole_or_declined_whole() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let order = |number: &str| acme.envelope(&acme.draft(number).line("SALT", 3, "0.99"));
    session.submits(&order("PO-1")).decision("accepted");
    let declined = session.submits(&order("PO-2")).decision("declined");
    assert_eq!(
        declined["reasons"],
        json!([{"line": 1, "code": "out-of-stock", "offered": "3", "current": "2"}])
    );
    assert_eq!(session.available("SALT"), 2);
    let receipt = countersign_tests::buyer::der(&declined, "receipt");
    let receipt = acme.statement(&receipt);
    assert_eq!(
        (&receipt["decision"], &receipt["sales_order_number"]),
        (&json!("declined"), &Value::Null)
    );
}

#[test]
fn a_partial_order_ships_what_is_there_and_the_rest_when_it_comes() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let draft = acme
        .draft("PO-1")
        .line("SALT", 8, "0.99")
        .with("/fulfilment", json!("partial"));
    let body = session.submits(&acme.envelope(&draft)).decision("accepted");
    let receipt = acme.statement(&countersign_tests::buyer::der(&body, "receipt"));
    assert_eq!(
        (
            &receipt["lines"][0]["accepted"],
            &receipt["lines"][0]["back_ordered"]
        ),
        (&json!(5), &json!(3))
    );
    shop.wait_for_state("PO-1", "part_shipped");
    shop.opd(&["stock", "receive", "SALT", "4"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    assert_eq!(session.available("SALT"), 1);
    eventually("two shipping mails", || {
        shop.letters(&["PO-1", "shipment.p7m"]).len() == 2
    });
}

#[test]
fn only_whole_positive_quantities_are_understood() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    for quantity in [
        json!(0),
        json!(-1),
        json!(1_000_001),
        json!(2_147_483_648_u64),
        json!(9_223_372_036_854_775_808_u64),
        json!(1.5),
        json!(""),
        json!("3"),
        Value::Null,
    ] {
        let draft = acme.draft("PO-1").line("WATER", 1, "15.00");
        let draft = draft.with("/lines/0/quantity", quantity.clone());
        let problem = session
            .submits(&acme.envelope(&draft))
            .problem(400, "order-not-understood");
        assert_eq!(
            problem["pointer"], "/lines/0/quantity",
            "{quantity}: {problem}"
        );
    }
    assert_eq!(session.available("WATER"), 100);
    assert!(shop.orders().is_empty());
}

#[test]
fn every_failing_line_of_a_decline_is_listed_with_what_holds() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let draft = acme
        .draft("PO-1")
        .line("WATER", 1, "14.00")
        .line("BREAD", 1_000, "2.50")
        .line("UNICORN", 1, "1.00")
        .line("SALT", 1, "0.99")
        .with("/lines/3/unit", json!("KGM"));
    let body = acme
        .signs_in()
        .submits(&acme.envelope(&draft))
        .decision("declined");
    let reasons: Vec<(u64, &str)> = body["reasons"]
        .as_array()
        .expect("reasons")
        .iter()
        .filter_map(|reason| Some((reason["line"].as_u64()?, reason["code"].as_str()?)))
        .collect();
    assert_eq!(
        reasons,
        [
            (1, "price-changed"),
            (2, "out-of-stock"),
            (3, "unknown-item"),
            (4, "unit-differs")
        ]
    );
    assert_eq!(
        (
            &body["reasons"][0]["offered"],
            &body["reasons"][0]["current"]
        ),
        (&json!("14.00"), &json!("15.00"))
    );
}
