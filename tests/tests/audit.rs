//! Afterwards: what was decided and what was refused can be read, and proved without us.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::path::Path;

use countersign_tests::buyer::{Buyer, der, sha256};
use countersign_tests::chance::now;
use countersign_tests::openssl;
use countersign_tests::po::Po;
use countersign_tests::shop::Shop;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Sends three orders that are decided and four that are refused.
fn trade(buyer: &Buyer) {
    let session = buyer.signs_in();
    for (number, sku, quantity, price, decision) in [
        ("PO-1", "WATER", 3, "15.00", "accepted"),
        ("PO-2", "SALT", 5, "0.99", "accepted"),
        ("PO-3", "SALT", 1, "0.99", "declined"),
    ] {
        let draft = buyer.draft(number).line(sku, quantity, price);
        session.submits(&buyer.envelope(&draft)).decision(decision);
    }
    let draft = buyer.draft("PO-4").line("WATER", 1, "15.00");
    session
        .submits(b"not an envelope")
        .problem(400, "envelope-not-accepted");
    let mut flipped = buyer.signs(&draft);
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    session
        .submits(&buyer.seals(&flipped))
        .problem(403, "signature-not-accepted");
    let used = buyer.draft("PO-1").line("BREAD", 1, "2.50");
    session
        .submits(&buyer.envelope(&used))
        .problem(409, "number-already-used");
    let old = buyer.draft("PO-5").line("WATER", 7, "15.00");
    let old = old.issued_at("2020-01-01T00:00:00Z".parse().expect("a time"));
    session
        .submits(&buyer.envelope(&old))
        .problem(403, "timestamp-not-accepted");
}

#[test]
fn every_decision_can_be_read_afterwards_and_its_order_verifies_with_the_buyers_key_alone() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    trade(&acme);
    shop.restart();
    let session = acme.signs_in();
    let orders = session.rows("/v1/orders");
    assert_eq!((orders.len(), shop.orders().len()), (3, 3));
    let buyer_pem = acme.certificate().to_pem();
    for (number, sku, quantity, decision, reason) in [
        ("PO-1", "WATER", 3, "accepted", None),
        ("PO-2", "SALT", 5, "accepted", None),
        ("PO-3", "SALT", 1, "declined", Some("out-of-stock")),
    ] {
        let order = orders
            .iter()
            .find(|order| order["purchase_order_number"] == number);
        let id = order.and_then(|order| order["id"].as_str());
        let path = format!("/v1/orders/{}/evidence", id.expect("it is listed"));
        let evidence = session.get(&path).with_status(200).json();
        let signed = der(&evidence["order"], "signed_data");
        let content = openssl::verified_content(shop.folder(), &signed, &buyer_pem);
        let ordered: Value = serde_json::from_slice(&content).expect("an order");
        let receipt = acme.statement(&der(&evidence["statements"][0], "statement"));
        for document in [&ordered, &receipt] {
            assert_eq!(
                (&document["buyer"], &document["purchase_order_number"]),
                (&json!("acme"), &json!(number))
            );
            assert_eq!(document["lines"][0]["sku"], sku);
        }
        assert_eq!(ordered["lines"][0]["quantity"], quantity);
        assert!(instant(&ordered["issued_at"]) <= instant(&receipt["received_at"]));
        assert_eq!(receipt["decision"], decision);
        assert_eq!(receipt["reasons"][0]["code"].as_str(), reason);
    }
}

fn instant(text: &Value) -> Timestamp {
    let text = text.as_str().expect("a time is text");
    text.parse().expect("a time")
}

