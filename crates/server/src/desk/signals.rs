//! What the jobs go by: a bell when a commit left them something to do, and whether orders are
//! under way. Both are only hints; the jobs also look by themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

/// How often a job that gives way looks again.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The longest a job gives way before it does a little all the same.
const GIVE_WAY_AT_MOST: Duration = Duration::from_millis(100);

/// One bell for each job, and the count of orders under way.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// An order may have something to ship.
    pub(crate) fulfilment: Notify,
    /// A mail is waiting.
    pub(crate) outbox: Notify,
    /// An event is on its way to webhooks.
    pub(crate) webhooks: Notify,
    /// The log has grown. Several jobs wait for this one.
    pub(crate) log: Notify,
    /// Something may have happened to an order.
    pub(crate) orders: Notify,
    under_way: AtomicUsize,
}

/// Counts an order that is under way, for as long as it lives.
#[derive(Debug)]
pub(crate) struct UnderWay<'a>(&'a AtomicUsize);

impl Signals {
    /// Counts an order.
    pub(crate) fn order_under_way(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.under_way)
    }

    /// Waits until no order is under way, but not for ever: buyers who wait for their receipts go
    /// before parcels and letters.
    pub(crate) async fn give_way(&self) {
        let started = Instant::now();
        while self.under_way.load(Ordering::Relaxed) > 0 && started.elapsed() < GIVE_WAY_AT_MOST {
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
