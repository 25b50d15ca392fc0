//! Reminds the holders of keys whose certificates end soon.

use std::time::Duration;

use tokio::time::sleep;

use crate::desk::reminders::{REMINDERS_DAYS, RemindOfKeys};
use crate::desk::{Actor, Desk, DeskError};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

const EVERY: Duration = Duration::from_hours(1);

/// Looks once an hour until stopping begins.
pub(super) async fn run(desk: Desk, shutdown: Shutdown) {
    loop {
        if let Err(error) = remind(&desk).await {
            tracing::warn!(error = chain(&error), "nobody was reminded of a key");
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = shutdown.begins() => return,
        }
    }
}

async fn remind(desk: &Desk) -> Result<(), DeskError> {
    for days in REMINDERS_DAYS {
        while desk.run(&Actor::automatic(), RemindOfKeys { days }).await? {}
    }
    Ok(())
}
