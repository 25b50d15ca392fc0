//! `GET /v1/desk/orders`: every buyer's.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use countersign_api::OrderQuery;
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::orders::answer;
use super::super::problem::Refused;
use super::super::query;

/// Lists all orders.
pub(crate) async fn orders(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    headers: HeaderMap,
    asked: Result<Query<OrderQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    answer(app, signed_in.role(), &headers, &query::read(asked)?).await
}
