//! `GET /v1/orders`: the buyer's own, the newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{OrderQuery, OrderView, Page};
use countersign_order::{BuyerId, Role};
use countersign_store::{OrderFilter, OrderRecord};

use super::super::House;
use super::super::access::BuyerSignedIn;
use super::super::problem::Refused;
use super::super::query;
use super::view;

/// Lists the buyer's orders.
pub(crate) async fn list(
    State(house): State<Arc<House>>,
    BuyerSignedIn(sender): BuyerSignedIn,
    asked: Result<Query<OrderQuery>, QueryRejection>,
) -> Result<Json<Page<OrderView>>, Refused> {
    page(&house, Some(sender.buyer), Role::Buyer, query::read(asked)?).await
}

/// A page of a buyer's orders, or of all, as this role sees them.
pub(crate) async fn page(
    house: &House,
    buyer: Option<BuyerId>,
    role: Role,
    asked: OrderQuery,
) -> Result<Json<Page<OrderView>>, Refused> {
    let filter = OrderFilter {
        buyer,
        states: asked.state.into_iter().collect(),
        purchase_order_number: asked.purchase_order_number,
        text: None,
    };
    let before = query::after(asked.after.as_deref())?;
    let rows = query::rows(asked.limit);
    let mut store = house.desk.store().read().await?;
    let page = store.orders(&filter, before.as_ref(), rows).await?;
    drop(store);
    let key = |order: &OrderRecord| order.id.to_string();
    Ok(Json(query::page(page, key, |order| view(order, role))))
}
