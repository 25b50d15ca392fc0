//! `GET /v1/items`: what a buyer can order.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, ItemQuery, ItemView, Page, limits};
use countersign_store::ItemRecord;

use super::House;
use super::problem::Refused;
use super::query;

/// Lists items by SKU.
pub(super) async fn list(
    State(house): State<Arc<House>>,
    asked: Result<Query<ItemQuery>, QueryRejection>,
) -> Result<Json<Page<ItemView>>, Refused> {
    let asked = query::read(asked)?;
    let text = asked.query.as_deref().filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > limits::QUERY_MAX_BYTES) {
        return Err(Code::BadRequest.into());
    }
    let after = query::after(asked.after.as_deref())?;
    let mut view = house.desk.store().read().await?;
    let rows = query::rows(asked.limit);
    let page = view.items(text, after.as_ref(), rows).await?;
    let key = |item: &ItemRecord| item.offer.sku.to_string();
    Ok(Json(query::page(page, key, item_view)))
}

pub(crate) fn item_view(item: ItemRecord) -> ItemView {
    let offer = item.offer;
    ItemView {
        unit_price: offer.unit_price.in_currency(offer.currency),
        sku: offer.sku,
        name: offer.name,
        unit: offer.unit,
        per: offer.per,
        currency: offer.currency,
        available: item.stock.available(),
    }
}
