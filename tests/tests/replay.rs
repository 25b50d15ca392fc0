//! A captured order sent again, and an honest retry: both get the first receipt, and nothing happens twice.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use countersign_tests::buyer::{Buyer, KeyKind, Session, der, new_signer};
use countersign_tests::chance::now;
use countersign_tests::crowd::all_at_once;
use countersign_tests::http::Request;
use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, eventually};
use countersign_tests::wire::Wire;
use jiff::SignedDuration;
use serde_json::json;

/// An order that was accepted, and what went over the wire for it.
struct Captured {
    envelope: Vec<u8>,
    receipt: Vec<u8>,
}

fn capture(buyer: &Buyer, session: &Session, number: &str) -> Captured {
    let envelope = buyer.envelope(&buyer.draft(number).line("WATER", 3, "15.00"));
    let receipt = der(&session.submits(&envelope).decision("accepted"), "receipt");
    Captured { envelope, receipt }
}

impl Captured {
    #[track_caller]
    fn is_repeated_in(&self, session: &Session) {
        let body = session.submits(&self.envelope).repeat();
        assert_eq!(der(&body, "receipt"), self.receipt, "another receipt");
        assert_eq!(body["decision"], "accepted");
    }
}

#[test]
fn a_captured_order_is_answered_with_the_first_receipt_and_moves_stock_once() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let captured = capture(&acme, &session, "PO-1");
    captured.is_repeated_in(&session);
    captured.is_repeated_in(&acme.signs_in());
    assert_eq!(shop.close(), Some(0), "a server asked to end ends well");
    shop.serve();
    captured.is_repeated_in(&acme.signs_in());
    shop.restart();
    captured.is_repeated_in(&acme.signs_in());
    // The same signed order in a fresh envelope, and signed again: still the same order.
    let draft = acme.draft("PO-2").line("WATER", 1, "15.00");
    let session = acme.signs_in();
    let first = der(
        &session.submits(&acme.envelope(&draft)).decision("accepted"),
        "receipt",
    );
    let again = der(&session.submits(&acme.envelope(&draft)).repeat(), "receipt");
    assert_eq!(first, again);
    assert_eq!(session.available("WATER"), 100 - 3 - 1);
    assert_eq!(shop.orders().len(), 2);
}

#[test]
fn a_repeat_is_answered_after_the_window_has_closed() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let issued = now();
    let lapses = issued
        .checked_add(SignedDuration::from_secs(3))
        .expect("a time")
        .to_string();
    let draft = acme
        .draft("PO-1")
        .line("WATER", 3, "15.00")
        .issued_at(issued);
    let envelope = acme.envelope(&draft.clone().with("/lapses_at", json!(lapses)));
    session.submits(&envelope).decision("accepted");
    eventually("the offer has lapsed", || {
        now() > issued + SignedDuration::from_secs(4)
    });
    let late = draft
        .with("/lapses_at", json!(lapses))
        .with("/purchase_order_number", json!("PO-2"));
    session
        .submits(&acme.envelope(&late))
        .problem(403, "timestamp-not-accepted");
    session.submits(&envelope).repeat();
}

#[test]
fn a_revoked_key_signs_nothing_new_but_its_orders_are_still_answered() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let captured = capture(&acme, &session, "PO-1");
    let fingerprint = acme.certificate().fingerprint().to_string();
    shop.opd(&["key", "revoke", "acme", &fingerprint, "--reason", "lost"])
        .ok();
    captured.is_repeated_in(&session);
    let fresh = acme.envelope(&acme.draft("PO-2").line("WATER", 1, "15.00"));
    session.submits(&fresh).problem(403, "key-not-active");
    assert_eq!(session.available("WATER"), 97);
}

#[test]
fn in_another_buyers_session_a_captured_order_is_refused() {
    let shop = Shop::open();
    let (acme, globex) = (shop.buyer("acme"), shop.buyer("globex"));
    let captured = capture(&acme, &acme.signs_in(), "PO-1");
    globex
        .signs_in()
        .submits(&captured.envelope)
        .problem(403, "signature-not-accepted");
    assert_eq!(shop.available(&globex, "WATER"), 97);
}

#[test]
fn a_number_is_used_once_and_other_bytes_under_it_conflict() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let draft = acme.draft("PO-1").line("WATER", 3, "15.00");
    let order = session.submits(&acme.envelope(&draft)).decision("accepted")["order"]["id"].clone();
    let other = acme.draft("PO-1").line("WATER", 4, "15.00");
    let problem = session
        .submits(&acme.envelope(&other))
        .problem(409, "number-already-used");
    assert_eq!(problem["order"], order);
    assert_eq!(session.available("WATER"), 97);
}

