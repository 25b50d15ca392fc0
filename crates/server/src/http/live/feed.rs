//! The one watcher, and what it hands out.

use std::sync::Arc;
use std::time::Duration;

use countersign_api::limits;
use countersign_order::AccountId;
use countersign_store::{Change, ChangeScope};
use tokio::sync::broadcast;
use tokio::time::sleep;

use crate::desk::{Desk, DeskError};
use crate::shares::{NoneLeft, Share, Shares};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

/// How often it looks by itself: another process may have moved an order.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The shortest time between two looks.
const REST: Duration = Duration::from_millis(20);
/// Changes read at once.
const ROWS: u32 = 200;
/// Batches that a slow stream may be behind before it has to read the store.
const BATCHES_KEPT: usize = 64;

/// What the watcher hands out, and the places of those who listen.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    changes: broadcast::Sender<Arc<[Change]>>,
    places: Arc<Shares<AccountId>>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        let (all, each) = (limits::EVENT_STREAMS_MAX, limits::EVENT_STREAMS_PER_ACCOUNT);
        Self {
            changes: broadcast::channel(BATCHES_KEPT).0,
            places: Arc::new(Shares::new(all, each)),
        }
    }

    /// What happens from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<[Change]>> {
        self.changes.subscribe()
    }

    /// A place for a stream of this account.
    pub(super) fn place(&self, account: &AccountId) -> Result<Share<AccountId>, NoneLeft> {
        self.places.take_one(account)
    }

    /// Whether no account may have one more stream.
    pub(super) fn is_full(&self) -> bool {
        self.places.taken() >= limits::EVENT_STREAMS_MAX
    }
}

/// Hands out what happens until stopping begins.
pub(crate) async fn watch(desk: Desk, feed: Feed, shutdown: Shutdown) {
    let mut seen = None;
    while !shutdown.has_begun() {
        match look(&desk, &feed, seen).await {
            Ok(newest) => seen = Some(newest),
            Err(error) => {
                tracing::warn!(error = chain(&error), "what happened could not be read");
            }
        }
        tokio::select! {
            () = desk.signals().orders.notified() => sleep(REST).await,
            () = sleep(LOOK_EVERY) => {}
            () = shutdown.begins() => {}
        }
    }
}

/// Hands out what came after `seen`, and returns how far it has seen.
///
/// Without listeners there is nothing to hand out. Whoever begins to listen after that was looked at
/// reads the store later still, and finds there all that was passed over here.
async fn look(desk: &Desk, feed: &Feed, seen: Option<u64>) -> Result<u64, DeskError> {
    let mut view = desk.store().read().await?;
    let newest = view.newest_change().await?;
    let Some(mut seen) = seen.filter(|_| feed.changes.receiver_count() > 0) else {
        return Ok(newest);
    };
    while seen < newest {
        let changes = view.changes(&ChangeScope::default(), seen, ROWS).await?;
        let Some(last) = changes.last() else { break };
        seen = last.number;
        // Whoever listened may have gone meanwhile.
        let _listeners = feed.changes.send(changes.into());
    }
    Ok(seen)
}
