//! A buyer who changes their mind: a signed request, a signed answer, and nothing moved twice.
#![expect(clippy::expect_used, reason = "helpers of tests end at the spot too")]

use std::fs;
use std::path::PathBuf;

use countersign_tests::buyer::{Buyer, KeyKind, Session, der, sha256};
use countersign_tests::crowd::all_at_once;
use countersign_tests::http::Request;
use countersign_tests::mail::attachment;
use countersign_tests::openssl::verified_content;
use countersign_tests::po::Po;
use countersign_tests::shop::{ORIGIN, Shop, eventually};
use countersign_tests::terminal::Terminal;
use countersign_tests::wire::Wire;
use serde_json::{Value, json};

/// A shop that ships nothing before a clerk does.
fn unhurried_shop() -> Shop {
    Shop::open_with(&[("OPD_DESK_MODE", "manual")])
}

/// The answer to an accepted order for three bottles.
#[track_caller]
fn orders(buyer: &Buyer, session: &Session, number: &str) -> Value {
    let draft = buyer.draft(number).line("WATER", 3, "15.00");
    session
        .submits(&buyer.envelope(&draft))
        .decision("accepted")
}

/// Where `po` keeps what it knows of an order.
fn order_folder(po: &Po, order: &Value) -> PathBuf {
    let id = order["id"].as_str().expect("an order has an ID");
    let seller = po.folder().join("home/sellers").join(ORIGIN);
    seller.join("orders").join(id)
}

#[test]
fn an_order_is_cancelled_before_it_is_shipped_and_openssl_can_tell() {
    let shop = unhurried_shop();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    let status = || po.run(&["status", "PO-1", "--json"]).ok().json();
    assert_eq!(status()["allowed_actions"], json!(["cancel"]));

    let reason = ["--reason", "ordered twice", "--yes", "--no-input"];
    let said = po.run(&[&["cancel", "PO-1"], &reason[..]].concat()).ok();
    for words in ["cancelled: PO-1", "WATER: 3", "verified"] {
        assert!(said.text().contains(words), "{words}: {}", said.text());
    }
    let order = status();
    assert_eq!(order["state"], "cancelled");
    assert_eq!(order["allowed_actions"], json!([]));
    let last = &order["timeline"].as_array().expect("a timeline")[1];
    assert_eq!(
        (&last["event"], &last["by"], &last["detail"]),
        (&json!("cancelled"), &json!("acme"), &json!("ordered twice"))
    );
    let items = po.run(&["items", "--query", "WATER", "--json"]).ok().json();
    assert_eq!(items["data"][0]["available"], 100);

    let kept = |name: &str| fs::read(order_folder(&po, &order).join(name)).expect("it is kept");
    let statement = kept("statement-2.p7s");
    let sellers = shop.certificate_pem("root") + &shop.certificate_pem("receipt");
    let content = verified_content(shop.folder(), &statement, &sellers);
    let content: Value = serde_json::from_slice(&content).expect("a statement");
    assert_eq!(content["document"], "countersign/cancellation/1");
    assert_eq!(content["by"], "buyer");
    assert_eq!(content["previous"], sha256(&kept("receipt.p7s")));
    let request = kept("cancellation-request.p7s");
    assert_eq!(content["request_sha256"], sha256(&request));
    let buyers = String::from_utf8(kept("cancellation-request.cert.pem")).expect("PEM");
    let request = verified_content(shop.folder(), &request, &buyers);
    let request: Value = serde_json::from_slice(&request).expect("a request");
    assert_eq!(request["receipt_sha256"], sha256(&kept("receipt.p7s")));

    let told = [
        "at your request",
        "PO-1",
        "ordered twice",
        "cancellation.p7m",
    ];
    eventually("the letter", || shop.letters(&told).len() == 1);
    let letter = shop.letters(&told).remove(0);
    assert_eq!(attachment(&letter, "cancellation.p7m"), Some(statement));
}

