//! The outbox in SQL.

use async_trait::async_trait;
use countersign_order::OrderId;
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::cell::{Record, Word, column_number, json, micros};
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
        let rows = self.rows(
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
             WHERE number < ?1
                 AND (?2 IS NULL OR state = ?2)
             ORDER BY number DESC
             LIMIT ?3",
            params![
                before.map_or(i64::MAX, column_number),
                filter.state.map(Word::word),
                i64::from(limit) + 1
            ],
            |row| {
                mail(&Record {
                    row,
                    table: "outbox",
                })
            },
        )?;
        Ok(Page::cut(rows, limit))
    }

    async fn mail_waiting(&mut self) -> Result<u64, StoreError> {
        let counted = self.row(
            "SELECT COUNT(*) AS waiting
             FROM outbox
             WHERE state = 'waiting'",
            (),
            |row| {
                Record {
                    row,
                    table: "outbox",
                }
                .cell("waiting")
            },
        )?;
        Ok(counted.unwrap_or_default())
    }

    async fn next_mail_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.row(
            "SELECT due_at
             FROM outbox
             WHERE state = 'waiting'
             ORDER BY due_at
             LIMIT 1",
            (),
            |row| {
                Record {
                    row,
                    table: "outbox",
                }
                .cell("due_at")
            },
        )
    }
}

#[async_trait]
impl WriteOutbox for UnitOfWork {
    async fn insert_mail(&mut self, mails: &[NewMail], now: Timestamp) -> Result<(), StoreError> {
        if mails.is_empty() {
            return Ok(());
        }
        let rows: Vec<MailRow<'_>> = mails.iter().map(|mail| MailRow::of(mail, now)).collect();
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
                 value ->> 'event_id',
                 value ->> 'kind',
                 value ->> 'recipient',
                 value ->> 'order_id',
                 value ->> 'payload',
                 value ->> 'created_at',
                 value ->> 'due_at'
             FROM jsonb_each(?1)
             WHERE true
             ORDER BY key
             ON CONFLICT (event_id) DO NOTHING",
            params![json(&rows)?],
        )?;
        Ok(())
    }

    async fn claim_mail(
        &mut self,
        now: Timestamp,
        lease_ends_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<MailRecord>, StoreError> {
        let mut claimed = self.rows(
            "UPDATE outbox
             SET attempts = attempts + 1,
                 due_at = ?2
             WHERE number IN (
                 SELECT due.number
                 FROM outbox AS due
                 WHERE due.state = 'waiting'
                     AND due.due_at <= ?1
                     AND NOT EXISTS (
                         SELECT 1
                         FROM outbox AS earlier
                         WHERE earlier.state = 'waiting'
                             AND earlier.order_id = due.order_id
                             AND earlier.number < due.number
                     )
                 ORDER BY due.due_at, due.number
                 LIMIT ?3
             )
             RETURNING
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
                 last_error",
            params![micros(now), micros(lease_ends_at), limit],
            |row| {
                mail(&Record {
                    row,
                    table: "outbox",
                })
            },
        )?;
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
                 sent_at = ?3,
                 last_error = NULL
             WHERE number = ?1
                 AND attempts = ?2
                 AND state = 'waiting'",
            params![column_number(number), attempt, micros(now)],
        )
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
             SET due_at = ?4,
                 last_error = ?3
             WHERE number = ?1
                 AND attempts = ?2
                 AND state = 'waiting'",
            params![column_number(number), attempt, error, micros(retry_at)],
        )
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
                 last_error = ?3
             WHERE number = ?1
                 AND attempts = ?2
                 AND state = 'waiting'",
            params![column_number(number), attempt, error],
        )
    }

    async fn retry_mail(&mut self, number: u64, now: Timestamp) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE outbox
             SET state = 'waiting',
                 due_at = ?2,
                 attempts = attempts + 1
             WHERE number = ?1
                 AND state <> 'sent'",
            params![column_number(number), micros(now)],
        )
    }

    async fn release_mail(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let released = self.execute(
            "UPDATE outbox
             SET due_at = ?1,
                 attempts = attempts + 1
             WHERE state = 'waiting'
                 AND due_at > ?1",
            params![micros(now)],
        )?;
        Ok(u64::try_from(released).unwrap_or(u64::MAX))
    }

    async fn forget_sent_mail(&mut self, until: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let forgotten = self.execute(
            "DELETE FROM outbox
             WHERE number IN (
                 SELECT number
                 FROM outbox
                 WHERE state = 'sent'
                     AND sent_at < ?1
                 LIMIT ?2
             )",
            params![micros(until), limit],
        )?;
        Ok(u64::try_from(forgotten).unwrap_or(u64::MAX))
    }
}

fn mail(record: &Record<'_, '_>) -> Result<MailRecord, StoreError> {
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

/// A row of `outbox`, by the names of its columns.
#[derive(Serialize)]
struct MailRow<'a> {
    event_id: &'a str,
    kind: &'a str,
    recipient: &'a str,
    order_id: Option<OrderId>,
    payload: &'a str,
    created_at: i64,
    due_at: i64,
}

impl<'a> MailRow<'a> {
    fn of(mail: &'a NewMail, now: Timestamp) -> Self {
        Self {
            event_id: &mail.event_id,
            kind: &mail.kind,
            recipient: mail.to.as_str(),
            order_id: mail.order,
            payload: &mail.payload,
            created_at: micros(now),
            due_at: micros(mail.due_at),
        }
    }
}
