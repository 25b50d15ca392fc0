//! Held orders from the order to the evidence, with the real programs.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::path::Path;

use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, eventually, rows};
use serde_json::{Value, json};

/// A shop that holds what costs more than 40 dollars.
fn shop(settings: &[(&str, &str)]) -> Shop {
    let mut all = vec![("OPD_DESK_HOLD_ABOVE", r#"{ USD = "40.00" }"#)];
    all.extend(settings);
    Shop::open_with(&all)
}

/// Places an order that is held, and gives its answer.
#[track_caller]
fn held(po: &Po, number: &str, wanted: &str) -> Value {
    let answer = po.orders(&[wanted, "--number", number]).ends_with(6).json();
    assert_eq!(answer["decision"], "held", "{answer}");
    answer
}

/// What `po verify` says of an order's evidence.
#[track_caller]
fn judged(shop: &Shop, po: &Po, number: &str) -> String {
    let file = format!("{number}.json");
    po.run(&["evidence", number, "-o", &file]).ok();
    let root = shop.front().root.fingerprint().to_string();
    let judged = po.run(&["verify", &file, "--root", &root, "--explain"]);
    judged.ok().text()
}

/// The decisions of the receipts about an order, oldest first, each with its reasons.
#[track_caller]
fn receipts(po: &Po, number: &str) -> Vec<String> {
    let run = po.run(&["receipt", number]);
    assert!(matches!(run.code, Some(0 | 6)), "{run:?}");
    let shown = run.text();
    let begins = ["accepted:", "declined:", "held, which", "because", "note"];
    let told = shown
        .lines()
        .filter(|line| begins.iter().any(|begin| line.starts_with(begin)));
    told.map(str::to_owned).collect()
}

#[track_caller]
fn books_agree(shop: &Shop) {
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_held_order_is_approved_shipped_and_proved() {
    let shop = shop(&[]);
    let po = Po::joined(&shop, "acme");
    let answer = held(&po, "PO-1", "WATER=3");
    assert_eq!(
        answer["reasons"],
        json!([{"line": null, "code": "order-value", "offered": "45.00", "current": "40.00"}])
    );
    let item = &rows(&shop.opd_json(&["item", "list"]))[2];
    assert_eq!(
        (&item["sku"], &item["reserved"]),
        (&json!("WATER"), &json!(3))
    );
    let waiting = rows(&shop.opd_json(&["order", "list", "--state", "held"]));
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["allowed_actions"], json!(["approve", "decline"]));

    let said = shop.opd(&["order", "approve", "PO-1"]).ok().text();
    assert_eq!(said, "PO-1 of acme is accepted.\n");
    shop.wait_for_state("PO-1", "shipped");
    eventually("the letters have come", || {
        let came = |text: &str| shop.letters(&[text]).len() == 1;
        came("PO-1 has arrived and waits for us")
            && came("Order PO-1 is accepted")
            && came("Order PO-1 has been shipped")
    });
    let told = receipts(&po, "PO-1");
    assert_eq!(
        told,
        [
            "held, which is no acceptance yet: PO-1, sales order SO-1",
            "because   order-value (you: 45.00, now: 40.00)",
            "accepted: PO-1, sales order SO-1",
        ]
    );
    let text = po.run(&["status", "PO-1"]).ok().text();
    assert!(text.contains("operator:"), "{text}");
    let verdict = judged(&shop, &po, "PO-1");
    for part in [
        "held on",
        "order-value",
        "accepted on",
        "shipment 1 of 3 units",
        "logged",
    ] {
        assert!(verdict.contains(part), "{part} is not in\n{verdict}");
    }
    books_agree(&shop);
    // What was approved stays so.
    shop.opd(&["order", "decline", "PO-1", "--reason", "no"])
        .ends_with(6);
}

#[test]
fn a_held_order_is_declined_and_its_number_is_free_again() {
    let shop = shop(&[]);
    let po = Po::joined(&shop, "acme");
    held(&po, "PO-1", "WATER=3");
    let reason = [
        "order",
        "decline",
        "PO-1",
        "--reason",
        "your account is overdue",
    ];
    let said = shop.opd(&reason).ok().text();
    assert_eq!(said, "PO-1 of acme is declined.\n");
    eventually("the letter has come", || {
        let texts = ["Order PO-1 is declined", "your account is overdue"];
        shop.letters(&texts).len() == 1
    });
    let told = receipts(&po, "PO-1");
    assert_eq!(
        told[2..],
        [
            "declined: PO-1".to_owned(),
            "because   not-approved".to_owned(),
            "note      your account is overdue".to_owned()
        ]
    );
    assert!(judged(&shop, &po, "PO-1").contains("not-approved"));
    let again = po.orders(&["WATER=2", "--number", "PO-1"]).ok().json();
    assert_eq!(again["order"]["attempt"], 2);
    books_agree(&shop);
}

#[test]
fn a_hold_that_nobody_answers_expires() {
    let shop = shop(&[("OPD_DESK_HOLD_FOR", "2 seconds")]);
    let po = Po::joined(&shop, "acme");
    held(&po, "PO-1", "WATER=3");
    shop.wait_for_state("PO-1", "declined");
    let told = receipts(&po, "PO-1");
    assert_eq!(
        told.last().map(String::as_str),
        Some("because   hold-expired")
    );
    eventually("the letter has come", || {
        let texts = ["Order PO-1 is declined", "nobody here answered it"];
        shop.letters(&texts).len() == 1
    });
    assert!(judged(&shop, &po, "PO-1").contains("hold-expired"));
    let available = shop.opd_json(&["item", "list"]);
    assert!(rows(&available).iter().all(|item| item["reserved"] == 0));
    shop.opd(&["order", "approve", "PO-1"]).ends_with(6);
    books_agree(&shop);
}

#[test]
fn a_buyer_withdraws_a_held_order_and_can_prove_it() {
    let shop = shop(&[]);
    let po = Po::joined(&shop, "acme");
    held(&po, "PO-1", "WATER=3");
    let cancel = [
        "cancel",
        "PO-1",
        "--reason",
        "found some in the cellar",
        "--yes",
        "--no-input",
    ];
    let said = po.run(&cancel).ok().text();
    assert!(
        said.starts_with("withdrawn: PO-1, which was held, by the buyer"),
        "{said}"
    );
    let told = receipts(&po, "PO-1");
    assert_eq!(
        told[2..],
        [
            "declined: PO-1".to_owned(),
            "because   buyer-withdrew".to_owned(),
            "note      found some in the cellar".to_owned()
        ]
    );
    let verdict = judged(&shop, &po, "PO-1");
    assert!(verdict.contains("buyer-withdrew"), "{verdict}");
    // Without the request the file proves nothing of the kind.
    let path = po.folder().join("PO-1.json");
    let mut evidence = read(&path);
    evidence["cancellation_requests"] = json!([]);
    po.write("without.json", evidence.to_string());
    let root = shop.front().root.fingerprint().to_string();
    po.run(&["verify", "without.json", "--root", &root])
        .ends_with(3);
    books_agree(&shop);
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn credit_is_reached_and_freed_by_shipping() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let po = Po::joined(&shop, "acme");
    let set = ["buyer", "set", "acme", "--credit-limit", "USD=40.00"];
    let shown = shop.opd(&set).ok().text();
    assert!(
        shown.contains("40.00 USD, of which 0.00 is open"),
        "{shown}"
    );
    po.orders(&["WATER=2", "--number", "PO-1"]).ok();
    let answer = held(&po, "PO-2", "WATER=1");
    assert_eq!(
        answer["reasons"],
        json!([{"line": null, "code": "credit-limit", "offered": "45.00", "current": "40.00"}])
    );
    shop.opd(&["order", "decline", "PO-2", "--reason", "not yet"])
        .ok();
    for step in ["prepare", "pack"] {
        shop.opd(&["order", step, "PO-1"]).ok();
    }
    shop.opd(&["order", "ship", "PO-1", "--carrier", "UPS"])
        .ok();
    let terms = shop.opd_json(&["buyer", "set", "acme"]);
    assert_eq!(
        terms["credit"],
        json!([{"currency": "USD", "limit": "40.00", "open": "0.00"}])
    );
    let again = po.orders(&["WATER=1", "--number", "PO-2"]).ok().json();
    assert_eq!(again["decision"], "accepted");
    books_agree(&shop);
}

#[test]
fn every_order_of_a_buyer_is_held_where_a_person_accepts_them() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let shown = shop.opd_json(&["buyer", "set", "acme", "--acceptance", "manual"]);
    assert_eq!(shown["acceptance"], "manual");
    let answer = held(&po, "PO-1", "BREAD=1");
    assert_eq!(answer["reasons"][0]["code"], "manual-acceptance");
    shop.opd(&["buyer", "set", "acme", "--acceptance", "automatic"])
        .ok();
    po.orders(&["BREAD=1", "--number", "PO-2"]).ok();
    for wrong in ["USD=5000", "usd=5.00", "USD", "USD=-1.00"] {
        shop.opd(&["buyer", "set", "acme", "--credit-limit", wrong])
            .ends_with(2);
    }
    shop.opd(&["buyer", "set", "nobody", "--acceptance", "manual"])
        .ends_with(5);
}
