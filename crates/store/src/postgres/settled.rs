//! How far it is known that what can be seen is kept: nothing of it may be told as a promise before.
//!
//! A commit becomes visible when its wait for a standby ends, also if the wait was cancelled. Whoever has
//! seen a statement of another process therefore commits a message of its own: once a standby has that, it
//! has everything that was visible before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::connection::{Connection, SETTINGS, keeps};
use super::machines::Connector;
use crate::StoreError;

/// How long it counts that something was kept: whoever asks often costs the database little.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// All statements below a number, of which this process knows that they are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Arc<AtomicU64>);

impl Kept {
    /// Learns that all below this number are.
    pub(super) fn grow(&self, next: u64) {
        self.0.fetch_max(next, Ordering::Release);
    }

    fn holds(&self, next: u64) -> bool {
        next <= self.0.load(Ordering::Acquire)
    }

    /// Refuses a database whose next statement has this number, if more is known to be kept: another machine
    /// took over, which never had it.
    pub(super) fn must_be_in(&self, next: u64) -> Result<(), StoreError> {
        if self.0.load(Ordering::Acquire) <= next {
            return Ok(());
        }
        Err(StoreError::Unavailable(
            "the database holds less than was seen in it".into(),
        ))
    }
}

/// What this process knows to be kept, and how it learns that.
#[derive(Debug)]
pub(super) struct Settled {
    connector: Connector,
    /// What messages are committed on; who waits for it shares the outcome.
    last: Mutex<Last>,
    kept: Kept,
}

/// The last message.
#[derive(Debug, Default)]
struct Last {
    connection: Option<Connection>,
    kept_at: Option<Instant>,
}

impl Settled {
    pub(super) const fn new(connector: Connector, kept: Kept) -> Self {
        Self {
            connector,
            last: Mutex::const_new(Last {
                connection: None,
                kept_at: None,
            }),
            kept,
        }
    }

    /// Returns once all statements below a number, which was seen in the database, are kept.
    pub(super) async fn wait_for(&self, next: u64) -> Result<(), StoreError> {
        if self.kept.holds(next) {
            return Ok(());
        }
        let mut last = self.last.lock().await;
        if self.kept.holds(next) {
            return Ok(());
        }
        self.commit(&mut last, next).await
    }

    /// Returns once something that was committed just now is kept.
    pub(super) async fn try_now(&self) -> Result<(), StoreError> {
        let mut last = self.last.lock().await;
        if last.kept_at.is_some_and(|then| then.elapsed() < KEPT_FOR) {
            return Ok(());
        }
        self.commit(&mut last, 0).await
    }

    async fn commit(&self, last: &mut Last, next: u64) -> Result<(), StoreError> {
        last.kept_at = None;
        let good = last.connection.take().filter(Connection::is_good);
        let mut connection = match good {
            Some(connection) => connection,
            None => self.connector.connect_to_write().await?,
        };
        let settings = connection.begin_with("BEGIN", SETTINGS, &[]).await?;
        keeps(&settings, self.connector.durability())?;
        let found = connection.next_statement().await?;
        self.kept.must_be_in(found)?;
        if found < next {
            return Err(StoreError::Unavailable(
                "the database holds less than was seen in it".into(),
            ));
        }
        last.connection = Some(connection.commit().await?);
        last.kept_at = Some(Instant::now());
        self.kept.grow(found);
        Ok(())
    }
}
