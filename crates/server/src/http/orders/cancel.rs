//! `POST /v1/orders/{id}/cancellation`: a signed and sealed request in, a signed cancellation out.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use countersign_api::{CancellationAnswer, Code, LeafProof};
use countersign_order::{Der, Role};
use http::{HeaderMap, StatusCode};

use super::super::App;
use super::super::access::BuyerSignedIn;
use super::super::body::Held;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::rate_limit;
use super::message::{REPEAT, Unread, read, told};
use super::view;
use crate::desk::log;
use crate::desk::receive::Sender;

/// Takes in a request to cancel an order.
pub(crate) async fn request_cancellation(
    State(app): State<Arc<App>>,
    BuyerSignedIn(sender): BuyerSignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let quota = app.receiver.admit(&sender);
    let quota = quota.map_err(|refusal| told(&app, refusal))?;
    let answered = take_in(&app, &sender, &id, &headers, body).await;
    Ok(rate_limit::with(quota, answered))
}

async fn take_in(
    app: &App,
    sender: &Sender,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let received = match read(app, sender, headers, body).await {
        Ok(Held { bytes, share }) => {
            let order = id.parse().map_err(|_| Code::NotFound)?;
            let desk = &app.receiver;
            let answered = desk.receive_cancellation(sender, order, bytes).await;
            drop(share);
            answered
        }
        Err(Unread::Refused(refusal)) => Err(refusal),
        Err(Unread::Broken(refused)) => return Err(refused),
    };
    let cancelled = received.map_err(|refusal| told(app, refusal))?;
    let mut store = app.desk.store().read().await?;
    let number = cancelled.statement.number;
    let logged = log::place_of(&app.desk, store.as_mut(), number).await?;
    drop(store);
    let answer = CancellationAnswer {
        order: view(cancelled.order, Role::Buyer),
        statement: Der::from(cancelled.statement.der),
        proof: LeafProof::of(logged.leaf, &logged.proof),
        checkpoint: logged.checkpoint.to_string(),
    };
    Ok(if cancelled.is_repeat {
        ([(REPEAT, "true")], Json(answer)).into_response()
    } else {
        (StatusCode::CREATED, Json(answer)).into_response()
    })
}
