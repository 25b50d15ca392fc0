//! The outbox's own moves: claim, report, retry, forget.

use async_trait::async_trait;
use countersign_store::MailRecord;
use jiff::{SignedDuration, Timestamp};

use super::{DeskError, Operation, Work};

/// Makes a dead or waiting mail due at once.
#[derive(Debug)]
pub struct RetryMail {
    /// The mail's number in the outbox.
    pub number: u64,
}

#[async_trait]
impl Operation for RetryMail {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        if !work.transaction.retry_mail(self.number, work.now).await? {
            return Err(DeskError::NotFound("waiting or dead mail"));
        }
        work.audit("retry-mail", &self.number.to_string(), "").await
    }
}

/// Makes all mail due that a server which is gone had claimed, or would have tried again later.
#[derive(Debug)]
pub(crate) struct ReleaseMail;

#[async_trait]
impl Operation for ReleaseMail {
    type Answer = u64;

    async fn apply(&self, work: &mut Work<'_>) -> Result<u64, DeskError> {
        Ok(work.transaction.release_mail(work.now).await?)
    }
}

/// Claims mails that are due; nobody else gets them before the lease ends.
#[derive(Debug)]
pub(crate) struct ClaimMail {
    pub(crate) lease: SignedDuration,
    pub(crate) limit: u32,
}

#[async_trait]
impl Operation for ClaimMail {
    type Answer = Vec<MailRecord>;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Vec<MailRecord>, DeskError> {
        let lease_ends_at = work.now.saturating_add(self.lease).unwrap_or(work.now);
        let transaction = &mut *work.transaction;
        Ok(transaction
            .claim_mail(work.now, lease_ends_at, self.limit)
            .await?)
    }
}

/// Reports what became of claimed mails.
#[derive(Debug)]
pub(crate) struct ReportMail(pub(crate) Vec<Report>);

/// What became of one mail.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) fate: Fate,
}

/// What became of a mail.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It was taken over.
    Sent,
    /// It failed, and is due again.
    Failed { error: String, retry_at: Timestamp },
    /// It is given up.
    Dead { error: String },
}

#[async_trait]
impl Operation for ReportMail {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        for Report {
            number,
            attempt,
            fate,
        } in &self.0
        {
            let transaction = &mut *work.transaction;
            let (number, attempt) = (*number, *attempt);
            // False means that another worker has the mail by now, which then reports instead.
            let _is_ours = match fate {
                Fate::Sent => transaction.mail_sent(number, attempt, work.now).await?,
                Fate::Failed { error, retry_at } => {
                    transaction
                        .mail_failed(number, attempt, error, *retry_at)
                        .await?
                }
                Fate::Dead { error } => transaction.mail_dead(number, attempt, error).await?,
            };
        }
        Ok(())
    }
}

/// Forgets mails sent long ago.
#[derive(Debug)]
pub(crate) struct ForgetSentMail {
    pub(crate) keep: SignedDuration,
    pub(crate) limit: u32,
}

#[async_trait]
impl Operation for ForgetSentMail {
    type Answer = u64;

    async fn apply(&self, work: &mut Work<'_>) -> Result<u64, DeskError> {
        let until = work.now.saturating_sub(self.keep).unwrap_or(work.now);
        Ok(work.transaction.forget_sent_mail(until, self.limit).await?)
    }
}
