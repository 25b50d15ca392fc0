//! `GET /v1/desk/refusals`: every buyer's.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Page, RefusalQuery, RefusalView};
use countersign_store::RefusalRecord;

use super::super::App;
use super::super::problem::Refused;
use super::super::query;
use super::super::refusals::refusal_view;

/// Lists refusals.
pub(crate) async fn refusals(
    State(app): State<Arc<App>>,
    asked: Result<Query<RefusalQuery>, QueryRejection>,
) -> Result<Json<Page<RefusalView>>, Refused> {
    let asked = query::read(asked)?;
    let before = query::after(asked.after.as_deref())?;
    let mut view = app.desk.store().read().await?;
    let page = view
        .refusals(
            asked.buyer.as_ref(),
            before.as_ref(),
            query::rows(asked.limit),
        )
        .await?;
    let key = |refusal: &RefusalRecord| refusal.id.to_string();
    Ok(Json(query::page(page, key, refusal_view)))
}
