//! One server and two on one database, with the same clients.

use anyhow::Result;

use crate::plan::Plan;
use crate::report::{Kind, Report};
use crate::stand::{Load, Stand};

/// Clients that send at once, shared by the servers.
const CLIENTS: usize = 64;

pub(crate) async fn run(stand: &mut Stand, plan: &Plan, report: &mut Report) -> Result<()> {
    let load = Load::of(CLIENTS, plan.orders);
    let one = stand.run(load).await?;
    report.add(stand.scene(Kind::OneServer, CLIENTS), one);
    stand.open_another().await?;
    let two = stand.run(load).await;
    stand.close_the_other()?;
    report.add(stand.scene(Kind::TwoServers, CLIENTS), two?);
    Ok(())
}
