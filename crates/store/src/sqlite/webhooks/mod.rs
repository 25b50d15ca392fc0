//! Webhooks in SQL.

mod rows;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;

use self::rows::{
    EventRow, claimable, delivery, delivery_columns, of_deliveries, of_webhooks, webhook,
    webhook_columns,
};
use super::cell::{Record, Word, column_number, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{
    ATTEMPTS_IN_ORDER, AttemptReport, DeliveryRecord, DeliveryState, NewWebhook, NewWebhookEvent,
    Page, ReadWebhooks, Replay, StoreError, WebhookRecord, WriteWebhooks,
};

#[async_trait]
impl ReadWebhooks for UnitOfWork {
    async fn webhooks(&mut self) -> Result<Vec<WebhookRecord>, StoreError> {
        self.rows(
            concat!(
                "SELECT ",
                webhook_columns!(),
                " FROM webhooks ORDER BY number"
            ),
            (),
            |row| webhook(&of_webhooks(row)),
        )
    }

    async fn webhook(&mut self, number: u64) -> Result<Option<WebhookRecord>, StoreError> {
        self.row(
            concat!(
                "SELECT ",
                webhook_columns!(),
                " FROM webhooks WHERE number = ?1"
            ),
            params![column_number(number)],
            |row| webhook(&of_webhooks(row)),
        )
    }

    async fn deliveries(
        &mut self,
        webhook: u64,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<DeliveryRecord>, StoreError> {
        let rows = self.rows(
            concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM webhook_deliveries
                 WHERE webhook = ?1
                     AND number < ?2
                 ORDER BY number DESC
                 LIMIT ?3"
            ),
            params![
                column_number(webhook),
                before.map_or(i64::MAX, column_number),
                i64::from(limit) + 1
            ],
            |row| delivery(&of_deliveries(row)),
        )?;
        Ok(Page::cut(rows, limit))
    }

    async fn deliveries_waiting(&mut self) -> Result<u64, StoreError> {
        let counted = self.row(
            "SELECT COUNT(*) AS waiting
             FROM webhook_deliveries
             WHERE state = 'waiting'",
            (),
            |row| {
                Record {
                    row,
                    table: "webhook_deliveries",
                }
                .cell("waiting")
            },
        )?;
        Ok(counted.unwrap_or_default())
    }

    async fn delivery_is_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let due = self.row(
            concat!(claimable!(), " LIMIT 1"),
            params![micros(now), ATTEMPTS_IN_ORDER],
            |_row| Ok(()),
        )?;
        Ok(due.is_some())
    }
}

