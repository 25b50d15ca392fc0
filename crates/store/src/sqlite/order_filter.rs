//! Which orders a list holds, in SQL: fixed pieces, and the values they are bound to.
//!
//! Every list goes from the order received last to the first, so that the next page begins where an
//! index is entered, and what arrives meanwhile moves no row to another page.

use countersign_order::{OrderId, OrderState};
use rusqlite::types::Value;

use super::cell::{Word, json, micros};
use crate::{OrderFilter, StoreError};

/// What the text of a filter may be found in. A text is compared, and never a pattern.
const TEXT: &str = "(instr(lower(purchase_order_number), {})
         OR instr(buyer, {})
         OR instr('so-' || sales_order_number, {})
         OR EXISTS (
             SELECT 1
             FROM buyers
             WHERE buyers.id = orders.buyer
                 AND instr(lower(buyers.name), {})
         )
         OR EXISTS (
             SELECT 1
             FROM order_lines
             WHERE order_lines.order_id = orders.id
                 AND (instr(lower(sku), {}) OR instr(lower(description), {}))
         ))";

/// Conditions, and the values that are bound in them.
struct Conditions {
    all: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Requires a condition, in which `{}` stands for the value.
    fn require(&mut self, condition: &str, value: Value) {
        self.values.push(value);
        let place = format!("?{}", self.values.len());
        self.all.push(condition.replace("{}", &place));
    }

    fn require_text(&mut self, condition: &str, value: &impl ToString) {
        self.require(condition, Value::Text(value.to_string()));
    }

    /// One state is a place in an index; several are compared with each order.
    fn require_states(&mut self, states: &[OrderState]) -> Result<(), StoreError> {
        match states {
            [] => {}
            [state] => self.require_text("state = {}", &state.word()),
            several => {
                let words: Vec<&str> = several.iter().map(|state| state.word()).collect();
                let condition = "state IN (SELECT value FROM jsonb_each({}))";
                self.require_text(condition, &json(&words)?);
            }
        }
        Ok(())
    }
}

/// The conditions of a list, and the values they are bound to.
pub(super) fn conditions(
    filter: &OrderFilter,
    before: Option<&OrderId>,
) -> Result<(String, Vec<Value>), StoreError> {
    let mut conditions = Conditions {
        all: vec!["true".to_owned()],
        values: Vec::new(),
    };
    if let Some(buyer) = &filter.buyer {
        conditions.require_text("buyer = {}", buyer);
    }
    if let Some(number) = &filter.purchase_order_number {
        conditions.require_text("purchase_order_number = {}", number);
    }
    conditions.require_states(&filter.states)?;
    if let Some(from) = filter.received_from {
        conditions.require("received_at >= {}", Value::Integer(micros(from)));
    }
    if let Some(before) = filter.received_before {
        conditions.require("received_at < {}", Value::Integer(micros(before)));
    }
    if let Some(sku) = &filter.sku {
        conditions.require_text(
            "EXISTS (
                 SELECT 1
                 FROM order_lines
                 WHERE order_lines.sku = {}
                     AND order_lines.order_id = orders.id
             )",
            sku,
        );
    }
    if let Some(day) = filter.late_on {
        conditions.require_text(
            "id IN (
                 SELECT order_id
                 FROM order_lines
                 WHERE requested_delivery < {}
                     AND reserved + back_ordered > 0
             )",
            &day,
        );
    }
    if let Some(text) = &filter.text {
        conditions.require_text(TEXT, &text.to_ascii_lowercase());
    }
    if let Some(before) = before {
        conditions.require_text(
            "(received_at, id) < (
                 (SELECT last.received_at FROM orders AS last WHERE last.id = {}), {}
             )",
            before,
        );
    }
    Ok((conditions.all.join(" AND "), conditions.values))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rusqlite::params_from_iter;

    use super::super::orders::selected;
    use super::super::plan::steps;
    use super::*;

    /// How SQLite goes about a list, a step a line.
    fn plan(filter: &OrderFilter) -> String {
        let before = OrderId::from_uuid_bytes([7; 16]);
        let (conditions, values) = conditions(filter, Some(&before)).unwrap();
        let sql = selected(&format!(
            "WHERE {conditions} ORDER BY received_at DESC, id DESC LIMIT 200"
        ));
        steps(&sql, params_from_iter(values)).join("\n")
    }

    #[test]
    fn every_list_is_read_from_an_index_and_none_is_sorted() {
        let buyer = Some("acme".parse().unwrap());
        let filter = OrderFilter::default;
        for (filter, index) in [
            (filter(), "orders_by_arrival ((received_at,id)<(?,?))"),
            (
                OrderFilter { buyer, ..filter() },
                "orders_of_buyer_by_arrival (buyer=? AND (received_at,id)<(?,?))",
            ),
            (
                OrderFilter {
                    states: vec![OrderState::Held],
                    ..filter()
                },
                "orders_in_state_by_arrival (state=? AND (received_at,id)<(?,?))",
            ),
            (
                OrderFilter {
                    received_from: Some(Timestamp::UNIX_EPOCH),
                    received_before: Some(Timestamp::UNIX_EPOCH),
                    ..filter()
                },
                "orders_by_arrival (received_at>? AND ",
            ),
            (
                OrderFilter {
                    sku: Some("WATER".parse().unwrap()),
                    ..filter()
                },
                "lines_of_item (sku=? AND order_id=?",
            ),
            (
                OrderFilter {
                    text: Some("100%".to_owned()),
                    ..filter()
                },
                "orders_by_arrival ((received_at,id)<(?,?))",
            ),
        ] {
            let plan = plan(&filter);
            assert!(plan.contains(index), "{filter:?}\n{plan}");
            assert!(!plan.contains("SCAN orders"), "{filter:?}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{filter:?}\n{plan}");
        }
    }

    #[test]
    fn late_orders_are_found_by_the_dates_of_what_is_still_to_deliver() {
        let plan = plan(&OrderFilter {
            late_on: Some("2026-11-24".parse().unwrap()),
            ..OrderFilter::default()
        });
        assert!(
            plan.contains("lines_to_deliver (requested_delivery<?"),
            "{plan}"
        );
        assert!(!plan.contains("SCAN orders"), "{plan}");
    }
}
