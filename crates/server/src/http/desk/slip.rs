//! `GET /v1/desk/orders/{id}/slip`: what lies in a parcel.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, PackingSlip, SlipQuery};

use super::super::App;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::query;
use crate::desk::slip;

/// Tells what lies in a parcel of an order.
pub(crate) async fn packing_slip(
    State(app): State<Arc<App>>,
    Named(id): Named,
    asked: Result<Query<SlipQuery>, QueryRejection>,
) -> Result<Json<PackingSlip>, Refused> {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let SlipQuery { shipment } = query::read(asked)?;
    let mut view = app.desk.store().read().await?;
    let slip = slip::packing_slip(app.desk.seller(), view.as_mut(), &id, shipment).await?;
    Ok(Json(slip))
}
