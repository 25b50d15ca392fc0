//! `POST /v1/desk/orders/{id}/{approve|decline}`: a supervisor's answer to a held order.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{Code, DeclineRequest, OrderView};
use http::HeaderMap;

use super::super::House;
use super::super::access::SignedIn;
use super::super::body;
use super::super::orders::view;
use super::super::path::Named;
use super::super::problem::Refused;
use crate::desk::operations::{EndHold, HoldAnswer};

type Ended = Result<Json<OrderView>, Refused>;

/// Accepts a held order.
pub(crate) async fn approve(
    State(house): State<Arc<House>>,
    signed_in: SignedIn,
    Named(id): Named,
) -> Ended {
    end(&house, &signed_in, &id, HoldAnswer::Approve).await
}

/// Declines a held order.
pub(crate) async fn decline(
    State(house): State<Arc<House>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Ended {
    let request: DeclineRequest = body::json(&house, signed_in.account(), &headers, body).await?;
    let answer = HoldAnswer::Decline {
        reason: request.reason,
    };
    end(&house, &signed_in, &id, answer).await
}

async fn end(house: &House, signed_in: &SignedIn, id: &str, answer: HoldAnswer) -> Ended {
    let order = id.parse().map_err(|_| Code::NotFound)?;
    let operation = EndHold { order, answer };
    let ended = house.desk.run(&signed_in.actor(), operation).await?;
    Ok(Json(view(ended, signed_in.role())))
}
