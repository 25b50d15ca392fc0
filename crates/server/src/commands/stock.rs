//! `opd stock`: what came in, and what a count found.

use countersign_api::StockView;
use countersign_order::StockLevel;

use super::place::Place;
use crate::cli::Stock;
use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn run(context: &Context, stock: &Stock) -> Result<(), Failure> {
    let place = Place::of(context).await?;
    let view = match stock {
        Stock::Receive(receive) => place.receive_stock(&receive.sku, receive.quantity).await?,
        Stock::Correct(correct) => {
            let (sku, reason) = (&correct.sku, &correct.reason);
            place.correct_stock(sku, correct.on_hand, reason).await?
        }
    };
    context.output.data(&view, || sentence(&view))
}

fn sentence(view: &StockView) -> String {
    let StockView { sku, level } = view;
    let StockLevel { on_hand, reserved } = level;
    let available = level.available();
    format!("{sku}: {on_hand} on hand, {reserved} promised, {available} available")
}
