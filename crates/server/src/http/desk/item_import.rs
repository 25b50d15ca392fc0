//! `POST /v1/desk/items`, `POST /v1/desk/items/{sku}/keep`: what is sold, and how it is kept.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{
    Code, DeskItem, ItemDifference, ItemImport, ItemRow, ItemsImported, KeepRequest, Problem,
    ValueChange, WrongRow, limits,
};
use countersign_order::{Offer, Sku};
use countersign_store::{ItemsChanged, View};
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use super::item_view;
use crate::desk::operations::{
    Difference, ImportItems, ItemDifference as Found, KeepItem, KeepingChange, LowStock,
};

/// Adds items, or changes them.
pub(in crate::http) async fn import_items(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ItemsImported>, Refused> {
    let limit = limits::IMPORT_MAX_BYTES;
    let ItemImport { dry_run, items } =
        body::json_within(&app, signed_in.account(), &headers, body, limit).await?;
    let operation = import(items)?;
    if dry_run {
        let mut view = app.desk.store().read().await?;
        let found = operation.differences(view.as_mut()).await?;
        return Ok(Json(would_import(&operation, &found)));
    }
    let changed = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(Json(imported(&changed)))
}

/// Says how an item is kept.
pub(in crate::http) async fn keep_item(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(sku): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<DeskItem>, Refused> {
    let sku: Sku = sku.parse().map_err(|_| Code::NotFound)?;
    let request: KeepRequest = body::json(&app, signed_in.account(), &headers, body).await?;
    let operation = keeping(&sku, request);
    app.desk.run(&signed_in.actor(), operation).await?;
    let mut view = app.desk.store().read().await?;
    let item = item(view.as_mut(), &sku).await?;
    Ok(Json(item.ok_or(Code::NotFound)?))
}

/// One item as the seller sees it.
pub(crate) async fn item(
    view: &mut dyn View,
    sku: &Sku,
) -> Result<Option<DeskItem>, countersign_store::StoreError> {
    Ok(view.item(sku).await?.map(item_view))
}

/// What keeps an item so.
pub(crate) fn keeping(sku: &Sku, request: KeepRequest) -> KeepItem {
    KeepItem(KeepingChange {
        sku: sku.clone(),
        backorder: request.backorder,
        low_stock: request.low_stock.map(LowStock::from),
    })
}

/// What brings these items in; refuses those that stand there twice.
pub(crate) fn import(items: Vec<ItemRow>) -> Result<ImportItems, Box<Problem>> {
    let mut seen = HashSet::new();
    let twice = items.iter().enumerate();
    let twice = twice.filter(|(_, item)| !seen.insert(&item.sku));
    let rows: Vec<WrongRow> = twice
        .map(|(row, item)| WrongRow {
            row,
            detail: format!("{} stands there twice", item.sku),
        })
        .collect();
    if !rows.is_empty() {
        return Err(wrong_rows(rows));
    }
    let mut operation = ImportItems {
        items: Vec::with_capacity(items.len()),
        keeping: Vec::new(),
    };
    for item in items {
        if item.backorder.is_some() || item.low_stock.is_some() {
            operation.keeping.push(KeepingChange {
                sku: item.sku.clone(),
                backorder: item.backorder,
                low_stock: item.low_stock.map(LowStock::from),
            });
        }
        let offer = Offer {
            sku: item.sku,
            name: item.name,
            unit: item.unit,
            currency: item.currency,
            unit_price: item.unit_price,
            per: item.per,
        };
        operation.items.push((offer, item.on_hand));
    }
    Ok(operation)
}

/// What is said of rows that cannot be brought in.
pub(super) fn wrong_rows(rows: Vec<WrongRow>) -> Box<Problem> {
    let wrong = rows.len();
    let mut problem = Problem::from(Code::BadRequest)
        .with_detail(format!("nothing was imported: wrong rows: {wrong}"));
    problem.rows = rows;
    Box::new(problem)
}

/// What an import did.
pub(crate) fn imported(changed: &ItemsChanged) -> ItemsImported {
    ItemsImported {
        added: changed.added,
        changed: changed.changed,
        unchanged: changed.unchanged,
        dry_run: false,
        changes: None,
    }
}

/// What an import would do that finds these differences.
pub(crate) fn would_import(operation: &ImportItems, found: &[Found]) -> ItemsImported {
    ItemsImported {
        dry_run: true,
        changes: Some(found.iter().map(difference).collect()),
        ..imported(&operation.count(found))
    }
}

fn difference(found: &Found) -> ItemDifference {
    let value = |change: &Difference| ValueChange {
        column: change.column.to_owned(),
        before: change.before.clone(),
        after: change.after.clone(),
    };
    ItemDifference {
        sku: found.sku.clone(),
        is_new: found.is_new,
        changes: found.changes.iter().map(value).collect(),
    }
}
