//! Remembers the newest checkpoint in its file, at most a second behind the database.

use std::time::Duration;

use countersign_store::LogHead;
use countersign_store::crash::{CrashPoint, reach};
use tokio::time::sleep;

use crate::checkpoint_file::CheckpointFile;
use crate::desk::{Desk, DeskError, log};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

/// How often it looks by itself: another process may have let the log grow.
const LOOK_EVERY: Duration = Duration::from_millis(700);
/// The shortest time between two writes: each waits for the disk.
const REST: Duration = Duration::from_millis(250);

/// Remembers until stopping begins. What is committed after that is remembered when all has stopped.
pub(super) async fn run(desk: Desk, file: CheckpointFile, shutdown: Shutdown) {
    let mut remembered = None;
    while !shutdown.has_begun() {
        match remember(&desk, &file, remembered.as_ref()).await {
            Ok(head) => remembered = Some(head),
            Err(error) => tracing::error!(
                error = chain(&error),
                "the newest checkpoint was not remembered"
            ),
        }
        tokio::select! {
            () = desk.signals().log.notified() => sleep(REST).await,
            () = sleep(LOOK_EVERY) => {}
            () = shutdown.begins() => {}
        }
    }
}

/// Remembers the log as it is committed, unless it is what is remembered, and gives it back.
pub(crate) async fn remember(
    desk: &Desk,
    file: &CheckpointFile,
    remembered: Option<&LogHead>,
) -> Result<LogHead, DeskError> {
    let mut view = desk.store().read().await?;
    let head = log::head(view.as_mut()).await?;
    drop(view);
    if remembered != Some(&head) {
        desk.store().settle(head.next_statement()).await?;
        let checkpoint = log::checkpoint(desk.seller(), &head)?;
        reach(CrashPoint::CheckpointSigned);
        let file = file.clone();
        tokio::task::spawn_blocking(move || file.write(&checkpoint))
            .await
            .map_err(|_panic| DeskError::Panicked)??;
        reach(CrashPoint::CheckpointPublished);
    }
    Ok(head)
}
