//! One server and two on one database, with the same clients. What is measured is the second time that they send as
//! many orders: a server opens as many connections to the database as it finds work for.

use anyhow::Result;

use crate::plan::Plan;
use crate::report::{Figures, Kind, Report};
use crate::stand::{Load, Stand};

/// Clients that send at once, shared by the servers.
const CLIENTS: usize = 64;

pub(crate) async fn run(stand: &mut Stand, plan: &Plan, report: &mut Report) -> Result<()> {
    let load = Load::of(CLIENTS, plan.orders);
    let one = run_warm(stand, load).await?;
    report.add(stand.scene(Kind::OneServer, CLIENTS), one);
    stand.open_another()?;
    let two = run_warm(stand, load).await;
    stand.close_the_other()?;
    report.add(stand.scene(Kind::TwoServers, CLIENTS), two?);
    Ok(())
}

async fn run_warm(stand: &mut Stand, load: Load) -> Result<Figures> {
    stand.run(load).await?;
    stand.run(load).await
}
