//! What webhooks were told: all of it, in order, and nothing of anybody else's.

use countersign_tests::receiver::{Judged, Receiver};
use countersign_tests::shop::eventually;
use serde_json::Value;

use crate::Day;
use crate::deals::{EVENTS, buyer_of};

pub(crate) fn are_right(day: &Day) {
    told_exactly(day, (&day.sellers, "1"), &EVENTS);
    let of_bolt: Vec<_> = EVENTS
        .into_iter()
        .filter(|(kind, about)| kind.starts_with("order.") && buyer_of(about) == "bolt")
        .collect();
    told_exactly(day, (&day.bolts, "2"), &of_bolt);
}

fn told_exactly(day: &Day, (receiver, number): (&Receiver, &str), expected: &[(&str, &str)]) {
    eventually("every event is delivered", || {
        let shown = day
            .shop
            .opd_json(&["webhook", "show", number, "--last", "100"]);
        let deliveries = shown["deliveries"].as_array().unwrap();
        let is_done = |one: &Value| one["state"] == "delivered" && one["status"] == 204;
        deliveries.iter().all(is_done) && receiver.judged().len() == deliveries.len()
    });
    let told = receiver.told(0);
    let seen: Vec<_> = told.iter().map(kind_and_subject).collect();
    let seen: Vec<_> = seen
        .iter()
        .map(|(kind, about)| (kind.as_str(), about.as_str()))
        .collect();
    assert_eq!(seen, expected);
    // Each tells of a statement of its own, in the order they were made; a filled back-order of none.
    let statements: Vec<_> = told
        .iter()
        .filter(|one| one.payload["type"] != "order.back_order_filled")
        .map(|one| one.payload["data"]["statement"].as_u64().unwrap())
        .collect();
    assert!(
        statements.is_sorted_by(|one, next| one < next),
        "{statements:?}"
    );
}

fn kind_and_subject(event: &Judged) -> (String, String) {
    let data = &event.payload["data"];
    let number = data["purchase_order_number"].as_str();
    let about = number.or_else(|| data["account"].as_str()).unwrap();
    let kind = event.payload["type"].as_str().unwrap();
    (kind.to_owned(), about.to_owned())
}
