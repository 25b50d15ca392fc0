//! `opd log`: the transparency log, from the operator's side.

mod recover;
mod verify;
mod witnesses;

use crate::cli;
use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn run(context: &Context, log: &cli::Log) -> Result<(), Failure> {
    match log {
        cli::Log::Verify(verify) => verify::run(context, verify).await,
        cli::Log::Recover(recover) => recover::run(context, recover).await,
        cli::Log::Witnesses => witnesses::run(context).await,
    }
}
