//! `GET /v1/desk/orders/{id}/slip`: what lies in a parcel.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, PackingSlip, SlipQuery};

use super::super::House;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::query;
use crate::desk::slip;

/// Tells what lies in a parcel of an order.
pub(crate) async fn packing_slip(
    State(house): State<Arc<House>>,
    Named(id): Named,
    asked: Result<Query<SlipQuery>, QueryRejection>,
) -> Result<Json<PackingSlip>, Refused> {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let SlipQuery { shipment } = query::read(asked)?;
    let mut view = house.desk.store().read().await?;
    let slip = slip::packing_slip(house.desk.seller(), view.as_mut(), &id, shipment).await?;
    Ok(Json(slip))
}
