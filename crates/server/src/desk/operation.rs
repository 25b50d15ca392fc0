//! An operation: one change, whole or not at all, with everything that follows from it.

use std::fmt;

use async_trait::async_trait;
use countersign_order::{Common, EmailAddress, Sku, Statement};
use countersign_store::crash::{CrashPoint, reach};
use countersign_store::{
    AuditEntry, FilledLine, Growth, NewMail, Occasion, StatementRecord, Transaction,
};
use jiff::Timestamp;

use super::statements::{self, About};
use super::{Actor, Desk, DeskError, back_orders, webhooks};
use crate::mail::MailEvent;

/// How often an operation is tried when another writer got in its way.
const TRIES: u32 = 3;

/// One change of what is stored. It may be applied more than once, each time to a fresh
/// transaction of which only the last is committed.
#[async_trait]
pub trait Operation: Send + Sync + 'static {
    /// What whoever asked for it learns.
    type Answer: Send + 'static;

    /// Makes the change, without committing it.
    async fn apply(&self, work: &mut Work<'_>) -> Result<Self::Answer, DeskError>;
}

/// What an operation works with.
pub struct Work<'a> {
    /// The open transaction.
    pub transaction: &'a mut dyn Transaction,
    /// The desk it runs at.
    pub desk: &'a Desk,
    /// Who wants it.
    pub actor: &'a Actor,
    /// When it happens: one time for the whole operation.
    pub now: Timestamp,
    follows: Follows,
    /// Back-ordered lines that stock was set aside for.
    filled: Vec<FilledLine>,
}

/// Which jobs have something to do once the operation is committed.
#[derive(Debug, Clone, Copy, Default)]
struct Follows {
    mail: bool,
    fulfilment: bool,
    log: bool,
}

impl<'a> Work<'a> {
    /// When stock moves in this operation, and by whose doing.
    pub(crate) fn occasion(&self) -> Occasion<'a> {
        Occasion {
            at: self.now,
            by: self.actor.as_str(),
        }
    }

    /// Numbers, signs and keeps a statement.
    pub(crate) async fn state(
        &mut self,
        about: About,
        write: impl FnOnce(Common) -> Statement + Send,
    ) -> Result<StatementRecord, DeskError> {
        let head = self.transaction.log_head().await?;
        let head = head.ok_or(DeskError::Inconsistent("log"))?;
        statements::must_sign(&mut *self.transaction, self.desk.seller()).await?;
        let issued_at = statements::issued_at(self.now, &head)?;
        let number = head.next_statement();
        let record = statements::sign(self.desk, &head, number, issued_at, about, write)?;
        self.append(std::slice::from_ref(&record)).await?;
        Ok(record)
    }

    /// Keeps statements that are numbered and signed.
    pub(super) async fn append(
        &mut self,
        statements: &[StatementRecord],
    ) -> Result<Growth, DeskError> {
        self.follows.log = true;
        Ok(self.transaction.append(statements).await?)
    }

    /// Puts a mail in the outbox, and its copies, and tells webhooks what it tells.
    pub(crate) async fn mail(
        &mut self,
        to: &EmailAddress,
        event: &MailEvent,
    ) -> Result<(), DeskError> {
        webhooks::announce(self, event).await?;
        let mails = new_mails(to, event, self.now)?;
        self.put_in_outbox(&mails).await
    }

    /// Puts mails in the outbox, and nothing else.
    pub(super) async fn put_in_outbox(&mut self, mails: &[NewMail]) -> Result<(), DeskError> {
        self.follows.mail = true;
        Ok(self.transaction.insert_mail(mails, self.now).await?)
    }

    /// Notes that orders may have something to ship now.
    pub(crate) fn wake_fulfilment(&mut self) {
        self.follows.fulfilment = true;
    }

    /// Sets stock that came free aside for lines that wait for it, the oldest order first.
    pub(crate) async fn fill_back_orders(&mut self, skus: &[Sku]) -> Result<(), DeskError> {
        let occasion = self.occasion();
        let filled = self.transaction.fill_back_orders(skus, occasion).await?;
        self.note_filled(filled);
        Ok(())
    }

    /// Notes that stock was set aside for lines that waited; the operation ends in telling whose.
    pub(crate) fn note_filled(&mut self, filled: Vec<FilledLine>) {
        self.filled.extend(filled);
    }

    /// Records in the audit what was done.
    pub async fn audit(
        &mut self,
        action: &str,
        subject: &str,
        detail: &str,
    ) -> Result<(), DeskError> {
        let entry = AuditEntry {
            at: self.now,
            by: self.actor.to_string(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
        };
        Ok(self.transaction.record(&entry).await?)
    }
}

impl fmt::Debug for Work<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Work")
            .field("actor", &self.actor)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// An event as the outbox keeps it, for the account and for whoever gets a copy, due at once.
pub(super) fn new_mails(
    to: &EmailAddress,
    event: &MailEvent,
    now: Timestamp,
) -> Result<Vec<NewMail>, DeskError> {
    let mut mails = vec![new_mail(to, event, now)?];
    for (reader, address) in &event.copies {
        let copy = MailEvent {
            reader: *reader,
            copies: Vec::new(),
            ..event.clone()
        };
        mails.push(new_mail(address, &copy, now)?);
    }
    Ok(mails)
}

fn new_mail(to: &EmailAddress, event: &MailEvent, now: Timestamp) -> Result<NewMail, DeskError> {
    let payload = serde_json::to_string(event)
        .map_err(|_unwritable| DeskError::Inconsistent("mail event"))?;
    Ok(NewMail {
        event_id: event.id(),
        kind: event.kind().to_owned(),
        to: to.clone(),
        order: event.order().copied(),
        payload,
        due_at: now,
    })
}

/// Runs an operation in a transaction of its own and commits it.
pub(super) async fn execute<O: Operation>(
    desk: &Desk,
    actor: &Actor,
    operation: &O,
) -> Result<O::Answer, DeskError> {
    let mut tries = 1;
    loop {
        match attempt(desk, actor, operation).await {
            Err(DeskError::Conflict) if tries < TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn attempt<O: Operation>(
    desk: &Desk,
    actor: &Actor,
    operation: &O,
) -> Result<O::Answer, DeskError> {
    let mut transaction = desk.store().begin().await?;
    let mut work = Work {
        transaction: transaction.as_mut(),
        desk,
        actor,
        now: desk.clock().now(),
        follows: Follows::default(),
        filled: Vec::new(),
    };
    let answer = operation.apply(&mut work).await?;
    let filled = std::mem::take(&mut work.filled);
    back_orders::tell(&mut work, &filled).await?;
    let follows = work.follows;
    if follows.log {
        reach(CrashPoint::ChangeBeforeCommit);
    }
    transaction.commit().await?;
    if follows.log {
        reach(CrashPoint::ChangeCommitted);
    }
    desk.signals().orders.notify_one();
    if follows.mail {
        desk.signals().outbox.notify_one();
        // They are told what is mailed.
        desk.signals().webhooks.notify_one();
    }
    if follows.log {
        desk.signals().log.notify_waiters();
    }
    if follows.fulfilment {
        desk.signals().fulfilment.notify_one();
    }
    Ok(answer)
}
