//! Has the log cosigned by each witness, a moment after it grew. One that is down delays nobody.

use std::time::Duration;

use countersign_store::LogHead;
use tokio::time::sleep;

use crate::cosigning::{Reply, Witness, Witnesses};
use crate::desk::{Desk, DeskError, log};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

/// The shortest time between two checkpoints that one witness is offered.
const REST: Duration = Duration::from_secs(1);
/// How often it looks by itself: another process may have let the log grow.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The longest time until a witness that did not help is asked again; the first is a rest, and each
/// doubles the one before.
const RETRY_AT_MOST: Duration = Duration::from_mins(1);

/// Asks one witness until stopping begins.
pub(super) async fn run(desk: Desk, asked: Witnesses, witness: Witness, shutdown: Shutdown) {
    let name = witness.name().to_owned();
    let mut cosigned: Option<LogHead> = None;
    let mut wait = REST;
    let mut is_helpful = true;
    while !shutdown.has_begun() {
        let helped = match next(&desk, &asked, &witness, cosigned.as_ref()).await {
            Ok((Reply::Cosigned, head)) => {
                cosigned = Some(head);
                true
            }
            Ok((reply, _)) => {
                complain(&name, &reply, is_helpful);
                false
            }
            Err(error) => {
                tracing::error!(
                    witness = name,
                    error = chain(&error),
                    "no witness was asked"
                );
                false
            }
        };
        if helped && !is_helpful {
            tracing::info!(witness = name, "the witness cosigns again");
        }
        is_helpful = helped;
        wait = if helped {
            REST
        } else {
            (wait * 2).min(RETRY_AT_MOST)
        };
        tokio::select! {
            () = until_it_grows(&desk, helped) => {}
            () = shutdown.begins() => return,
        }
        tokio::select! {
            () = sleep(wait) => {}
            () = shutdown.begins() => return,
        }
    }
}

/// Offers the log as it is committed, unless that is what was cosigned.
async fn next(
    desk: &Desk,
    asked: &Witnesses,
    witness: &Witness,
    cosigned: Option<&LogHead>,
) -> Result<(Reply, LogHead), DeskError> {
    let mut view = desk.store().read().await?;
    let head = log::head(view.as_mut()).await?;
    drop(view);
    if cosigned == Some(&head) {
        return Ok((Reply::Cosigned, head));
    }
    let reply = asked.offer(desk, witness, &head).await?;
    Ok((reply, head))
}

/// Waits for something new to offer, where the last offer was taken.
async fn until_it_grows(desk: &Desk, was_taken: bool) {
    if was_taken {
        tokio::select! {
            () = desk.signals().log.notified() => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

/// Tells the operator, of a witness that is merely down only once.
fn complain(name: &str, reply: &Reply, is_news: bool) {
    match reply {
        Reply::Cosigned => {}
        Reply::Unhelpful(why) if is_news => {
            tracing::warn!(witness = name, why, "a witness did not cosign the log");
        }
        Reply::Unhelpful(why) => {
            tracing::debug!(witness = name, why, "a witness did not cosign the log");
        }
        Reply::SawMore(seen) => tracing::error!(
            witness = name,
            seen,
            "a witness has seen more statements than are stored here"
        ),
        Reply::SawOthers(seen) => tracing::error!(
            witness = name,
            seen,
            "a witness has seen other statements than are stored here"
        ),
    }
}
