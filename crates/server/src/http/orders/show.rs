//! `GET /v1/orders/{id}`.

use std::sync::Arc;

use axum::extract::State;
use countersign_api::Code;
use countersign_store::{OrderRecord, View};

use super::super::App;
use super::super::access::SignedIn;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::revision::Tagged;
use super::view;

/// Shows one order, once its receipt is durable.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
) -> Result<Tagged, Refused> {
    let mut store = app.desk.store().read().await?;
    let order = find(store.as_mut(), &signed_in, &id).await?;
    drop(store);
    app.desk.store().settle(order.receipt + 1).await?;
    Ok(Tagged(view(order, signed_in.role())))
}

/// The order, unless it is somebody else's, which looks as if there were none.
pub(crate) async fn find(
    store: &mut dyn View,
    signed_in: &SignedIn,
    id: &str,
) -> Result<OrderRecord, Refused> {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let order = store.order(&id).await?;
    let buyer = signed_in.0.session.buyer.as_ref();
    let visible = order.filter(|order| buyer.is_none_or(|buyer| *buyer == order.buyer));
    Ok(visible.ok_or(Code::NotFound)?)
}
