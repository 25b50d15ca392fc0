//! `POST /v1/desk/orders/{id}/{approve|decline}`: a supervisor's answer to a held order.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use countersign_api::{Code, DeclineRequest};
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::orders::view;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::revision::{self, Tagged};
use crate::desk::operations::{EndHold, HoldAnswer};

type Ended = Result<Tagged, Refused>;

/// Accepts a held order.
pub(crate) async fn approve(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
) -> Ended {
    end(&app, &signed_in, (&id, &headers), HoldAnswer::Approve).await
}

/// Declines a held order.
pub(crate) async fn decline(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Ended {
    let request: DeclineRequest = body::json(&app, signed_in.account(), &headers, body).await?;
    let answer = HoldAnswer::Decline {
        reason: request.reason,
    };
    end(&app, &signed_in, (&id, &headers), answer).await
}

async fn end(
    app: &App,
    signed_in: &SignedIn,
    (id, headers): (&str, &HeaderMap),
    answer: HoldAnswer,
) -> Ended {
    let operation = EndHold {
        order: id.parse().map_err(|_| Code::NotFound)?,
        revision: revision::asked(headers)?,
        answer,
    };
    let ended = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(Tagged(view(ended, signed_in.role())))
}