#[test]
fn the_same_bytes_get_the_same_statement_and_move_nothing_again() {
    let mut shop = unhurried_shop();
    let acme = shop.buyer_with("acme", KeyKind::Dsa);
    let session = acme.signs_in();
    let ordered = orders(&acme, &session, "PO-1");
    let request = acme.cancellation(&ordered);
    let envelope = acme.envelope(&request);
    let first = session.cancels(&ordered, &envelope).with_status(201);
    assert_eq!(first.header("countersign-repeat"), None);
    let first = der(&first.json(), "statement");
    // A letter that is on its way when the server is killed comes only when its lease has ended.
    eventually("the letter", || {
        !shop.letters(&["PO-1", "cancellation.p7m"]).is_empty()
    });
    shop.restart();
    let session = acme.signs_in();
    // As it was, and the same document sealed and signed anew.
    for envelope in [envelope, acme.envelope(&request)] {
        let again = session.cancels(&ordered, &envelope).repeat();
        assert_eq!(der(&again, "statement"), first);
        assert_eq!(again["order"]["state"], "cancelled");
    }
    assert_eq!(session.available("WATER"), 100);
    let id = ordered["order"]["id"].as_str().expect("an ID");
    let statements = session.rows(&format!("/v1/orders/{id}/statements"));
    assert_eq!(statements.len(), 2);
    assert_eq!(shop.letters(&["PO-1", "cancellation.p7m"]).len(), 1);
    assert!(shop.refusals().is_empty());
}

#[test]
fn what_is_shipped_is_past_cancelling() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    let refused = po.run(&["cancel", "PO-1", "--yes", "--no-input", "--json"]);
    let problem = refused.ends_with(6).problem();
    assert_eq!(problem["code"], "move-not-allowed");
    assert_eq!(problem["moved_by"], "automatic");
    assert!(problem["moved_at"].is_string(), "{problem}");
    assert!(po.run(&["pending"]).ok().text().contains("nothing"));
    let refusal = shop.refusals().remove(0);
    assert_eq!(refusal["code"], "move-not-allowed");
    assert_eq!(refusal["purchase_order_number"], "PO-1");
}

#[test]
fn nobody_cancels_what_is_another_buyers() {
    let shop = unhurried_shop();
    let (acme, globex) = (shop.buyer("acme"), shop.buyer("globex"));
    let session = acme.signs_in();
    let ordered = orders(&acme, &session, "PO-1");
    let thief = globex.signs_in();
    // With a request of their own, and with one that acme has signed.
    let own = globex.envelope(&globex.cancellation(&ordered));
    thief.cancels(&ordered, &own).problem(404, "not-found");
    let captured = acme.envelope(&acme.cancellation(&ordered));
    thief
        .cancels(&ordered, &captured)
        .problem(403, "signature-not-accepted");
    let posing = globex.envelope(&acme.cancellation(&ordered));
    thief.cancels(&ordered, &posing).problem(403, "wrong-buyer");
    assert_eq!(session.available("WATER"), 97);
    assert!(session.refusal_codes().is_empty());
    let codes = ["wrong-buyer", "signature-not-accepted", "not-found"];
    assert_eq!(thief.refusal_codes(), codes);
}

#[test]
fn a_captured_request_cancels_no_other_order() {
    let shop = unhurried_shop();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let (first, second) = (
        orders(&acme, &session, "PO-1"),
        orders(&acme, &session, "PO-2"),
    );
    let request = acme.cancellation(&first);
    let envelope = acme.envelope(&request);
    session
        .cancels(&second, &envelope)
        .problem(403, "wrong-order");
    let renumbered = request.with("/purchase_order_number", json!("PO-2"));
    let envelope = acme.envelope(&renumbered);
    session
        .cancels(&second, &envelope)
        .problem(403, "wrong-order");
    assert_eq!(session.available("WATER"), 94);
}

