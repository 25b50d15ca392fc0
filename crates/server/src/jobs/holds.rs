//! Ends holds that nobody answered in their time.

use std::time::Duration;

use tokio::time::sleep;

use crate::desk::hold::EndExpiredHolds;
use crate::desk::{Actor, Desk, DeskError};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

/// How long the job waits before it looks again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Declines what has expired until stopping begins.
pub(super) async fn run(desk: Desk, shutdown: Shutdown) {
    loop {
        let may_be_more = match end_some(&desk).await {
            Ok(may_be_more) => may_be_more,
            Err(error) => {
                tracing::error!(error = chain(&error), "no expired hold was ended");
                false
            }
        };
        if shutdown.has_begun() {
            return;
        }
        if !may_be_more {
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                () = shutdown.begins() => return,
            }
        }
    }
}

/// Ends a handful of holds, and tells whether there may be more.
async fn end_some(desk: &Desk) -> Result<bool, DeskError> {
    let mut view = desk.store().read().await?;
    let expired = view.expired_holds(desk.clock().now(), 1).await?;
    drop(view);
    if expired.is_empty() {
        return Ok(false);
    }
    desk.run(&Actor::automatic(), EndExpiredHolds).await
}
