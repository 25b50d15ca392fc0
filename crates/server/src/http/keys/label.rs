//! `PATCH /v1/keys/{id}`: what the key is called.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{Code, KeyLabel, KeyView};
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use super::view;
use crate::desk::operations::{KeyChoice, LabelKey};

/// Labels a key of the account.
pub(crate) async fn label(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<KeyView>, Refused> {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let request: KeyLabel = body::json(&app, signed_in.account(), &headers, body).await?;
    let operation = LabelKey {
        account: signed_in.account().clone(),
        key: KeyChoice::Id(id),
        label: request.label,
    };
    let key = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(Json(view(key)))
}
