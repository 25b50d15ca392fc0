//! An operation in the queue, its kind of answer hidden so that all kinds fit.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use tokio::sync::oneshot;

use super::super::operation::{Operation, execute};
use super::super::{Actor, Desk, DeskError};
use crate::shares::Share;

/// Something that waits for its own transaction.
pub(super) trait Queued: Send + fmt::Debug {
    /// Runs it, and tells whoever waits.
    fn run(self: Box<Self>, desk: Desk) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// An operation, who wants it, and where the answer goes.
pub(super) struct Waiting<O: Operation> {
    /// Its place in the queue, given back when it is answered.
    pub(super) place: Option<Share<Actor>>,
    pub(super) actor: Actor,
    pub(super) operation: O,
    pub(super) answer: oneshot::Sender<Result<O::Answer, DeskError>>,
}

impl<O: Operation> fmt::Debug for Waiting<O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Waiting")
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

impl<O: Operation> Queued for Waiting<O> {
    fn run(self: Box<Self>, desk: Desk) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let answer = execute(&desk, &self.actor, &self.operation).await;
            // Whoever asked may have gone; the operation stands all the same.
            drop(self.answer.send(answer));
            drop(self.place);
        })
    }
}
