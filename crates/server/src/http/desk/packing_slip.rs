//! `GET /v1/desk/orders/{id}/packing-slip`: what lies in a parcel.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, PackingSlip, PackingSlipQuery, Problem};
use countersign_order::OrderId;

use super::super::House;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::query;
use crate::desk::parcel::{self, NoParcel};

/// Gives the packing slip of a parcel.
pub(crate) async fn packing_slip(
    State(house): State<Arc<House>>,
    Named(id): Named,
    asked: Result<Query<PackingSlipQuery>, QueryRejection>,
) -> Result<Json<PackingSlip>, Refused> {
    let id: OrderId = id.parse().map_err(|_| Code::NotFound)?;
    let asked = query::read(asked)?;
    let mut view = house.desk.store().read().await?;
    let order = view.order(&id).await?.ok_or(Code::NotFound)?;
    let seller = house.desk.seller();
    match parcel::packing_slip(seller, view.as_mut(), order, asked.shipment).await {
        Ok(slip) => Ok(Json(slip)),
        Err(NoParcel::Desk(error)) => Err(error.into()),
        Err(none @ (NoParcel::NothingPacked | NoParcel::Only(_))) => {
            Err(Problem::from(Code::NotFound)
                .with_detail(none.to_string())
                .into())
        }
    }
}
