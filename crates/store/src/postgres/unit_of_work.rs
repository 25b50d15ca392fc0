//! A unit of work: a view or a transaction, which differ in whose connection they hold.

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;
use tokio_postgres::Row;

use super::bound::Bound;
use super::cell::{Record, Values, records};
use super::connection::Connection;
use super::readers::Reader;
use super::writer::Writer;
use crate::{LogHead, StoreError, Transaction, View};

/// A unit of work on the one writing connection, or on a reading one.
#[derive(Debug)]
pub(super) struct UnitOfWork {
    /// None once the unit of work is over.
    work: Option<(Connection, Lease)>,
    /// The log that grows, once it was read: nobody else can move it meanwhile.
    pub(super) head: Option<LogHead>,
    /// False after a statement that failed or did not change what it must, or whose answer nobody waited for.
    is_sound: bool,
}

/// Whom the connection goes back to.
#[derive(Debug)]
enum Lease {
    /// After a transaction.
    Writer(OwnedMutexGuard<Writer>),
    /// After a transaction that reads.
    Snapshot(Reader),
    /// Once it is answered: each statement was a transaction.
    Committed(Reader),
}

impl Lease {
    /// What leaves nothing of the work behind, and is answered when all before it is.
    const fn end(&self) -> &'static str {
        match self {
            Self::Writer(_) | Self::Snapshot(_) => "ROLLBACK",
            Self::Committed(_) => "SELECT 1",
        }
    }

    fn give_back(self, connection: Connection) {
        match self {
            Self::Writer(mut writer) => writer.connection = Some(connection),
            Self::Snapshot(reader) | Self::Committed(reader) => reader.give_back(connection),
        }
    }
}

impl UnitOfWork {
    /// Begins a transaction.
    pub(super) async fn writing(mut writer: OwnedMutexGuard<Writer>) -> Result<Self, StoreError> {
        let connection = writer.begin().await?;
        Ok(Self::on(connection, Lease::Writer(writer)))
    }

    /// Begins a view that is one snapshot.
    pub(super) async fn reading(
        reader: Reader,
        connection: Connection,
    ) -> Result<Self, StoreError> {
        connection
            .run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        Ok(Self::on(connection, Lease::Snapshot(reader)))
    }

    /// A view of which each statement sees what is committed by then.
    pub(super) fn reading_committed(reader: Reader, connection: Connection) -> Self {
        Self::on(connection, Lease::Committed(reader))
    }

    fn on(connection: Connection, lease: Lease) -> Self {
        Self {
            work: Some((connection, lease)),
            head: None,
            is_sound: true,
        }
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<u64, StoreError> {
        self.is_sound = false;
        let changed = self.connection()?.execute(sql, values).await?;
        self.is_sound = true;
        Ok(changed)
    }

    /// Runs several statements in one round trip. A conflict if all ran and one did not change the rows it must.
    pub(super) async fn execute_all<'a>(
        &mut self,
        bound: impl IntoIterator<Item = Bound<'a>>,
    ) -> Result<(), StoreError> {
        let bound: Vec<Bound<'a>> = bound.into_iter().collect();
        if bound.is_empty() {
            return Ok(());
        }
        self.is_sound = false;
        self.connection()?.execute_all(&bound).await?;
        self.is_sound = true;
        Ok(())
    }

    /// The rows of several queries, in one round trip.
    pub(super) async fn query_all<const N: usize>(
        &mut self,
        bound: &[Bound<'_>; N],
    ) -> Result<[Vec<Row>; N], StoreError> {
        self.is_sound = false;
        let rows = self.connection()?.query_all(bound).await?;
        self.is_sound = true;
        Ok(rows)
    }

    /// Runs a statement that changes at most one row, and tells whether it did.
    pub(super) async fn changes(
        &mut self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<bool, StoreError> {
        Ok(self.execute(sql, values).await? > 0)
    }

    /// The rows of a query on a table, each read by `read`.
    pub(super) async fn rows<T>(
        &mut self,
        table: &'static str,
        sql: &str,
        values: Values<'_>,
        read: impl FnMut(&Record<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.query(sql, values).await?;
        let mut read = read;
        records(table, &rows).map(|record| read(&record)).collect()
    }

    /// The first row of a query on a table, if there is one.
    pub(super) async fn row<T>(
        &mut self,
        table: &'static str,
        sql: &str,
        values: Values<'_>,
        read: impl FnOnce(&Record<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let rows = self.query(sql, values).await?;
        let record = records(table, &rows).next();
        record.map(|record| read(&record)).transpose()
    }

    async fn query(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        self.is_sound = false;
        let rows = self.connection()?.query(sql, values).await?;
        self.is_sound = true;
        Ok(rows)
    }

    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let (connection, _) = self
            .work
            .as_mut()
            .ok_or_else(|| StoreError::Unavailable("the unit of work is over".into()))?;
        Ok(connection)
    }
}

/// Ends what is not committed. A connection that does not answer is given up, which ends it too.
async fn end(connection: Connection, lease: Lease) {
    match connection.run(lease.end()).await {
        Ok(()) => lease.give_back(connection),
        Err(error) => tracing::debug!(%error, "a connection to the database is given up"),
    }
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        let Some((connection, lease)) = self.work.take() else {
            return;
        };
        if self.is_sound && matches!(lease, Lease::Committed(_)) {
            lease.give_back(connection);
        } else if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(end(connection, lease));
        }
    }
}

impl View for UnitOfWork {}

#[async_trait]
impl Transaction for UnitOfWork {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        if !self.is_sound {
            return Err(StoreError::Unavailable(
                "a statement of the transaction failed, or changed other rows than it must".into(),
            ));
        }
        let (connection, lease) = self
            .work
            .take()
            .ok_or_else(|| StoreError::Unavailable("the unit of work is over".into()))?;
        let connection = connection.commit().await?;
        if let (Lease::Writer(writer), Some(head)) = (&lease, &self.head) {
            writer.kept.grow(head.next_statement());
        }
        lease.give_back(connection);
        Ok(())
    }
}
