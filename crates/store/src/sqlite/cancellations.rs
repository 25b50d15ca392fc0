//! Cancellation requests in SQL.

use async_trait::async_trait;
use countersign_order::OrderId;
use rusqlite::params;

use super::cell::{Record, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{CancellationRecord, ReadCancellations, StoreError, WriteCancellations};

#[async_trait]
impl ReadCancellations for UnitOfWork {
    async fn cancellation_requests(
        &mut self,
        order: &OrderId,
    ) -> Result<Vec<CancellationRecord>, StoreError> {
        self.rows(
            "SELECT
                 statement,
                 order_id,
                 account,
                 received_at,
                 content_sha256,
                 certificate_sha256,
                 signed_data
             FROM cancellation_requests
             WHERE order_id = ?1
             ORDER BY statement",
            params![order.to_string()],
            |row| {
                let record = Record {
                    row,
                    table: "cancellation_requests",
                };
                Ok(CancellationRecord {
                    statement: record.cell("statement")?,
                    order: record.cell("order_id")?,
                    account: record.cell("account")?,
                    received_at: record.cell("received_at")?,
                    content: record.cell("content_sha256")?,
                    certificate: record.cell("certificate_sha256")?,
                    signed_data: record.cell("signed_data")?,
                })
            },
        )
    }
}

#[async_trait]
impl WriteCancellations for UnitOfWork {
    async fn insert_cancellation_request(
        &mut self,
        request: &CancellationRecord,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO cancellation_requests (
                 statement,
                 order_id,
                 account,
                 received_at,
                 content_sha256,
                 certificate_sha256,
                 signed_data
             )
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                column_number(request.statement),
                request.order.to_string(),
                request.account.as_str(),
                micros(request.received_at),
                request.content.as_bytes(),
                request.certificate.as_bytes(),
                request.signed_data
            ],
        )?;
        Ok(())
    }
}
