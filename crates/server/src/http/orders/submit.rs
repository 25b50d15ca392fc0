//! `POST /v1/orders`: a signed and sealed order in, a signed receipt out.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use countersign_api::{Code, LeafProof, OrderAnswer, limits, media};
use countersign_order::{Der, OrderId};
use http::header::HeaderName;
use http::{HeaderMap, StatusCode};

use super::super::House;
use super::super::access::BuyerSignedIn;
use super::super::body::{self, BodyError};
use super::super::problem::{self, Refused};
use super::view::{self, view};
use crate::desk::receive::{Received, Refusal, Sender};
use crate::desk::signed_digest;
use crate::desk::{DeskError, log};

const REPEAT: HeaderName = HeaderName::from_static(media::REPEAT_HEADER);

/// Takes in an order.
pub(crate) async fn submit(
    State(house): State<Arc<House>>,
    BuyerSignedIn(sender): BuyerSignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let received = match read(&house, &sender, &headers, body).await {
        Ok(message) => house.receiver.receive(&sender, message).await,
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
            house.metrics.decided(decided.decision);
            let answer = OrderAnswer {
                order: view::of_decision(&entry, &decided),
                decision: decided.decision,
                reasons: decided.reasons,
                receipt: Der::from(receipt),
                proof: LeafProof::of(logged.leaf, &logged.proof),
                checkpoint: logged.checkpoint.to_string(),
            };
            Ok((StatusCode::CREATED, Json(answer)).into_response())
        }
        Ok(Received::Repeat(order)) => {
            house.metrics.repeated();
            let answer = repeat(&house, &order).await?;
            Ok(([(REPEAT, "true")], Json(answer)).into_response())
        }
        Err(refusal) => {
            house.metrics.refused();
            Err(problem::of_refusal(refusal, recipients(&house)))
        }
    }
}

enum Unread {
    /// By the rules, which is recorded.
    Refused(Refusal),
    /// By the connection, which leaves nothing to record.
    Broken(Refused),
}

/// Reads the message. What can be refused without reading it is refused first.
async fn read(
    house: &House,
    sender: &Sender,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<u8>, Unread> {
    let receiver = &house.receiver;
    receiver.admit(sender).map_err(Unread::Refused)?;
    let limit = limits::ENVELOPE_MAX_BYTES;
    let refusal = match body::read(house, body, limit).await {
        Ok(message) if body::is_media(headers, media::PKCS7) => return Ok(message),
        Ok(_) => Refusal::MediaType,
        Err(BodyError::TooLarge) => Refusal::TooLarge,
        Err(BodyError::Incomplete) => return Err(Unread::Broken(BodyError::Incomplete.into())),
    };
    let now = house.desk.clock().now();
    Err(Unread::Refused(
        receiver.refuse(sender, refusal, now, None).await,
    ))
}

/// The stored answer of an order that was decided before, and how it stands now.
async fn repeat(house: &House, id: &OrderId) -> Result<OrderAnswer, Refused> {
    let mut store = house.desk.store().read().await?;
    let order = store.order(id).await?.ok_or(Code::NotFound)?;
    let mut receipts = store.receipts(std::slice::from_ref(id)).await?;
    let receipt = receipts
        .remove(id)
        .ok_or(DeskError::Inconsistent("receipt"))?;
    let logged = log::place_of(house.desk.seller(), store.as_mut(), receipt.number).await?;
    drop(store);
    Ok(OrderAnswer {
        decision: order.decision,
        reasons: order.reasons.clone(),
        order: view(order, None),
        receipt: Der::from(receipt.der),
        proof: LeafProof::of(logged.leaf, &logged.proof),
        checkpoint: logged.checkpoint.to_string(),
    })
}

fn recipients(house: &House) -> Vec<countersign_order::Digest> {
    let keys = house.desk.seller().recipients().iter();
    keys.map(|key| signed_digest(key.certificate().fingerprint()))
        .collect()
}