#[test]
fn an_order_is_no_request_and_a_request_is_no_order() {
    let shop = unhurried_shop();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let ordered = orders(&acme, &session, "PO-1");
    let order = acme.envelope(&acme.draft("PO-2").line("WATER", 1, "15.00"));
    let request = acme.envelope(&acme.cancellation(&ordered));
    for answer in [session.cancels(&ordered, &order), session.submits(&request)] {
        let problem = answer.problem(400, "order-not-understood");
        assert_eq!(problem["pointer"], "/document");
    }
    assert_eq!(session.available("WATER"), 97);
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn whoever_comes_after_a_clerk_learns_who_cancelled_and_when() {
    let shop = unhurried_shop();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let ordered = orders(&acme, &session, "PO-1");
    let clerk = clerk(&shop);
    let id = ordered["order"]["id"].as_str().expect("an ID");
    let cancel = format!("/v1/desk/orders/{id}/cancel");
    let cancel = Request::post_json(&cancel, &json!({"reason": "the roof leaks"}));
    let cancelled = clerk.ask(cancel).with_status(200).json();
    let envelope = acme.envelope(&acme.cancellation(&ordered));
    let problem = session
        .cancels(&ordered, &envelope)
        .problem(409, "move-not-allowed");
    assert_eq!(problem["moved_by"], "kim");
    assert_eq!(problem["moved_at"], cancelled["timeline"][1]["at"]);
    assert_eq!(session.available("WATER"), 100);
}

/// Kim of the seller's, signed in.
fn clerk(shop: &Shop) -> Session {
    let mut kim = Buyer::new("kim", KeyKind::Rsa, shop.front());
    "a clerk's password".clone_into(&mut kim.password);
    let password = shop.write("clerk-password", &kim.password);
    let password = password.to_str().expect("a path");
    let email = ["--email", "kim@shop.example", "--password-file", password];
    shop.opd(&[&["clerk", "add", "kim"], &email[..]].concat())
        .ok();
    kim.signs_in()
}

#[test]
fn a_cancellation_and_a_shipment_never_both_happen() {
    const ORDERS: usize = 20;
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let answers = all_at_once(ORDERS, |n| {
        let ordered = orders(&acme, &session, &format!("PO-{n}"));
        let envelope = acme.envelope(&acme.cancellation(&ordered));
        session.cancels(&ordered, &envelope)
    });
    let cancelled = answers.iter().filter(|answer| answer.status == 201).count();
    for late in answers.iter().filter(|answer| answer.status != 201) {
        late.problem(409, "move-not-allowed");
    }
    let in_state = |state: &str| {
        let orders = shop.orders();
        orders
            .iter()
            .filter(|order| order["state"] == state)
            .count()
    };
    eventually("all orders have ended", || {
        in_state("cancelled") + in_state("shipped") == ORDERS
    });
    assert_eq!(in_state("cancelled"), cancelled);
    let kept = i64::try_from(cancelled).expect("a few");
    let shipped = i64::try_from(ORDERS).expect("a few") - kept;
    assert_eq!(session.available("WATER"), 100 - 3 * shipped);
}

#[test]
fn a_client_killed_after_sending_its_request_loses_nothing() {
    let shop = unhurried_shop();
    let wire = Wire::to(shop.port());
    let acme = shop.buyer("acme");
    let po = Po::trusting_through(&shop, wire.port());
    po.write("password", &acme.password);
    po.has_key_enrolled(&shop, "acme", "rsa");
    po.signs_in("acme");
    let key = ["--key", "key.pem"];
    po.orders(&[&["WATER=3", "--number", "PO-1"], &key[..]].concat())
        .ok();
    wire.lose_answers_to_uploads_of(1_500);
    let cancel = [&["cancel", "PO-1", "--yes", "--no-input"], &key[..]].concat();
    let mut killed = po.command(&cancel).spawn().expect("po starts");
    shop.wait_for_state("PO-1", "cancelled");
    killed.kill().expect("po is still waiting for its answer");
    killed.wait().expect("po was started");
    wire.heal();
    assert!(po.run(&["pending"]).ok().text().contains("cancellation"));
    let resent = po.run(&["resend", "PO-1", "--no-input", "--json"]);
    let resent = resent.ok().json();
    assert_eq!(resent["order"]["state"], "cancelled", "{resent}");
    assert!(po.run(&["pending"]).ok().text().contains("nothing"));
    assert_eq!(shop.available(&acme, "WATER"), 100);
}

#[test]
fn a_person_sees_what_will_be_signed_and_may_think_again() {
    let shop = unhurried_shop();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    let cancel = po.command(&["cancel", "PO-1", "--reason", "ordered twice"]);
    let mut terminal = Terminal::start(&cancel);
    let shown = terminal.answers("Sign and send? [y/N] ", "n");
    for words in ["order PO-1", "ordered twice", "receipt   sha256:", "RSA"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    terminal.ends();
    assert_eq!(terminal.exit_code(), 1);
    assert_eq!(shop.orders().remove(0)["state"], "accepted");

    let mut terminal = Terminal::start(&cancel);
    terminal.answers("Sign and send? [y/N] ", "y");
    terminal.sees("cancelled: PO-1");
    terminal.ends();
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(shop.orders().remove(0)["state"], "cancelled");
}
