//! `opd webhook`: who is told by HTTP of what happens, and what they were told.

use countersign_api::{DeliveryView, ReplayRequest, WebhookView};
use countersign_store::WebhookRecord;
use serde::Serialize;

use super::place::Place;
use super::{counted, moment, whole};
use crate::cli::{Webhook, WebhookAdd, WebhookReplay, WebhookShow, Whose};
use crate::context::{Context, Shop};
use crate::desk::operations::{AddWebhook, RemoveWebhook, RotateWebhook, SetWebhookEnabled};
use crate::failure::{Exit, Failure};
use crate::http::desk::webhooks::webhook_view;
use crate::output::{facts, table};
use crate::webhooks::{Answer, Courier, Message, Secret, signatures, test_payload};

/// A webhook with its secret, or with what it was told.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    webhook: WebhookView,
    /// Shown when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<Vec<DeliveryView>>,
}

/// What came of a test.
#[derive(Debug, Serialize)]
struct TestView {
    event: String,
    status: Option<u16>,
    error: Option<String>,
}

pub(super) async fn run(context: &Context, webhook: &Webhook) -> Result<(), Failure> {
    match webhook {
        Webhook::Add(add) => self::add(context, &context.shop().await?, add).await,
        Webhook::List => list(context, &Place::of(context).await?).await,
        Webhook::Show(which) => show(context, &Place::of(context).await?, which).await,
        Webhook::Test(which) => test(context, &context.shop().await?, which.number).await,
        Webhook::Replay(replay) => self::replay(context, &Place::of(context).await?, replay).await,
        Webhook::Disable(which) => set_enabled(context, which.number, false).await,
        Webhook::Enable(which) => set_enabled(context, which.number, true).await,
        Webhook::Rotate(which) => rotate(context, &context.shop().await?, which.number).await,
        Webhook::Remove(which) => remove(context, which.number).await,
    }
}

async fn add(context: &Context, shop: &Shop, add: &WebhookAdd) -> Result<(), Failure> {
    let secret = Secret::generate(context.random);
    let buyer = match &add.whose {
        Whose::Seller => None,
        Whose::Buyer(buyer) => Some(buyer.clone()),
    };
    let added = shop
        .run(AddWebhook {
            buyer,
            url: add.url.clone(),
            kinds: add.events.clone(),
            secret: secret.clone(),
        })
        .await?;
    let number = added.number;
    context.output.message(&format!(
        "Added webhook {number}. Its secret is shown this once; the receiver checks signatures with \
         it.\nTry it: opd webhook test {number}"
    ));
    print_secret(context, added, &secret)
}

async fn rotate(context: &Context, shop: &Shop, number: u64) -> Result<(), Failure> {
    let secret = Secret::generate(context.random);
    let rotated = shop
        .run(RotateWebhook {
            number,
            secret: secret.clone(),
        })
        .await?;
    let until = rotated
        .previous_secret
        .as_ref()
        .map(|(_, until)| moment(*until));
    context.output.message(&format!(
        "The new secret is shown this once. Until {} the old one signs, too.",
        until.unwrap_or_default()
    ));
    print_secret(context, rotated, &secret)
}

fn print_secret(context: &Context, webhook: WebhookRecord, secret: &Secret) -> Result<(), Failure> {
    let shown = Shown {
        webhook: webhook_view(webhook),
        secret: Some(secret.reveal()),
        deliveries: None,
    };
    context.output.data(&shown, || secret.reveal())
}

async fn list(context: &Context, place: &Place) -> Result<(), Failure> {
    let webhooks = place.webhooks().await?;
    context.output.data(&whole(&webhooks), || {
        let cells: Vec<_> = webhooks.iter().map(cells).collect();
        table(
            &[">NUMBER", "FOR", "STATE", "LAST TAKEN", "ADDRESS"],
            &cells,
        )
    })
}

