//! Orders: by so many clients, each of which waits for its answer; and by the clock.

use anyhow::Result;

use crate::plan::Plan;
use crate::report::{Figures, Kind, Measure, Report};
use crate::stand::{Load, Stand};

/// The share of the highest rate at which orders come by the clock.
const OPEN_SHARE: f64 = 0.7;

pub(crate) async fn run(
    stand: &mut Stand,
    plan: &Plan,
    primitives: &Figures,
    report: &mut Report,
) -> Result<()> {
    let mut highest = 1.0_f64;
    for &clients in plan.clients_of(stand.key) {
        // One client takes as long for a tenth.
        let orders = if clients == 1 {
            plan.orders.div_ceil(10)
        } else {
            plan.orders
        };
        let mut figures = stand.run(Load::of(clients, orders)).await?;
        figures.extend(primitives);
        if let Some(rate) = figures.get(&Measure::PerSecond) {
            highest = highest.max(*rate);
        }
        report.add(stand.scene(Kind::Orders, clients), figures);
    }
    if plan.is_in_passing(stand.key) {
        return Ok(());
    }
    // Orders that come when they come, at a rate below the highest that was reached: nobody waits for an
    // answer before the next is due, so that a pause is felt by all that come in it.
    let clients = plan.clients.iter().max().copied().unwrap_or(1);
    let load = Load {
        rate: Some(highest * OPEN_SHARE),
        ..Load::of(clients, plan.orders)
    };
    let figures = stand.run(load).await?;
    report.add(stand.scene(Kind::OrdersByTheClock, clients), figures);
    Ok(())
}
