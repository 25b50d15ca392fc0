//! Connections, their settings, and the end of a transaction on one.

use std::array;
use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::{AsyncMessage, Client, Row, Socket, Statement};

use super::bound::Bound;
use super::cell::Values;
use super::error::commit_error;
use super::machines::Place;
use super::tls::Encrypted;
use crate::StoreError;

/// How long a unit of work waits for its turn, for a place among the views, or for another process.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a commit may take. One that takes longer has an unknown outcome.
pub const COMMIT_DEADLINE: Duration = Duration::from_secs(10);

/// Commits. A transaction that wrote nothing first writes a message that nobody reads: what it has seen of
/// others is told to somebody now, and must be as durable as what it would have written itself.
const COMMIT: &str = "
    SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL
        THEN pg_logical_emit_message(true, 'countersign', '')::text
    END;
    COMMIT";

/// How long a statement, or several that are sent together, may take, before their connection is given up.
const STATEMENT_DEADLINE: Duration = Duration::from_secs(30);
/// Prepared statements kept per connection: more than there are, but for rare filters of lists.
const STATEMENTS_KEPT: usize = 256;

/// What tells whether a database keeps what it commits.
macro_rules! keeping_columns {
    () => {
        "current_setting('fsync') AS fsync,
         current_setting('synchronous_commit') AS synchronous_commit,
         current_setting('synchronous_standby_names') AS synchronous_standby_names"
    };
}

pub(super) use keeping_columns;

/// The same, as they are now.
pub(super) const SETTINGS: &str = concat!("SELECT ", keeping_columns!());

/// What a store may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A commit is on the disks of two machines before it returns: the database must be told to wait
    /// for a standby.
    Replicated,
    /// A commit is on the disk of the one machine there is.
    Single,
}

/// How to reach a database.
#[derive(Clone)]
pub struct PostgresSettings {
    /// Its address, as `postgres://USER@HOST/NAME` or in the form `host=… dbname=…`. What does not go
    /// through a Unix socket is encrypted and verified, unless it says `sslmode=disable`. Of several
    /// hosts, separated by commas, the one counts that can be written to.
    pub address: String,
    /// The password, if the database asks for one.
    pub password: Option<String>,
    /// The certificates, in PEM, of those who vouch for its host; the operating system's without it.
    pub authorities: Option<PathBuf>,
    /// What a commit must survive.
    pub durability: Durability,
}

impl fmt::Debug for PostgresSettings {
    /// Leaves the address and the password out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PostgresSettings")
            .field("authorities", &self.authorities)
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}

/// Reads what the database sends, until the connection ends. The last warning is kept: it is read before
/// the answer it belongs to.
async fn drive(
    mut driver: tokio_postgres::Connection<Socket, Encrypted>,
    warning: Arc<Mutex<Option<DbError>>>,
) {
    while let Some(message) = poll_fn(|context| driver.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) => {
                if notice.parsed_severity() == Some(Severity::Warning) {
                    tracing::warn!(%notice, "the database warns");
                    *warning.lock().unwrap_or_else(PoisonError::into_inner) = Some(notice);
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "a connection to the database ended");
                break;
            }
        }
    }
}

