//! The audit in SQL.

use async_trait::async_trait;
use rusqlite::params;

use super::cell::{Record, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{AuditEntry, AuditRecord, Page, ReadAudit, StoreError, WriteAudit};

#[async_trait]
impl ReadAudit for UnitOfWork {
    async fn audit(
        &mut self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<AuditRecord>, StoreError> {
        let rows = self.rows(
            "SELECT
                 number,
                 at,
                 by,
                 action,
                 subject,
                 detail
             FROM audit
             WHERE number < ?1
             ORDER BY number DESC
             LIMIT ?2",
            params![before.map_or(i64::MAX, column_number), i64::from(limit) + 1],
            |row| {
                let record = Record {
                    row,
                    table: "audit",
                };
                Ok(AuditRecord {
                    number: record.cell("number")?,
                    entry: AuditEntry {
                        at: record.cell("at")?,
                        by: record.cell("by")?,
                        action: record.cell("action")?,
                        subject: record.cell("subject")?,
                        detail: record.cell("detail")?,
                    },
                })
            },
        )?;
        Ok(Page::cut(rows, limit))
    }
}

#[async_trait]
impl WriteAudit for UnitOfWork {
    async fn record(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO audit (
                 at,
                 by,
                 action,
                 subject,
                 detail
             )
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                micros(entry.at),
                entry.by,
                entry.action,
                entry.subject,
                entry.detail
            ],
        )?;
        Ok(())
    }
}
