//! Orders of many buyers, on few and on many stored orders.

use anyhow::Result;

use crate::plan::Plan;
use crate::report::{Kind, Measure, Report};
use crate::stand::{Load, Stand};

/// Clients that send at once.
const CLIENTS: usize = 64;

pub(crate) async fn run(stand: &mut Stand, plan: &Plan, report: &mut Report) -> Result<()> {
    stand.ground.place.read_through()?;
    let mut figures = stand.run(Load::of(CLIENTS, plan.orders)).await?;
    let size = stand.ground.place.size()?;
    figures.insert(Measure::DiskMib, crate::load::mebibytes(size));
    report.add(stand.scene(Kind::Growth, CLIENTS), figures);
    Ok(())
}
