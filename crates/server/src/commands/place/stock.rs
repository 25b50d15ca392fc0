//! Items and their stock.

use countersign_api::{DeskItem, ItemImport, ItemsImported, KeepRequest, MovementView, StockView};
use countersign_order::{Quantity, ShortText, Sku};
use serde_json::json;
use ureq::http::Method;

use super::super::ROWS;
use super::Place;
use crate::desk::operations::{CorrectStock, ReceiveStock};
use crate::failure::Failure;
use crate::http::desk::item_import::{import, imported, item, keeping, would_import};
use crate::http::{desk_item_view, movement_view};

impl Place {
    /// Adds units that came in.
    pub(in super::super) async fn receive_stock(
        &self,
        sku: &Sku,
        quantity: Quantity,
    ) -> Result<StockView, Failure> {
        match self {
            Self::Here(shop) => {
                let sku = sku.clone();
                let operation = ReceiveStock {
                    sku: sku.clone(),
                    quantity,
                };
                let level = shop.run(operation).await?;
                Ok(StockView { sku, level })
            }
            Self::There(remote) => {
                let path = format!("{}/receive", item_path(sku));
                remote.send_json(Method::POST, &path, &json!({ "quantity": quantity }))
            }
        }
    }

    /// Sets what a count found.
    pub(in super::super) async fn correct_stock(
        &self,
        sku: &Sku,
        on_hand: i64,
        reason: &ShortText,
    ) -> Result<StockView, Failure> {
        match self {
            Self::Here(shop) => {
                let sku = sku.clone();
                let operation = CorrectStock {
                    sku: sku.clone(),
                    on_hand,
                    reason: reason.clone(),
                };
                let level = shop.run(operation).await?;
                Ok(StockView { sku, level })
            }
            Self::There(remote) => {
                let body = json!({ "on_hand": on_hand, "reason": reason });
                remote.send_json(Method::PATCH, &item_path(sku), &body)
            }
        }
    }

    /// What moved the stock of an item, oldest first.
    pub(in super::super) async fn movements(
        &self,
        sku: &Sku,
    ) -> Result<Vec<MovementView>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => {
                return remote.rows(&format!("{}/movements", item_path(sku)), usize::MAX);
            }
        };
        let mut view = shop.look().await?;
        if view.item(sku).await?.is_none() {
            return Err(Failure::not_found(format_args!("item {sku}")).advise("see: opd item list"));
        }
        let (mut rows, mut after) = (Vec::new(), 0);
        loop {
            let page = view.stock_movements(sku, after, ROWS).await?;
            after = page.rows.last().map_or(after, |movement| movement.number);
            rows.extend(page.rows.into_iter().map(movement_view));
            if !page.more {
                return Ok(rows);
            }
        }
    }

    /// Every item.
    pub(in super::super) async fn items(&self) -> Result<Vec<DeskItem>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => return remote.rows("/v1/desk/items", usize::MAX),
        };
        let mut view = shop.look().await?;
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = view.items(None, after.as_ref(), ROWS).await?;
            after = page.rows.last().map(|item| item.offer.sku.clone());
            rows.extend(page.rows.into_iter().map(desk_item_view));
            if !page.more {
                return Ok(rows);
            }
        }
    }

    /// The items of which few are available, by SKU.
    pub(in super::super) async fn low_items(&self) -> Result<Vec<DeskItem>, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(_) => {
                let is_low = |item: &DeskItem| {
                    item.low_stock
                        .is_some_and(|few| item.available <= few.into())
                };
                return Ok(self.items().await?.into_iter().filter(is_low).collect());
            }
        };
        let mut view = shop.look().await?;
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = view.low_items(after.as_ref(), ROWS).await?;
            after = page.rows.last().map(|item| item.offer.sku.clone());
            rows.extend(page.rows.into_iter().map(desk_item_view));
            if !page.more {
                return Ok(rows);
            }
        }
    }

    /// Says how an item is kept.
    pub(in super::super) async fn keep_item(
        &self,
        sku: &Sku,
        request: KeepRequest,
    ) -> Result<DeskItem, Failure> {
        match self {
            Self::Here(shop) => {
                shop.run(keeping(sku, request)).await?;
                let item = item(shop.look().await?.as_mut(), sku).await?;
                item.ok_or_else(|| Failure::not_found(format_args!("item {sku}")))
            }
            Self::There(remote) => {
                let path = format!("{}/keep", item_path(sku));
                remote.send_json(Method::POST, &path, &request)
            }
        }
    }

    /// Adds items, or changes them, or says what would change: all of them, or none.
    pub(in super::super) async fn import_items(
        &self,
        request: ItemImport,
    ) -> Result<ItemsImported, Failure> {
        let shop = match self {
            Self::Here(shop) => shop,
            Self::There(remote) => {
                return remote.send_json(Method::POST, "/v1/desk/items", &request);
            }
        };
        let operation = import(request.items)?;
        if request.dry_run {
            let mut view = shop.look().await?;
            let found = operation.differences(view.as_mut()).await?;
            return Ok(would_import(&operation, found));
        }
        Ok(imported(shop.run(operation).await?))
    }
}

fn item_path(sku: &Sku) -> String {
    let sku = countersign_connection::percent_encode(sku.as_str());
    format!("/v1/desk/items/{sku}")
}
