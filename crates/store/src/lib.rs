//! Where state rests, in the words of the business: traits that say what a backend promises, and
//! SQLite and PostgreSQL behind them.
//!
//! Knows nothing of envelopes, keys or JSON bodies: certificates and statements are opaque DER
//! beside their digests, and every time, identifier and secret's hash comes in as an argument.

mod accounts;
mod audit;
mod cancellations;
mod changes;
pub mod copy;
pub mod crash;
mod credit;
mod error;
mod intake;
mod inventory;
mod keys;
mod log;
mod orders;
mod outbox;
mod page;
mod parties;
pub mod postgres;
mod prices;
mod refusals;
mod sessions;
pub mod sqlite;
mod statements;
mod tokens;
mod webhooks;

use std::fmt::Debug;

use async_trait::async_trait;

pub use accounts::{Correspondence, ReadAccounts, WriteAccounts};
pub use audit::{AuditEntry, AuditRecord, ReadAudit, WriteAudit};
pub use cancellations::{CancellationRecord, ReadCancellations, WriteCancellations};
pub use changes::{Change, ChangeScope, ReadChanges};
pub use credit::{ReadCredit, WriteCredit};
pub use error::{OpenError, StoreError};
pub use intake::{Intake, Loaded, NewOrder};
pub use inventory::{
    FilledLine, ItemRecord, ItemsChanged, MovementRecord, Occasion, ReadInventory, StockMoved,
    StockRefusal, WriteInventory,
};
pub use keys::{KeyInsertion, KeyRecord, KeyRevocation, LegacyKey, NewKey, ReadKeys, WriteKeys};
pub use log::{CosignatureRecord, Growth, LogHead, ReadLog, WriteLog};
pub use orders::{
    EventRecord, LineRecord, NoteRecord, ORDER_NOTES_MAX, OrderFilter, OrderMove, OrderRecord,
    PAGE_LINES_MAX, ReadOrders, WriteOrders,
};
pub use outbox::{MailFilter, MailRecord, MailState, NewMail, ReadOutbox, WriteOutbox};
pub use page::Page;
pub use parties::{
    AccountRecord, BuyerRecord, Correspondent, MailDetail, ReadParties, ShopRecord, WriteParties,
};
pub use postgres::{Durability, PostgresSettings, PostgresStore};
pub use prices::{PriceFilter, PriceKey, PriceRecord, ReadPrices, WritePrices};
pub use refusals::{
    REFUSALS_KEPT, REFUSED_ITEMS_KEPT, ReadRefusals, RefusalRecord, RefusedItem, RefusedOrder,
    WriteRefusals,
};
pub use sessions::{
    CHALLENGES_MAX, InviteRecord, NewInvite, NewSession, ReadSessions, SESSIONS_MAX, SessionRecord,
    WriteSessions,
};
pub use sqlite::{OpenMode, ServingLock, SqliteStore};
pub use statements::{ReadStatements, StatementKind, StatementRecord};
pub use tokens::{NewToken, ReadTokens, TokenHolder, TokenRecord, TokenScope, WriteTokens};
pub use webhooks::{
    ATTEMPTS_IN_ORDER, AttemptReport, DeliveryRecord, DeliveryState, NewWebhook, NewWebhookEvent,
    ReadWebhooks, Replay, WEBHOOKS_MAX, WebhookRecord, WriteWebhooks,
};

/// A place where state rests.
///
/// Durability: nothing is durable before [`Transaction::commit`] returns, and everything is after.
/// Isolation: a transaction sees what was committed before it began, and its own writes.
/// Concurrency: any number of stores, in any number of processes, may be open on one database; one
/// transaction runs at a time and the others wait their turn, at most [`sqlite::BUSY_TIMEOUT`] in SQLite,
/// and in PostgreSQL [`postgres::BUSY_TIMEOUT`] in their own process and as long again for other ones.
/// Call from a Tokio runtime with its timer enabled.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Begins a unit of work that may write. Dropping it undoes everything it did.
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError>;

    /// Opens a read-only view: one consistent snapshot from its first read to its end.
    ///
    /// Views never wait for transactions. Hold one for a request, not longer: an open snapshot keeps
    /// the write-ahead log from being recycled.
    async fn read(&self) -> Result<Box<dyn View>, StoreError>;

    /// Opens a read-only view of which each read sees what is committed by then, so that two need not agree:
    /// for a single question, which in PostgreSQL goes without `BEGIN` and `ROLLBACK` around it.
    async fn read_committed(&self) -> Result<Box<dyn View>, StoreError>;

    /// Returns once all statements below a number, which a view has shown, are durable; before that, nothing of
    /// them may be promised to a peer. In SQLite they are durable before they can be seen.
    async fn settle(&self, next_statement: u64) -> Result<(), StoreError>;

    /// Returns once it is known that the store keeps what is committed now, within a second; an error if it
    /// does not.
    async fn must_keep(&self) -> Result<(), StoreError>;
}

/// Everything that can be read. Reads never change what is stored.
pub trait View:
    ReadAccounts
    + ReadAudit
    + ReadCancellations
    + ReadChanges
    + ReadCredit
    + ReadInventory
    + ReadKeys
    + ReadLog
    + ReadOrders
    + ReadOutbox
    + ReadParties
    + ReadPrices
    + ReadRefusals
    + ReadSessions
    + ReadStatements
    + ReadWebhooks
    + ReadTokens
    + Send
{
}

/// A unit of work. Dropping it undoes everything it did.
///
/// After an error of one of its methods only dropping it is allowed: what the failed call had done
/// so far is then undone with the rest.
#[async_trait]
pub trait Transaction:
    View
    + Intake
    + WriteAccounts
    + WriteAudit
    + WriteCancellations
    + WriteCredit
    + WriteInventory
    + WriteKeys
    + WriteLog
    + WriteOrders
    + WriteOutbox
    + WriteParties
    + WritePrices
    + WriteRefusals
    + WriteSessions
    + WriteWebhooks
    + WriteTokens
    + Send
{
    /// Makes everything durable. Nothing may be promised to a peer before this returns.
    ///
    /// After [`StoreError::OutcomeUnknown`] the work may or may not stand; every other error means
    /// that it does not.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
