//! `GET /v1/desk/webhooks`, and what is under it: who is told of what happens, and what they were told.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{
    Code, DeliveryState, DeliveryView, Page, PageQuery, Problem, ReplayRequest, Replayed,
    WebhookView,
};
use countersign_store::{DeliveryRecord, DeliveryState as Stored, Replay, WebhookRecord};
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::query;
use crate::desk::operations::ReplayWebhook;

/// Lists webhooks.
pub(in crate::http) async fn webhooks(
    State(app): State<Arc<App>>,
) -> Result<Json<Page<WebhookView>>, Refused> {
    let webhooks = app.desk.store().read().await?.webhooks().await?;
    Ok(Json(Page {
        data: webhooks.into_iter().map(webhook_view).collect(),
        next: None,
    }))
}

/// Shows one webhook.
pub(in crate::http) async fn webhook(
    State(app): State<Arc<App>>,
    Named(number): Named,
) -> Result<Json<WebhookView>, Refused> {
    let number = number.parse().map_err(|_| Code::NotFound)?;
    let webhook = app.desk.store().read().await?.webhook(number).await?;
    Ok(Json(webhook_view(webhook.ok_or(Code::NotFound)?)))
}

/// Lists what a webhook was told.
pub(in crate::http) async fn deliveries(
    State(app): State<Arc<App>>,
    Named(number): Named,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<DeliveryView>>, Refused> {
    let number = number.parse().map_err(|_| Code::NotFound)?;
    let asked = query::read(asked)?;
    let before = query::after(asked.after.as_deref())?;
    let mut view = app.desk.store().read().await?;
    if view.webhook(number).await?.is_none() {
        return Err(Code::NotFound.into());
    }
    let page = view
        .deliveries(number, before, query::rows(asked.limit))
        .await?;
    let key = |delivery: &DeliveryRecord| delivery.number.to_string();
    Ok(Json(query::page(page, key, delivery_view)))
}

/// Sends events again.
pub(in crate::http) async fn replay_webhook(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(number): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Replayed>, Refused> {
    let number = number.parse().map_err(|_| Code::NotFound)?;
    let request: ReplayRequest = body::json(&app, signed_in.account(), &headers, body).await?;
    let operation = replay(number, request)?;
    let replayed = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(Json(Replayed { replayed }))
}

/// What sends these events again.
pub(crate) fn replay(number: u64, request: ReplayRequest) -> Result<ReplayWebhook, Box<Problem>> {
    let replay = match (request.since, request.events) {
        (Some(since), events) if events.is_empty() => Replay::Since(since),
        (None, events) if !events.is_empty() => Replay::Events(events),
        (Some(_) | None, _) => {
            let problem = Problem::from(Code::BadRequest);
            return Err(problem.with_detail("give one of events and since").into());
        }
    };
    Ok(ReplayWebhook { number, replay })
}

/// A webhook as the seller sees it, without its secret.
pub(crate) fn webhook_view(webhook: WebhookRecord) -> WebhookView {
    let (disabled_at, disabled_reason) = webhook.disabled.unzip();
    WebhookView {
        number: webhook.number,
        buyer: webhook.buyer,
        url: webhook.url,
        events: webhook.kinds,
        created_at: webhook.created_at,
        last_success_at: webhook.last_success_at,
        disabled_at,
        disabled_reason,
        old_secret_until: webhook.previous_secret.map(|(_, until)| until),
    }
}

/// A delivery as the seller sees it.
pub(crate) fn delivery_view(delivery: DeliveryRecord) -> DeliveryView {
    let waits = delivery.state == Stored::Waiting;
    DeliveryView {
        event: delivery.event_id,
        kind: delivery.kind,
        order: delivery.order,
        statement: delivery.statement,
        state: match delivery.state {
            Stored::Waiting => DeliveryState::Waiting,
            Stored::Delivered => DeliveryState::Delivered,
            Stored::GivenUp => DeliveryState::GivenUp,
            Stored::Missed => DeliveryState::Missed,
        },
        attempts: delivery.attempts,
        happened_at: delivery.created_at,
        tried_at: delivery.tried_at,
        due_at: waits.then_some(delivery.due_at),
        status: delivery.status,
        error: delivery.error,
    }
}
