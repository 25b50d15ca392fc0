//! `opd stock`: what came in, and what a count found.

use countersign_api::{MovementView, StockView};
use countersign_order::Sku;
use countersign_order::StockLevel;

use super::{ROWS, item, moment, whole};
use crate::cli::Stock;
use crate::context::{Context, Shop};
use crate::desk::operations::{CorrectStock, ReceiveStock};
use crate::failure::Failure;
use crate::http::movement_view;
use crate::output::table;

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
                reason: correct.reason.clone(),
            };
            (&correct.sku, shop.run(operation).await?)
        }
        Stock::Movements(asked) => return movements(context, &shop, &asked.sku).await,
        Stock::Low => return item::low(context, &shop).await,
    };
    let view = StockView {
        sku: sku.clone(),
        level,
    };
    context.output.data(&view, || sentence(sku, level))
}

/// Lists what moved the stock of an item, with what was on hand and promised after each.
async fn movements(context: &Context, shop: &Shop, sku: &Sku) -> Result<(), Failure> {
    let mut view = shop.look().await?;
    if view.item(sku).await?.is_none() {
        return Err(Failure::not_found(format_args!("item {sku}")).advise("see: opd item list"));
    }
    let (mut rows, mut after) = (Vec::new(), 0);
    loop {
        let page = view.stock_movements(sku, after, ROWS).await?;
        after = page.rows.last().map_or(after, |movement| movement.number);
        rows.extend(page.rows.into_iter().map(movement_view));
        if !page.more {
            break;
        }
    }
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

fn sentence(sku: &Sku, level: StockLevel) -> String {
    let StockLevel { on_hand, reserved } = level;
    let available = level.available();
    format!("{sku}: {on_hand} on hand, {reserved} promised, {available} available")
}
