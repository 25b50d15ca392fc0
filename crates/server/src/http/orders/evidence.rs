//! `GET /v1/orders/{id}/evidence`: one file that proves what became of an order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use countersign_api::Evidence;

use super::super::App;
use super::super::access::SignedIn;
use super::super::path::Named;
use super::super::problem::Refused;
use super::show::find;
use crate::desk::evidence;

/// Gives the evidence, as of the checkpoint that most witnesses have seen.
pub(crate) async fn evidence(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
) -> Result<Json<Evidence>, Refused> {
    let mut store = app.desk.store().read().await?;
    let order = find(store.as_mut(), &signed_in, &id).await?;
    let evidence = evidence::gather(&app.desk, store.as_mut(), &order).await?;
    Ok(Json(evidence))
}
