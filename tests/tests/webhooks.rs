//! Webhooks, judged by the library of the specification in another language.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::programs::run;
use countersign_tests::receiver::{Judged, Receiver};
use countersign_tests::shop::{Shop, eventually, rows};
use serde_json::{Value, json};

fn shop() -> Shop {
    Shop::open_with(&[
        ("OPD_WEBHOOKS_ALLOW", "[\"127.0.0.1\"]"),
        ("OPD_MAIL_OPERATOR", "boss@shop.example"),
    ])
}

#[track_caller]
fn orders(buyer: &Buyer, session: &Session, number: &str) -> Value {
    let draft = buyer.draft(number).line("WATER", 3, "15.00");
    session
        .submits(&buyer.envelope(&draft))
        .decision("accepted")
}

/// Adds a webhook that expects what it prints.
#[track_caller]
fn add(shop: &Shop, receiver: &Receiver, whose: &str) -> String {
    let url = receiver.url();
    let said = shop.opd(&["webhook", "add", &url, "--for", whose]).ok();
    let secret = said.text().trim().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    receiver.expects(&[&secret]);
    secret
}

fn kinds(judged: &[Judged]) -> Vec<&str> {
    let kinds = judged.iter().map(|one| one.payload["type"].as_str());
    kinds.flatten().collect()
}

#[track_caller]
fn deliveries(shop: &Shop) -> Vec<Value> {
    let shown = shop.opd_json(&["webhook", "show", "1"]);
    shown["deliveries"].as_array().cloned().unwrap_or_default()
}

#[test]
fn every_event_is_verified_by_the_library_and_nothing_changed_is() {
    let shop = shop();
    let receiver = Receiver::start();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    add(&shop, &receiver, "acme");
    shop.opd(&["webhook", "test", "1"]).ok();
    let answer = orders(&acme, &session, "PO-1");
    let told = receiver.told(3);
    assert_eq!(
        kinds(&told),
        ["webhook.test", "order.accepted", "order.shipped"]
    );
    let draft = acme.draft("PO-2").line("WATER", 3, "14.00");
    session.submits(&acme.envelope(&draft)).decision("declined");
    let keys = rows(&shop.opd_json(&["key", "list", "acme"]));
    let fingerprint = keys[0]["key_fingerprint"].as_str().unwrap_or_default();
    shop.opd(&["key", "revoke", "acme", fingerprint, "--reason", "lost"])
        .ok();
    let told = receiver.told(5);
    assert_eq!(kinds(&told)[3..], ["order.declined", "key.revoked"]);
    let data = &told[1].payload["data"];
    assert_eq!(data["order"], answer["order"]["id"]);
    assert_eq!(data["purchase_order_number"], "PO-1");
    assert_eq!(
        data["sales_order_number"],
        answer["order"]["sales_order_number"]
    );
    assert_eq!(
        (&data["seller"], &data["buyer"]),
        (&json!("shop.example"), &json!("acme"))
    );
    let statements = told[1..]
        .iter()
        .map(|one| one.payload["data"]["statement"].as_u64());
    let statements: Vec<u64> = statements.flatten().collect();
    assert!(
        statements.is_sorted() && statements.len() == 4,
        "{statements:?}"
    );
    eventually("all are delivered", || {
        let all = deliveries(&shop);
        all.len() == 4
            && all
                .iter()
                .all(|one| one["state"] == "delivered" && one["status"] == 204)
    });
}

#[test]
fn an_event_survives_the_server_and_comes_again_under_its_id() {
    let mut shop = shop();
    let receiver = Receiver::start();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    add(&shop, &receiver, "seller");
    receiver.answers(500);
    orders(&acme, &session, "PO-1");
    receiver.told(1);
    let waiting = |shop: &Shop| shop.counts("countersign_webhook_messages_waiting");
    assert!(waiting(&shop) > 0, "it was not taken");
    shop.restart();
    receiver.answers(200);
    let told = receiver.told(3);
    let own: Vec<&Judged> = told
        .iter()
        .filter(|one| one.payload["type"] == "order.accepted")
        .collect();
    assert!(
        own.len() >= 2 && own.iter().all(|one| one.id == own[0].id),
        "{own:?}"
    );
    assert_eq!(
        told.last().map(|one| &one.payload["type"]),
        Some(&json!("order.shipped"))
    );
    eventually("no message waits", || waiting(&shop) == 0);
}

