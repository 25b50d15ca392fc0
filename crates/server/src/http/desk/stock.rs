//! `GET /v1/desk/items`, `POST /v1/desk/items/{sku}/receive`: what is there, and what came in.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, DeskItem, ItemQuery, Page, StockReceipt, StockView, limits};
use countersign_order::Sku;
use countersign_store::ItemRecord;
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::{body, query};
use crate::desk::operations::ReceiveStock;

/// Lists items with their stock.
pub(crate) async fn items(
    State(app): State<Arc<App>>,
    asked: Result<Query<ItemQuery>, QueryRejection>,
) -> Result<Json<Page<DeskItem>>, Refused> {
    let asked = query::read(asked)?;
    let text = asked.query.as_deref().filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > limits::QUERY_MAX_BYTES) {
        return Err(Code::BadRequest.into());
    }
    let after = query::after(asked.after.as_deref())?;
    let mut view = app.desk.store().read().await?;
    let page = view
        .items(text, after.as_ref(), query::rows(asked.limit))
        .await?;
    let key = |item: &ItemRecord| item.offer.sku.to_string();
    Ok(Json(query::page(page, key, item_view)))
}

/// Adds units of an item.
pub(crate) async fn receive_stock(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(sku): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<StockView>, Refused> {
    let sku: Sku = sku.parse().map_err(|_| Code::NotFound)?;
    let receipt: StockReceipt = body::json(&app, signed_in.account(), &headers, body).await?;
    let operation = ReceiveStock {
        sku: sku.clone(),
        quantity: receipt.quantity,
    };
    let level = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(Json(StockView { sku, level }))
}

/// An item as the seller sees it.
pub(crate) fn item_view(item: ItemRecord) -> DeskItem {
    let ItemRecord {
        offer,
        stock,
        keeping,
    } = item;
    DeskItem {
        unit_price: offer.unit_price.in_currency(offer.currency),
        sku: offer.sku,
        name: offer.name,
        unit: offer.unit,
        per: offer.per,
        currency: offer.currency,
        on_hand: stock.on_hand,
        reserved: stock.reserved,
        available: stock.available(),
        backorder: keeping.backorder,
        low_stock: keeping.low_stock,
    }
}
