//! `opd order watch`: what happens to orders, a line an event, until somebody ends it.

use countersign_api::OrderEvent;
use countersign_order::{OrderId, OrderState};

use super::moment;
use super::order::find;
use super::place::Place;
use crate::cli::OrderWatch;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::shutdown::EndSignals;

pub(super) async fn run(
    context: &Context,
    place: &Place,
    asked: &OrderWatch,
) -> Result<(), Failure> {
    let signals = EndSignals::listen().map_err(|error| Failure::caused_by(&error))?;
    tokio::select! {
        ended = watch(context, place, asked) => ended,
        () = signals.received() => Err(Failure::new(Exit::Interrupted, "interrupted")),
    }
}

async fn watch(context: &Context, place: &Place, asked: &OrderWatch) -> Result<(), Failure> {
    // Open before the order is looked at: what happens in between is told.
    let mut events = place.events().await?;
    let only = match &asked.order {
        None => {
            context.output.message("Watching; Ctrl-C ends it.");
            None
        }
        Some(text) => {
            let order = find(context, place, text).await?;
            let number = &order.purchase_order_number;
            let state = order.state.as_str();
            if order.state.is_final() {
                let message = format!("{number} is {state}: nothing more can happen to it.");
                context.output.message(&message);
                return Ok(());
            }
            let message = format!("{number} is {state}. Watching; Ctrl-C ends it.");
            context.output.message(&message);
            Some(order.id)
        }
    };
    loop {
        let event = events.next().await?;
        if !concerns(&event, only.as_ref()) {
            continue;
        }
        let is_over = only.is_some() && event.state.is_some_and(OrderState::is_final);
        let is_read = context.output.row(&event, || line(&event))?;
        if is_over || !is_read {
            return Ok(());
        }
    }
}

fn concerns(event: &OrderEvent, only: Option<&OrderId>) -> bool {
    only.is_none_or(|order| *order == event.order)
}

fn line(event: &OrderEvent) -> String {
    let OrderEvent {
        buyer,
        purchase_order_number,
        by,
        event: what,
        ..
    } = event;
    let detail = event.detail.as_ref();
    let detail = detail.map_or_else(String::new, |detail| format!("  {detail}"));
    let at = moment(event.at);
    format!("{at}  {buyer}  {purchase_order_number}  {what}  {by}{detail}")
}
