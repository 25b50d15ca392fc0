//! `GET /v1/desk/buyers`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{DeskBuyer, Page, PageQuery};
use countersign_order::{AccountId, BuyerId};
use countersign_store::{BuyerRecord, StoreError, View};

use super::super::App;
use super::super::problem::Refused;
use super::super::query;

/// Lists buyers by ID.
pub(crate) async fn buyers(
    State(app): State<Arc<App>>,
    asked: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<DeskBuyer>>, Refused> {
    let asked = query::read(asked)?;
    let after: Option<BuyerId> = query::after(asked.after.as_deref())?;
    let mut view = app.desk.store().read().await?;
    let page = view
        .buyers(after.as_ref(), query::rows(asked.limit))
        .await?;
    let next = page.rows.last().filter(|_| page.more);
    let next = next.map(|buyer| buyer.id.to_string());
    let data = read(view.as_mut(), page.rows).await?;
    Ok(Json(Page { data, next }))
}

/// Buyers with what belongs to their accounts.
pub(crate) async fn read(
    view: &mut dyn View,
    buyers: Vec<BuyerRecord>,
) -> Result<Vec<DeskBuyer>, StoreError> {
    let mut all = Vec::with_capacity(buyers.len());
    for buyer in buyers {
        let mut active_keys = 0;
        let accounts = view.accounts_of(Some(&buyer.id)).await?;
        for account in &accounts {
            let keys = view.keys_of(&account.id).await?;
            active_keys += keys.iter().filter(|key| key.revocation.is_none()).count();
        }
        let first = AccountId::from(&buyer.id);
        let first = accounts.into_iter().find(|account| account.id == first);
        all.push(DeskBuyer {
            id: buyer.id,
            name: buyer.name,
            has_password: first.as_ref().is_some_and(|first| first.verifier.is_some()),
            email: first.map(|first| first.email),
            enabled: buyer.enabled,
            on_stop: buyer.on_stop,
            active_keys,
            created_at: buyer.created_at,
        });
    }
    Ok(all)
}
