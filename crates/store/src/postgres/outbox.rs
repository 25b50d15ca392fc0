//! The outbox in SQL.

use async_trait::async_trait;
use jiff::Timestamp;

use super::cell::{Record, Word, column, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{MailFilter, MailRecord, NewMail, Page, ReadOutbox, StoreError, WriteOutbox};

#[async_trait]
impl ReadOutbox for UnitOfWork {
    async fn mails(
        &mut self,
        filter: &MailFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<MailRecord>, StoreError> {
        let rows = self
            .rows(
                "outbox",
                "SELECT
                 number,
                 event_id,
                 kind,
                 recipient,
                 order_id,
                 payload,
                 state,
                 attempts,
                 created_at,
                 due_at,
                 last_error
             FROM outbox
             WHERE number < $1
                 AND ($2::text IS NULL OR state = $2)
             ORDER BY number DESC
             LIMIT $3",
                &[
                    &before.map_or(i64::MAX, column_number),
                    &filter.state.map(Word::word),
                    &(i64::from(limit) + 1),
                ],
                mail,
            )
            .await?;
        Ok(Page::cut(rows, limit))
    }

    async fn mail_waiting(&mut self) -> Result<u64, StoreError> {
        let counted = self
            .row(
                "outbox",
                "SELECT COUNT(*) AS waiting
                 FROM outbox
                 WHERE state = 'waiting'",
                &[],
                |record| record.cell("waiting"),
            )
            .await?;
        Ok(counted.unwrap_or_default())
    }

    async fn next_mail_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.row(
            "outbox",
            "SELECT due_at
             FROM outbox
             WHERE state = 'waiting'
             ORDER BY due_at
             LIMIT 1",
            &[],
            |record| record.cell("due_at"),
        )
        .await
    }
}

#[async_trait]
impl WriteOutbox for UnitOfWork {
    async fn insert_mail(&mut self, mails: &[NewMail], now: Timestamp) -> Result<(), StoreError> {
        if mails.is_empty() {
            return Ok(());
        }
        self.execute(
            "INSERT INTO outbox (
                 event_id,
                 kind,
                 recipient,
                 order_id,
                 payload,
                 created_at,
                 due_at
             )
             SELECT
                 event_id,
                 kind,
                 recipient,
                 order_id,
                 payload,
                 $7::bigint,
                 due_at
             FROM unnest(
                 $1::text[],
                 $2::text[],
                 $3::text[],
                 $4::text[],
                 $5::text[],
                 $6::bigint[]
             ) WITH ORDINALITY AS mails (
                 event_id, kind, recipient, order_id, payload, due_at, place
             )
             ORDER BY place
             ON CONFLICT (event_id) DO NOTHING",
            &[
                &column(mails, |mail| mail.event_id.as_str()),
                &column(mails, |mail| mail.kind.as_str()),
                &column(mails, |mail| mail.to.as_str()),
                &column(mails, |mail| mail.order.map(|order| order.to_string())),
                &column(mails, |mail| mail.payload.as_str()),
                &column(mails, |mail| micros(mail.due_at)),
                &micros(now),
            ],
        )
        .await?;
        Ok(())
    }

    /// Right without the turn too: a row is locked as it is then, so one that somebody else has claimed
    /// meanwhile is not due any more.
    async fn claim_mail(
        &mut self,
        now: Timestamp,
        lease_ends_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<MailRecord>, StoreError> {
        let mut claimed = self
            .rows(
                "outbox",
                "WITH claimed AS MATERIALIZED (
                 SELECT due.number
                 FROM outbox AS due
                 WHERE due.state = 'waiting'
                     AND due.due_at <= $1
                     AND NOT EXISTS (
                         SELECT 1
                         FROM outbox AS earlier
                         WHERE earlier.state = 'waiting'
                             AND earlier.order_id = due.order_id
                             AND earlier.number < due.number
                     )
                 ORDER BY due.due_at, due.number
                 LIMIT $3
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE outbox
             SET attempts = attempts + 1,
                 due_at = $2
             FROM claimed
             WHERE outbox.number = claimed.number
             RETURNING
                 outbox.number,
                 event_id,
                 kind,
                 recipient,
                 order_id,
                 payload,
                 state,
                 attempts,
                 created_at,
                 due_at,
                 last_error",
                &[&micros(now), &micros(lease_ends_at), &i64::from(limit)],
                mail,
            )
            .await?;
        claimed.sort_by_key(|mail| mail.number);
        Ok(claimed)
    }

    async fn mail_sent(
        &mut self,
        number: u64,
        attempt: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE outbox
             SET state = 'sent',
                 sent_at = $3,
                 last_error = NULL
             WHERE number = $1
                 AND attempts = $2
                 AND state = 'waiting'",
            &[&column_number(number), &i64::from(attempt), &micros(now)],
        )
        .await
    }

    async fn mail_failed(
        &mut self,
        number: u64,
        attempt: u32,
        error: &str,
        retry_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE outbox
             SET due_at = $4,
                 last_error = $3
             WHERE number = $1
                 AND attempts = $2
                 AND state = 'waiting'",
            &[
                &column_number(number),
                &i64::from(attempt),
                &error,
                &micros(retry_at),
            ],
        )
        .await
    }

    async fn mail_dead(
        &mut self,
        number: u64,
        attempt: u32,
        error: &str,
    ) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE outbox
             SET state = 'dead',
                 last_error = $3
             WHERE number = $1
                 AND attempts = $2
                 AND state = 'waiting'",
            &[&column_number(number), &i64::from(attempt), &error],
        )
        .await
    }

    async fn retry_mail(&mut self, number: u64, now: Timestamp) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE outbox
             SET state = 'waiting',
                 due_at = $2,
                 attempts = attempts + 1
             WHERE number = $1
                 AND state <> 'sent'",
            &[&column_number(number), &micros(now)],
        )
        .await
    }

    async fn release_mail(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let released = self
            .execute(
                "UPDATE outbox
             SET due_at = $1,
                 attempts = attempts + 1
             WHERE state = 'waiting'
                 AND due_at > $1",
                &[&micros(now)],
            )
            .await?;
        Ok(released)
    }

    async fn forget_sent_mail(&mut self, until: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let forgotten = self
            .execute(
                "DELETE FROM outbox
             WHERE number IN (
                 SELECT number
                 FROM outbox
                 WHERE state = 'sent'
                     AND sent_at < $1
                 LIMIT $2
             )",
                &[&micros(until), &i64::from(limit)],
            )
            .await?;
        Ok(forgotten)
    }
}

fn mail(record: &Record<'_>) -> Result<MailRecord, StoreError> {
    Ok(MailRecord {
        number: record.cell("number")?,
        event_id: record.cell("event_id")?,
        kind: record.cell("kind")?,
        to: record.cell("recipient")?,
        order: record.cell("order_id")?,
        payload: record.cell("payload")?,
        state: record.cell("state")?,
        attempts: record.cell("attempts")?,
        created_at: record.cell("created_at")?,
        due_at: record.cell("due_at")?,
        last_error: record.cell("last_error")?,
    })
}
