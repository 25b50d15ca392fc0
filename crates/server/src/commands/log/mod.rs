//! `opd log`: the transparency log, from the operator's side.

mod recover;

use crate::cli;
use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn run(context: &Context, log: &cli::Log) -> Result<(), Failure> {
    match log {
        cli::Log::Recover(recover) => recover::run(context, recover).await,
    }
}
