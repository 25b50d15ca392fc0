//! When to stop: SIGTERM or SIGINT, told to everyone who asks.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells a task that the server is stopping.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

/// Stops the server; dropping it does so too.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// A stopper and what listens to it.
pub(crate) fn channel() -> (Stopper, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Shutdown(receiver))
}

impl Stopper {
    /// Tells everyone to stop.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Whether stopping has begun.
    pub(crate) fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when stopping begins, at once if it has.
    pub(crate) async fn begins(&self) {
        let mut receiver = self.0.clone();
        // An error means that the stopper is gone, which is a stop as well.
        let _stopped = receiver.wait_for(|stopping| *stopping).await;
    }
}

/// Returns when the operating system asks the process to end.
pub(crate) async fn signalled() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
