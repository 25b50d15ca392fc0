//! `POST /v1/orders`: a signed and sealed order in, a signed receipt out.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use countersign_api::media::JSON;
use countersign_api::{Code, LeafProof, OrderAnswer};
use countersign_order::{Der, OrderId, Role};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::super::App;
use super::super::access::BuyerSignedIn;
use super::super::body::Held;
use super::super::problem::{self, Refused};
use super::super::rate_limit;
use super::message::{REPEAT, Unread, read, told};
use super::view::{self, view};
use crate::desk::receive::{Received, Refusal, Sender};
use crate::desk::{DeskError, log};
use crate::telemetry::chain;

/// Octets that the answer to an order of three lines fits in.
const ANSWER_BYTES: usize = 12 * 1024;

/// Takes in an order.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    BuyerSignedIn(sender): BuyerSignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let quota = app.receiver.admit(&sender);
    let quota = quota.map_err(|refusal| refused(&app, refusal))?;
    let answered = take_in(&app, &sender, &headers, body).await;
    Ok(rate_limit::with(quota, answered))
}

async fn take_in(
    app: &App,
    sender: &Sender,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let received = match read(app, sender, headers, body).await {
        Ok(Held { bytes, share }) => {
            let received = app.receiver.receive(sender, bytes).await;
            // Until here the order was somewhere in memory, in one form or another.
            drop(share);
            received
        }
        Err(Unread::Refused(refusal)) => Err(refusal),
        Err(Unread::Broken(refused)) => return Err(refused),
    };
    match received {
        Ok(Received::Decided {
            entry,
            decided,
            receipt,
            logged,
        }) => {
            let metrics = app.desk.metrics();
            metrics.decided(decided.decision, &decided.reasons);
            let answer = OrderAnswer {
                order: view::of_decision(&entry, &decided),
                decision: decided.decision,
                reasons: decided.reasons,
                receipt: Der::from(receipt),
                proof: LeafProof::of(logged.leaf, &logged.proof),
                checkpoint: logged.checkpoint.to_string(),
            };
            Ok(created(&answer))
        }
        Ok(Received::Repeat(order)) => {
            app.desk.metrics().repeated();
            let answer = repeat(app, &order).await?;
            Ok(([(REPEAT, "true")], Json(answer)).into_response())
        }
        Err(refusal) => Err(refused(app, refusal)),
    }
}

/// 201 and the answer, written into room that need not grow.
fn created(answer: &OrderAnswer) -> Response {
    let mut body = Vec::with_capacity(ANSWER_BYTES);
    match serde_json::to_writer(&mut body, answer) {
        Ok(()) => (StatusCode::CREATED, [(CONTENT_TYPE, JSON)], body).into_response(),
        Err(unwritable) => {
            tracing::error!(error = chain(&unwritable), "an answer could not be written");
            problem::internal()
        }
    }
}

fn refused(app: &App, refusal: Refusal) -> Refused {
    let refused = told(app, refusal);
    app.desk.metrics().refused(refused.code());
    refused
}

/// The stored answer of an order that was decided before, and how it stands now.
async fn repeat(app: &App, id: &OrderId) -> Result<OrderAnswer, Refused> {
    let mut store = app.desk.store().read().await?;
    let order = store.order(id).await?.ok_or(Code::NotFound)?;
    let mut receipts = store.receipts(std::slice::from_ref(id)).await?;
    let receipt = receipts
        .remove(id)
        .ok_or(DeskError::Inconsistent("receipt"))?;
    let logged = log::place_of(&app.desk, store.as_mut(), receipt.number).await?;
    drop(store);
    Ok(OrderAnswer {
        decision: order.decision,
        reasons: order.reasons.clone(),
        order: view(order, Role::Buyer),
        receipt: Der::from(receipt.der),
        proof: LeafProof::of(logged.leaf, &logged.proof),
        checkpoint: logged.checkpoint.to_string(),
    })
}