#[test]
fn a_decline_uses_no_number_up_but_the_declined_bytes_stay_declined() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let too_much = acme.envelope(&acme.draft("PO-1").line("SALT", 9, "0.99"));
    let declined = session.submits(&too_much).decision("declined");
    assert_eq!(declined["order"]["attempt"], 1);
    shop.opd(&["stock", "receive", "SALT", "10"]).ok();
    let repeated = session.submits(&too_much).repeat();
    assert_eq!(repeated["decision"], "declined");
    let afresh = acme.envelope(&acme.draft("PO-1").line("SALT", 9, "0.99"));
    let accepted = session.submits(&afresh).decision("accepted");
    assert_eq!(accepted["order"]["attempt"], 2);
}

#[test]
fn a_hundred_copies_at_once_make_one_order() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let envelope = acme.envelope(&acme.draft("PO-1").line("WATER", 3, "15.00"));
    let answers = all_at_once(100, |_| session.submits(&envelope));
    let first = answers.iter().filter(|answer| answer.status == 201).count();
    let repeats = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((first, repeats), (1, 99));
    let receipt = der(&answers[0].json(), "receipt");
    assert!(
        answers
            .iter()
            .all(|answer| der(&answer.json(), "receipt") == receipt)
    );
    assert_eq!(session.available("WATER"), 97);
}

#[test]
fn when_the_answer_is_lost_the_same_bytes_get_the_same_receipt() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let envelope = acme.envelope(&acme.draft("PO-1").line("WATER", 3, "15.00"));
    let request = Request::post_sealed("/v1/orders", envelope.clone()).token(&session.token);
    let mut connection = session.server.connect().expect("a connection");
    connection
        .send(&request.bytes())
        .expect("the order is sent");
    // Cut before the server has read everything, the connection would take the order with it.
    eventually("the order arrived", || shop.orders().len() == 1);
    connection.cut();
    session.submits(&envelope).repeat();
    assert_eq!(session.available("WATER"), 97);
    shop.wait_for_state("PO-1", "shipped");
    eventually("the shipping mail", || {
        !shop.letters(&["PO-1", "shipment.p7m"]).is_empty()
    });
    assert_eq!(
        shop.letters(&["PO-1", "shipment.p7m"]).len(),
        1,
        "one shipment"
    );
}

#[test]
fn a_client_killed_after_sending_loses_nothing() {
    let shop = Shop::open();
    let wire = Wire::to(shop.port());
    let acme = shop.buyer("acme");
    let po = Po::trusting_through(&shop, wire.port());
    po.write("password", &acme.password);
    po.has_key_enrolled(&shop, "acme", "dsa");
    po.signs_in("acme");
    let arguments = [
        "order",
        "WATER=3",
        "--number",
        "PO-1",
        "--key",
        "key.pem",
        "--yes",
        "--no-input",
    ];
    wire.lose_answers_to_uploads_of(2_500);
    let mut killed = po.command(&arguments).spawn().expect("po starts");
    eventually("the order arrived", || shop.orders().len() == 1);
    killed.kill().expect("po is still waiting for its answer");
    killed.wait().expect("po was started");
    wire.heal();
    assert!(po.run(&["pending"]).ok().text().contains("PO-1"));
    let resent = po
        .run(&["resend", "PO-1", "--no-input", "--json"])
        .ok()
        .json();
    assert_eq!(resent["decision"], "accepted", "{resent}");
    assert!(!po.run(&["pending"]).ok().text().contains("PO-1"));
    assert_eq!(shop.orders().len(), 1);
    assert_eq!(shop.available(&acme, "WATER"), 97);
}

#[test]
fn a_key_enrolled_later_cannot_claim_an_earlier_order() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let draft = acme.draft("PO-1").line("WATER", 3, "15.00");
    let stranger = acme.with_key(new_signer("acme", KeyKind::Dsa));
    session.submits(&acme.envelope(&draft)).decision("accepted");
    // Not enrolled: not even a repeat, which would tell that the order exists.
    session
        .submits(&stranger.envelope(&draft))
        .problem(403, "signature-not-accepted");
    let certificate = shop.write("later.cert.pem", stranger.certificate().to_pem());
    shop.opd(&["key", "add", "acme", certificate.to_str().expect("a path")])
        .ok();
    session.submits(&stranger.envelope(&draft)).repeat();
}
