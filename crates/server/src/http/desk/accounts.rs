//! `GET /v1/desk/buyers/{id}/accounts`, `PATCH /v1/desk/accounts/{id}`: a buyer's accounts.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{AccountChange, Code, DeskAccount, LimitView, Page, Problem};
use countersign_order::{AccountId, BuyerId, Money};
use countersign_store::{AccountRecord, StoreError, View};
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use super::terms::money;
use crate::desk::operations::ChangeAccount;

/// Lists a buyer's accounts.
pub(in crate::http) async fn buyer_accounts(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Json<Page<DeskAccount>>, Refused> {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let mut view = app.desk.store().read().await?;
    let data = accounts_of(view.as_mut(), &id).await?;
    let data = data.ok_or(Code::NotFound)?;
    Ok(Json(Page { data, next: None }))
}

/// Changes an account of a buyer.
pub(in crate::http) async fn change_account(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<DeskAccount>, Refused> {
    let id: AccountId = id.parse().map_err(|_| Code::NotFound)?;
    let change: AccountChange = body::json(&app, signed_in.account(), &headers, body).await?;
    let operation = account_change(&id, change)?;
    app.desk.run(&signed_in.actor(), operation).await?;
    let mut view = app.desk.store().read().await?;
    let account = account(view.as_mut(), &id).await?;
    Ok(Json(account.ok_or(Code::NotFound)?))
}

/// What changes an account so.
pub(crate) fn account_change(
    id: &AccountId,
    change: AccountChange,
) -> Result<ChangeAccount, Box<Problem>> {
    let limits = change.order_limits.map(|limits| {
        let limit = |limit: &LimitView| money(&limit.largest, limit.currency);
        limits.iter().map(limit).collect()
    });
    Ok(ChangeAccount {
        account: id.clone(),
        enabled: change.enabled,
        limits: limits.transpose()?,
    })
}

/// A limit as a change names it.
pub(crate) fn limit_view(limit: Money) -> LimitView {
    LimitView {
        currency: limit.currency,
        largest: limit.amount(),
    }
}

/// A buyer's accounts; none if there is no such buyer.
pub(crate) async fn accounts_of(
    view: &mut dyn View,
    buyer: &BuyerId,
) -> Result<Option<Vec<DeskAccount>>, StoreError> {
    if view.buyer(buyer).await?.is_none() {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for account in view.accounts_of(Some(buyer)).await? {
        rows.push(account_view(view, account).await?);
    }
    Ok(Some(rows))
}

/// One account; none if there is no such account.
pub(crate) async fn account(
    view: &mut dyn View,
    id: &AccountId,
) -> Result<Option<DeskAccount>, StoreError> {
    match view.account(id).await? {
        Some(account) => Ok(Some(account_view(view, account).await?)),
        None => Ok(None),
    }
}

async fn account_view(
    view: &mut dyn View,
    account: AccountRecord,
) -> Result<DeskAccount, StoreError> {
    let keys = view.keys_of(&account.id).await?;
    let limits = view.order_limits(&account.id).await?;
    Ok(DeskAccount {
        active_keys: keys.iter().filter(|key| key.revocation.is_none()).count(),
        order_limits: limits.iter().map(limit_view).collect(),
        id: account.id,
        name: account.name,
        email: account.email,
        enabled: account.enabled,
        has_password: account.verifier.is_some(),
    })
}
