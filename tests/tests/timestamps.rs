//! The order's timestamp: signed, and only good for a while.
#![expect(clippy::expect_used, reason = "helpers of tests end at the spot too")]

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::chance::now;
use countersign_tests::http::Answer;
use countersign_tests::shop::Shop;
use jiff::SignedDuration;
use serde_json::json;

/// Sends an order issued that many seconds from now.
fn submits_order_issued(buyer: &Buyer, session: &Session, number: &str, seconds: i64) -> Answer {
    let at = now()
        .checked_add(SignedDuration::from_secs(seconds))
        .expect("a time");
    let draft = buyer.draft(number).line("WATER", 1, "15.00").issued_at(at);
    session.submits(&buyer.envelope(&draft))
}

#[test]
fn an_order_is_good_from_two_minutes_before_it_was_issued_until_it_lapses() {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    for refused in [
        -15 * MINUTE - 1,
        -DAY - MINUTE,
        -3652 * DAY,
        2 * MINUTE + 5,
        23 * HOUR + 30 * MINUTE,
        73 * 365 * DAY,
    ] {
        let answer = submits_order_issued(&acme, &session, "PO-1", refused);
        assert_eq!(
            (answer.status, refused),
            (403, refused),
            "{}",
            answer.text()
        );
        answer.problem(403, "timestamp-not-accepted");
    }
    assert_eq!(session.available("WATER"), 100);
    // The refused number is still free: a refusal uses nothing up.
    submits_order_issued(&acme, &session, "PO-1", 2).decision("accepted");
    submits_order_issued(&acme, &session, "PO-2", -14 * MINUTE).decision("accepted");
    submits_order_issued(&acme, &session, "PO-3", 100).decision("accepted");
}

#[test]
fn the_buyer_may_shorten_or_lengthen_the_offer() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let issued = now()
        .checked_sub(SignedDuration::from_mins(30))
        .expect("a time");
    let lapses = |minutes| {
        let at = issued
            .checked_add(SignedDuration::from_mins(minutes))
            .expect("a time");
        let draft = acme
            .draft("PO-1")
            .line("WATER", 1, "15.00")
            .issued_at(issued);
        acme.envelope(&draft.with("/lapses_at", json!(at.to_string())))
    };
    session
        .submits(&lapses(20))
        .problem(403, "timestamp-not-accepted");
    let too_long = session.submits(&lapses(7 * 24 * 60 + 1));
    assert_eq!(
        too_long.problem(400, "order-not-understood")["pointer"],
        "/lapses_at"
    );
    session.submits(&lapses(60)).decision("accepted");
}

#[test]
fn the_time_in_the_signature_must_be_the_documents() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let draft = acme.draft("PO-1").line("WATER", 1, "15.00");
    for minutes in [-6, 6] {
        let other = draft
            .time()
            .checked_add(SignedDuration::from_mins(minutes))
            .expect("a time");
        let signed = acme.signs_at(&draft.bytes(), other);
        session
            .submits(&acme.seals(&signed))
            .problem(403, "timestamp-not-accepted");
    }
    let near = draft
        .time()
        .checked_add(SignedDuration::from_mins(4))
        .expect("a time");
    session
        .submits(&acme.seals(&acme.signs_at(&draft.bytes(), near)))
        .decision("accepted");
}
