//! Webhooks in SQL.

mod rows;

use async_trait::async_trait;
use jiff::Timestamp;

use self::rows::{claimable, delivery, delivery_columns, webhook, webhook_columns};
use super::cell::{Word, column, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{
    ATTEMPTS_IN_ORDER, AttemptReport, DeliveryRecord, DeliveryState, NewWebhook, NewWebhookEvent,
    Page, ReadWebhooks, Replay, StoreError, WebhookRecord, WriteWebhooks,
};

#[async_trait]
impl ReadWebhooks for UnitOfWork {
    async fn webhooks(&mut self) -> Result<Vec<WebhookRecord>, StoreError> {
        self.rows(
            "webhooks",
            concat!(
                "SELECT ",
                webhook_columns!(),
                " FROM webhooks ORDER BY number"
            ),
            &[],
            webhook,
        )
        .await
    }

    async fn webhook(&mut self, number: u64) -> Result<Option<WebhookRecord>, StoreError> {
        self.row(
            "webhooks",
            concat!(
                "SELECT ",
                webhook_columns!(),
                " FROM webhooks WHERE number = $1"
            ),
            &[&column_number(number)],
            webhook,
        )
        .await
    }

    async fn deliveries(
        &mut self,
        webhook: u64,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<DeliveryRecord>, StoreError> {
        let rows = self
            .rows(
                "webhook_deliveries",
                concat!(
                    "SELECT ",
                    delivery_columns!(),
                    " FROM webhook_deliveries
                 WHERE webhook = $1
                     AND number < $2
                 ORDER BY number DESC
                 LIMIT $3"
                ),
                &[
                    &column_number(webhook),
                    &before.map_or(i64::MAX, column_number),
                    &(i64::from(limit) + 1),
                ],
                delivery,
            )
            .await?;
        Ok(Page::cut(rows, limit))
    }

    async fn deliveries_waiting(&mut self) -> Result<u64, StoreError> {
        let counted = self
            .row(
                "webhook_deliveries",
                "SELECT COUNT(*) AS waiting
                 FROM webhook_deliveries
                 WHERE state = 'waiting'",
                &[],
                |record| record.cell("waiting"),
            )
            .await?;
        Ok(counted.unwrap_or_default())
    }

    async fn delivery_is_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let due = self
            .row(
                "webhook_deliveries",
                concat!(claimable!(), " LIMIT 1"),
                &[&micros(now), &i64::from(ATTEMPTS_IN_ORDER)],
                |_row| Ok(()),
            )
            .await?;
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
        let number = self
            .row(
                "webhooks",
                "INSERT INTO webhooks (
                 buyer,
                 url,
                 kinds,
                 secret,
                 created_at
             )
             VALUES ($1, $2, $3, $4, $5)
             RETURNING number",
                &[
                    &webhook
                        .buyer
                        .as_ref()
                        .map(|buyer| buyer.as_str().to_owned()),
                    &webhook.url,
                    &webhook.kinds,
                    &webhook.secret,
                    &micros(now),
                ],
                |record| record.cell("number"),
            )
            .await?;
        number.ok_or_else(|| StoreError::RuleBroken("an insertion gave no number".into()))
    }

    async fn delete_webhook(&mut self, number: u64) -> Result<bool, StoreError> {
        self.execute(
            "DELETE FROM webhook_deliveries WHERE webhook = $1",
            &[&column_number(number)],
        )
        .await?;
        self.changes(
            "DELETE FROM webhooks WHERE number = $1",
            &[&column_number(number)],
        )
        .await
    }

    async fn insert_webhook_events(
        &mut self,
        events: &[NewWebhookEvent],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
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
                 event.event_id,
                 event.kind,
                 event.order_id,
                 event.statement,
                 event.payload,
                 CASE WHEN webhooks.disabled_at IS NULL THEN 'waiting' ELSE 'missed' END,
                 $1::bigint,
                 $1::bigint
                          FROM unnest(
                 $2::text[],
                 $3::text[],
                 $4::text[],
                 $5::text[],
                 $6::bigint[],
                 $7::text[]
             ) WITH ORDINALITY AS event (
                 event_id, kind, buyer, order_id, statement, payload, place
             )
             CROSS JOIN webhooks
             WHERE (webhooks.buyer IS NULL OR webhooks.buyer = event.buyer)
                 AND event.kind = ANY (webhooks.kinds)
             ORDER BY event.place, webhooks.number
             ON CONFLICT (webhook, kind, statement) DO NOTHING",
            &[
                &micros(now),
                &column(events, |event| event.id.as_str()),
                &column(events, |event| event.kind.as_str()),
                &column(events, |event| event.buyer.as_str()),
                &column(events, |event| event.order.map(|order| order.to_string())),
                &column(events, |event| event.statement.map(column_number)),
                &column(events, |event| event.payload.as_str()),
            ],
        )
        .await?;
        Ok(())
    }

    /// Right without the turn too: whoever claims for a webhook has locked it, and looks at its deliveries
    /// only then. Nobody waits for a webhook or a delivery that somebody else has locked.
    async fn claim_deliveries(
        &mut self,
        now: Timestamp,
        lease_ends_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, StoreError> {
        let webhooks: Vec<i64> = self
            .rows(
                "webhooks",
                "SELECT number
                 FROM webhooks
                 WHERE disabled_at IS NULL
                     AND EXISTS (
                         SELECT 1
                         FROM webhook_deliveries
                         WHERE webhook_deliveries.webhook = webhooks.number
                             AND state = 'waiting'
                             AND due_at <= $1
                     )
                 ORDER BY number
                 FOR NO KEY UPDATE SKIP LOCKED",
                &[&micros(now)],
                |record| record.cell("number"),
            )
            .await?;
        if webhooks.is_empty() {
            return Ok(Vec::new());
        }
        let mut claimed = self
            .rows(
                "webhook_deliveries",
                concat!(
                    "WITH claimed AS MATERIALIZED (
                     SELECT free.number
                     FROM webhook_deliveries AS free
                     WHERE free.webhook = ANY ($5)
                         AND free.number IN (",
                    claimable!(),
                    ")
                     ORDER BY free.number
                     LIMIT $4
                     FOR UPDATE SKIP LOCKED
                 )
                 UPDATE webhook_deliveries
                 SET claims = claims + 1,
                     attempts = attempts + 1,
                     tried_at = $1,
                     lease_ends_at = $3
                 FROM claimed
                 WHERE webhook_deliveries.number = claimed.number
                 RETURNING webhook_deliveries.",
                    delivery_columns!()
                ),
                &[
                    &micros(now),
                    &i64::from(ATTEMPTS_IN_ORDER),
                    &micros(lease_ends_at),
                    &i64::from(limit),
                    &webhooks,
                ],
                delivery,
            )
            .await?;
        claimed.sort_by_key(|delivery| delivery.number);
        Ok(claimed)
    }

    async fn report_attempt(
        &mut self,
        report: &AttemptReport<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_latest = self
            .changes(
                "UPDATE webhook_deliveries
             SET state = $3,
                 status = $4,
                 error = $5,
                 due_at = $6,
                 lease_ends_at = NULL
             WHERE number = $1
                 AND claims = $2
                 AND lease_ends_at IS NOT NULL",
                &[
                    &column_number(report.number),
                    &i64::from(report.claim),
                    &report.state.word(),
                    &report.status.map(i64::from),
                    &report.error,
                    &micros(report.due_at),
                ],
            )
            .await?;
        if is_latest && report.state == DeliveryState::Delivered {
            self.execute(
                "UPDATE webhooks
                 SET last_success_at = $2
                 WHERE number = (
                     SELECT webhook
                     FROM webhook_deliveries
                     WHERE number = $1
                 )",
                &[&column_number(report.number), &micros(now)],
            )
            .await?;
        }
        Ok(is_latest)
    }

    async fn release_deliveries(&mut self) -> Result<u64, StoreError> {
        self.execute(
            "UPDATE webhook_deliveries
             SET lease_ends_at = NULL
             WHERE lease_ends_at IS NOT NULL",
            &[],
        )
        .await
    }

    async fn disable_webhook(
        &mut self,
        number: u64,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let was_enabled = self
            .changes(
                "UPDATE webhooks
             SET disabled_at = $3,
                 disabled_reason = $2
             WHERE number = $1
                 AND disabled_at IS NULL",
                &[&column_number(number), &reason, &micros(now)],
            )
            .await?;
        if was_enabled {
            self.execute(
                "UPDATE webhook_deliveries
                 SET state = 'missed',
                     lease_ends_at = NULL
                 WHERE webhook = $1
                     AND state = 'waiting'",
                &[&column_number(number)],
            )
            .await?;
        }
        Ok(was_enabled)
    }

    async fn enable_webhook(&mut self, number: u64) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE webhooks
             SET disabled_at = NULL,
                 disabled_reason = NULL
             WHERE number = $1
                 AND disabled_at IS NOT NULL",
            &[&column_number(number)],
        )
        .await
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
                 previous_until = $3,
                 secret = $2
             WHERE number = $1",
            &[&column_number(number), &secret, &micros(previous_until)],
        )
        .await
    }

    async fn replay_deliveries(
        &mut self,
        webhook: u64,
        replay: &Replay,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (events, since) = match replay {
            Replay::Events(events) => (Some(events), None),
            Replay::Since(since) => (None, Some(micros(*since))),
        };
        self.execute(
            "UPDATE webhook_deliveries
             SET state = 'waiting',
                 attempts = 0,
                 due_at = $4,
                 lease_ends_at = NULL
             WHERE webhook = $1
                 AND (
                     event_id = ANY ($2)
                     OR (state IN ('given-up', 'missed') AND created_at >= $3)
                 )",
            &[&column_number(webhook), &events, &since, &micros(now)],
        )
        .await
    }

    async fn forget_deliveries(&mut self, until: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM webhook_deliveries
             WHERE number IN (
                 SELECT number
                 FROM webhook_deliveries
                 WHERE state <> 'waiting'
                     AND created_at < $1
                 LIMIT $2
             )",
            &[&micros(until), &i64::from(limit)],
        )
        .await
    }
}
