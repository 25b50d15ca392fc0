//! Has the log cosigned by witnesses: others who remember how far they saw it grow, and say so.
//!
//! They are asked after the commit and delay nothing. What one says is kept with its signature or not
//! at all; that it has seen more than is stored here is what a restored old backup is noticed by.

mod offer;
mod post;
mod witness;

use countersign_store::LogHead;
use tokio::task::JoinSet;

use crate::config::LogSettings;
use crate::desk::{Desk, DeskError};
use post::Poster;

pub(crate) use offer::Reply;
pub(crate) use witness::Witness;

pub use witness::WitnessError;

/// The witnesses of a shop, and how they are reached.
#[derive(Clone, Debug)]
pub struct Witnesses {
    poster: Poster,
    all: Vec<Witness>,
}

impl Witnesses {
    /// Those that the settings name.
    pub fn of(settings: &LogSettings) -> Result<Self, WitnessError> {
        Ok(Self {
            all: Witness::all(settings)?,
            poster: Poster::new(),
        })
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Witness] {
        &self.all
    }

    /// Offers one of them the log as it is committed. What it signs is kept.
    pub(crate) async fn offer(
        &self,
        desk: &Desk,
        witness: &Witness,
        log: &LogHead,
    ) -> Result<Reply, DeskError> {
        offer::offer(desk, &self.poster, witness, log).await
    }

    /// Offers it to all of them at once, and tells what came of it, in no order.
    pub(crate) async fn offer_to_all(
        &self,
        desk: &Desk,
        log: &LogHead,
    ) -> Result<Vec<(Witness, Reply)>, DeskError> {
        let mut asked = JoinSet::new();
        for witness in self.all.iter().cloned() {
            let (witnesses, desk, log) = (self.clone(), desk.clone(), log.clone());
            asked.spawn(async move {
                let reply = witnesses.offer(&desk, &witness, &log).await;
                reply.map(|reply| (witness, reply))
            });
        }
        let mut replies = Vec::with_capacity(self.all.len());
        while let Some(reply) = asked.join_next().await {
            replies.push(reply.map_err(|_panic| DeskError::Panicked)??);
        }
        Ok(replies)
    }
}
