//! `GET /v1/refusals`: the buyer's messages that were refused.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Page, PageQuery, RefusalView, RefusedItem};
use countersign_store::RefusalRecord;

use super::App;
use super::access::BuyerSignedIn;
use super::problem::Refused;
use super::query;

/// Lists refusals, the newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    BuyerSignedIn(sender): BuyerSignedIn,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<RefusalView>>, Refused> {
    let asked = query::read(asked)?;
    let before = query::after(asked.after.as_deref())?;
    let rows = query::rows(asked.limit);
    let mut view = app.desk.store().read().await?;
    let page = view
        .refusals(Some(&sender.buyer), before.as_ref(), rows)
        .await?;
    let key = |refusal: &RefusalRecord| refusal.id.to_string();
    Ok(Json(query::page(page, key, refusal_view)))
}

pub(crate) fn refusal_view(refusal: RefusalRecord) -> RefusalView {
    let (number, issued_at, items) = match refusal.order {
        Some(order) => (
            Some(order.purchase_order_number),
            Some(order.issued_at),
            order.items,
        ),
        None => (None, None, Vec::new()),
    };
    RefusalView {
        id: refusal.id,
        account: refusal.account,
        received_at: refusal.received_at,
        code: refusal.code,
        message_sha256: refusal.message,
        purchase_order_number: number,
        issued_at,
        items: items
            .into_iter()
            .map(|item| RefusedItem {
                sku: item.sku,
                quantity: item.quantity,
            })
            .collect(),
    }
}
