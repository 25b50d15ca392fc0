//! A store in which a defect ends the writer's work, when it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_store::{Store, StoreError, Transaction, View};
use tokio::sync::Notify;

use super::faulty::FaultyStore;

/// The name of the thread whose transactions explode: jobs and sessions begin some of their own.
const WRITER: &str = "writer";

/// Which of the writer's next transactions end in a panic; after the last of them, none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Explosions(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    next: Mutex<VecDeque<bool>>,
    begun: Notify,
}

impl Explosions {
    /// Says of each of the writer's next transactions whether it ends in a panic.
    pub(crate) fn follow(&self, plan: &[bool]) {
        *self.0.next.lock().unwrap() = plan.iter().copied().collect();
    }

    /// Waits until the writer begins a transaction of the plan, and has its batch.
    pub(crate) async fn the_writer_begins(&self) {
        self.0.begun.notified().await;
    }

    fn begins(&self) {
        if !self.0.next.lock().unwrap().is_empty() {
            self.0.begun.notify_one();
        }
    }

    fn is_next(&self) -> bool {
        self.0.next.lock().unwrap().pop_front().unwrap_or(false)
    }
}

/// The store.
#[derive(Debug)]
pub(super) struct ExplosiveStore {
    pub(super) store: FaultyStore,
    pub(super) explosions: Explosions,
}

#[async_trait]
impl Store for ExplosiveStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let is_writer = std::thread::current().name() == Some(WRITER);
        if is_writer {
            self.explosions.begins();
        }
        let transaction = self.store.begin().await?;
        assert!(!(is_writer && self.explosions.is_next()), "a defect");
        Ok(transaction)
    }

    async fn read(&self) -> Result<Box<dyn View>, StoreError> {
        self.store.read().await
    }

    async fn read_committed(&self) -> Result<Box<dyn View>, StoreError> {
        self.store.read_committed().await
    }

    async fn settle(&self, next_statement: u64) -> Result<(), StoreError> {
        self.store.settle(next_statement).await
    }

    async fn must_keep(&self) -> Result<(), StoreError> {
        self.store.must_keep().await
    }
}
