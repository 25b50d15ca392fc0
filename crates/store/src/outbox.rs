//! What must be sent after a change: written with the change, claimed later with a lease, delivered
//! at least once.

use async_trait::async_trait;
use countersign_order::{EmailAddress, OrderId};
use jiff::Timestamp;

use crate::{Page, StoreError};

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// Names the event the mail tells of; the same event is kept once.
    pub event_id: String,
    /// What kind of mail, such as `order-shipped`.
    pub kind: String,
    /// Where it goes.
    pub to: EmailAddress,
    /// The order it is about. Mails about one order are sent in the order they were written.
    pub order: Option<OrderId>,
    /// The facts the mail states, as JSON; this crate does not read it.
    pub payload: String,
    /// Not before this time.
    pub due_at: Timestamp,
}

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailState {
    /// To be sent, or being sent under a lease.
    Waiting,
    /// Taken over by the next mail server, or written to the folder.
    Sent,
    /// Given up; a clerk may retry it.
    Dead,
}

/// A mail in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecord {
    /// Its key, and the order in which mails were written.
    pub number: u64,
    /// Names the event the mail tells of.
    pub event_id: String,
    /// What kind of mail.
    pub kind: String,
    /// Where it goes.
    pub to: EmailAddress,
    /// The order it is about.
    pub order: Option<OrderId>,
    /// The facts the mail states, as JSON.
    pub payload: String,
    /// How far it has come.
    pub state: MailState,
    /// How often it was claimed. Reports on a claim name it, so that a claim whose lease ran out
    /// cannot speak for the next one.
    pub attempts: u32,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it may be claimed (again).
    pub due_at: Timestamp,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
}

/// Which mails to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailFilter {
    /// Only mails that have come this far.
    pub state: Option<MailState>,
}

/// Reading the outbox.
#[async_trait]
pub trait ReadOutbox {
    /// The newest mails first, those before number `before` if given.
    async fn mails(
        &mut self,
        filter: &MailFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<MailRecord>, StoreError>;

    /// How many mails wait to be sent.
    async fn mail_waiting(&mut self) -> Result<u64, StoreError>;

    /// When the next waiting mail is due, if one waits.
    async fn next_mail_due(&mut self) -> Result<Option<Timestamp>, StoreError>;
}

/// Writing the outbox.
///
/// Durability: a mail is due if and only if the transaction that wrote it was committed. Concurrency:
/// two workers, in whichever processes, never hold a claim on one mail at once, unless the lease of
/// the first has run out; then the mail may be sent twice, under the same event ID.
#[async_trait]
pub trait WriteOutbox {
    /// Puts mails in the outbox. One whose event ID is there already is left as it is.
    async fn insert_mail(&mut self, mails: &[NewMail], now: Timestamp) -> Result<(), StoreError>;

    /// Claims mails that are due, oldest first, until `lease_ends_at`; at most one per order, its
    /// oldest. Commit before sending.
    async fn claim_mail(
        &mut self,
        now: Timestamp,
        lease_ends_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<MailRecord>, StoreError>;

    /// The claimed mail was taken over. False if the claim is no longer the latest.
    async fn mail_sent(
        &mut self,
        number: u64,
        attempt: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The claimed mail failed and is due again at `retry_at`. False if the claim is not the latest.
    async fn mail_failed(
        &mut self,
        number: u64,
        attempt: u32,
        error: &str,
        retry_at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The claimed mail is given up. False if the claim is not the latest.
    async fn mail_dead(
        &mut self,
        number: u64,
        attempt: u32,
        error: &str,
    ) -> Result<bool, StoreError>;

    /// Makes a dead or waiting mail due at once. False if it was sent, or is not there.
    async fn retry_mail(&mut self, number: u64, now: Timestamp) -> Result<bool, StoreError>;

    /// Makes every waiting mail due at once and ends every claim, and tells how many were not due.
    /// For a server that starts and knows that no other one works on this store: whoever held the
    /// claims is gone.
    async fn release_mail(&mut self, now: Timestamp) -> Result<u64, StoreError>;

    /// Forgets mails sent before `until`, at most `limit`, and tells how many.
    async fn forget_sent_mail(&mut self, until: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
