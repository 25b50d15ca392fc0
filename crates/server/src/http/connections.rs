//! How many connections are open: so many in all, and fewer from one source.

use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::ListenSettings;
use crate::shares::{NoneLeft, Share, Shares};
use crate::source::Source;

/// The places of all connections.
#[derive(Debug)]
pub(super) struct Connections {
    all: Arc<Semaphore>,
    by_source: Shares<Source>,
}

/// A place for a connection whose source is not known yet.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    connections: &'a Connections,
    place: OwnedSemaphorePermit,
}

/// A place of an open connection, free again when dropped.
#[derive(Debug)]
pub(super) struct Opened {
    _place: OwnedSemaphorePermit,
    _share: Share<Source>,
}

impl Connections {
    pub(super) fn new(settings: &ListenSettings) -> Self {
        let all = count(settings.max_connections);
        let each = count(settings.max_connections_per_source);
        Self {
            all: Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS))),
            by_source: Shares::new(all, each),
        }
    }

    /// Waits until one more may be open.
    pub(super) async fn opening(&self) -> Option<Opening<'_>> {
        let place = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Opening {
            connections: self,
            place,
        })
    }
}

impl Opening<'_> {
    /// Keeps the place, unless the source has its share. It is not made to wait: those behind it
    /// would wait with it.
    pub(super) fn from(self, source: Source) -> Result<Opened, NoneLeft> {
        Ok(Opened {
            _share: self.connections.by_source.take_one(&source)?,
            _place: self.place,
        })
    }
}

fn count(limit: NonZeroU32) -> usize {
    usize::try_from(limit.get()).unwrap_or(usize::MAX)
}
