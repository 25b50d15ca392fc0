//! All orders on one product, whose stock they all change, and spread over a thousand.

use anyhow::Result;

use crate::ground::Basket;
use crate::plan::Plan;
use crate::report::{Kind, Report};
use crate::stand::{Load, Stand};

/// Clients that send at once.
const CLIENTS: usize = 64;

pub(crate) async fn run(stand: &mut Stand, plan: &Plan, report: &mut Report) -> Result<()> {
    for (kind, basket) in [
        (Kind::OneProduct, Basket::OneProduct),
        (Kind::AnyProduct, Basket::AnyProduct),
    ] {
        let load = Load {
            basket,
            ..Load::of(CLIENTS, plan.orders)
        };
        let figures = stand.run(load).await?;
        report.add(stand.scene(kind, CLIENTS), figures);
    }
    Ok(())
}
