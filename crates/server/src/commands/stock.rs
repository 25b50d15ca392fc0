//! `opd stock`: what came in, and what a count found.

use countersign_api::{MovementView, StockView};
use countersign_order::{Sku, StockLevel};

use super::place::Place;
use super::{item, moment, whole};
use crate::cli::Stock;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table;

pub(super) async fn run(context: &Context, stock: &Stock) -> Result<(), Failure> {
    let place = Place::of(context).await?;
    let view = match stock {
        Stock::Receive(receive) => place.receive_stock(&receive.sku, receive.quantity).await?,
        Stock::Correct(correct) => {
            let (sku, reason) = (&correct.sku, &correct.reason);
            place.correct_stock(sku, correct.on_hand, reason).await?
        }
        Stock::Movements(asked) => return movements(context, &place, &asked.sku).await,
        Stock::Low => return item::low(context, &place).await,
    };
    context.output.data(&view, || sentence(&view))
}

/// Lists what moved the stock of an item, with what was on hand and promised after each.
async fn movements(context: &Context, place: &Place, sku: &Sku) -> Result<(), Failure> {
    let rows = place.movements(sku).await?;
    context.output.data(&whole(&rows), || {
        let head = [
            "AT",
            "WHAT",
            ">UNITS",
            ">ON HAND",
            ">PROMISED",
            "BY",
            "ORDER",
            "REASON",
        ];
        let mut level = StockLevel::default();
        let cells: Vec<_> = rows.iter().map(|row| cells(row, &mut level)).collect();
        table(&head, &cells)
    })
}

fn cells(movement: &MovementView, level: &mut StockLevel) -> Vec<String> {
    level.on_hand += movement.on_hand;
    level.reserved += movement.reserved;
    let units = if movement.on_hand == 0 {
        movement.reserved
    } else {
        movement.on_hand
    };
    vec![
        moment(movement.at),
        movement.kind.as_str().to_owned(),
        format!("{units:+}"),
        level.on_hand.to_string(),
        level.reserved.to_string(),
        movement.by.clone(),
        movement
            .order
            .map(|order| order.to_string())
            .unwrap_or_default(),
        movement.reason.clone().unwrap_or_default(),
    ]
}

fn sentence(view: &StockView) -> String {
    let StockView { sku, level } = view;
    let StockLevel { on_hand, reserved } = level;
    let available = level.available();
    format!("{sku}: {on_hand} on hand, {reserved} promised, {available} available")
}
