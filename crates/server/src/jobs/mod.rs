//! What a server does besides answering: ship, send mail, tidy up. Each job finds its work in the
//! store, so a crash loses nothing; a bell only spares it the wait.

mod fulfilment;
mod outbox;
mod tidy;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::config::DeskMode;
use crate::desk::Desk;
use crate::mail::Postman;
use crate::shutdown::Shutdown;

/// Starts the jobs. They end when stopping begins, their work at hand finished.
pub(crate) fn start(desk: &Desk, postman: Arc<Postman>, shutdown: &Shutdown) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    match desk.settings().desk.mode {
        DeskMode::Automatic => {
            jobs.spawn(fulfilment::run(desk.clone(), shutdown.clone()));
        }
        DeskMode::Manual => {}
    }
    jobs.spawn(outbox::run(desk.clone(), postman, shutdown.clone()));
    jobs.spawn(tidy::run(desk.clone(), shutdown.clone()));
    jobs
}
