//! When to stop: SIGTERM or SIGINT, told to everyone who asks.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
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

/// The operating system's wish that the process end, listened for from when this is made.
#[derive(Debug)]
pub(crate) struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl EndSignals {
    /// Listens from now on: until then, either signal ends the process at once.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Returns when the operating system asks the process to end.
    pub(crate) async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
