//! Statements in SQL.

use std::collections::BTreeMap;

use async_trait::async_trait;
use countersign_order::{AccountId, OrderId};
use rusqlite::params;
use serde::Serialize;

use super::cell::{Record, Word, column_number, hex, json, micros};
use super::unit_of_work::UnitOfWork;
use crate::{ReadStatements, StatementRecord, StoreError};

#[async_trait]
impl ReadStatements for UnitOfWork {
    async fn statement(&mut self, number: u64) -> Result<Option<StatementRecord>, StoreError> {
        self.row(
            "SELECT
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 der
             FROM statements
             WHERE number = ?1",
            params![column_number(number)],
            |row| {
                statement(&Record {
                    row,
                    table: "statements",
                })
            },
        )
    }

    async fn statements_from(
        &mut self,
        first: u64,
        limit: u32,
    ) -> Result<Vec<StatementRecord>, StoreError> {
        self.rows(
            "SELECT
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 der
             FROM statements
             WHERE number >= ?1
             ORDER BY number
             LIMIT ?2",
            params![column_number(first), limit],
            |row| {
                statement(&Record {
                    row,
                    table: "statements",
                })
            },
        )
    }

    async fn statements_of(&mut self, order: &OrderId) -> Result<Vec<StatementRecord>, StoreError> {
        self.rows(
            "SELECT
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 der
             FROM statements
             WHERE order_id = ?1
             ORDER BY number",
            params![order.to_string()],
            |row| {
                statement(&Record {
                    row,
                    table: "statements",
                })
            },
        )
    }

    async fn seller_statement(&mut self) -> Result<Option<StatementRecord>, StoreError> {
        self.row(
            "SELECT
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 der
             FROM statements
             WHERE kind = 'seller'
             ORDER BY number DESC
             LIMIT 1",
            (),
            |row| {
                statement(&Record {
                    row,
                    table: "statements",
                })
            },
        )
    }
}

impl UnitOfWork {
    /// The bytes go in as one blob of which each row cuts its own; see [`super::intake`].
    pub(super) fn insert_statements(
        &self,
        statements: &[StatementRecord],
        completed: &BTreeMap<u64, Vec<u8>>,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::with_capacity(statements.iter().map(|s| s.der.len()).sum());
        let mut rows = Vec::with_capacity(statements.len());
        for statement in statements {
            rows.push(StatementRow {
                number: statement.number,
                kind: statement.kind.word(),
                order_id: statement.order,
                account: statement.account.as_ref().map(AccountId::as_str),
                issued_at: micros(statement.issued_at),
                sha256: hex(&statement.sha256),
                completes: completed.get(&statement.number).map(hex::encode),
                start: bytes.len() + 1,
                length: statement.der.len(),
            });
            bytes.extend_from_slice(&statement.der);
        }
        self.execute(
            "INSERT INTO statements (
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 completes,
                 der
             )
             SELECT
                 value ->> 'number',
                 value ->> 'kind',
                 value ->> 'order_id',
                 value ->> 'account',
                 value ->> 'issued_at',
                 unhex(value ->> 'sha256'),
                 unhex(value ->> 'completes'),
                 substr(?2, value ->> 'start', value ->> 'length')
             FROM jsonb_each(?1)",
            params![json(&rows)?, bytes],
        )?;
        Ok(())
    }
}

/// A statement from its row.
pub(super) fn statement(record: &Record<'_, '_>) -> Result<StatementRecord, StoreError> {
    Ok(StatementRecord {
        number: record.cell("number")?,
        kind: record.cell("kind")?,
        order: record.cell("order_id")?,
        account: record.cell("account")?,
        issued_at: record.cell("issued_at")?,
        der: record.cell("der")?,
        sha256: record.cell("sha256")?,
    })
}

/// A row of `statements`, by the names of its columns.
#[derive(Serialize)]
struct StatementRow<'a> {
    number: u64,
    kind: &'static str,
    order_id: Option<OrderId>,
    account: Option<&'a str>,
    issued_at: i64,
    sha256: String,
    completes: Option<String>,
    start: usize,
    length: usize,
}
