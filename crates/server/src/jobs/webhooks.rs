//! Sends what waits for webhooks: one event at a time to each, several webhooks at once.
//!
//! A crash between an answer and its report means that the event is sent again, with the same ID: at
//! least once, and recognisably the same.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::desk::webhooks::{Attempt, Consignment, Round};
use crate::desk::{Actor, Desk, DeskError};
use crate::shutdown::Shutdown;
use crate::telemetry::chain;
use crate::webhooks::{Answer, Courier, Message, Secret, signatures};

/// Webhooks that are asked at once. One that hangs takes up one of these places, until its time is up.
const AT_ONCE: usize = 32;
/// How often is looked for what is due, beside the bell.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How much longer a claim lasts than an attempt may, in seconds.
const LEASE_MORE_SECONDS: i64 = 60;

/// Sends until stopping begins.
pub(super) async fn run(desk: Desk, shutdown: Shutdown) {
    let courier = Courier::new(&desk.settings().webhooks);
    let mut sending: JoinSet<Attempt> = JoinSet::new();
    let mut ended: Vec<Attempt> = Vec::new();
    loop {
        match round(&desk, &ended, AT_ONCE.saturating_sub(sending.len())).await {
            Ok(consignments) => {
                ended.clear();
                for consignment in consignments {
                    sending.spawn(send(desk.clone(), courier.clone(), consignment));
                }
            }
            Err(error) => tracing::error!(error = chain(&error), "no webhook was told"),
        }
        if !ended.is_empty() {
            // What could not be reported is reported with what ends next, or a moment later.
            sleep(LOOK_EVERY).await;
        }
        if shutdown.has_begun() {
            break;
        }
        tokio::select! {
            Some(attempt) = sending.join_next() => ended.extend(attempt.ok()),
            () = desk.signals().webhooks.notified() => {}
            () = sleep(LOOK_EVERY) => {}
            () = shutdown.begins() => break,
        }
        while let Some(attempt) = sending.try_join_next() {
            ended.extend(attempt.ok());
        }
    }
    // What is under way has as long as the jobs are waited for; the rest is found by the next server.
    while let Some(attempt) = sending.join_next().await {
        ended.extend(attempt.ok());
        if let Err(error) = round(&desk, &ended, 0).await {
            tracing::warn!(error = chain(&error), "attempts were not reported");
        }
        ended.clear();
    }
}

/// Reports what ended, and claims as much as there is room for.
async fn round(desk: &Desk, ended: &[Attempt], room: usize) -> Result<Vec<Consignment>, DeskError> {
    if ended.is_empty() {
        let now = desk.clock().now();
        let mut view = desk.store().read().await?;
        if room == 0 || !view.delivery_is_due(now).await? {
            return Ok(Vec::new());
        }
    }
    let patience = i64::from(desk.settings().webhooks.timeout_seconds);
    let round = Round {
        attempts: ended.to_vec(),
        lease: SignedDuration::from_secs(patience.saturating_add(LEASE_MORE_SECONDS)),
        limit: u32::try_from(room).unwrap_or(u32::MAX),
    };
    desk.run(&Actor::automatic(), round).await
}

async fn send(desk: Desk, courier: Courier, consignment: Consignment) -> Attempt {
    desk.signals().give_way().await;
    let Consignment { webhook, delivery } = consignment;
    let now = desk.clock().now();
    let previous = webhook
        .previous_secret
        .as_ref()
        .filter(|(_, until)| *until > now);
    let secrets: Result<Vec<Secret>, _> = std::iter::once(&webhook.secret)
        .chain(previous.map(|(secret, _)| secret))
        .map(|secret| secret.parse())
        .collect();
    let answer = match secrets {
        Ok(secrets) => {
            let timestamp = now.as_second();
            let message = Message {
                url: webhook.url.clone(),
                id: delivery.event_id.clone(),
                timestamp,
                signatures: signatures(&secrets, &delivery.event_id, timestamp, &delivery.payload),
                body: delivery.payload.clone(),
            };
            courier.carry(message, now).await
        }
        Err(unfit) => Answer {
            error: Some(unfit.to_string()),
            ..Answer::default()
        },
    };
    if let Some(error) = &answer.error {
        tracing::warn!(
            webhook = webhook.number,
            event = delivery.event_id,
            attempt = delivery.attempts,
            error,
            "a webhook did not take an event"
        );
    }
    Attempt {
        delivery,
        answer,
        at: desk.clock().now(),
    }
}