#[test]
fn a_secret_is_rotated_and_what_was_missed_is_replayed() {
    let shop = shop();
    let receiver = Receiver::start();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let old = add(&shop, &receiver, "acme");
    let new = shop.opd(&["webhook", "rotate", "1"]).ok().text();
    // Both have signed.
    receiver.expects(&[new.trim(), &old]);
    orders(&acme, &session, "PO-1");
    let told = receiver.told(2);
    receiver.answers(410);
    orders(&acme, &session, "PO-2");
    shop.wait_for_state("PO-2", "shipped");
    eventually("the operator's letter", || {
        !shop
            .letters(&["boss@shop.example", "Webhook 1 is disabled"])
            .is_empty()
    });
    let states = || -> Vec<Value> {
        let all = deliveries(&shop);
        all.iter().map(|one| one["state"].clone()).collect()
    };
    eventually("the rest is missed", || {
        states() == ["delivered", "delivered", "given up", "missed"]
    });
    receiver.answers(204);
    shop.opd(&["webhook", "replay", "1", "--since", "2026-01-01T00:00Z"])
        .ends_with(1);
    shop.opd(&["webhook", "enable", "1"]).ok();
    shop.opd(&["webhook", "replay", "1", "--since", "2026-01-01T00:00Z"])
        .ok();
    eventually("all are delivered", || {
        states().iter().all(|state| state == "delivered")
    });
    let before = receiver.judged().len();
    shop.opd(&["webhook", "replay", "1", &told[0].id]).ok();
    let again = receiver.told(before + 1);
    assert_eq!(again[before].id, told[0].id);
    shop.opd(&["webhook", "replay", "1", "msg_of_nobody"])
        .ends_with(5);
}

#[test]
fn nobody_reaches_the_inside_through_a_webhook() {
    let shop = Shop::open();
    let receiver = Receiver::start();
    let url = receiver.url();
    let refused = shop.opd(&["webhook", "add", &url, "--for", "seller"]);
    assert!(refused.ends_with(1).stderr.contains("https://"));
    let inside = url.replace("http://127.0.0.1", "https://localhost");
    shop.opd(&["webhook", "add", &inside, "--for", "seller"])
        .ok();
    let tried = shop.opd(&["webhook", "test", "1"]).ends_with(1);
    assert!(
        tried.stderr.contains("no public address"),
        "{}",
        tried.stderr
    );
    assert!(receiver.judged().is_empty());
    shop.opd(&["webhook", "remove", "1"]).ok();
    shop.opd(&["webhook", "show", "1"]).ends_with(5);
}

#[test]
fn a_receiver_is_believed_by_its_certificate() {
    let receiver = Receiver::start_with_tls();
    let certificate = receiver.certificate().display().to_string();
    let shop = Shop::open_with(&[
        ("OPD_WEBHOOKS_ALLOW", "[\"127.0.0.1\"]"),
        ("SSL_CERT_FILE", &certificate),
    ]);
    add(&shop, &receiver, "seller");
    shop.opd(&["webhook", "test", "1"]).ok();
    assert_eq!(kinds(&receiver.told(1)), ["webhook.test"]);
    let mut doubtful = shop.opd_command(&["webhook", "test", "1"]);
    let said = run(doubtful.env_remove("SSL_CERT_FILE"))
        .ends_with(1)
        .stderr;
    assert!(said.to_lowercase().contains("certificate"), "{said}");
    assert_eq!(receiver.judged().len(), 1);
}
