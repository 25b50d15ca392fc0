//! `GET /v1/keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use countersign_api::{KeyView, Page};

use super::super::App;
use super::super::access::SignedIn;
use super::super::problem::Refused;
use super::view;

/// Lists the account's keys.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
) -> Result<Json<Page<KeyView>>, Refused> {
    let mut store = app.desk.store().read().await?;
    let keys = store.keys_of(signed_in.account()).await?;
    Ok(Json(Page {
        data: keys.into_iter().map(view).collect(),
        next: None,
    }))
}
