//! A unit of work: a view or a transaction, which differ in the connection they hold.

use async_trait::async_trait;
use rusqlite::{CachedStatement, Connection, Params, Row};
use tokio::sync::OwnedMutexGuard;

use super::error::commit_error;
use super::readers::Reader;
use super::writer::Writer;
use crate::{LogHead, StoreError, Transaction, View};

/// A unit of work on the one writing connection, or on a reading one.
#[derive(Debug)]
pub(super) struct UnitOfWork {
    lease: Lease,
    /// The log that grows, once it was read: nobody else can move it meanwhile.
    pub(super) head: Option<LogHead>,
    is_over: bool,
}

#[derive(Debug)]
enum Lease {
    Writer(OwnedMutexGuard<Writer>),
    Reader(Reader),
}

impl UnitOfWork {
    /// Begins a transaction. The write lock is taken here, so that what it reads cannot change.
    pub(super) fn writing(mut writer: OwnedMutexGuard<Writer>) -> Result<Self, StoreError> {
        writer
            .ready()?
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute(())?;
        Ok(Self::on(Lease::Writer(writer)))
    }

    /// Begins a view that is one snapshot.
    pub(super) fn reading(reader: Reader) -> Result<Self, StoreError> {
        let unit = Self::on(Lease::Reader(reader));
        unit.prepare("BEGIN DEFERRED")?.execute(())?;
        Ok(unit)
    }

    /// A view of which each statement sees what is committed by then: without a transaction, it is one.
    pub(super) fn reading_committed(reader: Reader) -> Self {
        Self::on(Lease::Reader(reader))
    }

    const fn on(lease: Lease) -> Self {
        Self {
            lease,
            head: None,
            is_over: false,
        }
    }

    /// A statement, parsed once per connection.
    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.connection()?.prepare_cached(sql)?)
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.prepare(sql)?.execute(params)?)
    }

    /// Runs a statement that changes at most one row, and tells whether it did.
    pub(super) fn changes(&self, sql: &str, params: impl Params) -> Result<bool, StoreError> {
        Ok(self.execute(sql, params)? > 0)
    }

    /// The rows of a query, each read by `read`.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// The first row of a query, if there is one.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(read).transpose()
    }

    pub(super) fn connection(&self) -> Result<&Connection, StoreError> {
        let connection = match &self.lease {
            Lease::Writer(writer) => writer.connection.as_ref(),
            Lease::Reader(reader) => reader.connection.as_ref(),
        };
        connection.ok_or_else(|| StoreError::Unavailable("the unit of work is over".into()))
    }

    fn finish(&mut self, sql: &str) -> Result<(), StoreError> {
        self.is_over = true;
        self.execute(sql, ())?;
        Ok(())
    }

    /// Undoes what is not committed, unless SQLite has done so because of an error. A connection that
    /// cannot even do that is given up; closing it undoes the transaction.
    fn undo(&mut self) {
        let is_undone = self.connection().is_ok_and(Connection::is_autocommit);
        if !is_undone && self.finish("ROLLBACK").is_err() {
            self.give_up_connection();
        }
    }

    fn give_up_connection(&mut self) {
        match &mut self.lease {
            Lease::Writer(writer) => writer.connection = None,
            Lease::Reader(reader) => reader.connection = None,
        }
    }
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        if !self.is_over {
            self.undo();
        }
    }
}

impl View for UnitOfWork {}

#[async_trait]
impl Transaction for UnitOfWork {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let Err(error) = self.finish("COMMIT") else {
            return Ok(());
        };
        let answer = commit_error(error);
        if matches!(answer, StoreError::OutcomeUnknown(_)) {
            // The next transaction opens a new connection and settles what the log really holds.
            self.give_up_connection();
        } else {
            self.undo();
        }
        Err(answer)
    }
}
