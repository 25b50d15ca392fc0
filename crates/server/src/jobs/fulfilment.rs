//! The automatic desk: prepares, packs and ships what is reserved, carrier "none".

use std::time::Duration;

use countersign_order::OrderId;
use tokio::time::sleep;

use crate::desk::operations::FulfilOrders;
use crate::desk::{Actor, Desk, DeskError};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

/// Orders shipped in one transaction: few, so that no new order waits long behind them.
const ORDERS_AT_ONCE: u32 = 32;
/// How long the job waits before it looks by itself.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Ships until stopping begins.
pub(super) async fn run(desk: Desk, shutdown: Shutdown) {
    loop {
        let is_done = match ship_some(&desk).await {
            Ok(shipped) => shipped < usize::try_from(ORDERS_AT_ONCE).unwrap_or(usize::MAX),
            Err(error) => {
                tracing::error!(error = chain(&error), "nothing was shipped");
                true
            }
        };
        if shutdown.has_begun() {
            return;
        }
        if is_done {
            tokio::select! {
                () = desk.signals().fulfilment.notified() => {}
                () = sleep(LOOK_EVERY) => {}
                () = shutdown.begins() => return,
            }
        }
    }
}

/// Ships a handful of orders, and tells how many there were.
async fn ship_some(desk: &Desk) -> Result<usize, DeskError> {
    desk.signals().give_way().await;
    let mut view = desk.store().read().await?;
    let orders = view.orders_to_fulfil(ORDERS_AT_ONCE).await?;
    drop(view);
    let count = orders.len();
    if count == 0 {
        return Ok(0);
    }
    match ship(desk, orders.clone()).await {
        Ok(()) => Ok(count),
        Err(error) => {
            tracing::warn!(
                error = chain(&error),
                orders = count,
                "orders could not be shipped together; trying them one by one"
            );
            ship_singly(desk, orders).await
        }
    }
}

/// One order that cannot be shipped must not keep the others.
async fn ship_singly(desk: &Desk, orders: Vec<OrderId>) -> Result<usize, DeskError> {
    let mut shipped = 0;
    for order in orders {
        match ship(desk, vec![order]).await {
            Ok(()) => shipped += 1,
            Err(error) => {
                let error = chain(&error);
                tracing::error!(error, %order, "an order could not be shipped");
            }
        }
    }
    // Fewer than asked for, so that the job pauses before it tries again.
    Ok(shipped)
}

async fn ship(desk: &Desk, orders: Vec<OrderId>) -> Result<(), DeskError> {
    desk.run(&Actor::automatic(), FulfilOrders { orders }).await
}