/// A connection, and the statements it has prepared.
///
/// Dropping it lets what it was asked for go on, and ends it after that: nothing is ever cancelled.
pub(super) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    warning: Arc<Mutex<Option<DbError>>>,
    place: Place,
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn new(
        client: Client,
        driver: tokio_postgres::Connection<Socket, Encrypted>,
        place: Place,
    ) -> Self {
        let warning = Arc::default();
        tokio::spawn(drive(driver, Arc::clone(&warning)));
        Self {
            client,
            statements: HashMap::new(),
            warning,
            place,
        }
    }

    /// Whether it can be used again: it is open, and leads to the machine that writes go to.
    pub(super) fn is_good(&self) -> bool {
        !self.client.is_closed() && self.place.is_current()
    }

    /// Runs a statement that takes no values and gives no rows.
    pub(super) async fn run(&self, sql: &str) -> Result<(), StoreError> {
        trace(sql);
        within_deadline(self.client.batch_execute(sql)).await
    }

    /// Begins a transaction and gives the rows of a first statement in it, both in one round trip.
    pub(super) async fn begin_with(
        &mut self,
        begin: &str,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepared(sql).await?;
        trace(begin);
        trace(sql);
        let begin = self.client.batch_execute(begin);
        let first = self.client.query(&statement, values);
        within_deadline(async {
            let (transaction, rows) = tokio::join!(biased; begin, first);
            transaction.and(rows)
        })
        .await
    }

    /// The rows of a statement, prepared once per connection.
    pub(super) async fn query(
        &mut self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepared(sql).await?;
        trace(sql);
        within_deadline(self.client.query(&statement, values)).await
    }

    /// Runs a statement, prepared once per connection, and tells how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<u64, StoreError> {
        let statement = self.prepared(sql).await?;
        trace(sql);
        within_deadline(self.client.execute(&statement, values)).await
    }

    /// The rows of several statements, which are sent one after the other without waiting in between.
    pub(super) async fn query_all<const N: usize>(
        &mut self,
        bound: &[Bound<'_>; N],
    ) -> Result<[Vec<Row>; N], StoreError> {
        let statements = self.all_prepared(bound).await?;
        let answers = statements
            .iter()
            .zip(bound)
            .map(async |(statement, bound)| {
                trace(bound.sql);
                self.client.query(statement, &bound.values()).await
            });
        let mut rows = within_deadline(in_order(answers)).await?.into_iter();
        Ok(array::from_fn(|_| rows.next().unwrap_or_default()))
    }

    /// Runs several statements, which are sent one after the other without waiting in between. An error if
    /// one fails; a conflict if all ran and one did not change as many rows as it must.
    pub(super) async fn execute_all(&mut self, bound: &[Bound<'_>]) -> Result<(), StoreError> {
        let statements = self.all_prepared(bound).await?;
        let answers = statements
            .iter()
            .zip(bound)
            .map(async |(statement, bound)| {
                trace(bound.sql);
                self.client.execute(statement, &bound.values()).await
            });
        let changed = within_deadline(in_order(answers)).await?;
        let mut answered = bound.iter().zip(changed);
        if answered.all(|(bound, changed)| bound.rows.is_none_or(|rows| rows == changed)) {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    /// The number of the statement that comes next, as far as this transaction sees; 0 without a log.
    pub(super) async fn next_statement(&mut self) -> Result<u64, StoreError> {
        let rows = self
            .query(
                "SELECT first_statement + size AS next
                 FROM logs
                 ORDER BY generation DESC
                 LIMIT 1",
                &[],
            )
            .await?;
        let next = rows.first().map(|row| row.try_get::<_, i64>("next"));
        Ok(next
            .transpose()?
            .and_then(|next| next.try_into().ok())
            .unwrap_or_default())
    }

    /// Commits. The connection is given back only if the database promised everything; after any other
    /// answer, and if the caller goes away meanwhile, it is left to itself. While a commit is overdue, its
    /// machine is not written to.
    pub(super) async fn commit(self) -> Result<Self, StoreError> {
        self.commit_within(COMMIT_DEADLINE).await
    }

    /// The same, and may take so long.
    pub(super) async fn commit_within(self, deadline: Duration) -> Result<Self, StoreError> {
        if self.client.is_closed() {
            return Err(StoreError::Unavailable("the connection is closed".into()));
        }
        self.take_warning();
        trace("COMMIT");
        let place = self.place.clone();
        let mut committing = tokio::spawn(async move {
            let answer = self.client.batch_execute(COMMIT).await;
            (self, answer)
        });
        let (connection, answer) = match timeout(deadline, &mut committing).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(ended)) => return Err(StoreError::OutcomeUnknown(Box::new(ended))),
            Err(_elapsed) => {
                let overdue = place.overdue();
                tokio::spawn(async move {
                    // Whatever the answer is, nobody waits for it any more.
                    let _answer = committing.await;
                    drop(overdue);
                });
                return Err(StoreError::OutcomeUnknown(Box::new(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the database did not answer the commit in time",
                ))));
            }
        };
        answer.map_err(commit_error)?;
        // For one, that the transaction committed locally and might not have been replicated.
        match connection.take_warning() {
            Some(warning) => Err(StoreError::OutcomeUnknown(Box::new(warning))),
            None => Ok(connection),
        }
    }

    fn take_warning(&self) -> Option<DbError> {
        self.warning
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    async fn prepared(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = within_deadline(self.client.prepare(sql)).await?;
        if self.statements.len() >= STATEMENTS_KEPT {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn all_prepared(&mut self, bound: &[Bound<'_>]) -> Result<Vec<Statement>, StoreError> {
        let mut statements = Vec::with_capacity(bound.len());
        for bound in bound {
            statements.push(self.prepared(bound.sql).await?);
        }
        Ok(statements)
    }

    /// Refuses a database that may lose what it has committed.
    pub(super) async fn must_keep(&mut self, durability: Durability) -> Result<(), StoreError> {
        let rows = self.query(SETTINGS, &[]).await?;
        keeps(&rows, durability)
    }

    /// Commits a message that nobody reads: once that is kept, so is everything that is visible by now,
    /// what an earlier commit left unknown included.
    pub(super) async fn settle(self) -> Result<Self, StoreError> {
        self.run("BEGIN").await?;
        self.commit().await
    }
}

/// Refuses a database whose row of settings says that it may lose what it has committed.
pub(super) fn keeps(rows: &[Row], durability: Durability) -> Result<(), StoreError> {
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Unavailable("the settings are not told".into()))?;
    let fsync: &str = row.try_get("fsync")?;
    let commit: &str = row.try_get("synchronous_commit")?;
    let standbys: &str = row.try_get("synchronous_standby_names")?;
    match fault(durability, fsync, commit, standbys) {
        None => Ok(()),
        Some(fault) => Err(StoreError::Unavailable(fault.into())),
    }
}

/// Why a database with these settings may lose what it has committed.
fn fault(
    durability: Durability,
    fsync: &str,
    synchronous_commit: &str,
    standbys: &str,
) -> Option<&'static str> {
    if fsync != "on" {
        return Some("the database does not sync what it commits: set fsync = on");
    }
    let waits = ["on", "remote_apply"].contains(&synchronous_commit);
    match durability {
        Durability::Single => (synchronous_commit == "off")
            .then_some("the database answers before it commits: set synchronous_commit = on"),
        Durability::Replicated if !waits => Some(
            "the database does not wait until a standby has synced: set synchronous_commit = on",
        ),
        Durability::Replicated => standbys.trim().is_empty().then_some(
            "the database waits for no standby: name some in synchronous_standby_names, or settle \
             for one machine",
        ),
    }
}

/// The answer to a statement, unless it takes too long.
async fn within_deadline<T>(
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, StoreError> {
    match timeout(STATEMENT_DEADLINE, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_elapsed) => Err(late("answering")),
    }
}

/// The answers to statements that are sent together. [`join_all`] polls them in their order first, which sends
/// them in it. The first error in that order counts: what comes after it fails only because of it.
async fn in_order<T>(
    answers: impl Iterator<Item = impl Future<Output = Result<T, tokio_postgres::Error>>>,
) -> Result<Vec<T>, tokio_postgres::Error> {
    join_all(answers).await.into_iter().collect()
}

pub(super) fn late(doing: &str) -> StoreError {
    StoreError::Unavailable(format!("the database was too long in {doing}").into())
}

/// Reports an SQL statement that runs, without its values, at trace level.
fn trace(sql: &str) {
    tracing::trace!(target: "countersign_store::sql", sql, "statement");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replication_is_demanded_unless_one_machine_is_enough() {
        let replicated = |commit, standbys| fault(Durability::Replicated, "on", commit, standbys);
        assert_eq!(replicated("on", "ANY 1 (a, b)"), None);
        assert_eq!(replicated("remote_apply", "a"), None);
        for commit in ["off", "local", "remote_write"] {
            assert!(replicated(commit, "a").is_some(), "{commit}");
        }
        assert!(replicated("on", " ").is_some());
        assert_eq!(fault(Durability::Single, "on", "on", ""), None);
        assert!(fault(Durability::Single, "on", "off", "").is_some());
        assert!(fault(Durability::Single, "off", "on", "").is_some());
    }
}
