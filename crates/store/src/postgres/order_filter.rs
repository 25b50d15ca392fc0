//! Which orders a list holds, in SQL: fixed pieces, and the values they are bound to.
//!
//! Every list goes from the order received last to the first, so that the next page begins where an
//! index is entered, and what arrives meanwhile moves no row to another page.

use countersign_order::{OrderId, OrderState};

use tokio_postgres::types::ToSql;

use super::cell::{Word, micros};
use crate::OrderFilter;

/// A value that a condition is bound to.
pub(super) type Value = Box<dyn ToSql + Sync + Send>;

/// What the text of a filter may be found in. A text is compared, and never a pattern.
const TEXT: &str = "(strpos(lower(purchase_order_number), {}) > 0
         OR strpos(buyer, {}) > 0
         OR strpos('so-' || sales_order_number, {}) > 0
         OR EXISTS (
             SELECT 1
             FROM buyers
             WHERE buyers.id = orders.buyer
                 AND strpos(lower(buyers.name), {}) > 0
         )
         OR EXISTS (
             SELECT 1
             FROM order_lines
             WHERE order_lines.order_id = orders.id
                 AND (strpos(lower(sku), {}) > 0 OR strpos(lower(description), {}) > 0)
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
        let place = format!("${}", self.values.len());
        self.all.push(condition.replace("{}", &place));
    }

    fn require_text(&mut self, condition: &str, value: &impl ToString) {
        self.require(condition, Box::new(value.to_string()));
    }

    /// One state is a place in an index; several are compared with each order.
    fn require_states(&mut self, states: &[OrderState]) {
        match states {
            [] => {}
            [state] => self.require_text("state = {}", &state.word()),
            several => {
                let words: Vec<&'static str> = several.iter().map(|state| state.word()).collect();
                self.require("state = ANY ({})", Box::new(words));
            }
        }
    }
}

/// The conditions of a list, and the values they are bound to.
pub(super) fn conditions(filter: &OrderFilter, before: Option<&OrderId>) -> (String, Vec<Value>) {
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
    conditions.require_states(&filter.states);
    if let Some(from) = filter.received_from {
        conditions.require("received_at >= {}", Box::new(micros(from)));
    }
    if let Some(before) = filter.received_before {
        conditions.require("received_at < {}", Box::new(micros(before)));
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
    (conditions.all.join(" AND "), conditions.values)
}
