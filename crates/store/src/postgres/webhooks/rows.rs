//! The rows of webhooks and deliveries, and which of these may be claimed.

use jiff::Timestamp;

use super::super::cell::Record;
use crate::{DeliveryRecord, StoreError, WebhookRecord};

/// What is read of a webhook.
macro_rules! webhook_columns {
    () => {
        "number,
         buyer,
         url,
         kinds,
         secret,
         previous_secret,
         previous_until,
         created_at,
         last_success_at,
         disabled_at,
         disabled_reason"
    };
}

/// What is read of a delivery.
macro_rules! delivery_columns {
    () => {
        "number,
         webhook,
         event_id,
         kind,
         order_id,
         statement,
         payload,
         state,
         claims,
         attempts,
         created_at,
         due_at,
         tried_at,
         status,
         error"
    };
}

/// What may be claimed at $1: of each webhook that nobody holds a claim on the oldest delivery that is
/// due, not behind one that is to go first. $2 is how many attempts hold up everything after them.
macro_rules! claimable {
    () => {
        "SELECT ready.number
         FROM (
             SELECT (
                 SELECT due.number
                 FROM webhook_deliveries AS due
                 WHERE due.webhook = webhooks.number
                     AND due.state = 'waiting'
                     AND due.due_at <= $1
                     AND due.number <= coalesce(
                         (
                             SELECT first.number
                             FROM webhook_deliveries AS first
                             WHERE first.webhook = webhooks.number
                                 AND first.state = 'waiting'
                                 AND first.attempts < $2
                                 AND NOT EXISTS (
                                     SELECT 1
                                     FROM webhook_deliveries AS same
                                     WHERE same.webhook = first.webhook
                                         AND same.state = 'waiting'
                                         AND same.order_id = first.order_id
                                         AND same.number < first.number
                                 )
                             ORDER BY first.number
                             LIMIT 1
                         ),
                         due.number
                     )
                     AND NOT EXISTS (
                         SELECT 1
                         FROM webhook_deliveries AS earlier
                         WHERE earlier.webhook = due.webhook
                             AND earlier.state = 'waiting'
                             AND earlier.order_id = due.order_id
                             AND earlier.number < due.number
                     )
                 ORDER BY due.number
                 LIMIT 1
             ) AS number
             FROM webhooks
             WHERE webhooks.disabled_at IS NULL
                 AND NOT EXISTS (
                     SELECT 1
                     FROM webhook_deliveries AS claimed
                     WHERE claimed.webhook = webhooks.number
                         AND claimed.lease_ends_at > $1
                 )
         ) AS ready
         WHERE ready.number IS NOT NULL
         ORDER BY ready.number"
    };
}

pub(super) use {claimable, delivery_columns, webhook_columns};

pub(super) fn webhook(record: &Record<'_>) -> Result<WebhookRecord, StoreError> {
    let number = record.cell("number")?;
    let previous: Option<String> = record.cell("previous_secret")?;
    let until: Option<Timestamp> = record.cell("previous_until")?;
    let disabled_at: Option<Timestamp> = record.cell("disabled_at")?;
    let reason: Option<String> = record.cell("disabled_reason")?;
    Ok(WebhookRecord {
        number,
        buyer: record.cell("buyer")?,
        url: record.cell("url")?,
        kinds: record.cell("kinds")?,
        secret: record.cell("secret")?,
        previous_secret: previous.zip(until),
        created_at: record.cell("created_at")?,
        last_success_at: record.cell("last_success_at")?,
        disabled: disabled_at.zip(reason),
    })
}

pub(super) fn delivery(record: &Record<'_>) -> Result<DeliveryRecord, StoreError> {
    Ok(DeliveryRecord {
        number: record.cell("number")?,
        webhook: record.cell("webhook")?,
        event_id: record.cell("event_id")?,
        kind: record.cell("kind")?,
        order: record.cell("order_id")?,
        statement: record.cell("statement")?,
        payload: record.cell("payload")?,
        state: record.cell("state")?,
        claims: record.cell("claims")?,
        attempts: record.cell("attempts")?,
        created_at: record.cell("created_at")?,
        due_at: record.cell("due_at")?,
        tried_at: record.cell("tried_at")?,
        status: record.cell("status")?,
        error: record.cell("error")?,
    })
}
