//! Mail, and the deliveries to webhooks.

use countersign_api::{
    DeliveryView, MailQuery, MailState, MailView, ReplayRequest, Replayed, WebhookView,
};
use ureq::http::Method;

use super::super::ROWS;
use super::Place;
use crate::desk::operations::RetryMail;
use crate::failure::Failure;
use crate::http::desk::outbox::{mail_filter, mail_view};
use crate::http::desk::webhooks::{delivery_view, replay, webhook_view};

/// Where mail is.
const OUTBOX: &str = "/v1/desk/outbox";
/// Where webhooks are.
const WEBHOOKS: &str = "/v1/desk/webhooks";

impl Place {
    /// Mail that has come this far, or all mail, the newest first.
    pub(in super::super) async fn mails(
        &self,
        state: Option<MailState>,
    ) -> Result<Vec<MailView>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => {
                let asked = MailQuery {
                    state,
                    ..MailQuery::default()
                };
                return remote.asked_rows(OUTBOX, &asked, usize::MAX);
            }
        };
        let filter = mail_filter(state);
        let mut view = shop.look().await?;
        let (mut mails, mut before) = (Vec::new(), None);
        loop {
            let page = view.mails(&filter, before, ROWS).await?;
            before = page.rows.last().map(|mail| mail.number);
            mails.extend(page.rows.into_iter().map(mail_view));
            if !page.more {
                return Ok(mails);
            }
        }
    }

    /// Sends a mail again.
    pub(in super::super) async fn retry_mail(&self, number: u64) -> Result<(), Failure> {
        match self {
            Self::Here(shop) => shop.run(RetryMail { number }).await,
            Self::There(remote) => remote.post(&format!("{OUTBOX}/{number}/retry")),
        }
    }

    /// Every webhook.
    pub(in super::super) async fn webhooks(&self) -> Result<Vec<WebhookView>, Failure> {
        match self {
            Self::Here(shop) => {
                let webhooks = shop.look().await?.webhooks().await?;
                Ok(webhooks.into_iter().map(webhook_view).collect())
            }
            Self::There(remote) => remote.rows(WEBHOOKS, usize::MAX),
        }
    }

    /// One webhook.
    pub(in super::super) async fn webhook(&self, number: u64) -> Result<WebhookView, Failure> {
        let missing =
            || Failure::not_found(format_args!("webhook {number}")).advise("see: opd webhook list");
        match self {
            Self::Here(shop) => {
                let webhook = shop.look().await?.webhook(number).await?;
                Ok(webhook_view(webhook.ok_or_else(missing)?))
            }
            Self::There(remote) => remote.get(&format!("{WEBHOOKS}/{number}")),
        }
    }

    /// The newest of what a webhook was told, the newest first.
    pub(in super::super) async fn deliveries(
        &self,
        webhook: u64,
        most: u32,
    ) -> Result<Vec<DeliveryView>, Failure> {
        match self {
            Self::Here(shop) => {
                let mut view = shop.look().await?;
                let page = view.deliveries(webhook, None, most).await?;
                Ok(page.rows.into_iter().map(delivery_view).collect())
            }
            Self::There(remote) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                remote.rows(&format!("{WEBHOOKS}/{webhook}/deliveries"), most)
            }
        }
    }

    /// Sends events again.
    pub(in super::super) async fn replay(
        &self,
        webhook: u64,
        request: ReplayRequest,
    ) -> Result<Replayed, Failure> {
        match self {
            Self::Here(shop) => {
                let replayed = shop.run(replay(webhook, request)?).await?;
                Ok(Replayed { replayed })
            }
            Self::There(remote) => {
                let path = format!("{WEBHOOKS}/{webhook}/replay");
                remote.send_json(Method::POST, &path, &request)
            }
        }
    }
}
