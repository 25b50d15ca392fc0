//! `opd webhook`: who is told by HTTP of what happens, and what they were told.

use std::collections::BTreeMap;

use countersign_order::time::write_instant;
use countersign_store::{DeliveryRecord, DeliveryState, Replay, WebhookRecord};
use serde::Serialize;

use super::{counted, moment, whole};
use crate::cli::{Webhook, WebhookAdd, WebhookReplay, WebhookShow, Whose};
use crate::context::{Context, Shop};
use crate::desk::operations::{
    AddWebhook, RemoveWebhook, ReplayWebhook, RotateWebhook, SetWebhookEnabled,
};
use crate::failure::{Exit, Failure};
use crate::output::{facts, table};
use crate::webhooks::{Answer, Courier, Message, Secret, signatures, test_payload};

/// A webhook as the operator sees it.
#[derive(Debug, Serialize)]
struct WebhookView {
    number: u64,
    buyer: Option<String>,
    url: String,
    events: Vec<String>,
    created_at: String,
    last_success_at: Option<String>,
    disabled_at: Option<String>,
    disabled_reason: Option<String>,
    old_secret_until: Option<String>,
    /// Shown when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<Vec<DeliveryView>>,
}

/// A delivery as the operator sees it.
#[derive(Debug, Serialize)]
struct DeliveryView {
    event: String,
    #[serde(rename = "type")]
    kind: String,
    order: Option<String>,
    statement: u64,
    state: &'static str,
    attempts: u32,
    happened_at: String,
    tried_at: Option<String>,
    due_at: Option<String>,
    status: Option<u32>,
    error: Option<String>,
}

/// What came of a test.
#[derive(Debug, Serialize)]
struct TestView {
    event: String,
    status: Option<u16>,
    error: Option<String>,
}

