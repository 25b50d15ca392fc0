//! Sends the mail that waits in the outbox: claims it with a lease, delivers, reports.
//!
//! A crash between delivery and report means that the mail is sent again, with the same
//! Message-ID: at least once, and recognisably the same.

use std::sync::Arc;
use std::time::Duration;

use countersign_store::MailRecord;
use countersign_store::crash::{CrashPoint, reach};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::config::MailSettings;
use crate::desk::outbox::{ClaimMail, Fate, Report, ReportMail};
use crate::desk::{Actor, Desk, DeskError};
use crate::mail::{DeliveryError, MailEvent, Parcel, Postman};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;

/// Mails claimed at once.
const MAILS_AT_ONCE: u32 = 16;
/// How long a claim lasts: every stage of every delivery of it may time out.
const LEASE: SignedDuration = SignedDuration::from_mins(30);
/// How long after a report that failed the next is made.
const REPORT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Sends until stopping begins.
pub(super) async fn run(desk: Desk, postman: Arc<Postman>, shutdown: Shutdown) {
    let look_every = Duration::from_secs(desk.settings().mail.poll_seconds.max(1).into());
    loop {
        let sent = match send_some(&desk, &postman, &shutdown).await {
            Ok(sent) => sent,
            Err(error) => {
                tracing::error!(error = chain(&error), "no mail was sent");
                0
            }
        };
        if shutdown.has_begun() {
            return;
        }
        if sent == 0 {
            tokio::select! {
                () = desk.signals().outbox.notified() => {}
                () = sleep(look_every) => {}
                () = shutdown.begins() => return,
            }
        }
    }
}

/// Sends a handful of mails, and tells how many were due.
async fn send_some(
    desk: &Desk,
    postman: &Arc<Postman>,
    shutdown: &Shutdown,
) -> Result<usize, DeskError> {
    let now = desk.clock().now();
    let mut view = desk.store().read().await?;
    let due = view.next_mail_due().await?;
    drop(view);
    if due.is_none_or(|due| due > now) {
        return Ok(0);
    }
    let actor = Actor::automatic();
    let claim = ClaimMail {
        lease: LEASE,
        limit: MAILS_AT_ONCE,
    };
    let claimed = desk.run(&actor, claim).await?;
    reach(CrashPoint::MailClaimed);
    let count = claimed.len();
    let mut reports = Vec::with_capacity(count);
    for mail in claimed {
        // What is not even tried is due again at once, for whoever serves next.
        let fate = if shutdown.has_begun() {
            Fate::Failed {
                error: "the server stopped before it was tried".to_owned(),
                retry_at: now,
            }
        } else {
            desk.signals().give_way().await;
            reach(CrashPoint::MailBeforeSend);
            let fate = deliver(desk, postman, &mail).await;
            reach(CrashPoint::MailSent);
            fate
        };
        reports.push(Report {
            number: mail.number,
            attempt: mail.attempts,
            fate,
        });
    }
    if !reports.is_empty() {
        report(desk, &actor, &reports, shutdown).await?;
        reach(CrashPoint::MailMarked);
    }
    Ok(count)
}

/// Reports what became of mails, and goes on trying while the store cannot take it in: what was sent and
/// is not reported is sent again when the claim ends.
async fn report(
    desk: &Desk,
    actor: &Actor,
    reports: &[Report],
    shutdown: &Shutdown,
) -> Result<(), DeskError> {
    let now = desk.clock().now();
    let claim_ends_at = now.saturating_add(LEASE).unwrap_or(now);
    loop {
        let Err(error) = desk.run(actor, ReportMail(reports.to_vec())).await else {
            return Ok(());
        };
        if shutdown.has_begun() || desk.clock().now() >= claim_ends_at {
            return Err(error);
        }
        tracing::warn!(
            error = chain(&error),
            "what became of mails is not reported yet"
        );
        tokio::select! {
            () = sleep(REPORT_AGAIN_AFTER) => {}
            () = shutdown.begins() => {}
        }
    }
}

async fn deliver(desk: &Desk, postman: &Arc<Postman>, mail: &MailRecord) -> Fate {
    let now = desk.clock().now();
    let error = match try_to_deliver(desk, postman, mail, now).await {
        Ok(()) => return Fate::Sent,
        Err(error) => error,
    };
    let settings = &desk.settings().mail;
    let patience = SignedDuration::from_hours(settings.give_up_hours.into());
    let is_given_up = error.permanent || now.duration_since(mail.created_at) >= patience;
    tracing::warn!(
        mail = mail.number,
        kind = mail.kind,
        attempt = mail.attempts,
        is_given_up,
        error = error.text,
        "a mail could not be sent"
    );
    if is_given_up {
        return Fate::Dead { error: error.text };
    }
    let wait = wait_before_retry(settings, mail.attempts, jitter(desk));
    let retry_at = now.saturating_add(wait).unwrap_or(now);
    Fate::Failed {
        error: error.text,
        retry_at,
    }
}

async fn try_to_deliver(
    desk: &Desk,
    postman: &Arc<Postman>,
    mail: &MailRecord,
    now: Timestamp,
) -> Result<(), DeliveryError> {
    let event: MailEvent = serde_json::from_str(&mail.payload)
        .map_err(|_unreadable| failure(true, "the stored event makes no sense"))?;
    let unavailable = |_error| failure(false, "the statement could not be read from the store");
    let mut view = desk.store().read().await.map_err(unavailable)?;
    let statement = match event.statement {
        Some(number) => view.statement(number).await.map_err(unavailable)?,
        None => None,
    };
    drop(view);
    let parcel = Parcel {
        event,
        to: mail.to.clone(),
        statement: statement.map(|statement| statement.der),
    };
    postman.deliver(parcel, now).await
}

fn failure(permanent: bool, text: &str) -> DeliveryError {
    DeliveryError {
        permanent,
        text: text.to_owned(),
    }
}

/// Doubles with every attempt up to the longest wait; up to a fifth is taken off by chance, so
/// that mails which failed together do not come back together.
fn wait_before_retry(settings: &MailSettings, attempt: u32, chance: u8) -> SignedDuration {
    let first = u64::from(settings.retry_first_seconds.max(1));
    let longest = u64::from(settings.retry_longest_seconds.max(1));
    let doublings = attempt.saturating_sub(1).min(32);
    let whole_ms = first
        .saturating_mul(1 << doublings)
        .min(longest)
        .saturating_mul(1000);
    let off_ms = whole_ms / 5 * u64::from(chance) / 256;
    SignedDuration::from_millis(i64::try_from(whole_ms - off_ms).unwrap_or(i64::MAX))
}

fn jitter(desk: &Desk) -> u8 {
    let [chance] = desk.random().bytes();
    chance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_longer_each_time_but_never_longer_than_the_longest() {
        let settings = MailSettings::default();
        let wait = |attempt| wait_before_retry(&settings, attempt, 0).as_secs();
        assert_eq!((wait(1), wait(2), wait(3)), (300, 600, 1200));
        assert_eq!((wait(7), wait(40)), (4 * 3600, 4 * 3600));
    }

    #[test]
    fn chance_takes_off_less_than_a_fifth() {
        let wait = wait_before_retry(&MailSettings::default(), 1, 255);
        assert!((240..300).contains(&wait.as_secs()), "{wait}");
    }
}
