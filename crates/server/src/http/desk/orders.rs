//! `GET /v1/desk/orders`: every buyer's.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{OrderQuery, OrderView, Page};

use super::super::House;
use super::super::access::SignedIn;
use super::super::orders::page;
use super::super::problem::Refused;
use super::super::query;

/// Lists all orders.
pub(crate) async fn orders(
    State(house): State<Arc<House>>,
    signed_in: SignedIn,
    asked: Result<Query<OrderQuery>, QueryRejection>,
) -> Result<Json<Page<OrderView>>, Refused> {
    page(&house, None, signed_in.role(), query::read(asked)?).await
}
