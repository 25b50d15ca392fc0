//! `POST /v1/keys/{id}/revocation`: with the password, so that a stolen session ends no key.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use countersign_api::{Code, KeyView, Problem, RevocationRequest};
use countersign_order::ShortText;
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::account::expect_password;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use super::view;
use crate::desk::operations::{KeyChoice, RevokeKey};
use crate::source::Source;

/// Revokes a key of the account.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Extension(source): Extension<Source>,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<KeyView>, Refused> {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let request: RevocationRequest = body::json(&app, signed_in.account(), &headers, body).await?;
    let reason: ShortText = request.reason.parse().map_err(|error| {
        Problem::from(Code::BadRequest).with_detail(format!("the reason {error}"))
    })?;
    let matched = expect_password(&app, &signed_in, request.password, source).await?;
    let operation = RevokeKey {
        account: signed_in.account().clone(),
        key: KeyChoice::Id(id),
        reason,
        matched: Some(matched),
    };
    let key = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(Json(view(key)))
}
