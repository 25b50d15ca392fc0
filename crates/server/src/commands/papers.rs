//! `opd order picklist` and `opd order slip`: the papers that go to the shelves and into parcels.

use countersign_api::OrderQuery;
use countersign_order::OrderState;

use super::moment;
use super::order::find;
use super::place::Place;
use crate::cli::{Picklist, Slip};
use crate::context::Context;
use crate::failure::Failure;
use crate::paper::{PickList, PickOrder, slip_html, slip_text};

/// Where an order stands when somebody may be sent to the shelves for it.
const TO_PICK: [OrderState; 3] = [
    OrderState::Accepted,
    OrderState::Preparing,
    OrderState::PartShipped,
];

pub(super) async fn picklist(
    context: &Context,
    place: &Place,
    asked: &Picklist,
) -> Result<(), Failure> {
    let orders = if asked.orders.is_empty() {
        all_to_pick(context, place).await?
    } else {
        let mut orders = Vec::new();
        for text in &asked.orders {
            orders.push(PickOrder::of(find(context, place, text).await?));
        }
        orders
    };
    let orders: Vec<_> = orders.into_iter().filter(|o| !o.lines.is_empty()).collect();
    if orders.is_empty() {
        context.output.message("There is nothing to fetch.");
    }
    let list = PickList {
        printed_at: moment(context.clock.now()),
        orders,
    };
    context
        .output
        .data(&list, || if asked.html { list.html() } else { list.text() })
}

/// What is to be fetched for all orders, the oldest first.
async fn all_to_pick(context: &Context, place: &Place) -> Result<Vec<PickOrder>, Failure> {
    let mut orders = Vec::new();
    for state in TO_PICK {
        let asked = OrderQuery {
            state: Some(state),
            ..OrderQuery::default()
        };
        orders.extend(place.orders(context, &asked, usize::MAX).await?);
    }
    orders.sort_by_key(|order| order.id);
    Ok(orders.into_iter().map(PickOrder::of).collect())
}

pub(super) async fn slip(context: &Context, place: &Place, asked: &Slip) -> Result<(), Failure> {
    let id = find(context, place, &asked.choice.order).await?.id;
    let slip = place.slip(&id, asked.shipment).await?;
    context.output.data(&slip, || {
        if asked.html {
            slip_html(&slip)
        } else {
            slip_text(&slip)
        }
    })
}
