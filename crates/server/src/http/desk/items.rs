//! `PATCH /v1/desk/items/{sku}`: stock that came in, or was counted.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{Code, ItemChange, Problem, StockView};
use countersign_order::Sku;
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use crate::desk::operations::{CorrectStock, ReceiveStock};

/// Receives stock of an item, or corrects its count.
pub(crate) async fn change_item(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(sku): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<StockView>, Refused> {
    let sku: Sku = sku.parse().map_err(|_| Code::NotFound)?;
    let change: ItemChange = body::json(&app, signed_in.account(), &headers, body).await?;
    let actor = signed_in.actor();
    let level = match (change.receive, change.on_hand) {
        (Some(quantity), None) => {
            let operation = ReceiveStock {
                sku: sku.clone(),
                quantity,
            };
            app.desk.run(&actor, operation).await?
        }
        (None, Some(on_hand)) => {
            let operation = CorrectStock {
                sku: sku.clone(),
                on_hand,
                reason: change.reason.ok_or_else(|| {
                    Problem::from(Code::BadRequest).with_detail("say why on_hand differs: reason")
                })?,
            };
            app.desk.run(&actor, operation).await?
        }
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::from(Code::BadRequest)
                .with_detail("give one of receive and on_hand")
                .into());
        }
    };
    Ok(Json(StockView { sku, level }))
}
