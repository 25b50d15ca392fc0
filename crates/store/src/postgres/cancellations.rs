//! Cancellation requests in SQL.

use async_trait::async_trait;
use countersign_order::OrderId;

use super::cell::{column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{CancellationRecord, ReadCancellations, StoreError, WriteCancellations};

#[async_trait]
impl ReadCancellations for UnitOfWork {
    async fn cancellation_requests(
        &mut self,
        order: &OrderId,
    ) -> Result<Vec<CancellationRecord>, StoreError> {
        self.rows(
            "cancellation_requests",
            "SELECT
                 statement,
                 order_id,
                 account,
                 received_at,
                 content_sha256,
                 certificate_sha256,
                 signed_data
             FROM cancellation_requests
             WHERE order_id = $1
             ORDER BY statement",
            &[&order.to_string()],
            |record| {
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
        .await
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
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &column_number(request.statement),
                &request.order.to_string(),
                &request.account.as_str(),
                &micros(request.received_at),
                &request.content.as_bytes().as_slice(),
                &request.certificate.as_bytes().as_slice(),
                &request.signed_data,
            ],
        )
        .await?;
        Ok(())
    }
}
