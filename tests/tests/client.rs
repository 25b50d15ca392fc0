//! `po` against a real shop: joining, ordering, looking, and the exit code of every ending.

use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, rows};
use serde_json::json;

#[test]
fn an_invited_buyer_joins_orders_and_keeps_the_receipt() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    assert!(po.run(&["items"]).ok().text().contains("WATER"));
    assert!(po.run(&["sellers"]).ok().text().contains("shop.example"));
    let placed = po
        .orders(&["WATER=3", "BREAD=2", "--number", "PO-1"])
        .ok()
        .json();
    assert_eq!(
        (&placed["decision"], &placed["order"]["total"]),
        (&json!("accepted"), &json!("50.00"))
    );
    shop.wait_for_state("PO-1", "shipped");
    let watched = po.run(&["status", "PO-1", "--watch"]).ok().text();
    assert!(watched.contains("shipped"), "{watched}");
    let signed = rows(&po.run(&["receipt", "PO-1", "--json"]).ok().json());
    let documents: Vec<_> = signed.iter().map(|one| &one["document"]).collect();
    assert_eq!(
        documents,
        ["countersign/receipt/1", "countersign/shipment/1"]
    );
    assert!(!po.run(&["pending"]).ok().text().contains("PO-1"));
}

#[test]
fn an_invite_is_good_once() {
    let shop = Shop::open();
    let link = shop.invites("acme");
    Po::new(shop.port())
        .run(&["join", &link, "--no-input"])
        .ok();
    let late = Po::new(shop.port());
    late.write("password", "the password of somebody else");
    let refused = late.run(&["join", &link, "--no-input"]);
    assert_eq!(refused.code, Some(4), "{refused:?}");
}

#[test]
fn a_second_key_is_allowed_by_the_first_and_a_revoked_one_orders_no_more() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    po.run(&[
        "keygen",
        "--algorithm",
        "dsa",
        "--bits",
        "2048",
        "--out",
        "dsa.pem",
    ])
    .ok();
    po.run(&["key", "add", "dsa.pem", "--no-input"]).ok();
    let keys = rows(&po.run(&["key", "list", "--json"]).ok().json());
    assert_eq!(keys.len(), 2);
    po.orders(&["WATER=1", "--number", "PO-1", "--key", "dsa.pem"])
        .ok();
    let dsa = keys.iter().find(|key| {
        key["algorithm"]
            .as_str()
            .is_some_and(|name| name.starts_with("DSA"))
    });
    let fingerprint = dsa
        .and_then(|key| key["key_fingerprint"].as_str())
        .expect("it is listed");
    po.run(&[
        "key",
        "revoke",
        fingerprint,
        "--reason",
        "lost",
        "--no-input",
    ])
    .ok();
    let refused = po.orders(&["WATER=1", "--number", "PO-2", "--key", "dsa.pem"]);
    assert_eq!(
        (refused.code, &refused.problem()["code"]),
        (Some(1), &json!("key-not-active"))
    );
}

#[test]
fn every_ending_has_its_exit_code() {
    let mut shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    po.run(&["order"]).ends_with(2);
    po.orders(&["WATER=0"]).ends_with(2);
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
    po.orders(&["WATER=2", "--number", "PO-1"]).ends_with(6);
    po.orders(&["WATER=100000", "--number", "PO-2"])
        .ends_with(6);
    po.run(&["status", "PO-NONE"]).ends_with(5);
    po.orders(&["UNICORN=1"]).ends_with(5);
    let stranger = Po::trusting(&shop);
    stranger.write("wrong", "not the password");
    stranger.run(&["status", "--no-input"]).ends_with(4);
    stranger
        .run(&[
            "login",
            "127.0.0.1",
            &stranger.port(),
            "acme",
            "--no-input",
            "--password-file",
            "wrong",
        ])
        .ends_with(4);
    shop.kill();
    po.orders(&["WATER=1", "--number", "PO-3"]).ends_with(7);
}

