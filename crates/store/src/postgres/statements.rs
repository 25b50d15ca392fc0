//! Statements in SQL.

use std::collections::BTreeMap;

use async_trait::async_trait;
use countersign_order::{AccountId, OrderId};
use countersign_transparency::{Hash, Tree};

use super::bound::Bound;
use super::cell::{Record, Word, column, column_number, micros};
use super::unit_of_work::UnitOfWork;
use crate::{LogHead, ReadStatements, StatementRecord, StoreError};

/// Moves the log `$1` on, if it still has the size `$2` and the root `$3`, and keeps the statements that
/// are its new leaves.
const GROWTH: &str = "
    WITH grown AS (
        UPDATE logs
        SET size = $4,
            root = $5,
            edge = $6
        WHERE generation = $1
            AND size = $2
            AND root = $3
        RETURNING generation
    )
    INSERT INTO statements (
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
        number,
        kind,
        order_id,
        account,
        issued_at,
        sha256,
        completes,
        der
    FROM grown
    CROSS JOIN unnest(
        $7::bigint[],
        $8::text[],
        $9::text[],
        $10::text[],
        $11::bigint[],
        $12::bytea[],
        $13::bytea[],
        $14::bytea[]
    ) AS given (number, kind, order_id, account, issued_at, sha256, completes, der)";

#[async_trait]
impl ReadStatements for UnitOfWork {
    async fn statement(&mut self, number: u64) -> Result<Option<StatementRecord>, StoreError> {
        self.row(
            "statements",
            "SELECT
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 der
             FROM statements
             WHERE number = $1",
            &[&column_number(number)],
            statement,
        )
        .await
    }

    async fn statements_from(
        &mut self,
        first: u64,
        limit: u32,
    ) -> Result<Vec<StatementRecord>, StoreError> {
        self.rows(
            "statements",
            "SELECT
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 der
             FROM statements
             WHERE number >= $1
             ORDER BY number
             LIMIT $2",
            &[&column_number(first), &i64::from(limit)],
            statement,
        )
        .await
    }

    async fn statements_of(&mut self, order: &OrderId) -> Result<Vec<StatementRecord>, StoreError> {
        self.rows(
            "statements",
            "SELECT
                 number,
                 kind,
                 order_id,
                 account,
                 issued_at,
                 sha256,
                 der
             FROM statements
             WHERE order_id = $1
             ORDER BY number",
            &[&order.to_string()],
            statement,
        )
        .await
    }

    async fn seller_statement(&mut self) -> Result<Option<StatementRecord>, StoreError> {
        self.row(
            "statements",
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
            &[],
            statement,
        )
        .await
    }
}

impl UnitOfWork {
    /// Lets a log grow by statements and keeps them, in one statement: neither is done unless the log is
    /// what it was when it was read.
    pub(super) async fn keep_growth(
        &mut self,
        before: &Tree,
        after: &LogHead,
        statements: &[StatementRecord],
        completed: &BTreeMap<u64, Vec<u8>>,
    ) -> Result<(), StoreError> {
        let edge = after.tree.edge().iter().flat_map(Hash::as_bytes);
        let edge: Vec<u8> = edge.copied().collect();
        let kept = Bound::new(GROWTH)
            .to(i64::from(after.origin.generation()))
            .to(column_number(before.size()))
            .to(before.root().as_bytes().to_vec())
            .to(column_number(after.tree.size()))
            .to(after.tree.root().as_bytes().to_vec())
            .to(edge)
            .to(column(statements, |statement| {
                column_number(statement.number)
            }))
            .to(column(statements, |statement| statement.kind.word()))
            .to(column(statements, |statement| {
                statement.order.map(|order| order.to_string())
            }))
            .to(column(statements, |statement| {
                statement.account.as_ref().map(AccountId::as_str)
            }))
            .to(column(statements, |statement| micros(statement.issued_at)))
            .to(column(statements, |statement| {
                statement.sha256.as_bytes().as_slice()
            }))
            .to(column(statements, |statement| {
                completed.get(&statement.number).map(Vec::as_slice)
            }))
            .to(column(statements, |statement| statement.der.as_slice()))
            .changing(statements.len());
        self.execute_all([kept]).await
    }
}

/// A statement from its row.
pub(super) fn statement(record: &Record<'_>) -> Result<StatementRecord, StoreError> {
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