pub(super) async fn run(context: &Context, webhook: &Webhook) -> Result<(), Failure> {
    let shop = context.shop().await?;
    match webhook {
        Webhook::Add(add) => self::add(context, &shop, add).await,
        Webhook::List => list(context, &shop).await,
        Webhook::Show(which) => show(context, &shop, which).await,
        Webhook::Test(which) => test(context, &shop, which.number).await,
        Webhook::Replay(replay) => self::replay(context, &shop, replay).await,
        Webhook::Disable(which) => set_enabled(context, &shop, which.number, false).await,
        Webhook::Enable(which) => set_enabled(context, &shop, which.number, true).await,
        Webhook::Rotate(which) => rotate(context, &shop, which.number).await,
        Webhook::Remove(which) => remove(context, &shop, which.number).await,
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
    print_secret(context, &added, &secret)
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
    print_secret(context, &rotated, &secret)
}

fn print_secret(
    context: &Context,
    webhook: &WebhookRecord,
    secret: &Secret,
) -> Result<(), Failure> {
    let view = WebhookView {
        secret: Some(secret.reveal()),
        ..webhook_view(webhook)
    };
    context.output.data(&view, || secret.reveal())
}

async fn list(context: &Context, shop: &Shop) -> Result<(), Failure> {
    let webhooks = shop.look().await?.webhooks().await?;
    let views: Vec<_> = webhooks.iter().map(webhook_view).collect();
    context.output.data(&whole(&views), || {
        let cells: Vec<_> = webhooks.iter().map(cells).collect();
        table(
            &[">NUMBER", "FOR", "STATE", "LAST TAKEN", "ADDRESS"],
            &cells,
        )
    })
}

async fn show(context: &Context, shop: &Shop, which: &WebhookShow) -> Result<(), Failure> {
    let webhook = find(shop, which.number).await?;
    let mut view = shop.look().await?;
    let page = view.deliveries(which.number, None, which.last).await?;
    let mut deliveries = page.rows;
    deliveries.reverse();
    let whole = WebhookView {
        deliveries: Some(deliveries.iter().map(delivery_view).collect()),
        ..webhook_view(&webhook)
    };
    context.output.data(&whole, || {
        let head = facts(&[
            ("Address", webhook.url.clone()),
            ("For", whose(&webhook)),
            ("Events", webhook.kinds.join(", ")),
            ("State", state_of(&webhook)),
            (
                "Last taken",
                webhook.last_success_at.map_or_else(String::new, moment),
            ),
        ]);
        let cells: Vec<_> = deliveries.iter().map(delivery_cells).collect();
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

async fn replay(context: &Context, shop: &Shop, replay: &WebhookReplay) -> Result<(), Failure> {
    let which = match replay.since {
        Some(since) => Replay::Since(since),
        None => Replay::Events(replay.events.clone()),
    };
    let count = shop
        .run(ReplayWebhook {
            number: replay.number,
            replay: which,
        })
        .await?;
    let counts = BTreeMap::from([("replayed", count)]);
    context.output.data(&counts, || {
        format!(
            "Due now: {}. A running server does the rest.",
            counted(count, "event")
        )
    })
}

async fn set_enabled(
    context: &Context,
    shop: &Shop,
    number: u64,
    enabled: bool,
) -> Result<(), Failure> {
    shop.run(SetWebhookEnabled { number, enabled }).await?;
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

async fn remove(context: &Context, shop: &Shop, number: u64) -> Result<(), Failure> {
    shop.run(RemoveWebhook { number }).await?;
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

fn webhook_view(webhook: &WebhookRecord) -> WebhookView {
    let disabled = webhook.disabled.as_ref();
    WebhookView {
        number: webhook.number,
        buyer: webhook.buyer.as_ref().map(ToString::to_string),
        url: webhook.url.clone(),
        events: webhook.kinds.clone(),
        created_at: write_instant(webhook.created_at),
        last_success_at: webhook.last_success_at.map(write_instant),
        disabled_at: disabled.map(|(at, _)| write_instant(*at)),
        disabled_reason: disabled.map(|(_, reason)| reason.clone()),
        old_secret_until: webhook
            .previous_secret
            .as_ref()
            .map(|(_, until)| write_instant(*until)),
        secret: None,
        deliveries: None,
    }
}

fn delivery_view(delivery: &DeliveryRecord) -> DeliveryView {
    let waits = delivery.state == DeliveryState::Waiting;
    DeliveryView {
        event: delivery.event_id.clone(),
        kind: delivery.kind.clone(),
        order: delivery.order.as_ref().map(ToString::to_string),
        statement: delivery.statement,
        state: word(delivery.state),
        attempts: delivery.attempts,
        happened_at: write_instant(delivery.created_at),
        tried_at: delivery.tried_at.map(write_instant),
        due_at: waits.then(|| write_instant(delivery.due_at)),
        status: delivery.status,
        error: delivery.error.clone(),
    }
}

fn cells(webhook: &WebhookRecord) -> Vec<String> {
    vec![
        webhook.number.to_string(),
        whose(webhook),
        state_of(webhook),
        webhook.last_success_at.map_or_else(String::new, moment),
        webhook.url.clone(),
    ]
}

fn delivery_cells(delivery: &DeliveryRecord) -> Vec<String> {
    let status = delivery.status.map(|status| status.to_string());
    vec![
        moment(delivery.created_at),
        delivery.kind.clone(),
        word(delivery.state).to_owned(),
        delivery.attempts.to_string(),
        delivery.error.clone().or(status).unwrap_or_default(),
        delivery.event_id.clone(),
    ]
}

fn whose(webhook: &WebhookRecord) -> String {
    let buyer = webhook.buyer.as_ref();
    buyer.map_or_else(|| "seller".to_owned(), ToString::to_string)
}

fn state_of(webhook: &WebhookRecord) -> String {
    match &webhook.disabled {
        Some((_, reason)) => format!("disabled: {reason}"),
        None => "enabled".to_owned(),
    }
}

const fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::GivenUp => "given up",
        DeliveryState::Missed => "missed",
    }
}
