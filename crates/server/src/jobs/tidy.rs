//! Forgets what has expired: sessions, challenges, invites, mails sent long ago, and what webhooks were told.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::sleep;

use crate::desk::outbox::ForgetSentMail;
use crate::desk::sessions::ForgetExpired;
use crate::desk::webhooks::ForgetDeliveries;
use crate::desk::{Actor, Desk, DeskError};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

const EVERY: Duration = Duration::from_hours(1);
/// How long a sent mail stays listed.
const KEEP_SENT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Rows forgotten in one transaction.
const ROWS_AT_ONCE: u32 = 1000;

/// Tidies once an hour until stopping begins.
pub(super) async fn run(desk: Desk, shutdown: Shutdown) {
    loop {
        if let Err(error) = tidy(&desk).await {
            tracing::warn!(error = chain(&error), "nothing was tidied");
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = shutdown.begins() => return,
        }
    }
}

async fn tidy(desk: &Desk) -> Result<(), DeskError> {
    let actor = Actor::automatic();
    let expired = desk.run(&actor, ForgetExpired).await?;
    let mut mails = 0;
    loop {
        let forget = ForgetSentMail {
            keep: KEEP_SENT,
            limit: ROWS_AT_ONCE,
        };
        let forgotten = desk.run(&actor, forget).await?;
        mails += forgotten;
        if forgotten < ROWS_AT_ONCE.into() {
            break;
        }
    }
    let mut deliveries = 0;
    loop {
        let days = desk.settings().webhooks.keep_days;
        let forget = ForgetDeliveries {
            keep: SignedDuration::from_hours(i64::from(days) * 24),
            limit: ROWS_AT_ONCE,
        };
        let forgotten = desk.run(&actor, forget).await?;
        deliveries += forgotten;
        if forgotten < ROWS_AT_ONCE.into() {
            break;
        }
    }
    tracing::debug!(expired, mails, deliveries, "tidied");
    Ok(())
}
