//! The one writer of a server: it drains its queue in batches, one transaction for each.
//!
//! It has a thread of its own, so that neither a slow commit nor a burst of TLS handshakes holds
//! up the other. A batch is a run of orders and refusals, or one operation, in arrival order. A
//! panic costs the order or the operation it happened in, never the writer.

mod batch;
mod fault;
mod queued;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::{Actor, Desk, DeskError, Operation};
use crate::shares::Shares;

pub(crate) use batch::signed_order;
pub(crate) use batch::{Arrival, OrderArrival, RefusalArrival, Settled, Waiter};
use queued::{Queued, Waiting};

/// Orders and refusals decided in one transaction.
const BATCH_MAX: usize = 256;
/// Tasks that may wait: every place of an order, and some operations beside.
const QUEUE_MAX: usize = super::receive::PLACES + OPERATIONS_MAX;
/// Operations of accounts that may wait in all, so that they never take an order's place.
const OPERATIONS_MAX: usize = 128;
/// Of one account: a quarter of them.
const OPERATIONS_PER_ACCOUNT_MAX: usize = 32;
/// How long a batch may wait for orders that are still being verified.
const LINGER: Duration = Duration::from_millis(1);

/// Hands work to the writer.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    tasks: mpsc::Sender<Task>,
    /// Operations that wait, by who wants them.
    operations: Shares<Actor>,
    verifying: Arc<AtomicUsize>,
}

/// Counts an order that is being verified, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Verifying(Arc<AtomicUsize>);

#[derive(Debug)]
enum Task {
    Arrival(Arrival),
    Operation(Box<dyn Queued>),
}

/// Starts the writer's thread. It ends when the last `Writer` is dropped, its queue drained.
pub(crate) fn start(desk: Desk) -> io::Result<(Writer, JoinHandle<()>)> {
    let (sender, tasks) = mpsc::channel(QUEUE_MAX);
    let writer = Writer {
        tasks: sender,
        operations: Shares::new(OPERATIONS_MAX, OPERATIONS_PER_ACCOUNT_MAX),
        verifying: Arc::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let verifying = Arc::clone(&writer.verifying);
    let thread = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || runtime.block_on(write(desk, tasks, verifying)))?;
    Ok((writer, thread))
}

impl Writer {
    /// Queues an order or a refusal, or answers that the queue is full.
    pub(crate) fn arrive(&self, arrival: Arrival) -> Result<(), DeskError> {
        self.tasks
            .try_send(Task::Arrival(arrival))
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => DeskError::Busy,
                mpsc::error::TrySendError::Closed(_) => DeskError::ShuttingDown,
            })
    }

    /// Runs an operation in its turn, or answers that too many of them wait.
    pub(crate) async fn run<O: Operation>(
        &self,
        actor: Actor,
        operation: O,
    ) -> Result<O::Answer, DeskError> {
        let (answer, answered) = oneshot::channel();
        let place = actor.is_account().then(|| self.operations.take_one(&actor));
        let waiting = Waiting {
            place: place.transpose().map_err(|_none_left| DeskError::Busy)?,
            actor,
            operation,
            answer,
        };
        self.tasks
            .send(Task::Operation(Box::new(waiting)))
            .await
            .map_err(|_closed| DeskError::ShuttingDown)?;
        answered.await.unwrap_or(Err(DeskError::OutcomeUnknown))
    }

    /// Tells the writer that an order is being verified and may follow soon.
    pub(crate) fn verifying(&self) -> Verifying {
        self.verifying.fetch_add(1, Ordering::Relaxed);
        Verifying(Arc::clone(&self.verifying))
    }
}

impl Drop for Verifying {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn write(desk: Desk, mut tasks: mpsc::Receiver<Task>, verifying: Arc<AtomicUsize>) {
    let mut ahead = None;
    loop {
        let first = match ahead.take() {
            Some(task) => task,
            None => match tasks.recv().await {
                Some(task) => task,
                None => return,
            },
        };
        let desk = desk.clone();
        let work = match first {
            Task::Operation(operation) => tokio::spawn(operation.run(desk)),
            Task::Arrival(arrival) => {
                let (mut arrivals, mut next) = gather(arrival, &mut tasks, &verifying).await;
                let turn = batch::take_turn(&desk).await;
                // While another server had the turn, as many may have come as a batch of their own.
                if next.is_none() {
                    next = take_what_is_there(&mut arrivals, &mut tasks);
                }
                ahead = next;
                tokio::spawn(batch::settle(desk, arrivals, turn))
            }
        };
        if work.await.is_err() {
            tracing::error!(
                "a batch panicked; whoever waits for it learns that its outcome is unknown"
            );
        }
    }
}

/// Collects what has arrived or follows soon, up to a whole batch or the next operation.
async fn gather(
    first: Arrival,
    tasks: &mut mpsc::Receiver<Task>,
    verifying: &AtomicUsize,
) -> (Vec<Arrival>, Option<Task>) {
    let mut arrivals = vec![first];
    let deadline = Instant::now() + LINGER;
    loop {
        let operation = take_what_is_there(&mut arrivals, tasks);
        let is_over = arrivals.len() >= BATCH_MAX || verifying.load(Ordering::Relaxed) == 0;
        if operation.is_some() || is_over {
            return (arrivals, operation);
        }
        match timeout_at(deadline, tasks.recv()).await.ok().flatten() {
            Some(Task::Arrival(arrival)) => arrivals.push(arrival),
            operation => return (arrivals, operation),
        }
    }
}

/// Adds what has arrived, up to a whole batch; gives back the operation that comes next.
fn take_what_is_there(
    arrivals: &mut Vec<Arrival>,
    tasks: &mut mpsc::Receiver<Task>,
) -> Option<Task> {
    while arrivals.len() < BATCH_MAX {
        match tasks.try_recv() {
            Ok(Task::Arrival(arrival)) => arrivals.push(arrival),
            Ok(operation @ Task::Operation(_)) => return Some(operation),
            Err(_) => break,
        }
    }
    None
}
