//! `GET /v1/desk/items/{sku}/movements`: what moved the stock of an item.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, MovementView, Page, PageQuery};
use countersign_order::Sku;
use countersign_store::MovementRecord;

use super::super::App;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::query;

/// Lists the movements of an item's stock.
pub(crate) async fn movements(
    State(app): State<Arc<App>>,
    Named(sku): Named,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<MovementView>>, Refused> {
    let sku: Sku = sku.parse().map_err(|_| Code::NotFound)?;
    let asked = query::read(asked)?;
    let after = query::after(asked.after.as_deref())?.unwrap_or(0);
    let rows = query::rows(asked.limit);
    let mut store = app.desk.store().read().await?;
    if store.item(&sku).await?.is_none() {
        return Err(Code::NotFound.into());
    }
    let page = store.stock_movements(&sku, after, rows).await?;
    drop(store);
    let key = |movement: &MovementRecord| movement.number.to_string();
    Ok(Json(query::page(page, key, movement_view)))
}

/// A movement for the outside.
pub(crate) fn movement_view(movement: MovementRecord) -> MovementView {
    let (order, line) = movement.line.unzip();
    MovementView {
        number: movement.number,
        at: movement.at,
        by: movement.by,
        kind: movement.kind,
        on_hand: movement.on_hand,
        reserved: movement.reserved,
        order,
        line,
        reason: movement.reason,
    }
}