#[test]
fn every_refusal_can_be_read_afterwards_and_tells_what_was_signed_only_if_it_was() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    let before = now();
    trade(&acme);
    let after = now();
    shop.restart();
    let refusals = acme.signs_in().rows("/v1/refusals");
    assert_eq!(refusals, shop.refusals());
    let codes: Vec<_> = refusals.iter().map(|row| &row["code"]).collect();
    assert_eq!(
        codes,
        [
            "timestamp-not-accepted",
            "number-already-used",
            "signature-not-accepted",
            "envelope-not-accepted"
        ]
    );
    for row in &refusals {
        assert_eq!(row["account"], "acme");
        let received_at = instant(&row["received_at"]);
        assert!(before <= received_at && received_at <= after, "{row}");
    }
    let [late, used, unsigned, unopened] = refusals.as_slice() else {
        panic!("{refusals:?}")
    };
    assert_eq!(late["purchase_order_number"], "PO-5");
    assert_eq!(late["issued_at"], "2020-01-01T00:00:00.000Z");
    assert_eq!(late["items"], json!([{"sku": "WATER", "quantity": 7}]));
    assert_eq!(used["purchase_order_number"], "PO-1");
    assert!(before <= instant(&used["issued_at"]) && instant(&used["issued_at"]) <= after);
    assert_eq!(used["items"], json!([{"sku": "BREAD", "quantity": 1}]));
    for row in [unsigned, unopened] {
        for member in ["purchase_order_number", "issued_at"] {
            assert_eq!(row[member], Value::Null, "nobody signed that: {row}");
        }
        assert_eq!(row["items"], json!([]), "nobody signed that: {row}");
    }
}

#[test]
fn a_stranger_reads_nothing_of_it() {
    let shop = Shop::open();
    let (acme, globex) = (shop.buyer("acme"), shop.buyer("globex"));
    trade(&acme);
    let order = acme.signs_in().rows("/v1/orders")[0]["id"]
        .as_str()
        .expect("an ID")
        .to_owned();
    let session = globex.signs_in();
    assert!(session.rows("/v1/orders").is_empty() && session.rows("/v1/refusals").is_empty());
    for path in ["", "/receipt", "/statements"] {
        session
            .get(&format!("/v1/orders/{order}{path}"))
            .problem(404, "not-found");
    }
    session.get("/v1/desk/orders").problem(404, "not-found");
}

#[test]
fn the_receipt_names_the_very_bytes_that_were_sent_and_verifies_with_openssl() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let draft = acme.draft("PO-1").line("WATER", 3, "15.00");
    let signed = acme.signs(&draft);
    let body = session.submits(&acme.seals(&signed)).decision("accepted");
    let receipt = der(&body, "receipt");
    let content = openssl::verified_content(shop.folder(), &receipt, &chain(&shop));
    let receipt: Value = serde_json::from_slice(&content).expect("a receipt");
    let order = &receipt["order"];
    assert_eq!(order["content_sha256"], sha256(&draft.bytes()));
    assert_eq!(order["signed_data_sha256"], sha256(&signed));
    assert_eq!(
        order["certificate_sha256"],
        acme.certificate().fingerprint().to_string()
    );
    assert_eq!(
        order["content_type"],
        "application/vnd.countersign.order+json"
    );
    for (member, expected) in [
        ("document", json!("countersign/receipt/1")),
        ("seller", json!("shop.example")),
        ("buyer", json!("acme")),
        ("purchase_order_number", json!("PO-1")),
        ("attempt", json!(1)),
        ("decision", json!("accepted")),
        ("total", json!("45.00")),
        ("previous", Value::Null),
    ] {
        assert_eq!(receipt[member], expected, "{member}");
    }
    let served = session.get(&format!(
        "/v1/orders/{}/receipt",
        body["order"]["id"].as_str().expect("an ID")
    ));
    assert_eq!(served.with_status(200).body, der(&body, "receipt"));
}

/// The certificates a statement is verified with: the root, and the receipt certificate under it.
fn chain(shop: &Shop) -> String {
    shop.certificate_pem("root") + &shop.certificate_pem("receipt")
}

#[test]
fn an_order_kept_by_po_verifies_with_openssl_and_the_buyers_certificate_alone() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    let said = po.run(&["receipt", "PO-1", "--no-input"]).ok().text();
    let kept = said
        .lines()
        .find_map(|line| line.strip_prefix("kept in"))
        .expect("it says where");
    let kept = Path::new(kept.trim());
    let read = |name: &str| fs::read(kept.join(name)).expect("it is kept");
    let certificate = String::from_utf8(read("certificate.pem")).expect("PEM");
    let content = openssl::verified_content(po.folder(), &read("order.p7s"), &certificate);
    let order: Value = serde_json::from_slice(&content).expect("the order");
    assert_eq!(order["purchase_order_number"], "PO-1");
    let receipt = openssl::verified_content(po.folder(), &read("receipt.p7s"), &chain(&shop));
    let receipt: Value = serde_json::from_slice(&receipt).expect("a receipt");
    assert_eq!(receipt["order"]["content_sha256"], sha256(&content));
}