async fn show(context: &Context, place: &Place, which: &WebhookShow) -> Result<(), Failure> {
    let webhook = place.webhook(which.number).await?;
    let mut deliveries = place.deliveries(which.number, which.last).await?;
    deliveries.reverse();
    let head = facts(&[
        ("Address", webhook.url.clone()),
        ("For", whose(&webhook)),
        ("Events", webhook.events.join(", ")),
        ("State", state_of(&webhook)),
        (
            "Last taken",
            webhook.last_success_at.map_or_else(String::new, moment),
        ),
    ]);
    let cells: Vec<_> = deliveries.iter().map(delivery_cells).collect();
    let shown = Shown {
        webhook,
        secret: None,
        deliveries: Some(deliveries),
    };
    context.output.data(&shown, || {
        let columns = ["HAPPENED", "TYPE", "STATE", ">TRIES", "ANSWER", "EVENT"];
        format!("{head}\n{}", table(&columns, &cells))
    })
}

async fn test(context: &Context, shop: &Shop, number: u64) -> Result<(), Failure> {
    let webhook = find(shop, number).await?;
    let now = shop.desk.clock().now();
    let secret: Secret = webhook
        .secret
        .parse()
        .map_err(|error| Failure::caused_by(&error))?;
    let body = test_payload(now, shop.desk.seller().origin().as_str());
    let id: [u8; 16] = context.random.uuid_v7(now);
    let id = format!("msg_{}", hex::encode(id));
    let message = Message {
        url: webhook.url,
        timestamp: now.as_second(),
        signatures: signatures(&[secret], &id, now.as_second(), &body),
        id: id.clone(),
        body,
    };
    let courier = Courier::new(&shop.desk.settings().webhooks);
    let Answer { status, error, .. } = courier.carry(message, now).await;
    if let Some(error) = &error {
        return Err(
            Failure::new(Exit::Failure, format!("webhook {number} took nothing: {error}")).advise(
                "see that its receiver answers POST with a status of 200 to 299; an address that is not \
                 public is allowed by [webhooks] allow in opd.toml",
            ),
        );
    }
    let view = TestView {
        event: id,
        status,
        error,
    };
    context.output.data(&view, || {
        format!("It answered {}.", status.unwrap_or_default())
    })
}

async fn replay(context: &Context, place: &Place, replay: &WebhookReplay) -> Result<(), Failure> {
    let request = ReplayRequest {
        events: replay.events.clone(),
        since: replay.since,
    };
    let replayed = place.replay(replay.number, request).await?;
    context.output.data(&replayed, || {
        format!(
            "Due now: {}. A running server does the rest.",
            counted(replayed.replayed, "event")
        )
    })
}

async fn set_enabled(context: &Context, number: u64, enabled: bool) -> Result<(), Failure> {
    let operation = SetWebhookEnabled { number, enabled };
    context.shop().await?.run(operation).await?;
    context.output.message(&if enabled {
        format!(
            "Webhook {number} is told of what happens from now on. For what it missed: \
             opd webhook replay {number} --since TIME"
        )
    } else {
        format!("Webhook {number} is told of nothing any more.")
    });
    Ok(())
}

async fn remove(context: &Context, number: u64) -> Result<(), Failure> {
    let operation = RemoveWebhook { number };
    context.shop().await?.run(operation).await?;
    context
        .output
        .message(&format!("Webhook {number} is forgotten."));
    Ok(())
}

async fn find(shop: &Shop, number: u64) -> Result<WebhookRecord, Failure> {
    let webhook = shop.look().await?.webhook(number).await?;
    webhook.ok_or_else(|| {
        Failure::not_found(format_args!("webhook {number}")).advise("see: opd webhook list")
    })
}

fn cells(webhook: &WebhookView) -> Vec<String> {
    vec![
        webhook.number.to_string(),
        whose(webhook),
        state_of(webhook),
        webhook.last_success_at.map_or_else(String::new, moment),
        webhook.url.clone(),
    ]
}

fn delivery_cells(delivery: &DeliveryView) -> Vec<String> {
    let status = delivery.status.map(|status| status.to_string());
    vec![
        moment(delivery.happened_at),
        delivery.kind.clone(),
        delivery.state.as_str().to_owned(),
        delivery.attempts.to_string(),
        delivery.error.clone().or(status).unwrap_or_default(),
        delivery.event.clone(),
    ]
}

fn whose(webhook: &WebhookView) -> String {
    let buyer = webhook.buyer.as_ref();
    buyer.map_or_else(|| "seller".to_owned(), ToString::to_string)
}

fn state_of(webhook: &WebhookView) -> String {
    match &webhook.disabled_reason {
        Some(reason) => format!("disabled: {reason}"),
        None => "enabled".to_owned(),
    }
}
