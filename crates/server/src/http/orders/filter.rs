//! From what is asked for to what the store looks for.

use countersign_api::{Day, OrderQuery, limits};
use countersign_order::OrderState;
use countersign_store::OrderFilter;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a query asks for, or why it is not understood. What is late depends on the day.
pub(crate) fn filter(asked: &OrderQuery, now: Timestamp) -> Result<OrderFilter, String> {
    let text = asked.text.as_ref().filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > limits::QUERY_MAX_BYTES) {
        let most = limits::QUERY_MAX_BYTES;
        return Err(format!("the text is longer than {most} bytes"));
    }
    let state = match (asked.state, asked.held) {
        (None, Some(true)) => Some(OrderState::Held),
        (Some(state), Some(true)) if state != OrderState::Held => {
            return Err("an order is held or in another state, never both".to_owned());
        }
        (state, _) => state,
    };
    let is_late = asked.late == Some(true);
    Ok(OrderFilter {
        buyer: asked.buyer.clone(),
        states: state.into_iter().collect(),
        purchase_order_number: asked.purchase_order_number.clone(),
        sku: asked.sku.clone(),
        received_from: asked.received_from.and_then(Day::start),
        received_before: asked.received_to.and_then(Day::end),
        late_on: is_late.then(|| TimeZone::UTC.to_datetime(now).date()),
        text: text.cloned(),
    })
}