#[async_trait]
impl WriteWebhooks for UnitOfWork {
    async fn insert_webhook(
        &mut self,
        webhook: &NewWebhook,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let number = self.row(
            "INSERT INTO webhooks (
                 buyer,
                 url,
                 kinds,
                 secret,
                 created_at
             )
             VALUES (?1, ?2, ?3, ?4, ?5)
             RETURNING number",
            params![
                webhook
                    .buyer
                    .as_ref()
                    .map(|buyer| buyer.as_str().to_owned()),
                webhook.url,
                json(&webhook.kinds)?,
                webhook.secret,
                micros(now)
            ],
            |row| of_webhooks(row).cell("number"),
        )?;
        number.ok_or_else(|| StoreError::RuleBroken("an insertion gave no number".into()))
    }

    async fn delete_webhook(&mut self, number: u64) -> Result<bool, StoreError> {
        self.execute(
            "DELETE FROM webhook_deliveries WHERE webhook = ?1",
            params![column_number(number)],
        )?;
        self.changes(
            "DELETE FROM webhooks WHERE number = ?1",
            params![column_number(number)],
        )
    }

    async fn insert_webhook_events(
        &mut self,
        events: &[NewWebhookEvent],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let rows: Vec<EventRow<'_>> = events.iter().map(EventRow::of).collect();
        self.execute(
            "INSERT INTO webhook_deliveries (
                 webhook,
                 event_id,
                 kind,
                 order_id,
                 statement,
                 payload,
                 state,
                 created_at,
                 due_at
             )
             SELECT
                 webhooks.number,
                 event.value ->> 'event_id',
                 event.value ->> 'kind',
                 event.value ->> 'order_id',
                 event.value ->> 'statement',
                 event.value ->> 'payload',
                 CASE WHEN webhooks.disabled_at IS NULL THEN 'waiting' ELSE 'missed' END,
                 ?2,
                 ?2
             FROM jsonb_each(?1) AS event
             CROSS JOIN webhooks
             WHERE (webhooks.buyer IS NULL OR webhooks.buyer = event.value ->> 'buyer')
                 AND EXISTS (
                     SELECT 1
                     FROM json_each(webhooks.kinds) AS wanted
                     WHERE wanted.value = event.value ->> 'kind'
                 )
             ORDER BY event.key, webhooks.number
             ON CONFLICT (webhook, kind, statement) DO NOTHING",
            params![json(&rows)?, micros(now)],
        )?;
        Ok(())
    }

    async fn claim_deliveries(
        &mut self,
        now: Timestamp,
        lease_ends_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, StoreError> {
        let mut claimed = self.rows(
            concat!(
                "UPDATE webhook_deliveries
                 SET claims = claims + 1,
                     attempts = attempts + 1,
                     tried_at = ?1,
                     lease_ends_at = ?3
                 WHERE number IN (",
                claimable!(),
                " LIMIT ?4) RETURNING ",
                delivery_columns!()
            ),
            params![micros(now), ATTEMPTS_IN_ORDER, micros(lease_ends_at), limit],
            |row| delivery(&of_deliveries(row)),
        )?;
        claimed.sort_by_key(|delivery| delivery.number);
        Ok(claimed)
    }

    async fn report_attempt(
        &mut self,
        report: &AttemptReport<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_latest = self.changes(
            "UPDATE webhook_deliveries
             SET state = ?3,
                 status = ?4,
                 error = ?5,
                 due_at = ?6,
                 lease_ends_at = NULL
             WHERE number = ?1
                 AND claims = ?2
                 AND lease_ends_at IS NOT NULL",
            params![
                column_number(report.number),
                report.claim,
                report.state.word(),
                report.status,
                report.error,
                micros(report.due_at)
            ],
        )?;
        if is_latest && report.state == DeliveryState::Delivered {
            self.execute(
                "UPDATE webhooks
                 SET last_success_at = ?2
                 WHERE number = (
                     SELECT webhook
                     FROM webhook_deliveries
                     WHERE number = ?1
                 )",
                params![column_number(report.number), micros(now)],
            )?;
        }
        Ok(is_latest)
    }

    async fn release_deliveries(&mut self) -> Result<u64, StoreError> {
        count(self.execute(
            "UPDATE webhook_deliveries
             SET lease_ends_at = NULL
             WHERE lease_ends_at IS NOT NULL",
            (),
        )?)
    }

    async fn disable_webhook(
        &mut self,
        number: u64,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let was_enabled = self.changes(
            "UPDATE webhooks
             SET disabled_at = ?3,
                 disabled_reason = ?2
             WHERE number = ?1
                 AND disabled_at IS NULL",
            params![column_number(number), reason, micros(now)],
        )?;
        if was_enabled {
            self.execute(
                "UPDATE webhook_deliveries
                 SET state = 'missed',
                     lease_ends_at = NULL
                 WHERE webhook = ?1
                     AND state = 'waiting'",
                params![column_number(number)],
            )?;
        }
        Ok(was_enabled)
    }

    async fn enable_webhook(&mut self, number: u64) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE webhooks
             SET disabled_at = NULL,
                 disabled_reason = NULL
             WHERE number = ?1
                 AND disabled_at IS NOT NULL",
            params![column_number(number)],
        )
    }

    async fn rotate_webhook(
        &mut self,
        number: u64,
        secret: &str,
        previous_until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE webhooks
             SET previous_secret = secret,
                 previous_until = ?3,
                 secret = ?2
             WHERE number = ?1",
            params![column_number(number), secret, micros(previous_until)],
        )
    }

    async fn replay_deliveries(
        &mut self,
        webhook: u64,
        replay: &Replay,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (events, since) = match replay {
            Replay::Events(events) => (Some(json(events)?), None),
            Replay::Since(since) => (None, Some(micros(*since))),
        };
        count(self.execute(
            "UPDATE webhook_deliveries
             SET state = 'waiting',
                 attempts = 0,
                 due_at = ?4,
                 lease_ends_at = NULL
             WHERE webhook = ?1
                 AND (
                     event_id IN (SELECT value FROM json_each(?2))
                     OR (state IN ('given-up', 'missed') AND created_at >= ?3)
                 )",
            params![column_number(webhook), events, since, micros(now)],
        )?)
    }

    async fn forget_deliveries(&mut self, until: Timestamp, limit: u32) -> Result<u64, StoreError> {
        count(self.execute(
            "DELETE FROM webhook_deliveries
             WHERE number IN (
                 SELECT number
                 FROM webhook_deliveries
                 WHERE state <> 'waiting'
                     AND created_at < ?1
                 LIMIT ?2
             )",
            params![micros(until), limit],
        )?)
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "stands where a statement's result is given back"
)]
fn count(rows: usize) -> Result<u64, StoreError> {
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}
