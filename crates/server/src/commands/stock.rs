//! `opd stock`: what came in, and what a count found.

use countersign_api::StockView;
use countersign_order::Sku;
use countersign_order::StockLevel;

use crate::cli::Stock;
use crate::context::Context;
use crate::desk::operations::{CorrectStock, ReceiveStock};
use crate::failure::Failure;

pub(super) async fn run(context: &Context, stock: &Stock) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let (sku, level) = match stock {
        Stock::Receive(receive) => {
            let operation = ReceiveStock {
                sku: receive.sku.clone(),
                quantity: receive.quantity,
            };
            (&receive.sku, shop.run(operation).await?)
        }
        Stock::Correct(correct) => {
            let operation = CorrectStock {
                sku: correct.sku.clone(),
                on_hand: correct.on_hand,
                reason: correct.reason.to_string(),
            };
            (&correct.sku, shop.run(operation).await?)
        }
    };
    let view = StockView {
        sku: sku.clone(),
        level,
    };
    context.output.data(&view, || sentence(sku, level))
}

fn sentence(sku: &Sku, level: StockLevel) -> String {
    let StockLevel { on_hand, reserved } = level;
    let available = level.available();
    format!("{sku}: {on_hand} on hand, {reserved} promised, {available} available")
}
