//! What a server does besides answering: ship, end holds, send mail, remind of keys, tell webhooks, remember
//! the log, have it cosigned, tidy up. Each job finds its work in the store, so a crash loses nothing; a bell
//! only spares it the wait.

mod checkpoint;
mod fulfilment;
mod holds;
mod outbox;
mod reminders;
mod tidy;
mod webhooks;
mod witnesses;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::checkpoint_file::CheckpointFile;
use crate::config::DeskMode;
use crate::cosigning::Witnesses;
use crate::desk::Desk;
use crate::mail::Postman;
use crate::shutdown::Shutdown;

pub(crate) use checkpoint::remember;

/// Starts the jobs. They end when stopping begins, their work at hand finished.
pub(crate) fn start(
    desk: &Desk,
    postman: Arc<Postman>,
    checkpoint: CheckpointFile,
    asked: &Witnesses,
    shutdown: &Shutdown,
) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    match desk.settings().desk.mode {
        DeskMode::Automatic => {
            jobs.spawn(fulfilment::run(desk.clone(), shutdown.clone()));
        }
        DeskMode::Manual => {}
    }
    jobs.spawn(holds::run(desk.clone(), shutdown.clone()));
    jobs.spawn(checkpoint::run(desk.clone(), checkpoint, shutdown.clone()));
    for witness in asked.all() {
        jobs.spawn(witnesses::run(
            desk.clone(),
            asked.clone(),
            witness.clone(),
            shutdown.clone(),
        ));
    }
    jobs.spawn(outbox::run(desk.clone(), postman, shutdown.clone()));
    jobs.spawn(webhooks::run(desk.clone(), shutdown.clone()));
    jobs.spawn(reminders::run(desk.clone(), shutdown.clone()));
    jobs.spawn(tidy::run(desk.clone(), shutdown.clone()));
    jobs
}
