//! PostgreSQL: one database that several servers share, kept on as many machines as it is told to.
//!
//! One transaction writes at a time, among all processes. So what a decision rests on cannot change under
//! it, numbers have no gaps, and our transactions never deadlock. Views never wait, and see one snapshot.
//! Row locks are still taken, in a fixed order (stock by SKU, orders, head of the log), against other
//! programs in the database.

mod accounts;
mod apply;
mod audit;
mod back_orders;
mod bound;
mod cancellations;
mod cell;
mod changes;
mod connection;
pub(crate) mod copy;
mod credit;
mod error;
mod intake;
mod inventory;
mod keys;
mod load;
mod log;
mod machines;
mod migrations;
mod movements;
mod moves;
mod notes;
mod order_filter;
mod orders;
mod outbox;
mod parties;
mod prices;
mod readers;
mod refusals;
mod sessions;
mod settled;
mod statements;
mod tls;
mod tokens;
mod unit_of_work;
mod webhooks;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::{OpenError, Store, StoreError, Transaction, View};
use machines::Connector;
use readers::Readers;
use settled::{Kept, Settled};
use unit_of_work::UnitOfWork;
use writer::Writer;

pub use connection::{BUSY_TIMEOUT, COMMIT_DEADLINE, Durability, PostgresSettings};

/// A store in a PostgreSQL database. Its connections are opened as they are needed, and live on the
/// runtime that first needed them.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    writer: Arc<Mutex<Writer>>,
    readers: Arc<Readers>,
    settled: Arc<Settled>,
}

impl PostgresStore {
    /// Opens a database, and brings its schema up to date: an empty database gets all of it, and one that
    /// a newer version of this program has migrated is refused.
    pub async fn open(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let connector = Connector::new(settings)?;
        connector.find_primary().await;
        migrations::migrate(&connector).await?;
        let kept = Kept::default();
        Ok(Self {
            writer: Arc::new(Mutex::new(Writer::new(connector.clone(), kept.clone()))),
            readers: Arc::new(Readers::new(connector.clone())),
            settled: Arc::new(Settled::new(connector, kept)),
        })
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let turn = Arc::clone(&self.writer).lock_owned();
        let writer = timeout(BUSY_TIMEOUT, turn)
            .await
            .map_err(|_elapsed| StoreError::Busy)?;
        Ok(Box::new(UnitOfWork::writing(writer).await?))
    }

    async fn read(&self) -> Result<Box<dyn View>, StoreError> {
        let (reader, connection) = self.readers.lend().await?;
        Ok(Box::new(UnitOfWork::reading(reader, connection).await?))
    }

    async fn read_committed(&self) -> Result<Box<dyn View>, StoreError> {
        let (reader, connection) = self.readers.lend().await?;
        Ok(Box::new(UnitOfWork::reading_committed(reader, connection)))
    }

    async fn settle(&self, next_statement: u64) -> Result<(), StoreError> {
        self.settled.wait_for(next_statement).await
    }

    async fn must_keep(&self) -> Result<(), StoreError> {
        self.settled.try_now().await
    }
}
