//! Wakes the jobs when a commit left them something to do. Only a hint: the jobs also look by
//! themselves, since another process may have written.

use tokio::sync::Notify;

/// One bell for each job.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// An order may have something to ship.
    pub(crate) fulfilment: Notify,
    /// A mail is waiting.
    pub(crate) outbox: Notify,
}
