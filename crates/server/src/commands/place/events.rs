//! What happens to orders, as it happens.

use std::collections::VecDeque;
use std::time::Duration;

use countersign_api::OrderEvent;
use countersign_store::ChangeScope;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::sleep;

use super::super::ROWS;
use super::Place;
use crate::context::Shop;
use crate::failure::{Exit, Failure};
use crate::http::order_event;
use crate::remote::Told;

/// How often the store is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Events from elsewhere that wait to be printed.
const EVENTS_WAITING: usize = 64;

/// What happens to all orders from when this was made.
#[derive(Debug)]
pub(in super::super) enum Events<'a> {
    /// As the store has it.
    Here {
        /// The shop.
        shop: &'a Shop,
        /// The number of the last change that was read.
        seen: u64,
        /// What was read and not told yet.
        read: VecDeque<OrderEvent>,
    },
    /// As the desk elsewhere tells it.
    There(Receiver<Result<Told, Failure>>),
}

impl Place {
    /// What happens from now on.
    pub(in super::super) async fn events(&self) -> Result<Events<'_>, Failure> {
        let remote = match self {
            Self::Here(shop) => {
                let seen = shop.look().await?.newest_change().await?;
                let read = VecDeque::new();
                return Ok(Events::Here { shop, seen, read });
            }
            Self::There(remote) => remote.clone(),
        };
        let (sender, mut receiver) = channel(EVENTS_WAITING);
        // Not one of the runtime's threads, which would be waited for at the end.
        std::thread::spawn(move || remote.listen(&sender));
        match told(&mut receiver).await? {
            Told::Open => Ok(Events::There(receiver)),
            Told::Event(_) => Err(Failure::new(
                Exit::Failure,
                "the server's events do not say where they begin",
            )),
        }
    }
}

impl Events<'_> {
    /// The next event, once there is one.
    pub(in super::super) async fn next(&mut self) -> Result<OrderEvent, Failure> {
        loop {
            match self {
                Self::Here { shop, seen, read } => {
                    if let Some(event) = read.pop_front() {
                        return Ok(event);
                    }
                    let mut view = shop.look().await?;
                    let changes = view.changes(&ChangeScope::default(), *seen, ROWS).await?;
                    drop(view);
                    match changes.last() {
                        Some(last) => *seen = last.number,
                        None => sleep(LOOK_EVERY).await,
                    }
                    read.extend(changes.iter().map(order_event));
                }
                Self::There(receiver) => match told(receiver).await? {
                    Told::Open => {}
                    Told::Event(event) => return Ok(*event),
                },
            }
        }
    }
}

async fn told(receiver: &mut Receiver<Result<Told, Failure>>) -> Result<Told, Failure> {
    let told = receiver.recv().await;
    told.unwrap_or_else(|| Err(Failure::new(Exit::Failure, "the events ended")))
}
