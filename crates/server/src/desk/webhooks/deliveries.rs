//! Deliveries: claimed with a lease, reported, and the webhook disabled that takes nothing for days.

use async_trait::async_trait;
use countersign_order::Language;
use countersign_store::{AttemptReport, DeliveryRecord, DeliveryState, WebhookRecord};
use jiff::{SignedDuration, Timestamp};

use super::super::operation::new_mails;
use super::super::{DeskError, Operation, Work};
use crate::mail::{MailDetail, MailEvent, News, Reader, WebhookDisabled};
use crate::webhooks::{ATTEMPTS_MAX, Answer, patience, wait_before};

/// What a receiver answers that wants no more.
const GONE: u16 = 410;
/// The account that the operator's mail is addressed to; nobody signs in with it.
const OPERATOR: &str = "operator";

/// A delivery that is to be sent, and where.
#[derive(Debug)]
pub(crate) struct Consignment {
    pub(crate) webhook: WebhookRecord,
    pub(crate) delivery: DeliveryRecord,
}

/// What an attempt came to.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) delivery: DeliveryRecord,
    pub(crate) answer: Answer,
    /// When it ended.
    pub(crate) at: Timestamp,
}

/// Reports attempts, and claims what is due then.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) lease: SignedDuration,
    pub(crate) limit: u32,
}

#[async_trait]
impl Operation for Round {
    type Answer = Vec<Consignment>;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Vec<Consignment>, DeskError> {
        for attempt in &self.attempts {
            report(work, attempt).await?;
        }
        let lease_ends_at = work.now.saturating_add(self.lease).unwrap_or(work.now);
        let transaction = &mut *work.transaction;
        let claimed = transaction
            .claim_deliveries(work.now, lease_ends_at, self.limit)
            .await?;
        let mut consignments = Vec::with_capacity(claimed.len());
        for delivery in claimed {
            let webhook = transaction.webhook(delivery.webhook).await?;
            let webhook = webhook.ok_or(DeskError::Inconsistent("webhook"))?;
            consignments.push(Consignment { webhook, delivery });
        }
        Ok(consignments)
    }
}

async fn report(work: &mut Work<'_>, attempt: &Attempt) -> Result<(), DeskError> {
    let Attempt {
        delivery,
        answer,
        at,
    } = attempt;
    let [chance] = work.desk.random().bytes();
    let wait = wait_before(delivery.attempts + 1, answer.retry_after, chance);
    let (state, due_at) = match (&answer.error, wait) {
        (None, _) => (DeliveryState::Delivered, *at),
        (Some(_), Some(wait)) if answer.status != Some(GONE) => {
            let due_at = at.saturating_add(wait).unwrap_or(*at);
            (DeliveryState::Waiting, due_at)
        }
        (Some(_), _) => (DeliveryState::GivenUp, *at),
    };
    let report = AttemptReport {
        number: delivery.number,
        claim: delivery.claims,
        state,
        status: answer.status.map(u32::from),
        error: answer.error.as_deref(),
        due_at,
    };
    let is_ours = work.transaction.report_attempt(&report, work.now).await?;
    if is_ours && state == DeliveryState::GivenUp {
        give_up(work, delivery, answer).await?;
    }
    Ok(())
}

/// After a delivery was given up: whoever is gone, or took nothing while the whole schedule passed, is
/// told nothing more.
async fn give_up(
    work: &mut Work<'_>,
    delivery: &DeliveryRecord,
    answer: &Answer,
) -> Result<(), DeskError> {
    let webhook = work.transaction.webhook(delivery.webhook).await?;
    let webhook = webhook.ok_or(DeskError::Inconsistent("webhook"))?;
    let long_ago = work.now.saturating_sub(patience()).unwrap_or(work.now);
    let reason = if answer.status == Some(GONE) {
        "it answered 410 Gone".to_owned()
    } else if webhook.last_success_at.is_none_or(|at| at <= long_ago) {
        let error = answer.error.as_deref().unwrap_or_default();
        format!("it took nothing in {ATTEMPTS_MAX} attempts; the last time {error}")
    } else {
        return Ok(());
    };
    let transaction = &mut *work.transaction;
    if !transaction
        .disable_webhook(webhook.number, &reason, work.now)
        .await?
    {
        return Ok(());
    }
    tracing::warn!(
        webhook = webhook.number,
        url = webhook.url,
        reason,
        "a webhook is disabled"
    );
    work.audit("disable-webhook", &webhook.number.to_string(), &reason)
        .await?;
    tell_operator(work, &webhook, reason).await
}

async fn tell_operator(
    work: &mut Work<'_>,
    webhook: &WebhookRecord,
    reason: String,
) -> Result<(), DeskError> {
    let Some(operator) = &work.desk.settings().mail.operator else {
        return Ok(());
    };
    let to = operator
        .parse()
        .map_err(|_not_one| DeskError::Inconsistent("operator's address"))?;
    let account = OPERATOR
        .parse()
        .map_err(|_unfit| DeskError::Inconsistent("operator"))?;
    let event = MailEvent {
        name: "operator".to_owned(),
        account,
        detail: MailDetail::Full,
        language: Language::default(),
        reader: Reader::Account,
        copies: Vec::new(),
        statement: None,
        news: News::WebhookDisabled(WebhookDisabled {
            webhook: webhook.number,
            buyer: webhook.buyer.as_ref().map(ToString::to_string),
            url: webhook.url.clone(),
            reason,
            disabled_at: work.now,
        }),
    };
    let mails = new_mails(&to, &event, work.now)?;
    work.put_in_outbox(&mails).await
}

/// Ends all claims of a server that is gone.
#[derive(Debug)]
pub(crate) struct ReleaseDeliveries;

#[async_trait]
impl Operation for ReleaseDeliveries {
    type Answer = u64;

    async fn apply(&self, work: &mut Work<'_>) -> Result<u64, DeskError> {
        Ok(work.transaction.release_deliveries().await?)
    }
}

/// Forgets deliveries that were settled long ago.
#[derive(Debug)]
pub(crate) struct ForgetDeliveries {
    pub(crate) keep: SignedDuration,
    pub(crate) limit: u32,
}

#[async_trait]
impl Operation for ForgetDeliveries {
    type Answer = u64;

    async fn apply(&self, work: &mut Work<'_>) -> Result<u64, DeskError> {
        let until = work.now.saturating_sub(self.keep).unwrap_or(work.now);
        Ok(work
            .transaction
            .forget_deliveries(until, self.limit)
            .await?)
    }
}
