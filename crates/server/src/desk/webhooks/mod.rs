//! Webhooks at the desk: who is told, what is put on its way with a change, and what became of it.

mod announce;
mod deliveries;

use std::collections::BTreeSet;

use async_trait::async_trait;
use countersign_order::BuyerId;
use countersign_store::{NewWebhook, Replay, WEBHOOKS_MAX, WebhookRecord};
use jiff::SignedDuration;

use super::{DeskError, Operation, Work};
use crate::webhooks::{EventKind, Secret, check_url};

pub(super) use announce::{announce, of_decision};
pub(crate) use deliveries::{Attempt, Consignment, ForgetDeliveries, ReleaseDeliveries, Round};

/// How long signatures are made with the old secret beside the new one.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Adds a webhook.
#[derive(Debug)]
pub struct AddWebhook {
    /// Whose events it gets; the whole shop's without one.
    pub buyer: Option<BuyerId>,
    /// Where it is.
    pub url: String,
    /// Which kinds of events it wants; all of them if none is named.
    pub kinds: Vec<EventKind>,
    /// What its signatures are made with.
    pub secret: Secret,
}

#[async_trait]
impl Operation for AddWebhook {
    type Answer = WebhookRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<WebhookRecord, DeskError> {
        check_url(&work.desk.settings().webhooks.allow, &self.url)
            .map_err(|unfit| DeskError::Unfit(unfit.to_string()))?;
        if let Some(buyer) = &self.buyer
            && work.transaction.buyer(buyer).await?.is_none()
        {
            return Err(DeskError::NotFound("buyer"));
        }
        if work.transaction.webhooks().await?.len() >= WEBHOOKS_MAX {
            let full = format!("there are {WEBHOOKS_MAX} webhooks, and that is the most");
            return Err(DeskError::Unfit(full));
        }
        let all = &EventKind::ALL[..];
        let wanted = Some(self.kinds.as_slice()).filter(|kinds| !kinds.is_empty());
        let kinds: BTreeSet<String> = wanted
            .unwrap_or(all)
            .iter()
            .map(EventKind::to_string)
            .collect();
        let webhook = NewWebhook {
            buyer: self.buyer.clone(),
            url: self.url.clone(),
            kinds: kinds.into_iter().collect(),
            secret: self.secret.reveal(),
        };
        let number = work.transaction.insert_webhook(&webhook, work.now).await?;
        work.audit("add-webhook", &number.to_string(), &self.url)
            .await?;
        find(work, number).await
    }
}

/// Forgets a webhook and what it was told.
#[derive(Debug)]
pub struct RemoveWebhook {
    /// Its number.
    pub number: u64,
}

#[async_trait]
impl Operation for RemoveWebhook {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let webhook = find(work, self.number).await?;
        work.transaction.delete_webhook(self.number).await?;
        work.audit("remove-webhook", &self.number.to_string(), &webhook.url)
            .await
    }
}

/// Tells a webhook nothing from now on, or of what happens from now on.
#[derive(Debug)]
pub struct SetWebhookEnabled {
    /// Its number.
    pub number: u64,
    /// Whether it is told.
    pub enabled: bool,
}

#[async_trait]
impl Operation for SetWebhookEnabled {
    type Answer = WebhookRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<WebhookRecord, DeskError> {
        find(work, self.number).await?;
        let by = work.actor.to_string();
        let (action, has_changed) = if self.enabled {
            let changed = work.transaction.enable_webhook(self.number).await?;
            ("enable-webhook", changed)
        } else {
            let transaction = &mut *work.transaction;
            let changed = transaction
                .disable_webhook(self.number, &format!("by {by}"), work.now)
                .await?;
            ("disable-webhook", changed)
        };
        if has_changed {
            work.audit(action, &self.number.to_string(), "").await?;
        }
        find(work, self.number).await
    }
}

/// Gives a webhook a new secret; for a day signatures are made with the old one, too.
#[derive(Debug)]
pub struct RotateWebhook {
    /// Its number.
    pub number: u64,
    /// The new secret.
    pub secret: Secret,
}

#[async_trait]
impl Operation for RotateWebhook {
    type Answer = WebhookRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<WebhookRecord, DeskError> {
        let until = work.now.saturating_add(OVERLAP).unwrap_or(work.now);
        let secret = self.secret.reveal();
        let transaction = &mut *work.transaction;
        if !transaction
            .rotate_webhook(self.number, &secret, until)
            .await?
        {
            return Err(DeskError::NotFound("webhook"));
        }
        work.audit("rotate-webhook", &self.number.to_string(), "")
            .await?;
        find(work, self.number).await
    }
}

/// Sends deliveries again.
#[derive(Debug)]
pub struct ReplayWebhook {
    /// The webhook's number.
    pub number: u64,
    /// Which deliveries.
    pub replay: Replay,
}

#[async_trait]
impl Operation for ReplayWebhook {
    type Answer = u64;

    async fn apply(&self, work: &mut Work<'_>) -> Result<u64, DeskError> {
        let webhook = find(work, self.number).await?;
        if webhook.disabled.is_some() {
            return Err(DeskError::Unfit(format!(
                "webhook {} is disabled; enable it first",
                self.number
            )));
        }
        let transaction = &mut *work.transaction;
        let replayed = transaction
            .replay_deliveries(self.number, &self.replay, work.now)
            .await?;
        if replayed == 0 && matches!(self.replay, Replay::Events(_)) {
            return Err(DeskError::NotFound("delivery to this webhook"));
        }
        work.audit(
            "replay-webhook",
            &self.number.to_string(),
            &replayed.to_string(),
        )
        .await?;
        Ok(replayed)
    }
}

async fn find(work: &mut Work<'_>, number: u64) -> Result<WebhookRecord, DeskError> {
    let webhook = work.transaction.webhook(number).await?;
    webhook.ok_or(DeskError::NotFound("webhook"))
}