#[test]
fn an_order_document_is_sent_octet_by_octet() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let root = shop.front().root.fingerprint().to_string();
    let draft = countersign_tests::document::Draft::new("shop.example", &root, "acme", "PO-FILE");
    let document = draft.line("WATER", 2, "15.00").bytes();
    po.write("order.json", &document);
    let placed = po.orders(&["--file", "order.json"]).ok().json();
    assert_eq!(placed["order"]["purchase_order_number"], "PO-FILE");
    let signed = rows(&po.run(&["receipt", "PO-FILE", "--json"]).ok().json());
    let digest = countersign_tests::buyer::sha256(&document);
    assert_eq!(signed[0]["order"]["content_sha256"], digest);
}

#[test]
fn a_repeat_ends_as_the_order_was_decided() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let root = shop.front().root.fingerprint().to_string();
    for (number, units, exit) in [("PO-1", 2, 0), ("PO-2", 100_000, 6)] {
        let draft = countersign_tests::document::Draft::new("shop.example", &root, "acme", number);
        po.write("order.json", draft.line("WATER", units, "15.00").bytes());
        for _ in 0..2 {
            let answer = po.orders(&["--file", "order.json"]);
            assert_eq!(answer.code, Some(exit), "{answer:?}");
        }
    }
    assert_eq!(shop.orders().len(), 2);
}

#[test]
fn nothing_is_signed_without_a_yes() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let refused = po.run(&["order", "WATER=1", "--no-input"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(shop.orders().is_empty());
}

#[test]
fn clerks_move_orders_by_hand_when_the_desk_is_manual() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let po = Po::joined(&shop, "acme");
    for number in ["PO-1", "PO-2"] {
        po.orders(&["WATER=3", "--number", number]).ok();
    }
    let order = |number: &str| {
        let orders = shop.orders();
        let found = orders
            .iter()
            .find(|order| order["purchase_order_number"] == number);
        found
            .and_then(|order| order["id"].as_str())
            .expect("it is listed")
            .to_owned()
    };
    let (first, second) = (order("PO-1"), order("PO-2"));
    shop.opd(&["order", "prepare", &first]).ok();
    shop.opd(&["order", "pack", &first]).ok();
    shop.opd(&[
        "order",
        "ship",
        &first,
        "--carrier",
        "DHL",
        "--tracking",
        "JD014600",
    ])
    .ok();
    shop.wait_for_state("PO-1", "shipped");
    shop.opd(&["order", "ship", &first, "--carrier", "DHL"])
        .ends_with(6);
    shop.opd(&["order", "cancel", &second, "--reason", "the roof leaks"])
        .ok();
    shop.wait_for_state("PO-2", "cancelled");
    countersign_tests::shop::eventually("the letter names the carrier", || {
        !shop.letters(&["PO-1", "DHL", "JD014600"]).is_empty()
    });
    let items = rows(&po.run(&["items", "--json"]).ok().json());
    let water = items
        .iter()
        .find(|item| item["sku"] == "WATER")
        .expect("it is listed");
    assert_eq!(
        water["available"], 97,
        "a cancelled order gives its units back"
    );
}

#[test]
fn a_clerk_works_the_desk_over_http() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    let mut clerk = countersign_tests::buyer::Buyer::new(
        "kim",
        countersign_tests::buyer::KeyKind::Dsa,
        shop.front(),
    );
    clerk.password = "a clerk's password".to_owned();
    let password = shop.write("clerk-password", &clerk.password);
    let password = password.to_str().expect("a path");
    shop.opd(&[
        "clerk",
        "add",
        "kim",
        "--email",
        "kim@shop.example",
        "--password-file",
        password,
    ])
    .ok();
    let session = clerk.signs_in();
    let orders = session.rows("/v1/desk/orders?state=accepted");
    let path = format!(
        "/v1/desk/orders/{}",
        orders[0]["id"].as_str().expect("an ID")
    );
    let post = |action: &str, body| {
        let request =
            countersign_tests::http::Request::post_json(&format!("{path}/{action}"), &body);
        session.ask(request)
    };
    post("prepare", json!({})).with_status(200);
    let twice = post("prepare", json!({})).problem(409, "move-not-allowed");
    assert!(
        twice["moved_by"]
            .as_str()
            .is_some_and(|by| by.contains("kim")),
        "{twice}"
    );
    post("pack", json!({})).with_status(200);
    post("ship", json!({"carrier": "bicycle"})).with_status(200);
    shop.wait_for_state("PO-1", "shipped");
    // A clerk orders nothing, and a buyer moves nothing.
    session.submits(b"").problem(404, "not-found");
}
