//! Who did what: in the timeline of each order, in the movements of stock, and in the audit.

use std::collections::BTreeMap;

use countersign_tests::shop::rows;
use serde_json::Value;

use crate::Day;
use crate::deals::{AUDIT, DEALS, SALT};

/// The operator is named with the Unix user, whoever runs the tests.
fn named(by: &str) -> &str {
    by.split_once(':').map_or(by, |(operator, _)| operator)
}

pub(crate) fn are_right(day: &Day) {
    for deal in &DEALS {
        let order = day.order_of(deal);
        let timeline = order["timeline"].as_array().unwrap().iter();
        let timeline: Vec<_> = timeline
            .map(|event| {
                let by = named(event["by"].as_str().unwrap());
                (event["event"].as_str().unwrap(), by)
            })
            .collect();
        assert_eq!(timeline, deal.timeline, "{}", deal.number);
    }
    moved_the_stock(day);
    let audit = audit(day);
    let audit: Vec<_> = audit
        .iter()
        .map(|(by, action, subject)| (named(by), action.as_str(), subject.as_str()))
        .collect();
    assert_eq!(audit, AUDIT);
}

fn moved_the_stock(day: &Day) {
    let numbers = Numbers::of(day);
    let movements = rows(&day.shop.opd_json(&["stock", "movements", "SALT"]));
    let moved: Vec<_> = movements
        .iter()
        .map(|row| {
            let units = match row["on_hand"].as_i64().unwrap() {
                0 => row["reserved"].as_i64().unwrap(),
                units => units,
            };
            let order = row["order"].as_str().unwrap_or_default();
            let by = named(row["by"].as_str().unwrap());
            (
                row["kind"].as_str().unwrap(),
                units,
                numbers.of_order(order),
                by,
            )
        })
        .collect();
    assert_eq!(moved, SALT);
}

/// The buyers' numbers of the orders by the desk's IDs.
struct Numbers(BTreeMap<String, String>);

impl Numbers {
    fn of(day: &Day) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let orders = day.shop.orders().into_iter();
        let numbers =
            orders.map(|order| (text(&order["id"]), text(&order["purchase_order_number"])));
        Self(numbers.collect())
    }

    /// The number of an order; what is no order's ID stays what it is.
    fn of_order<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, String::as_str)
    }
}

/// The audit, oldest first: who, what, and to what; orders by their number.
fn audit(day: &Day) -> Vec<(String, String, String)> {
    let numbers = Numbers::of(day);
    let mut rows = rows(&day.shop.opd_json(&["audit"]));
    rows.reverse();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| {
            let subject = numbers
                .of_order(row["subject"].as_str().unwrap())
                .to_owned();
            (text(&row["by"]), text(&row["action"]), subject)
        })
        .collect()
}
